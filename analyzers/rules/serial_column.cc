// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for_each_new_column(subject, [&](const NewColumn& column) {
    const std::string& type = column.definition.type.name.name;
    if (type != "serial" && type != "bigserial" && type != "smallserial") return;
    add_at(findings, subject, column,
           shown(column.table, column.definition.name) + " is " + type +
               ": its sequence has grants of its own, and any INSERT can overwrite the number")
        .remedy("use GENERATED ALWAYS AS IDENTITY");
  });
}

}  // namespace

extern const Rule serial_column{
    .id = "serial-column",
    .severity = Severity::note,
    .summary = "a serial column",
    .when = "a new column has the type smallserial, serial or bigserial",
    .effect =
        "the sequence has rights and a life of its own: an INSERT can overwrite the number, and "
        "grants on the table do not cover the sequence",
    .instead = "GENERATED ALWAYS AS IDENTITY",
    .reference = "https://www.postgresql.org/docs/current/ddl-identity-columns.html",
    .statements = kinds<CreateTable, AlterTable>,
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
