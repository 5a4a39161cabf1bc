// SPDX-License-Identifier: MIT
// Found by find_allowances(), where comments are read.
#include "analyzers/rule.h"

namespace schemagate::rules {

extern const Rule allowance_without_reason{
    .id = "allowance-without-reason",
    .severity = Severity::warning,
    .summary = "an allowance that does not say why",
    .when = "a comment allows a rule and gives no reason after a colon",
    .effect = "nothing is allowed: the finding stays",
    .instead = "write the reason after a colon, for those who read it in a year",
    .reference =
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS",
};

}  // namespace schemagate::rules
