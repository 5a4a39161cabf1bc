// SPDX-License-Identifier: MIT
// Found by review() itself, which knows what every allowance was good for.
#include "analyzers/rule.h"

namespace schemagate::rules {

extern const Rule unused_allowance{
    .id = "unused-allowance",
    .severity = Severity::warning,
    .summary = "an allowance that allows nothing",
    .when = "this change adds a comment that allows a rule, and that rule finds nothing there",
    .effect = "nothing today; but the comment would hide a finding that nobody has thought about",
    .instead = "take the comment out, or correct the rule or the object it names",
    .reference =
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS",
};

}  // namespace schemagate::rules
