// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// An index that PostgreSQL could drop concurrently.
bool is_plain(const Subject& subject, const Index& index) {
  const auto kind = subject.before.relation_kind(index.name);
  return index.constraint.empty() && kind != RelationKind::partitioned_index;
}

void check(const Subject& subject, Findings& findings) {
  const auto* drop = subject.statement.as<Drop>();
  if (!drop || drop->kind() != ObjectKind::index || drop->concurrently) return;
  std::vector<const Index*> felt;
  Sql sql;
  for (const ObjectName& object : drop->objects) {
    const QualifiedName name = subject.resolve(object.name);
    const auto index = subject.before.indexes.find(name);
    if (index == subject.before.indexes.end()) continue;
    if (!is_plain(subject, index->second)) return;
    // A foreign key can hang on it, which goes along: CONCURRENTLY knows no CASCADE.
    if (drop->cascade && !subject.before.references_to(index->second.table).empty()) return;
    if (!subject.is_new(name) && !subject.is_idle(index->second.table)) {
      felt.push_back(&index->second);
    }
    sql.push_back("DROP INDEX CONCURRENTLY " + std::string(drop->if_exists ? "IF EXISTS " : "") +
                  to_sql(name));
  }
  for (const Index* index : felt) {
    const bool known = !index->table.empty();
    auto added = findings.add(
        subject, object_of(index->name),
        "to drop " + shown(index->name) + " it waits for ACCESS EXCLUSIVE on " +
            (known ? subject.describe(index->table) : std::string("its table")) +
            ": the drop is instant, but until the running queries end everybody who comes after "
            "them waits behind it");
    if (known) added.lock(subject, index->table);
    if (subject.has_lock_timeout()) added.severity(Severity::note);
    added.remedy("drop it CONCURRENTLY, outside of a transaction", sql, true);
  }
}

}  // namespace

extern const Rule blocking_index_drop{
    .id = "blocking-index-drop",
    .severity = Severity::warning,
    .summary = "DROP INDEX makes everybody wait behind the queries that run",
    .when =
        "an index of an existing table is dropped without CONCURRENTLY; only a note when a "
        "lock_timeout limits the wait",
    .effect =
        "ACCESS EXCLUSIVE on the table: held for an instant, but while it is waited for, every "
        "new query queues behind it",
    .instead = "DROP INDEX CONCURRENTLY, outside of a transaction and one index at a time",
    .reference = "https://www.postgresql.org/docs/current/sql-dropindex.html",
    .statements = kinds<Drop>,
    .check_step = check,
};

}  // namespace schemagate::rules
