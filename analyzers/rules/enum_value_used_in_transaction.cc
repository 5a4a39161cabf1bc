// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

constexpr std::string_view unsafe_new_enum_value = "55P04";

void check(const Subject& subject, Findings& findings) {
  if (!subject.impact.fails || subject.impact.fails->sqlstate != unsafe_new_enum_value) return;
  findings
      .add(subject, "",
           "fails: " + subject.impact.fails->reason +
               ": it was added in the same transaction, and can only be used after COMMIT")
      .evidence("sqlstate", std::string(unsafe_new_enum_value))
      .remedy("add the value in a migration of its own that commits before this one");
}

}  // namespace

extern const Rule enum_value_used_in_transaction{
    .id = "enum-value-used-in-transaction",
    .severity = Severity::error,
    .summary = "a new enum value is used before it is committed",
    .when =
        "ALTER TYPE … ADD VALUE and a statement that uses the value stand in one transaction, and "
        "the type is older than it",
    .effect = "the statement fails with \"unsafe use of new value\"",
    .instead = "two transactions",
    .reference = "https://www.postgresql.org/docs/current/sql-altertype.html",
    .check_step = check,
    .always_fails = true,
};

}  // namespace schemagate::rules
