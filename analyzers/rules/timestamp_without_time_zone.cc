// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for_each_new_column(subject, [&](const NewColumn& column) {
    if (column.definition.type.name.name != "timestamp") return;
    add_at(
        findings, subject, column,
        shown(column.table, column.definition.name) +
            " is timestamp without time zone: which moment a value means depends on who reads it")
        .remedy("use timestamptz");
  });
}

}  // namespace

extern const Rule timestamp_without_time_zone{
    .id = "timestamp-without-time-zone",
    .severity = Severity::note,
    .summary = "a timestamp without time zone",
    .when = "a new column has the type timestamp",
    .effect =
        "the same value means another moment for each session that reads it with another time "
        "zone; turning it into timestamptz later rewrites the table",
    .instead = "timestamptz",
    .reference = "https://www.postgresql.org/docs/current/datatype-datetime.html",
    .statements = kinds<CreateTable, AlterTable>,
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
