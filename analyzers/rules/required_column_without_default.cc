// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "schema/render.h"

namespace schemagate::rules {
namespace {

constexpr std::string_view not_null_violation = "23502";

bool has_value(const ColumnDefinition& column) {
  const bool effective =
      column.default_value && column.default_value->kind != ExpressionKind::null_constant;
  return effective || column.identity != Identity::no || column.generated != Generated::no ||
         column.type.name.name.ends_with("serial");
}

/// The column without NOT NULL; then, when the rows are filled, NOT NULL without a long lock.
Sql instead(const Subject& subject, const Table& table, const AlterTableCommand& command,
            int index) {
  for (const ConstraintDefinition& constraint : command.column->constraints) {
    if (constraint.kind != ConstraintKind::not_null) return {};
  }
  const Catalog after = outcome(subject);
  const auto found = after.tables.find(table.name);
  const Column* made =
      found == after.tables.end() ? nullptr : found->second.column(command.column->name);
  if (!made || !command.column->not_null) return {};
  Column nullable = *made;
  nullable.not_null = false;
  nullable.default_value.reset();
  Sql sql{"ALTER TABLE " + to_sql(table.name) + " ADD COLUMN " + definition_sql(nullable)};
  const Sql steps = not_null_steps(table, {made->name}, subject.postgres);
  sql.insert(sql.end(), steps.begin(), steps.end());
  return with_lock_timeout(subject, replace_commands(subject, {{index, sql}}));
}

std::string message(const Subject& subject, const QualifiedName& table, const std::string& column) {
  const std::string rest =
      " NULL in the new column " + quote_identifier(column) + ", which must not be NULL";
  if (subject.size(table).rows) {
    return "would fail: the rows of " + subject.describe(table) + " get" + rest;
  }
  return "fails as soon as " + subject.describe(table) + " has one row, which gets" + rest;
}

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || !subject.impact.fails || subject.impact.fails->sqlstate != not_null_violation) {
    return;
  }
  const Table* table = subject.table(alter->name);
  if (!table || subject.is_idle(table->name)) return;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (command.action != AlterTableAction::add_column || !command.column) continue;
    const ColumnDefinition& column = *command.column;
    const bool domain = !subject.before.types.empty() && subject.before.type(column.type);
    if (has_value(column) || (!column.not_null && !domain)) continue;
    const int index = static_cast<int>(i);
    findings
        .add(subject, object_of(table->name, column.name),
             message(subject, table->name, column.name), index)
        .evidence("sqlstate", std::string(not_null_violation))
        .remedy(
            "give the column a constant default, which is instant; or add it nullable, fill the "
            "rows, then make it NOT NULL (the rows have to be filled before VALIDATE)",
            instead(subject, *table, command, index), true);
    return;
  }
}

}  // namespace

extern const Rule required_column_without_default{
    .id = "required-column-without-default",
    .severity = Severity::error,
    .summary = "a new column that must not be NULL, without a value for the rows that are there",
    .when = "ADD COLUMN … NOT NULL on an existing table, without a default that is not NULL",
    .effect =
        "the statement fails as soon as the table has one row; and where it has none, inserts "
        "of programs that do not know the column fail afterwards",
    .instead =
        "give it a constant default (no rewrite since PostgreSQL 11), or add it nullable, fill "
        "it, then make it NOT NULL",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
