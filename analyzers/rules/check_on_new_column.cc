// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/words.h"
#include "schema/render.h"

namespace schemagate::rules {
namespace {

/// The column without its CHECKs, then each CHECK NOT VALID and validated.
Sql instead(const Labour& labour, const Catalog& after) {
  const auto table = after.tables.find(labour.table.name);
  if (table == after.tables.end()) return {};
  const Column* column = table->second.column(labour.command.column->name);
  Sql sql{"ALTER TABLE " + to_sql(labour.table.name) + " ADD COLUMN " +
          (column ? definition_sql(*column) : "")};
  for (const ConstraintDefinition& definition : labour.command.column->constraints) {
    if (definition.kind == ConstraintKind::not_null) continue;
    const Constraint* made = constraint_made(after, labour.subject, definition);
    if (!column || !made || definition.kind != ConstraintKind::check) return {};
    const Sql steps = not_valid_steps(made->definition, labour.table.name);
    sql.insert(sql.end(), steps.begin(), steps.end());
  }
  return sql;
}

std::optional<Said> say(const Labour& labour) {
  if (labour.command.action != AlterTableAction::add_column || !labour.command.column) {
    return std::nullopt;
  }
  const std::string& column = labour.command.column->name;
  Said said;
  said.object = object_of(labour.table.name, column);
  said.message = sentence(labour.subject, labour.work,
                          "to check the new column " + quote_identifier(column) +
                              (labour.command.column->generated == Generated::no
                                   ? ", though every row has the same value in it"
                                   : ""));
  said.explanation =
      "add the column without its CHECK, then the CHECK NOT VALID, and validate it "
      "while everybody works";
  said.instead = instead(labour, outcome(labour.subject));
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::column_check}, say);
}

}  // namespace

extern const Rule check_on_new_column{
    .id = "check-on-new-column",
    .severity = Severity::error,
    .summary = "a new column with a CHECK reads the whole table while nobody may touch it",
    .when = "ADD COLUMN on an existing table brings a CHECK constraint along",
    .effect =
        "ACCESS EXCLUSIVE is held for a full scan, although every row has the same value: "
        "PostgreSQL does not see that",
    .instead =
        "ADD COLUMN without the CHECK, then ADD CONSTRAINT … CHECK … NOT VALID and VALIDATE "
        "CONSTRAINT in transactions of their own",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
