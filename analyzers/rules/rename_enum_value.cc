// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterEnum>();
  if (!alter || !alter->rename) return;
  const auto name = resolve_type(subject.before, subject.session, alter->name);
  if (!name || subject.is_new(*name)) return;
  findings
      .add(subject, object_of(*name, alter->value),
           "programs that still read or write " + quote_literal(alter->value) + " of " +
               shown(*name) +
               " fail, or take the rows for something unknown, from the moment this "
               "commits")
      .remedy("add " + quote_literal(alter->new_value) +
              " as a new value, teach the programs both, move the rows, and leave the old value in "
              "the type");
}

}  // namespace

extern const Rule rename_enum_value{
    .id = "rename-enum-value",
    .severity = Severity::warning,
    .summary = "an enum value gets another name under programs that use it",
    .when = "ALTER TYPE … RENAME VALUE on an existing enum",
    .effect =
        "the statement is instant; running programs that compare with the old name, or write "
        "it, fail",
    .instead = "a new value beside the old one",
    .reference = "https://www.postgresql.org/docs/current/sql-altertype.html",
    .statements = kinds<AlterEnum>,
    .check_step = check,
};

}  // namespace schemagate::rules
