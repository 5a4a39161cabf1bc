// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

QualifiedName new_index(const Subject& subject, const Catalog& after, const QualifiedName& table) {
  for (const Index* index : after.indexes_of(table)) {
    if (!subject.before.indexes.count(index->name)) return index->name;
  }
  return {};
}

/// CREATE INDEX CONCURRENTLY on a partitioned table: partition by partition.
Sql instead_of_create(const Subject& subject, const CreateIndex& create) {
  CreateIndex plain = create;
  plain.concurrently = false;
  const Catalog after = outcome(subject, {subject.statement.span, plain});
  return with_lock_timeout(
      subject,
      partitioned_index_steps(after, new_index(subject, after, subject.resolve(create.table))));
}

Sql one_by_one(const Subject& subject, const Drop& drop) {
  Sql sql;
  for (const ObjectName& object : drop.objects) {
    sql.push_back("DROP INDEX CONCURRENTLY " + std::string(drop.if_exists ? "IF EXISTS " : "") +
                  to_sql(subject.resolve(object.name)));
  }
  return sql;
}

std::string instead_of_drop(const Subject& subject, const Drop& drop) {
  if (drop.objects.size() > 1) return "drop them one by one";
  const auto index = subject.before.indexes.find(subject.resolve(drop.objects.front().name));
  if (index == subject.before.indexes.end() || index->second.constraint.empty()) {
    return "drop it without CONCURRENTLY, with a lock_timeout";
  }
  return "drop the constraint instead: ALTER TABLE " + to_sql(index->second.table) +
         " DROP CONSTRAINT " + quote_identifier(index->second.constraint);
}

void check(const Subject& subject, Findings& findings) {
  // Inside a transaction that alone makes it fail, and another rule says so.
  if (!subject.impact.fails || subject.in_transaction) return;
  const auto* create = subject.statement.as<CreateIndex>();
  const auto* drop = subject.statement.as<Drop>();
  const auto* alter = subject.statement.as<AlterTable>();
  std::string object, explanation;
  Sql sql;
  if (create && create->concurrently) {
    const Table* table = subject.table(create->table);
    if (!table || table->kind != RelationKind::partitioned_table) return;
    object = object_of(table->name);
    explanation = "make it for ONLY the table, build one on each partition concurrently, attach it";
    sql = instead_of_create(subject, *create);
  } else if (drop && drop->concurrently) {
    object = object_of(subject.resolve(drop->objects.front().name));
    explanation = instead_of_drop(subject, *drop);
    if (drop->objects.size() > 1 && !drop->cascade) sql = one_by_one(subject, *drop);
  } else if (alter && alter->commands.size() == 1 && alter->commands.front().concurrently) {
    object = object_of(subject.resolve(alter->name));
    explanation = "detach it without CONCURRENTLY, with a lock_timeout";
  } else {
    return;
  }
  findings.add(subject, object, "fails: " + subject.impact.fails->reason)
      .evidence("sqlstate", subject.impact.fails->sqlstate)
      .remedy(explanation, sql, true);
}

}  // namespace

extern const Rule impossible_concurrent_command{
    .id = "impossible-concurrent-command",
    .severity = Severity::error,
    .summary = "CONCURRENTLY where PostgreSQL can't",
    .when =
        "CREATE or DROP INDEX CONCURRENTLY on a partitioned table, DROP INDEX CONCURRENTLY of "
        "several indexes, with CASCADE or of a constraint's index, DETACH PARTITION … "
        "CONCURRENTLY beside a default partition",
    .effect = "the statement fails",
    .instead =
        "partition by partition, one index at a time, or without CONCURRENTLY and with a "
        "lock_timeout",
    .reference =
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    .check_step = check,
    .always_fails = true,
};

}  // namespace schemagate::rules
