// SPDX-License-Identifier: MIT
#include <map>
#include <set>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::vector<ConstraintDefinition> foreign_keys(const Statement& statement) {
  std::vector<ConstraintDefinition> keys;
  const auto add = [&](const std::vector<ConstraintDefinition>& constraints) {
    for (const ConstraintDefinition& constraint : constraints) {
      if (constraint.kind == ConstraintKind::foreign_key) keys.push_back(constraint);
    }
  };
  if (const auto* create = statement.as<CreateTable>()) {
    add(create->constraints);
    for (const ColumnDefinition& column : create->columns) add(column.constraints);
  }
  if (const auto* alter = statement.as<AlterTable>()) {
    for (const AlterTableCommand& command : alter->commands) {
      if (command.constraint) add({*command.constraint});
      if (command.column) add(command.column->constraints);
    }
  }
  return keys;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  std::map<int, std::set<QualifiedName>> locked;
  std::set<int> told;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    // Outside of a transaction each statement is one by itself.
    const int transaction = step.transaction >= 0 ? step.transaction : -2 - static_cast<int>(i);
    for (const ConstraintDefinition& key : foreign_keys(*step.statement)) {
      const QualifiedName referenced = whole.existing(i, key.referenced);
      if (whole.base.tables.count(referenced)) locked[transaction].insert(referenced);
    }
    const std::set<QualifiedName>& tables = locked[transaction];
    if (tables.size() < 2 || !told.insert(transaction).second) continue;
    std::vector<std::string> names;
    for (const QualifiedName& table : tables) names.push_back(shown(table));
    findings
        .add(whole, static_cast<int>(i), object_of(*tables.begin()),
             "locks " + enumerate(names) +
                 " against writes in one transaction: writers that take them in another order can "
                 "run into a deadlock")
        .remedy("add one foreign key per transaction");
  }
}

}  // namespace

extern const Rule several_foreign_keys_in_transaction{
    .id = "several-foreign-keys-in-transaction",
    .severity = Severity::warning,
    .summary = "foreign keys to several tables in one transaction",
    .when = "one transaction adds foreign keys that refer to two or more existing tables",
    .effect =
        "SHARE ROW EXCLUSIVE on all of them until COMMIT: writes to each queue, and transactions "
        "that write to several can deadlock with it",
    .instead = "one foreign key per transaction",
    .reference = "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",
    .check_all = check_all,
    .looks_again = adds_foreign_key,
    .on_by_default = false,
};

}  // namespace schemagate::rules
