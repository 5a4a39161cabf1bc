// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::vector<std::string> users_of(const Catalog& catalog, const QualifiedName& type) {
  std::vector<std::string> users;
  for (const auto& [table, column] : catalog.columns_of_type(type)) {
    users.push_back(shown(table->name, column->name));
  }
  return users;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (const Change& change : whole.changes) {
    if (change.kind != ChangeKind::drop_enum_value) continue;
    const std::vector<std::string> users = users_of(whole.base, change.relation);
    const bool new_side = change.where_new.is_somewhere();
    findings
        .add(new_side ? change.where_new : change.where_old, !new_side, change.object,
             "PostgreSQL can't drop the value " + quote_literal(change.part) + " of " +
                 shown(change.relation) +
                 ": a new type has to be made and every column of it converted" +
                 (users.empty() ? "" : ", which rewrites the tables of " + enumerate(users)) +
                 "; rows that hold the value make it fail")
        .remedy(
            "leave the value in the type and keep it out by a CHECK that is NOT VALID; or move "
            "the rows to another value first and convert column by column");
  }
}

}  // namespace

extern const Rule drop_enum_value{
    .id = "drop-enum-value",
    .severity = Severity::error,
    .summary = "a value is taken out of an enum",
    .when = "the new schema's enum lacks a value that the old one has",
    .effect =
        "there is no command for it: the type is made anew and every column of it is converted, "
        "which rewrites the tables under ACCESS EXCLUSIVE",
    .instead = "leave the value in and forbid it by a CHECK",
    .reference = "https://www.postgresql.org/docs/current/sql-altertype.html",
    .check_all = check_all,
    .loses_data = true,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
