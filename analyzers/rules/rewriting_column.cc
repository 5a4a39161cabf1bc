// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/words.h"
#include "schema/render.h"

namespace schemagate::rules {
namespace {

std::string why(const Blocking& work) {
  switch (work.cause) {
    case Cause::volatile_default:
      return "to give every row its own " + work.detail;
    case Cause::serial_column:
    case Cause::identity_column:
      return "to number the rows";
    case Cause::stored_generated:
      return "to store the generated values";
    default:
      return "to check the domain " + work.detail + " on every row";
  }
}

std::string explanation(const Labour& labour) {
  switch (labour.work.cause) {
    case Cause::identity_column:
      return "add a plain column, fill it in batches, make it NOT NULL, then ADD GENERATED … AS "
             "IDENTITY with a START behind the highest value";
    case Cause::stored_generated:
      return labour.subject.postgres >= 18
                 ? "make it VIRTUAL, which is instant; or add a plain column and keep it up to "
                   "date "
                   "by a trigger"
                 : "add a plain column, keep it up to date by a trigger and fill it in batches";
    case Cause::constrained_domain:
      return "add the column with the domain's base type and a CHECK that is NOT VALID";
    default:
      return "add the column empty, set the default for new rows, and fill the old rows (on a "
             "large "
             "table in batches instead of one UPDATE)";
  }
}

/// The column is added empty; then its default, the old rows' values and NOT NULL.
Sql instead(const Labour& labour) {
  const bool has_default =
      labour.work.cause == Cause::volatile_default || labour.work.cause == Cause::serial_column;
  if (!has_default || !labour.command.column) return {};
  for (const ConstraintDefinition& constraint : labour.command.column->constraints) {
    if (constraint.kind != ConstraintKind::not_null) return {};
  }
  const Catalog after = outcome(labour.subject);
  const auto table = after.tables.find(labour.table.name);
  const Column* made =
      table == after.tables.end() ? nullptr : table->second.column(labour.command.column->name);
  if (!made || !made->default_value) return {};
  Column empty = *made;
  empty.default_value.reset();
  empty.not_null = false;
  const std::string name = to_sql(labour.table.name), column = quote_identifier(made->name);
  Sql sql{"ALTER TABLE " + name + " ADD COLUMN " + definition_sql(empty)};
  for (const Sequence* sequence : after.sequences_owned_by(labour.table.name, made->name)) {
    sql.push_back(create_sql(*sequence));
    sql.push_back("ALTER SEQUENCE " + to_sql(sequence->name) + " OWNED BY " + name + "." + column);
  }
  sql.push_back("ALTER TABLE " + name + " ALTER COLUMN " + column + " SET DEFAULT " +
                made->default_value->sql);
  sql.push_back("UPDATE " + name + " SET " + column + " = DEFAULT WHERE " + column + " IS NULL");
  if (!made->not_null) return sql;
  const Sql not_null = not_null_steps(labour.table, {made->name}, labour.subject.postgres);
  sql.insert(sql.end(), not_null.begin(), not_null.end());
  return sql;
}

std::optional<Said> say(const Labour& labour) {
  if (labour.command.action != AlterTableAction::add_column || !labour.command.column) {
    return std::nullopt;
  }
  const std::string& column = labour.command.column->name;
  return Said{object_of(labour.table.name, column),
              sentence(labour.subject, labour.work, why(labour.work)), explanation(labour),
              instead(labour)};
}

/// A function of the default that is nobody's we know: its volatility decides.
std::string unknown_function(const Subject& subject, const Expression& value) {
  for (const FunctionUse& use : value.references.functions) {
    if (use.name.schema.empty() || use.name.schema == "pg_catalog") continue;
    if (!subject.before.has_function(use.name))
      return to_sql(use.name) + (use.arguments == 0 ? "()" : "(…)");
  }
  return "";
}

/// Without the schema nobody knows what the functions of the database are like.
void check_unknown(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || subject.complete || alter->kind != ObjectKind::table) return;
  const QualifiedName table = subject.resolve(alter->name);
  if (subject.is_idle(table)) return;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (command.action != AlterTableAction::add_column || !command.column) continue;
    if (!command.column->default_value || command.column->generated != Generated::no) continue;
    const int index = static_cast<int>(i);
    if (subject.impact.find(Cause::volatile_default, index)) continue;
    const std::string call = unknown_function(subject, *command.column->default_value);
    if (call.empty()) continue;
    findings
        .add(subject, object_of(table, command.column->name),
             "rewrites " + subject.describe(table) + " under ACCESS EXCLUSIVE unless " + call +
                 " is STABLE or IMMUTABLE, which is not known here",
             index)
        .severity(Severity::warning)
        .lock(subject, table)
        .remedy(
            "say --schema, so that the function is known; if it is VOLATILE, add the column "
            "empty, set the default for new rows, and fill the old rows in batches");
  }
}

void check(const Subject& subject, Findings& findings) {
  check_unknown(subject, findings);
  check_commands(subject, findings,
                 {Cause::volatile_default, Cause::serial_column, Cause::identity_column,
                  Cause::stored_generated, Cause::constrained_domain},
                 say);
}

}  // namespace

extern const Rule rewriting_column{
    .id = "rewriting-column",
    .severity = Severity::error,
    .summary = "a new column rewrites the whole table while nobody may touch it",
    .when =
        "ADD COLUMN with a volatile default, serial, identity, a stored generated value, or a "
        "domain with constraints",
    .effect =
        "ACCESS EXCLUSIVE is held while the table and all its indexes are written anew; a "
        "constant default, or one that is stable like now(), needs no rewrite",
    .instead = "add the column empty, set the default for new rows, fill the old rows in batches",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
