// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The constraint of the final schema that `definition` became, still not valid.
const Constraint* left_over(const Table& table, const ConstraintDefinition& definition) {
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& found = constraint.definition;
    const bool same = definition.name.empty()
                          ? found.kind == definition.kind && found.columns == definition.columns &&
                                found.expression == definition.expression
                          : found.name == definition.name;
    if (same && !constraint.validated && !found.not_enforced) return &constraint;
  }
  return nullptr;
}

bool adds_unchecked(const AlterTableCommand& command) {
  return command.action == AlterTableAction::add_constraint && command.constraint &&
         command.constraint->not_valid;
}

bool looks_again(const JudgedStep& step) { return has_command(step, adds_unchecked); }

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* alter = whole.steps[i].statement->as<AlterTable>();
    if (!alter || std::none_of(alter->commands.begin(), alter->commands.end(), adds_unchecked))
      continue;
    const QualifiedName name = whole.existing(i, alter->name);
    const auto table = whole.after.tables.find(name);
    if (table == whole.after.tables.end() || !whole.base.tables.count(name)) continue;
    for (const AlterTableCommand& command : alter->commands) {
      if (!adds_unchecked(command)) continue;
      const Constraint* constraint = left_over(table->second, *command.constraint);
      if (!constraint) continue;
      const std::string& constraint_name = constraint->definition.name;
      findings
          .add(whole, static_cast<int>(i), object_of(name, constraint_name),
               quote_identifier(constraint_name) +
                   " stays NOT VALID: rows that are there may violate it, the planner does not use "
                   "it, and a restored dump can fail on it")
          .remedy("validate it in a transaction after this one: ALTER TABLE " + to_sql(name) +
                  " VALIDATE CONSTRAINT " + quote_identifier(constraint_name));
    }
  }
}

}  // namespace

extern const Rule unvalidated_constraint{
    .id = "unvalidated-constraint",
    .severity = Severity::warning,
    .summary = "a constraint is left NOT VALID",
    .when =
        "a constraint is added NOT VALID to an existing table and nothing in this change validates "
        "it",
    .effect = "new rows obey it, old ones may not; nothing can rely on it",
    .instead = "VALIDATE CONSTRAINT in a later transaction; reads and writes go on meanwhile",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = looks_again,
};

}  // namespace schemagate::rules
