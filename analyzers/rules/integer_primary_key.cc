// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for_each_new_column(subject, [&](const NewColumn& column) {
    const ColumnDefinition& definition = column.definition;
    const std::string& type = definition.type.name.name;
    const bool narrow =
        type == "int4" || type == "int2" || type == "serial" || type == "smallserial";
    bool key = false;
    for (const ConstraintDefinition& constraint : definition.constraints) {
      key = key || constraint.kind == ConstraintKind::primary_key;
    }
    if (!narrow || !key) return;
    add_at(findings, subject, column,
           "the numbers of " + shown(column.table, definition.name) + " run out at " +
               (type == "int2" || type == "smallserial" ? "32,767" : "2,147,483,647"))
        .remedy("use bigint");
  });
}

}  // namespace

extern const Rule integer_primary_key{
    .id = "integer-primary-key",
    .severity = Severity::note,
    .summary = "a primary key that runs out of numbers",
    .when =
        "a new column that is a primary key by itself has the type integer, smallint or their "
        "serial",
    .effect =
        "after 2,147,483,647 rows inserts fail; turning it into bigint then rewrites the table",
    .instead = "bigint",
    .reference = "https://www.postgresql.org/docs/current/datatype-numeric.html",
    .statements = kinds<CreateTable, AlterTable>,
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
