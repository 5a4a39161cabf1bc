// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::string said_of(const Labour& labour, const std::string& condition) {
  return sentence(labour.subject, labour.work, "to check " + condition + " on every row");
}

std::optional<Said> say(const Labour& labour) {
  const auto& definition = labour.command.constraint;
  if (labour.command.action != AlterTableAction::add_constraint || !definition) return std::nullopt;
  if (certain_to_fail(labour.subject, ProbeKind::check_violations, labour.work.command)) {
    return std::nullopt;
  }
  const bool named = !definition->name.empty();
  if (named && !labour.subject.remedies) {
    return Said{object_of(labour.table.name, definition->name),
                said_of(labour, definition->expression.sql),
                {},
                {}};
  }
  const Catalog after = outcome(labour.subject);
  const Constraint* made = constraint_made(after, labour.subject, *definition);
  const QualifiedName& table = labour.table.name;
  Said said;
  said.object = made ? object_of(table, made->definition.name) : object_of(table);
  said.message = said_of(labour, definition->expression.sql);
  said.explanation = "add it NOT VALID, which is instant, and validate it while everybody works";
  if (made) said.instead = not_valid_steps(*made, table);
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::check_validation}, say);
}

}  // namespace

extern const Rule validating_check{
    .id = "validating-check",
    .severity = Severity::error,
    .summary = "a CHECK constraint reads the whole table while nobody may touch it",
    .when = "a CHECK constraint is added to an existing table without NOT VALID",
    .effect = "ACCESS EXCLUSIVE is held for a full scan: reads and writes queue behind it",
    .instead =
        "add the constraint NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own: "
        "that scan lets reads and writes through",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
