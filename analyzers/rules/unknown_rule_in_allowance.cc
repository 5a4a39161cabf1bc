// SPDX-License-Identifier: MIT
// Found by find_allowances(), where comments are read.
#include "analyzers/rule.h"

namespace schemagate::rules {

extern const Rule unknown_rule_in_allowance{
    .id = "unknown-rule-in-allowance",
    .severity = Severity::warning,
    .summary = "an allowance for a rule that does not exist",
    .when =
        "a comment that begins with \"schemagate:\" names no rule of this program, or says "
        "something else than \"allow\" and \"renamed from\"",
    .effect = "nothing is allowed: the finding stays",
    .instead = "correct the name; schemagate rules lists them all",
    .reference =
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS",
};

}  // namespace schemagate::rules
