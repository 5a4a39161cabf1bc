// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::optional<Said> say(const Labour& labour) {
  if (labour.subject.impact.find(Cause::column_type, labour.work.command)) return std::nullopt;
  Said said;
  said.object = object_of(labour.table.name, labour.command.name);
  said.message = sentence(labour.subject, labour.work,
                          "to check " + quote_identifier(labour.work.detail) + " again");
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
    .check_step = check,
};

}  // namespace schemagate::rules
