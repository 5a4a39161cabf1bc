// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"
#include "schema/render.h"

namespace schemagate::rules {
namespace {

/// The constraint of ADD CONSTRAINT, or the UNIQUE of a new column.
const ConstraintDefinition* definition_of(const AlterTableCommand& command) {
  if (command.constraint) return &*command.constraint;
  if (!command.column) return nullptr;
  for (const ConstraintDefinition& definition : command.column->constraints) {
    if (definition.kind == ConstraintKind::unique) return &definition;
  }
  return nullptr;
}

/// The column by itself, then its constraint.
Sql column_first(const Labour& labour, const Catalog& after, const Constraint& made) {
  for (const ConstraintDefinition& definition : labour.command.column->constraints) {
    const bool plain =
        definition.kind == ConstraintKind::not_null || definition.kind == ConstraintKind::unique;
    if (!plain) return {};
  }
  const auto table = after.tables.find(labour.table.name);
  const Column* column =
      table == after.tables.end() ? nullptr : table->second.column(labour.command.column->name);
  if (!column) return {};
  Sql sql{"ALTER TABLE " + to_sql(labour.table.name) + " ADD COLUMN " + definition_sql(*column)};
  for (std::string& step : unique_steps(after, made, labour.table.name)) {
    sql.push_back(std::move(step));
  }
  return sql;
}

std::optional<Said> say(const Labour& labour) {
  const ConstraintDefinition* definition = definition_of(labour.command);
  const Subject& subject = labour.subject;
  if (!definition || subject.impact.find(Cause::volatile_default, labour.work.command)) {
    return std::nullopt;
  }
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
    if (made && labour.command.column) said.instead = column_first(labour, after, *made);
    if (made && !labour.command.column) said.instead = unique_steps(after, *made, table);
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
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
