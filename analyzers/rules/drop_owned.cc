// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* other = subject.statement.as<OtherStatement>();
  if (!other || other->tag != "DROP OWNED") return;
  findings
      .add(subject, "",
           "drops everything that the role owns in this database, whatever that is where it runs, "
           "with all rows of its tables; and takes back what it was granted: " +
               other->definition)
      .remedy(
          "give what is to stay to another role with REASSIGN OWNED, drop the rest by name, and "
          "take grants back one by one");
}

}  // namespace

extern const Rule drop_owned{
    .id = "drop-owned",
    .severity = Severity::error,
    .summary = "everything that a role owns is dropped, unnamed",
    .when = "DROP OWNED BY stands in a migration",
    .effect =
        "the tables of the role are lost with all their rows, and its privileges with them; "
        "the statement does not name a single one",
    .instead = "REASSIGN OWNED, and DROP by name for what is really to go",
    .reference = "https://www.postgresql.org/docs/current/sql-drop-owned.html",
    .statements = kinds<OtherStatement>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
