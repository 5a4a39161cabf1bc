// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The strongest lock on `table` that earlier statements of the transaction hold.
std::optional<LockMode> held(const Subject& subject, const QualifiedName& table) {
  if (!subject.in_transaction) return std::nullopt;
  const auto lock = subject.session.held_locks.find(table);
  if (lock == subject.session.held_locks.end()) return std::nullopt;
  const auto mode = static_cast<LockMode>(lock->second);
  return blocks_writes(mode) ? std::optional(mode) : std::nullopt;
}

void check_command(const Subject& subject, Findings& findings, const Table& table,
                   const std::string& constraint, int index) {
  if (subject.impact.work.empty() || subject.is_idle(table.name)) return;
  const auto mode = held(subject, table.name);
  if (!mode) return;
  findings
      .add(subject, object_of(table.name, constraint),
           "reads all of " + subject.describe(table.name) + " while this transaction still holds " +
               std::string(to_sql(*mode)) + " on it from an earlier statement: " +
               std::string(nobody_can(*mode)) + " " + subject.how_long(table.name, WorkKind::scan),
           index)
      .evidence("lock", std::string(to_string(*mode)))
      .evidence("blocks", std::string(blocked_by(*mode)))
      .soften_if_small(subject, table.name)
      .remedy(
          "commit before VALIDATE CONSTRAINT: in a transaction of its own it lets reads and "
          "writes through",
          outside_of_transaction(subject, {subject.text()}));
}

void check(const Subject& subject, Findings& findings) {
  each_command(subject, {AlterTableAction::validate_constraint},
               [&](const Table& table, const AlterTableCommand& command, int index) {
                 check_command(subject, findings, table, command.name, index);
               });
}

}  // namespace

extern const Rule validate_in_same_transaction{
    .id = "validate-in-same-transaction",
    .severity = Severity::error,
    .summary = "VALIDATE CONSTRAINT under the lock that NOT VALID was to avoid",
    .when =
        "VALIDATE CONSTRAINT runs in the transaction that still holds a strong lock on the table, "
        "as a rule from adding the constraint NOT VALID",
    .effect =
        "the scan blocks as if NOT VALID had not been there: everybody after a CHECK, writers "
        "after a foreign key",
    .instead = "two transactions: one adds, one validates",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
