// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const Table* table = table_altered(subject, {AlterTableAction::drop_not_null});
  if (!table || is_private(subject, table->name)) return;
  const auto* alter = subject.statement.as<AlterTable>();
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (command.action != AlterTableAction::drop_not_null) continue;
    const Column* column = table->column(command.name);
    if (!column || (!column->not_null && subject.complete)) continue;
    const Constraint* key = table->primary_key();
    if (key && constraint_uses(*key, command.name)) continue;  // refused
    findings
        .add(subject, object_of(table->name, command.name),
             "programs that read " + shown(table->name, command.name) +
                 " rely on a value being there, and may meet NULL from now on",
             static_cast<int>(i))
        .remedy("let a release go out first that can read NULL there");
  }
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
