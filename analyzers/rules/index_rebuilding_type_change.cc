// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::optional<Said> say(const Labour& labour) {
  if (labour.work.kind == WorkKind::rewrite) return std::nullopt;
  const std::string index =
      labour.work.index.empty() ? "its indexes" : "the index " + shown(labour.work.index);
  Said said;
  said.object = object_of(labour.table.name, labour.command.name);
  said.message = sentence(labour.subject, labour.work, "to build " + index + " anew");
  said.explanation =
      "drop the index first and build it CONCURRENTLY afterwards, if queries can do "
      "without it so long; or move to a new column";
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::column_type}, say);
}

}  // namespace

extern const Rule index_rebuilding_type_change{
    .id = "index-rebuilding-type-change",
    .severity = Severity::error,
    .summary = "a type or collation change rebuilds indexes while nobody may touch the table",
    .when =
        "a column's type or collation changes so that rows stay as they are, but an index on it "
        "does not: another collation, another operator family",
    .effect = "ACCESS EXCLUSIVE is held while the indexes are built",
    .instead = "a new column with the new type, its index built CONCURRENTLY",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
