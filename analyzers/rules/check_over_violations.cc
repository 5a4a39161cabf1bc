// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for (const Doubt& doubt : doubts(subject, ProbeKind::check_violations)) {
    const Probe& probe = doubt.probe;
    const bool one = doubt.answer && doubt.answer->rows.value == 1;
    const std::string reason =
        doubt.is_certain() ? count_of(doubt.answer->rows, "row") + " of " + shown(probe.table) +
                                 (one ? " violates" : " violate") + " " + probe.condition
                           : "";
    tell(subject, findings, doubt, reason,
         "rows of " + shown(probe.table) + " violate " + probe.condition, "violating_rows",
         {"repair these rows first; a CHECK that is NOT VALID already keeps new ones out",
          {},
          false});
  }
}

}  // namespace

extern const Rule check_over_violations{
    .id = "check-over-violations",
    .severity = Severity::error,
    .summary = "a CHECK constraint over rows that violate it",
    .when = "a CHECK constraint is added or validated, and the database holds rows that violate it",
    .effect =
        "the statement fails with \"check constraint is violated by some row\" and takes the "
        "deployment with it",
    .instead = "repair the rows, then validate the constraint",
    .reference =
        "https://www.postgresql.org/docs/current/"
        "ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
