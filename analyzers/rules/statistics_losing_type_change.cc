// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// A later step analyzes the table.
bool is_analyzed(const WholeSubject& whole, std::size_t after, const QualifiedName& table) {
  for (std::size_t i = after + 1; i < whole.steps.size(); ++i) {
    const auto* vacuum = whole.steps[i].statement->as<Vacuum>();
    if (!vacuum || !vacuum->analyze) continue;
    if (vacuum->tables.empty()) return true;
    for (const QualifiedName& analyzed : vacuum->tables) {
      if (whole.existing(i, analyzed) == table) return true;
    }
  }
  return false;
}

bool is_small(const WholeSubject& whole, const QualifiedName& table) {
  const TableFacts* facts = whole.known.table(table);
  return facts && facts->rows.value && *facts->rows.value <= whole.thresholds.small_table_rows;
}

bool looks_again(const JudgedStep& step) {
  if (is_step<Vacuum>(step)) return true;
  return !step.felt.empty() && has_command(step, [](const AlterTableCommand& command) {
    return command.action == AlterTableAction::set_type;
  });
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* alter = whole.steps[i].statement->as<AlterTable>();
    if (!alter || whole.steps[i].felt.empty()) continue;
    const QualifiedName table = whole.existing(i, alter->name);
    if (is_small(whole, table) || is_analyzed(whole, i, table)) continue;
    for (const AlterTableCommand& command : alter->commands) {
      if (command.action != AlterTableAction::set_type) continue;
      findings
          .add(whole, static_cast<int>(i), object_of(table, command.name),
               "the planner loses its statistics about " + shown(table, command.name) +
                   ", also where the type change is instant: plans may be bad until the next "
                   "ANALYZE")
          .remedy("analyze the column right afterwards: ANALYZE " + to_sql(table) + " (" +
                  quote_identifier(command.name) + ")");
    }
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
    .check_all = check_all,
    .looks_again = looks_again,
    .on_by_default = false,
};

}  // namespace schemagate::rules
