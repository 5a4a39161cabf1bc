// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The key's columns that are nullable so far: they are proven NOT NULL before the key is made.
std::vector<std::string> nullable(const Table& table, const ConstraintDefinition& definition) {
  std::vector<std::string> columns;
  for (const std::string& name : definition.columns) {
    const Column* column = table.column(name);
    if (column && !column->not_null) columns.push_back(name);
  }
  return columns;
}

Sql instead(const Labour& labour, const Catalog& after, const Constraint& made) {
  const QualifiedName& table = labour.table.name;
  const bool partitioned = labour.table.kind == RelationKind::partitioned_table;
  Sql sql = not_null_steps(labour.table, nullable(labour.table, made.definition),
                           labour.subject.postgres);
  const Sql key =
      partitioned ? partitioned_unique_steps(after, made, table) : unique_steps(after, made, table);
  if (key.empty()) return {};
  sql.insert(sql.end(), key.begin(), key.end());
  return sql;
}

std::optional<Said> say(const Labour& labour) {
  const auto& definition = labour.command.constraint;
  if (labour.command.action != AlterTableAction::add_constraint || !definition) return std::nullopt;
  const Subject& subject = labour.subject;
  if (certain_to_fail(subject, ProbeKind::duplicates, labour.work.command) ||
      certain_to_fail(subject, ProbeKind::nulls, labour.work.command)) {
    return std::nullopt;
  }
  const Catalog after = outcome(subject);
  const Constraint* made = constraint_made(after, subject, *definition);
  const QualifiedName& table = labour.table.name;
  Said said;
  said.object = made ? object_of(table, made->definition.name) : object_of(table);
  said.message = sentence(subject, labour.work, "to build the index of the primary key");
  if (definition->without_overlaps) {
    said.explanation = "there is no way to build this index beforehand: choose a quiet hour";
    return said;
  }
  said.explanation =
      "build the unique index while everybody works, then make it the primary key, "
      "which is instant";
  if (made) said.instead = instead(labour, after, *made);
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::primary_key}, say);
}

}  // namespace

extern const Rule primary_key_without_index{
    .id = "primary-key-without-index",
    .severity = Severity::error,
    .summary = "a primary key builds its index while nobody may touch the table",
    .when = "a PRIMARY KEY is added to an existing table without USING INDEX",
    .effect =
        "ACCESS EXCLUSIVE is held while the index is built and nullable columns are scanned: "
        "reads and writes queue behind it",
    .instead =
        "CREATE UNIQUE INDEX CONCURRENTLY on NOT NULL columns, then ADD PRIMARY KEY USING "
        "INDEX",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
