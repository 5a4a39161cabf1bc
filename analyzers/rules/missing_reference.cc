// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::missing) continue;
    findings.add(problem.where, false, "", problem.message)
        .evidence("sqlstate", problem.sqlstate)
        .remedy("define it in the schema files, or correct the name");
  }
}

}  // namespace

extern const Rule missing_reference{
    .id = "missing-reference",
    .severity = Severity::error,
    .summary = "a name that nothing defines",
    .when = "a statement of the schema files names a table, column or type that no file defines",
    .effect = "the statement fails",
    .instead = "define it, or correct the name",
    .reference = "https://www.postgresql.org/docs/current/ddl.html",
    .check_all = check_all,
    .always_fails = true,
};

}  // namespace schemagate::rules
