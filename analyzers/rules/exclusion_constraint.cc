// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::optional<Said> say(const Labour& labour) {
  const auto& definition = labour.command.constraint;
  if (!definition) return std::nullopt;
  const QualifiedName& table = labour.table.name;
  Said said;
  said.object = definition->name.empty() ? object_of(table) : object_of(table, definition->name);
  said.message = sentence(labour.subject, labour.work,
                          "to build the index and to look for rows that exclude each other");
  said.explanation =
      "PostgreSQL has no way to add it while everybody works: choose a quiet hour, or "
      "move the rows into a new table that has the constraint";
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::exclusion_constraint}, say);
}

}  // namespace

extern const Rule exclusion_constraint{
    .id = "exclusion-constraint",
    .severity = Severity::error,
    .summary = "an exclusion constraint builds its index while nobody may touch the table",
    .when = "an EXCLUDE constraint is added to an existing table",
    .effect =
        "ACCESS EXCLUSIVE is held while the index is built and every row is checked: reads and "
        "writes queue behind it",
    .instead = "there is no online way; choose a quiet hour, or move the rows to a new table",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
