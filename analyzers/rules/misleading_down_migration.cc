// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::down) continue;
    const std::string file = whole.sources ? std::string(whole.sources->path(problem.where)) : "";
    findings.add(problem.where, false, file, problem.message)
        .remedy("undo in the down part what the up part does, in reverse order");
  }
}

}  // namespace

extern const Rule misleading_down_migration{
    .id = "misleading-down-migration",
    .severity = Severity::warning,
    .summary = "a way down that does not lead back",
    .when =
        "the up part and then the down part of a new migration leave another schema than before",
    .effect = "who goes back after a failed deployment has a schema that nobody described",
    .instead = "undo in the down part what the up part does, in reverse order",
    .reference = "https://www.postgresql.org/docs/current/ddl-alter.html",
    .check_all = check_all,
};

}  // namespace schemagate::rules
