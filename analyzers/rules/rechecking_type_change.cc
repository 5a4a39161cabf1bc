// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// Drops the constraints that are checked again, changes the type, and brings them back in the two
/// steps that let everybody work.
Sql steps(const Labour& labour) {
  const std::string text = labour.statement();
  if (text.empty()) return {};
  const std::string alter = "ALTER TABLE " + to_sql(labour.table.name) + " ";
  Sql before, after;
  for (const Work& work : labour.subject.impact.work) {
    if (work.cause != Cause::recheck || work.command != labour.work.command) continue;
    const Constraint* constraint = labour.table.constraint(work.detail);
    if (constraint == nullptr || work.relation != labour.table.name) return {};
    before.push_back(alter + "DROP CONSTRAINT " + quote_identifier(work.detail));
    const Sql again = not_valid_steps(constraint->definition, labour.table.name);
    after.insert(after.end(), again.begin(), again.end());
  }
  before.push_back(text);
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

std::optional<Said> say(const Labour& labour) {
  if (labour.subject.impact.find(Cause::column_type, labour.work.command)) return std::nullopt;
  Said said;
  said.object = object_of(labour.table.name, labour.command.name);
  said.message = sentence(labour.subject, labour.work,
                          "to check " + quote_identifier(labour.work.detail) + " again");
  said.instead = steps(labour);
  said.explanation =
      "the type change alone is instant: drop the constraint before it and add it "
      "again NOT VALID afterwards, then validate it while everybody works";
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::recheck}, say);
}

}  // namespace

extern const Rule rechecking_type_change{
    .id = "rechecking-type-change",
    .severity = Severity::error,
    .summary = "a type change checks a constraint again while nobody may touch the table",
    .when =
        "a column that a CHECK constraint uses changes its type, even where that is instant by "
        "itself",
    .effect = "ACCESS EXCLUSIVE is held for a full scan",
    .instead = "drop the constraint, change the type, add the constraint NOT VALID, VALIDATE it",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
