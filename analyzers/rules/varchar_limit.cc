// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for_each_new_column(subject, [&](const NewColumn& column) {
    const TypeName& type = column.definition.type;
    const bool limited =
        (type.name.name == "varchar" && !type.modifiers.empty()) || type.name.name == "bpchar";
    if (!limited) return;
    add_at(findings, subject, column,
           shown(column.table, column.definition.name) + " is " + to_sql(type) +
               ": shortening the limit later rewrites the table")
        .remedy("use text, with a CHECK on its length where a limit is needed");
  });
}

}  // namespace

extern const Rule varchar_limit{
    .id = "varchar-limit",
    .severity = Severity::note,
    .summary = "a column with a length limit",
    .when = "a new column has the type varchar(n) or char(n)",
    .effect = "a shorter limit later rewrites the table; char(n) pads with blanks",
    .instead =
        "text, with a CHECK on its length where a limit is needed: it can be changed without a "
        "rewrite",
    .reference = "https://www.postgresql.org/docs/current/datatype-character.html",
    .statements = kinds<CreateTable, AlterTable>,
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
