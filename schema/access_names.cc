// SPDX-License-Identifier: MIT
#include "schema/access_names.h"

#include <variant>

namespace schemagate {
namespace {

void name_relation(StatementUse& use, const QualifiedName& relation) {
  if (!relation.empty()) use.references.relations.push_back({relation, relation.name});
}

/// USING makes the new values of the row's other ones, and calls functions.
void add_using(StatementUse& use, const AlterTable& alter, const Expression& made) {
  for (const ColumnUse& column : made.references.columns)
    use.references.columns.push_back({alter.name.name, column.name});
  for (const FunctionUse& called : made.references.functions)
    use.references.functions.push_back(called);
  for (const TypeName& type : made.references.types) use.references.types.push_back(type);
  use.work = RowWork::reads;
}

bool is_restart(const SequenceOptions& options) { return options.restart || options.bare_restart; }
bool is_about_column(AlterTableAction action) {
  return action <= AlterTableAction::reset_column_options;
}

void name_all(StatementUse& use, const AlterTable& alter) {
  name_relation(use, alter.name);
  for (const AlterTableCommand& command : alter.commands) {
    name_relation(use, command.relation);
    if (is_about_column(command.action) && !command.name.empty())
      use.references.columns.push_back({alter.name.name, command.name});
    if (is_restart(command.sequence_options)) use.restarts = true;
    if (command.action == AlterTableAction::set_type && !command.expression.empty())
      add_using(use, alter, command.expression);
  }
}
void name_all(StatementUse& use, const CreateTable& table) {
  name_relation(use, table.name);
  for (const LikeClause& like : table.likes) {
    name_relation(use, like.table);
    use.references.columns.push_back({like.table.name, "*"});
  }
}
void name_all(StatementUse& use, const CreateIndex& index) {
  if (!index.name.empty()) name_relation(use, {index.table.schema, index.name});
  name_relation(use, index.table);
}
void name_all(StatementUse& use, const CreateFunction& function) {
  QualifiedName name = function.name;
  if (name.schema.empty()) name.schema = "public";
  use.names.push_back("F:" + function_key(name, signature_of(function)));
}
void name_all(StatementUse& use, const Drop& drop) {
  for (const ObjectName& object : drop.objects)
    if (object.kind == ObjectKind::table || object.kind == ObjectKind::view ||
        object.kind == ObjectKind::materialized_view || object.kind == ObjectKind::index ||
        object.kind == ObjectKind::sequence || object.kind == ObjectKind::type ||
        object.kind == ObjectKind::domain)
      name_relation(use, object.name);
}
void name_all(StatementUse& use, const CreateView& view) { name_relation(use, view.name); }
void name_all(StatementUse& use, const CreateSequence& one) { name_relation(use, one.name); }
void name_all(StatementUse& use, const AlterSequence& one) {
  name_relation(use, one.name);
  use.restarts = is_restart(one.options);
  if (use.restarts) use.references.sequences.push_back(one.name);
}
void name_all(StatementUse& use, const AlterEnum& one) { name_relation(use, one.name); }
template <class Body>
void name_all(StatementUse&, const Body&) {}

}  // namespace

std::optional<StatementUse> use_of_change(const Statement& statement) {
  StatementUse use;
  use.changes_schema = true;
  std::visit([&](const auto& body) { name_all(use, body); }, statement.body);
  if (use.references.relations.empty() && use.names.empty()) return std::nullopt;
  return use;
}

}  // namespace schemagate
