// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_command(const Subject& subject, Findings& findings, const Table& table,
                   const std::string& name, int index) {
  if (is_private(subject, table.name)) return;
  const Column* column = table.column(name);
  if (!column || (!column->not_null && subject.complete)) return;
  const Constraint* key = table.primary_key();
  if (key && constraint_uses(*key, name)) return;  // refused
  findings
      .add(subject, object_of(table.name, name),
           "programs that read " + shown(table.name, name) +
               " rely on a value being there, and may meet NULL from now on",
           index)
      .remedy("let a release go out first that can read NULL there");
}

void check(const Subject& subject, Findings& findings) {
  each_command(subject, {AlterTableAction::drop_not_null},
               [&](const Table& table, const AlterTableCommand& command, int index) {
                 check_command(subject, findings, table, command.name, index);
               });
}

}  // namespace

extern const Rule drop_not_null{
    .id = "drop-not-null",
    .severity = Severity::warning,
    .summary = "a column may become NULL under programs that do not expect it",
    .when = "DROP NOT NULL on a column of an existing table",
    .effect =
        "the statement is instant; programs that are running may meet NULL where they never "
        "did",
    .instead = "release readers that understand NULL first",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
