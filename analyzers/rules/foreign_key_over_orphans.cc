// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for (const Doubt& doubt : doubts(subject, ProbeKind::orphans)) {
    const Probe& probe = doubt.probe;
    const bool one = doubt.answer && doubt.answer->rows.value == 1;
    const std::string reason = doubt.is_certain()
                                   ? count_of(doubt.answer->rows, "row") + " of " +
                                         shown(probe.table) + (one ? " refers" : " refer") +
                                         " by " + columns_shown(probe.columns) + " to rows of " +
                                         shown(probe.referenced) + " that do not exist"
                                   : "";
    tell(
        subject, findings, doubt, reason,
        shown(probe.table) + " refers to rows of " + shown(probe.referenced) + " that do not exist",
        "orphan_rows",
        {"delete or repair these rows first; a foreign key that is NOT VALID already keeps new "
         "ones out",
         {},
         false});
  }
}

}  // namespace

extern const Rule foreign_key_over_orphans{
    .id = "foreign-key-over-orphans",
    .severity = Severity::error,
    .summary = "a foreign key over rows that refer to nothing",
    .when =
        "a foreign key is added or validated, and the database holds rows without the row they "
        "refer to",
    .effect =
        "the statement fails with \"violates foreign key constraint\" and takes the deployment "
        "with it",
    .instead = "repair the rows, then validate the constraint",
    .reference = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
