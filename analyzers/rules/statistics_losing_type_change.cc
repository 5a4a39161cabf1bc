// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  const Table* table = alter ? subject.table(alter->name) : nullptr;
  if (!table || subject.is_idle(table->name) || subject.is_small(table->name)) return;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (command.action != AlterTableAction::set_type) continue;
    findings
        .add(subject, object_of(table->name, command.name),
             "the planner loses its statistics about " + shown(table->name, command.name) +
                 ", also where the type change is instant: plans may be bad until the next ANALYZE",
             static_cast<int>(i))
        .remedy("analyze the column right afterwards",
                {subject.text(),
                 "ANALYZE " + to_sql(table->name) + " (" + quote_identifier(command.name) + ")"});
  }
}

}  // namespace

extern const Rule statistics_losing_type_change{
    .id = "statistics-losing-type-change",
    .severity = Severity::note,
    .summary = "a type change throws the column's statistics away",
    .when = "a column of an existing table that is not small changes its type",
    .effect = "queries on the column are planned blindly until autovacuum analyzes the table again",
    .instead = "ANALYZE the column right afterwards",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .check_step = check,
    .on_by_default = false,
};

}  // namespace schemagate::rules
