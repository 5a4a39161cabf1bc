// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

std::string first_place(const WholeSubject& whole, const Span& span) {
  if (!span.is_somewhere() || !whole.sources) return {};
  return "; the first one is at " + std::string(whole.sources->path(span)) + ":" +
         std::to_string(whole.sources->begin(span).line);
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::duplicate) continue;
    findings.add(problem.where, false, "", problem.message + first_place(whole, problem.other))
        .evidence("sqlstate", problem.sqlstate)
        .remedy("keep one of the two");
  }
}

}  // namespace

extern const Rule duplicate_definition{
    .id = "duplicate-definition",
    .severity = Severity::error,
    .summary = "an object is defined twice",
    .when = "two statements of the schema files make the same object",
    .effect =
        "which one counts depends on the order of the files; an empty database can't be made "
        "from them",
    .instead = "keep one of the two",
    .reference = "https://www.postgresql.org/docs/current/ddl.html",
    .check_all = check_all,
    .always_fails = true,
};

}  // namespace schemagate::rules
