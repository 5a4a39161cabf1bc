// SPDX-License-Identifier: MIT
#include "analyzers/new_columns.h"

#include "analyzers/words.h"

namespace schemagate {

void for_each_new_column(const Subject& subject, const std::function<void(const NewColumn&)>& see) {
  const auto place = [&](const ColumnDefinition& column) {
    return column.span.is_somewhere() ? column.span : subject.where;
  };
  if (const auto* create = subject.statement.as<CreateTable>()) {
    const QualifiedName table = creation_name(subject.session, create->name);
    for (const ColumnDefinition& column : create->columns) see({table, column, place(column)});
  }
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || alter->kind != ObjectKind::table) return;
  for (const AlterTableCommand& command : alter->commands) {
    if (command.action != AlterTableAction::add_column || !command.column) continue;
    const QualifiedName table = subject.resolve(alter->name);
    see({table, *command.column, place(*command.column)});
  }
}

Findings::Added add_at(Findings& findings, const Subject& subject, const NewColumn& column,
                       std::string message) {
  return findings.add(column.where, subject.old_side,
                      object_of(column.table, column.definition.name), std::move(message));
}

}  // namespace schemagate
