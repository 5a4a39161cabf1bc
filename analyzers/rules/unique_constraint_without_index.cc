// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::optional<Said> say(const Labour& labour) {
  const auto& definition = labour.command.constraint;
  if (labour.command.action != AlterTableAction::add_constraint || !definition) return std::nullopt;
  const Subject& subject = labour.subject;
  if (certain_to_fail(subject, ProbeKind::duplicates, labour.work.command)) return std::nullopt;
  const Catalog after = outcome(subject);
  const Constraint* made = constraint_made(after, subject, *definition);
  const QualifiedName& table = labour.table.name;
  Said said;
  said.object = made ? object_of(table, made->definition.name) : object_of(table);
  said.message = sentence(subject, labour.work, "to build the index");
  if (labour.table.kind == RelationKind::partitioned_table) {
    said.explanation =
        "add the constraint to ONLY the partitioned table, build a unique index on "
        "each partition concurrently, and attach them";
    if (made) said.instead = partitioned_unique_steps(after, *made, table);
  } else if (definition->without_overlaps) {
    said.explanation = "there is no way to build this index beforehand: choose a quiet hour";
  } else {
    said.explanation =
        "build the unique index while everybody works, then make it the constraint, "
        "which is instant";
    if (made) said.instead = unique_steps(after, *made, table);
  }
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::unique_constraint}, say);
}

}  // namespace

extern const Rule unique_constraint_without_index{
    .id = "unique-constraint-without-index",
    .severity = Severity::error,
    .summary = "a unique constraint builds its index while nobody may touch the table",
    .when = "a UNIQUE constraint is added to an existing table without USING INDEX",
    .effect = "ACCESS EXCLUSIVE is held while the index is built: reads and writes queue behind it",
    .instead = "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_step = check,
};

}  // namespace schemagate::rules
