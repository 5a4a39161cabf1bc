// SPDX-License-Identifier: MIT
#include "analyzers/assume.h"

#include <algorithm>

namespace schemagate {
namespace {

/// What is named together with its table.
bool is_part(ObjectKind kind) {
  return kind == ObjectKind::trigger || kind == ObjectKind::policy || kind == ObjectKind::rule;
}

class Assumer {
 public:
  Assumer(Catalog& catalog, const Session& session) : catalog_(catalog), session_(session) {}

  void operator()(const AlterTable& alter) {
    if (alter.kind == ObjectKind::index) index(alter.name);
    if (alter.kind != ObjectKind::table) return;
    Table* table = this->table(alter.name);
    if (!table) return;
    for (const AlterTableCommand& command : alter.commands) assume_command(*table, command);
  }
  void operator()(const CreateTable& create) {
    for (const ColumnDefinition& column : create.columns) references(column.constraints);
    references(create.constraints);
    if (!create.partition_of.empty()) partitioned(create.partition_of);
  }
  void operator()(const CreateIndex& create) {
    Table* table = this->table(create.table);
    if (!table) return;
    // Only of a partitioned table is there anything that ONLY could leave out.
    if (create.only && !create.concurrently) partitioned(create.table);
    for (const IndexElement& element : create.elements) {
      element.column.empty() ? columns(*table, element.expression) : column(*table, element.column);
    }
    for (const std::string& name : create.include) column(*table, name);
    columns(*table, create.where);
  }
  void operator()(const Drop& drop) {
    for (const ObjectName& object : drop.objects) {
      if (object.kind == ObjectKind::table || is_part(object.kind)) this->table(object.name);
      if (object.kind == ObjectKind::index) index(object.name);
      if (object.kind == ObjectKind::view || object.kind == ObjectKind::materialized_view) {
        view(object.name, object.kind == ObjectKind::materialized_view);
      }
      if (object.kind == ObjectKind::schema) catalog_.schemas[object.name.name].implicit = true;
    }
  }
  void operator()(const Rename& rename) {
    const ObjectName& object = rename.object;
    const bool of_table = object.kind == ObjectKind::constraint || is_part(object.kind);
    if (object.kind == ObjectKind::table || of_table) this->table(object.name);
    if (object.kind == ObjectKind::index) index(object.name);
    if (object.kind == ObjectKind::view || object.kind == ObjectKind::materialized_view) {
      view(object.name, object.kind == ObjectKind::materialized_view);
    }
    if (object.kind == ObjectKind::type) type(object.name);
    if (object.kind == ObjectKind::column) {
      if (Table* table = this->table(object.name)) column(*table, object.part);
    }
  }
  void operator()(const SetSchema& set) {
    if (set.object.kind == ObjectKind::table) this->table(set.object.name);
  }
  void operator()(const Truncate& truncate) {
    for (const QualifiedName& name : truncate.tables) this->table(name);
  }
  void operator()(const Reindex& reindex) {
    if (reindex.kind == ReindexKind::table) this->table(reindex.name);
    if (reindex.kind == ReindexKind::index) index(reindex.name);
  }
  void operator()(const Refresh& refresh) { view(refresh.name, true); }
  void operator()(const Vacuum& vacuum) {
    for (const QualifiedName& name : vacuum.tables) this->table(name);
  }
  void operator()(const Cluster& cluster) {
    if (cluster.table.empty()) return;
    const Table* table = this->table(cluster.table);
    if (!table || !assumed(*table)) return;
    const std::string name = cluster.index.empty() ? table->name.name + "_pkey" : cluster.index;
    index({table->name.schema, name}, table->name);
    const auto found = catalog_.indexes.find({table->name.schema, name});
    if (found != catalog_.indexes.end() && cluster.index.empty()) found->second.clustered = true;
  }
  void operator()(const LockTable& lock) {
    for (const QualifiedName& name : lock.tables) this->table(name);
  }
  void operator()(const DataStatement& data) {
    if (!data.target.empty()) this->table(data.target);
  }
  void operator()(const CreateObject& create) {
    if (is_part(create.object.kind)) this->table(create.object.name);
  }
  void operator()(const AlterEnum& alter) {
    if (resolve_type(catalog_, session_, alter.name)) return;
    Type& type = this->type(alter.name);
    if (alter.rename) type.values.push_back(alter.value);
    if (!alter.neighbour.empty()) type.values.push_back(alter.neighbour);
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void assume_command(Table& table, const AlterTableCommand& command) {
    using enum AlterTableAction;
    switch (command.action) {
      case add_column:
        if (command.column) references(command.column->constraints);
        return;
      case drop_column:
      case set_default:
      case drop_default:
      case set_not_null:
      case drop_not_null:
      case set_type:
      case set_statistics:
      case set_storage:
      case set_compression:
        column(table, command.name);
        return;
      case add_constraint:
        if (command.constraint) constraint(table, *command.constraint);
        return;
      case validate_constraint:
      case drop_constraint:
        existing_constraint(table, command);
        return;
      case set_logged:  // only a table that is not logged has anything to do
        if (assumed(table)) table.persistence = Persistence::unlogged;
        return;
      case attach_partition:
        table.kind = RelationKind::partitioned_table;
        if (!table.partition_by) table.partition_by.emplace();
        this->table(command.relation);
        return;
      case detach_partition:
        detached(table, command.relation);
        return;
      default:
        return;
    }
  }

  void constraint(Table& table, const ConstraintDefinition& definition) {
    for (const std::string& name : definition.columns) column(table, name);
    for (const std::string& name : definition.include) column(table, name);
    columns(table, definition.expression);
    if (!definition.using_index.empty()) {
      index({table.name.schema, definition.using_index}, table.name);
    }
    references({definition});
  }

  /// A constraint of unknown kind: a CHECK that says nothing.
  void existing_constraint(Table& table, const AlterTableCommand& command) {
    if (table.constraint(command.name)) return;
    const bool not_null =
        std::any_of(table.columns.begin(), table.columns.end(),
                    [&](const Column& column) { return column.not_null_name == command.name; });
    if (not_null) return;
    Constraint constraint;
    constraint.definition.name = command.name;
    constraint.definition.kind = ConstraintKind::check;
    constraint.validated = command.action != AlterTableAction::validate_constraint;
    add(table, std::move(constraint));
  }

  void references(const std::vector<ConstraintDefinition>& definitions) {
    for (const ConstraintDefinition& definition : definitions) {
      if (definition.kind != ConstraintKind::foreign_key) continue;
      Table* referenced = table(definition.referenced);
      if (!referenced) continue;
      std::vector<std::string> names = definition.referenced_columns;
      if (names.empty() && !referenced->primary_key()) names = {"id"};
      for (const std::string& name : names) column(*referenced, name);
      unique(*referenced, names);
    }
  }

  /// A foreign key can only refer to columns with a unique constraint.
  void unique(Table& table, const std::vector<std::string>& names) {
    const bool known = std::any_of(
        table.constraints.begin(), table.constraints.end(),
        [&](const Constraint& constraint) { return constraint.definition.columns == names; });
    if (known || names.empty() || !assumed(table)) return;
    Constraint constraint;
    constraint.definition.kind =
        table.primary_key() ? ConstraintKind::unique : ConstraintKind::primary_key;
    constraint.definition.columns = names;
    constraint.definition.name = table.name.name + "_" + names.front() + "_key";
    add(table, std::move(constraint));
  }

  void add(Table& table, Constraint constraint) {
    catalog_.links.constraints[{table.name.schema, constraint.definition.name}].insert(table.name);
    table.constraints.push_back(std::move(constraint));
  }

  void partitioned(const QualifiedName& name) {
    Table* parent = table(name);
    if (!parent || !assumed(*parent)) return;
    parent->kind = RelationKind::partitioned_table;
    if (!parent->partition_by) parent->partition_by.emplace();
  }

  void detached(Table& parent, const QualifiedName& name) {
    parent.kind = RelationKind::partitioned_table;
    const QualifiedName parent_name = parent.name;
    Table* partition = table(name);
    if (partition && partition->partition_of.empty()) {
      partition->partition_of = parent_name;
      partition->bound.emplace();
      catalog_.links.children[parent_name].insert(partition->name);
    }
  }

  Table* table(const QualifiedName& written) {
    if (const auto found = resolve_relation(catalog_, session_, written)) {
      const auto table = catalog_.tables.find(*found);
      return table == catalog_.tables.end() ? nullptr : &table->second;
    }
    Table table;
    table.name = creation_name(session_, written);
    table.incomplete = true;
    if (table.name.schema == "pg_temp") table.persistence = Persistence::temporary;
    if (!catalog_.schemas.count(table.name.schema)) {
      catalog_.schemas[table.name.schema].name = table.name.schema;
    }
    return &catalog_.tables.emplace(table.name, table).first->second;
  }

  /// Tables that somebody described are not made more of.
  static bool assumed(const Table& table) { return table.incomplete; }

  void column(Table& table, const std::string& name) {
    if (table.column(name) || !assumed(table) || name.empty()) return;
    Column column;
    column.name = name;
    table.columns.push_back(std::move(column));
  }
  void columns(Table& table, const Expression& expression) {
    for (const ColumnUse& use : expression.references.columns) {
      if (use.name != "*") column(table, use.name);
    }
  }

  void index(const QualifiedName& written, const QualifiedName& table = {}) {
    if (resolve_relation(catalog_, session_, written)) return;
    Index index;
    index.name = creation_name(session_, written);
    index.table = table;  // without one nobody knows which table it belongs to
    index.unique = true;
    catalog_.indexes.emplace(index.name, index);
  }

  void view(const QualifiedName& written, bool materialized) {
    if (resolve_relation(catalog_, session_, written)) return;
    View view;
    view.name = creation_name(session_, written);
    view.materialized = materialized;
    catalog_.views.emplace(view.name, view);
  }

  Type& type(const QualifiedName& written) {
    if (const auto found = resolve_type(catalog_, session_, written)) {
      if (const auto there = catalog_.types.find(*found); there != catalog_.types.end())
        return there->second;
    }
    Type type;
    type.name = creation_name(session_, written);
    return catalog_.types.emplace(type.name, type).first->second;
  }

  Catalog& catalog_;
  const Session& session_;
};

bool is_type(ObjectKind kind) {
  return kind == ObjectKind::type || kind == ObjectKind::domain || kind == ObjectKind::attribute;
}

bool is_routine(ObjectKind kind) {
  return kind == ObjectKind::function || kind == ObjectKind::procedure ||
         kind == ObjectKind::routine || kind == ObjectKind::aggregate;
}

bool is_relation(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::column || kind == ObjectKind::view ||
         kind == ObjectKind::materialized_view || kind == ObjectKind::sequence;
}

/// The full name of `object` when the review did not make it, else nothing.
std::optional<QualifiedName> stranger(const Catalog& catalog, const Session& session,
                                      const ObjectName& object) {
  if (is_routine(object.kind)) {
    QualifiedName name = object.name;
    if (name.schema.empty()) name.schema = "public";
    return catalog.has_function(name) ? std::nullopt : std::optional(name);
  }
  if (is_type(object.kind)) {
    if (resolve_type(catalog, session, object.name)) return std::nullopt;
    return creation_name(session, object.name);
  }
  if (!is_relation(object.kind)) return std::nullopt;
  const auto found = resolve_relation(catalog, session, object.name);
  if (!found) return creation_name(session, object.name);
  if (session.created.count(*found) != 0) return std::nullopt;
  if (object.kind == ObjectKind::column) {
    const auto table = catalog.tables.find(*found);
    const Column* column =
        table == catalog.tables.end() ? nullptr : table->second.column(object.part);
    if (column && !column->type.name.name.empty()) return std::nullopt;  // the review added it
  }
  return found;
}

}  // namespace

std::vector<QualifiedName> strangers(const Catalog& catalog, const Session& session,
                                     const Statement& statement) {
  std::vector<QualifiedName> found;
  const auto look_at = [&](const ObjectName& object) {
    if (auto name = stranger(catalog, session, object)) found.push_back(std::move(*name));
  };
  if (const auto* rename = statement.as<Rename>()) look_at(rename->object);
  if (const auto* set = statement.as<SetSchema>()) look_at(set->object);
  if (const auto* drop = statement.as<Drop>())
    std::for_each(drop->objects.begin(), drop->objects.end(), look_at);
  return found;
}

void assume(Catalog& catalog, const Session& session, const Statement& statement) {
  std::visit(Assumer(catalog, session), statement.body);
}

}  // namespace schemagate
