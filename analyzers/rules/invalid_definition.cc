// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::invalid) continue;
    Findings::Added added = findings.add(problem.where, false, "", problem.message);
    // Where a tool refuses, no server was asked.
    if (!problem.sqlstate.empty()) added.evidence("sqlstate", problem.sqlstate);
  }
}

}  // namespace

extern const Rule invalid_definition{
    .id = "invalid-definition",
    .severity = Severity::error,
    .summary = "a definition that PostgreSQL refuses",
    .when = "a statement of the schema files parses, but the server would not carry it out",
    .effect = "the statement fails",
    .instead = "see the server's message",
    .reference = "https://www.postgresql.org/docs/current/errcodes-appendix.html",
    .check_all = check_all,
    .always_fails = true,
};

}  // namespace schemagate::rules
