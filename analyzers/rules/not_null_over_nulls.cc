// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"
#include "analyzers/words.h"
#include "schema/default_clause.h"

namespace schemagate::rules {
namespace {

/// Fills the column with its default where it has one.
std::string explanation(const Subject& subject, const Probe& probe) {
  const std::string column = quote_identifier(probe.columns.front());
  const Table* table = subject.table(probe.table);
  const Column* found = table ? table->column(probe.columns.front()) : nullptr;
  const bool has_default = found && gives_value(found->default_value);
  return "fill the rows first, in batches, and see that new rows always have a value: UPDATE " +
         to_sql(probe.table) + " SET " + column + " = " + (has_default ? "DEFAULT" : "…") +
         " WHERE " + column + " IS NULL";
}

void check(const Subject& subject, Findings& findings) {
  for (const Doubt& doubt : doubts(subject, ProbeKind::nulls)) {
    const std::string name = shown(doubt.probe.table, doubt.probe.columns.front());
    const bool one = doubt.answer && doubt.answer->rows.value == 1;
    const std::string reason =
        doubt.is_certain()
            ? count_of(doubt.answer->rows, "row") + (one ? " has" : " have") + " NULL in " + name
            : "";
    tell(subject, findings, doubt, reason, name + " holds NULL", "rows_with_null",
         {explanation(subject, doubt.probe), {}, false});
  }
}

}  // namespace

extern const Rule not_null_over_nulls{
    .id = "not-null-over-nulls",
    .severity = Severity::error,
    .summary = "NOT NULL on a column that holds NULL",
    .when =
        "a column becomes NOT NULL or part of a primary key, and the database holds rows where "
        "it is NULL",
    .effect =
        "the statement fails with \"column contains null values\" and takes the deployment "
        "with it",
    .instead = "fill the rows, then make the column NOT NULL",
    .reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
