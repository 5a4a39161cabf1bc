// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for_each_new_column(subject, [&](const NewColumn& column) {
    if (column.definition.type.name.name != "json") return;
    add_at(findings, subject, column,
           shown(column.table, column.definition.name) +
               " is json, which has no equality: DISTINCT and GROUP BY on it fail")
        .remedy("use jsonb");
  });
}

}  // namespace

extern const Rule json_column{
    .id = "json-column",
    .severity = Severity::note,
    .summary = "a column of type json",
    .when = "a new column has the type json",
    .effect =
        "json keeps the text as it came: it has no equality, so DISTINCT and GROUP BY fail, and no "
        "index can look into it",
    .instead = "jsonb",
    .reference = "https://www.postgresql.org/docs/current/datatype-json.html",
    .statements = kinds<CreateTable, AlterTable>,
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
