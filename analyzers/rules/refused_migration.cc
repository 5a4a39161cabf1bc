// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::order) continue;
    const std::string file = whole.sources ? std::string(whole.sources->path(problem.where)) : "";
    findings.add(problem.where, false, file, problem.message)
        .remedy("number, name or write it so that the tool takes it, and runs it last");
  }
}

}  // namespace

extern const Rule refused_migration{
    .id = "refused-migration",
    .severity = Severity::error,
    .summary = "a migration that its tool refuses or never runs",
    .when =
        "a new migration comes before one that may have run, has the version of another, is not in "
        "the plan, or is written so that the tool cuts it apart; what the tool then does is said",
    .effect = "the deployment stops, or databases differ: some have run it and some never will",
    .instead = "number, name or write it so that the tool takes it, and runs it last",
    .reference = "https://www.postgresql.org/docs/current/ddl-alter.html",
    .check_all = check_all,
};

}  // namespace schemagate::rules
