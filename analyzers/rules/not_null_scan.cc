// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The columns that the command makes NOT NULL; empty when it is not this rule's.
std::vector<std::string> columns_of(const Labour& labour) {
  const AlterTableCommand& command = labour.command;
  if (command.action == AlterTableAction::set_not_null) return {command.name};
  if (command.action == AlterTableAction::add_column && command.column)
    return {command.column->name};
  if (command.action != AlterTableAction::add_constraint || !command.constraint) return {};
  if (command.constraint->kind == ConstraintKind::not_null) return command.constraint->columns;
  std::vector<std::string> columns;
  const auto index = labour.subject.before.indexes.find(
      {labour.table.name.schema, command.constraint->using_index});
  if (index == labour.subject.before.indexes.end()) return {};
  for (const IndexElement& element : index->second.elements) {
    const Column* column = labour.table.column(element.column);
    if (column && !column->not_null) columns.push_back(element.column);
  }
  return columns;
}

Sql instead(const Labour& labour, const std::vector<std::string>& columns) {
  Sql sql = not_null_steps(labour.table, columns, labour.subject.postgres);
  const auto& constraint = labour.command.constraint;
  if (!constraint || constraint->kind != ConstraintKind::primary_key) return sql;
  const std::string statement = labour.statement();
  if (statement.empty()) return {};
  sql.push_back(statement);
  return sql;
}

std::optional<Said> say(const Labour& labour) {
  const std::vector<std::string> columns = columns_of(labour);
  if (columns.empty()) return std::nullopt;
  if (certain_to_fail(labour.subject, ProbeKind::nulls, labour.work.command)) return std::nullopt;
  // The rewrite that fills a new column is what another rule speaks of.
  if (labour.command.action == AlterTableAction::add_column &&
      !labour.subject.impact.rewrites().empty())
    return std::nullopt;
  Said said;
  said.object = columns.size() == 1 ? object_of(labour.table.name, columns.front())
                                    : object_of(labour.table.name);
  said.message = sentence(labour.subject, labour.work,
                          "to prove that " + columns_shown(columns) + " holds no NULL");
  said.explanation = labour.subject.postgres >= 18
                         ? "add the constraint NOT VALID, which is instant, and validate it while "
                           "everybody works"
                         : "let a CHECK prove it while everybody works; SET NOT NULL then needs no "
                           "scan";
  if (labour.command.action == AlterTableAction::add_column) {
    said.explanation =
        "add the column without NOT NULL, then ADD CONSTRAINT … NOT NULL … NOT "
        "VALID, and validate it while everybody works";
    return said;
  }
  if (labour.subject.remedies) said.instead = instead(labour, columns);
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::not_null}, say);
}

}  // namespace

extern const Rule not_null_scan{
    .id = "not-null-scan",
    .severity = Severity::error,
    .summary = "SET NOT NULL reads the whole table while nobody may touch it",
    .when =
        "a column of an existing table becomes NOT NULL, or part of a primary key made from an "
        "index, and no valid CHECK proves it; or a virtual generated column is added that must not "
        "be NULL",
    .effect = "ACCESS EXCLUSIVE is held for a full scan: reads and writes queue behind it",
    .instead =
        "up to PostgreSQL 17: add CHECK (… IS NOT NULL) NOT VALID, VALIDATE it, then SET NOT "
        "NULL; from 18 on: ADD CONSTRAINT … NOT NULL … NOT VALID, then VALIDATE",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
