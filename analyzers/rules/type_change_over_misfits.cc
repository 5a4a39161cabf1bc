// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for (const Doubt& doubt : doubts(subject, ProbeKind::type_misfits)) {
    const Probe& probe = doubt.probe;
    const std::string name = shown(probe.table, probe.columns.front());
    const std::string reason = doubt.is_certain() ? "the value of " + name + " in " +
                                                        count_of(doubt.answer->rows, "row") +
                                                        " does not fit " + to_sql(probe.type)
                                                  : "";
    tell(subject, findings, doubt, reason, "every value of " + name + " fits " + to_sql(probe.type),
         "rows_that_do_not_fit", {"shorten or convert these values first", {}, false});
  }
}

}  // namespace

extern const Rule type_change_over_misfits{
    .id = "type-change-over-misfits",
    .severity = Severity::error,
    .summary = "a type that existing values do not fit",
    .when = "a column gets a narrower type, and the database holds values that do not fit it",
    .effect =
        "the statement fails with \"value too long\" or \"out of range\" after it has rewritten "
        "part of the table",
    .instead = "shorten or convert the values, or keep the wider type",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
