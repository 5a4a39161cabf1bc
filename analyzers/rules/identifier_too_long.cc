// SPDX-License-Identifier: MIT
#include "analyzers/identifiers.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  // A planned statement is made of names that are cut already.
  if (subject.declarative || subject.sql || !subject.sources) return;
  for (const std::string& name : long_identifiers(subject.sources->text(subject.statement.span))) {
    findings
        .add(subject, "",
             quote_identifier(name) + " is longer than 63 bytes: PostgreSQL cuts it to " +
                 quote_identifier(cut_identifier(name)) + " without an error")
        .remedy("choose a shorter name");
  }
}

}  // namespace

extern const Rule identifier_too_long{
    .id = "identifier-too-long",
    .severity = Severity::note,
    .summary = "a name that PostgreSQL cuts off",
    .when = "a migration uses a name of more than 63 bytes",
    .effect =
        "the server silently keeps the first 63 bytes; two names that differ only behind them "
        "become one",
    .instead = "a shorter name",
    .reference =
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
    .check_step = check,
};

}  // namespace schemagate::rules
