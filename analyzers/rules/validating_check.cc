// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/identifiers.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::optional<Said> say(const Labour& labour) {
  const auto& definition = labour.command.constraint;
  if (labour.command.action != AlterTableAction::add_constraint || !definition) return std::nullopt;
  if (certain_to_fail(labour.subject, ProbeKind::check_violations, labour.work.command)) {
    return std::nullopt;
  }
  const QualifiedName& table = labour.table.name;
  Said said;
  said.message = sentence(labour.subject, labour.work,
                          "to check " + definition->expression.sql + " on every row");
  said.explanation = "add it NOT VALID, which is instant, and validate it while everybody works";
  const bool kept =
      !definition->name.empty() && cut_identifier(definition->name) == definition->name;
  if (kept) {
    said.object = object_of(table, definition->name);
    if (labour.subject.remedies) said.instead = not_valid_steps(*definition, table);
    return said;
  }
  const Catalog after = outcome(labour.subject);
  const Constraint* made = constraint_made(after, labour.subject, *definition);
  said.object = made ? object_of(table, made->definition.name) : object_of(table);
  if (made) said.instead = not_valid_steps(made->definition, table);
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
