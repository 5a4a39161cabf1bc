// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const ApplyProblem& problem : whole.schema_problems) {
    if (problem.kind != ProblemKind::unread) continue;
    const std::string file = whole.sources ? std::string(whole.sources->path(problem.where)) : "";
    findings.add(problem.where, false, file, problem.message)
        .remedy("have the tool print its SQL, see `command` in docs/configuration.md");
  }
}

}  // namespace

extern const Rule unread_migration{
    .id = "unread-migration",
    .severity = Severity::warning,
    .summary = "a migration without SQL that can be read",
    .when =
        "a new migration is code (Alembic, Django, Rails, Knex and others), or describes its "
        "changes in a tool's own words (pgroll, Liquibase)",
    .effect = "nobody looked at what it does",
    .instead = "have the tool print its SQL: `migrations: {command: …}`",
    .reference = "https://www.postgresql.org/docs/current/ddl-alter.html",
    .check_all = check_all,
};

}  // namespace schemagate::rules
