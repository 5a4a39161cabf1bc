// SPDX-License-Identifier: MIT
#include <optional>
#include <set>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The relations that the statement names, and all that is above and below them.
std::set<QualifiedName> named(const Subject& subject) {
  std::vector<QualifiedName> written;
  if (const auto* alter = subject.statement.as<AlterTable>()) {
    written.push_back(alter->name);
    for (const AlterTableCommand& command : alter->commands) {
      if (!command.relation.empty()) written.push_back(command.relation);
      if (command.constraint) written.push_back(command.constraint->referenced);
      if (!command.column) continue;
      for (const auto& constraint : command.column->constraints) {
        written.push_back(constraint.referenced);
      }
    }
  }
  std::set<QualifiedName> names;
  for (const QualifiedName& name : written) {
    if (name.empty()) continue;
    const QualifiedName resolved = subject.resolve(name);
    names.insert(resolved);
    for (const Table* table : subject.before.tree_of(resolved)) names.insert(table->name);
  }
  return names;
}

std::string because(const Subject& subject) {
  if (subject.statement.as<AlterDomain>()) return "has a column of this domain";
  const auto* alter = subject.statement.as<AlterTable>();
  if (alter && alter->kind == ObjectKind::type) return "has a column of this type";
  return "is tied to it by a foreign key or as a partition";
}

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || subject.has_lock_timeout()) return;
  std::optional<std::set<QualifiedName>> expected;
  for (const RelationLock& lock : subject.impact.locks) {
    const bool table = lock.kind == RelationKind::table ||
                       lock.kind == RelationKind::partitioned_table ||
                       lock.kind == RelationKind::foreign_table;
    if (!table || !blocks_reads(lock.mode) || subject.is_idle(lock.relation)) continue;
    if (!expected) expected = named(subject);
    if (expected->count(lock.relation)) continue;
    findings
        .add(subject, object_of(lock.relation),
             "also takes " + std::string(to_sql(lock.mode)) + " on " +
                 subject.describe(lock.relation) + ", which " + because(subject) +
                 ": its readers and writers wait as well, and there is no lock_timeout")
        .lock(subject, lock.relation)
        .remedy("SET lock_timeout first, and try again when it runs out");
  }
}

}  // namespace

extern const Rule collateral_lock{
    .id = "collateral-lock",
    .severity = Severity::warning,
    .summary = "a statement locks a table that it does not name",
    .when =
        "ALTER TABLE or ALTER TYPE takes ACCESS EXCLUSIVE on an existing table that the statement "
        "does not mention (dropping a foreign key locks the table it refers to), and no "
        "lock_timeout is in force",
    .effect = "readers and writers of a table nobody thought of queue behind the statement",
    .instead = "a lock_timeout, and another try when it runs out",
    .reference = "https://www.postgresql.org/docs/current/explicit-locking.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
