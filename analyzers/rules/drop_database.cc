// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* other = subject.statement.as<OtherStatement>();
  if (!other || other->tag != "DROP DATABASE") return;
  findings.add(subject, "", "drops a whole database with everything in it: " + other->definition)
      .remedy("never in a schema change: an administrator drops it by hand, after a backup");
}

}  // namespace

extern const Rule drop_database{
    .id = "drop-database",
    .severity = Severity::error,
    .summary = "a whole database is dropped",
    .when = "DROP DATABASE stands in a migration",
    .effect = "everything in it is lost at once, and no transaction can take it back",
    .instead = "by hand, by an administrator, after a backup",
    .reference = "https://www.postgresql.org/docs/current/sql-dropdatabase.html",
    .statements = kinds<OtherStatement>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
