// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ParseProblem& problem : whole.parse_problems) {
    findings.add(problem.where, false, "", problem.message);
  }
}

}  // namespace

extern const Rule syntax_error{
    .id = "syntax-error",
    .severity = Severity::error,
    .summary = "SQL that PostgreSQL does not parse",
    .when = "new or changed text is not accepted by PostgreSQL's own parser",
    .effect = "the statement fails; it was not judged, nor was what depends on it",
    .instead = "correct it; the place is where PostgreSQL's parser gave up",
    .reference = "https://www.postgresql.org/docs/current/sql-syntax.html",
    .check_all = check_all,
    .always_fails = true,
};

}  // namespace schemagate::rules
