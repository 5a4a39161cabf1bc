// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::history) continue;
    const bool is_gone = !problem.where.is_somewhere();
    const Span where = is_gone ? problem.other : problem.where;
    const std::string file = whole.sources ? std::string(whole.sources->path(where)) : "";
    findings.add(where, is_gone, file, problem.message)
        .remedy("put the file back as it was, and make the change in a new migration");
  }
}

}  // namespace

extern const Rule edited_migration{
    .id = "edited-migration",
    .severity = Severity::error,
    .summary = "a migration that may have run already is changed or gone",
    .when =
        "a file of a migrations folder that the base branch has is edited or removed. What is "
        "meant to be edited (Flyway's R__ files) is not looked at, nor is a change of comments "
        "alone where the tool keeps no checksums",
    .effect =
        "where it has run it will not run again: databases differ from now on, and a tool that "
        "keeps checksums refuses to go on",
    .instead = "put the file back, and make the change in a new migration",
    .reference = "https://www.postgresql.org/docs/current/ddl-alter.html",
    .check_all = check_all,
};

}  // namespace schemagate::rules
