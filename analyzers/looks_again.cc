// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"

#include <algorithm>

namespace schemagate {
namespace {

bool is_foreign_key(const ConstraintDefinition& constraint) {
  return constraint.kind == ConstraintKind::foreign_key;
}

bool has_foreign_key(const std::vector<ConstraintDefinition>& constraints) {
  return std::any_of(constraints.begin(), constraints.end(), is_foreign_key);
}

}  // namespace

bool has_command(const JudgedStep& step, bool (*is_meant)(const AlterTableCommand&)) {
  const auto* alter = step.statement->as<AlterTable>();
  return alter && std::any_of(alter->commands.begin(), alter->commands.end(), is_meant);
}

bool adds_foreign_key(const JudgedStep& step) {
  if (const auto* create = step.statement->as<CreateTable>()) {
    return !create->partition_of.empty() || has_foreign_key(create->constraints) ||
           std::any_of(
               create->columns.begin(), create->columns.end(),
               [](const ColumnDefinition& column) { return has_foreign_key(column.constraints); });
  }
  return has_command(step, [](const AlterTableCommand& command) {
    return (command.constraint && is_foreign_key(*command.constraint)) ||
           (command.column && has_foreign_key(command.column->constraints));
  });
}

}  // namespace schemagate
