// SPDX-License-Identifier: MIT
// ALTER TABLE … ATTACH and DETACH PARTITION, INHERIT and NO INHERIT.
#include <algorithm>

#include "schema/apply_alter.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

/// Generated where the parent is, and before PostgreSQL 16 perhaps where it is not.
bool is_generated_alike(Execution& run, const Column& own, const Column& above) {
  const std::string column = "column \"" + own.name + "\"";
  const bool here = own.generated != Generated::no, there = above.generated != Generated::no;
  if (there && !here) {
    run.refuse("42804", column + " in child table must be a generated column");
  } else if (here && !there && run.session.postgres >= 16) {
    run.refuse("42804", column + " in child table must not be a generated column");
  } else if (there && own.generated != above.generated) {
    run.refuse("42804", column + " inherits from generated column of different kind");
  } else {
    return true;
  }
  return false;
}

/// The child has what the parent has: columns of the same types and NOT NULL, the checks by name.
bool fits_parent(Execution& run, const Table& child, const Table& parent) {
  for (const auto& column : parent.columns) {
    const auto* own = child.column(column.name);
    const std::string quoted = "\"" + column.name + "\"";
    if (own == nullptr) {
      if (child.incomplete) continue;
      run.refuse("42804", "child table is missing column " + quoted);
      return false;
    }
    if (own->type != column.type && !own->type.empty() && !column.type.empty()) {
      run.refuse("42804",
                 "child table \"" + child.name.name + "\" has different type for column " + quoted);
      return false;
    }
    if (column.not_null && !column.not_null_no_inherit && !own->not_null) {
      const std::string which = run.session.postgres < 18 ? "" : " \"" + child.name.name + "\"";
      run.refuse("42804",
                 "column " + quoted + " in child table" + which + " must be marked NOT NULL");
      return false;
    }
    if (!is_generated_alike(run, *own, column)) return false;
  }
  for (const auto& constraint : parent.constraints) {
    const auto& definition = constraint.definition;
    if (definition.kind != ConstraintKind::check || definition.no_inherit) continue;
    if (child.constraint(definition.name) != nullptr) continue;
    run.refuse("42804", "child table is missing constraint \"" + definition.name + "\"");
    return false;
  }
  return true;
}

/// Columns and checks that other parents have already stay as they are.
void become_child(const Execution& run, Table& child, const Table& parent, bool local) {
  for (const auto& column : parent.columns) {
    Column* own = child.column(column.name);
    if (own == nullptr) continue;
    if (run.session.postgres >= 18 && own->not_null && !local) {
      const std::string name = not_null_name(run.catalog, child, *own);
      const bool same = column.not_null && name == not_null_name(run.catalog, parent, column);
      own->not_null_name = same ? "" : name;
    }
    own->local = local && (!own->inherited || own->local);
    own->inherited = true;
  }
  for (auto& constraint : child.constraints) {
    const auto* above = parent.constraint(constraint.definition.name);
    const bool check = constraint.definition.kind == ConstraintKind::check;
    if (!check || above == nullptr) continue;
    constraint.local = local && (!constraint.inherited || constraint.local);
    constraint.inherited = true;
  }
}

/// The child keeps the names that NOT NULL got with its parents'.
void keep_not_null_names(const Execution& run, Table& child) {
  if (run.session.postgres < 18) return;
  for (auto& column : child.columns) {
    if (!column.not_null) continue;
    const std::string name = not_null_name(run.catalog, child, column);
    const bool usual = name == make_object_name(child.name.name, column.name, "not_null");
    column.not_null_name = usual ? "" : name;
  }
}

void stop_being_child(Table& child) {
  for (auto& column : child.columns) {
    column.inherited = false;
    column.local = true;
  }
  for (auto& constraint : child.constraints) {
    constraint.inherited = false;
    constraint.local = true;
  }
}

Table* other_table(Execution& run, const QualifiedName& written) {
  const auto name = run.relation(written);
  if (!name) {
    run.missing_relation(written);
    return nullptr;
  }
  Table* table = run.change(&Catalog::tables, *name);
  if (table == nullptr) run.refuse("42809", "\"" + name->name + "\" is not a table");
  return table;
}

bool may_attach(Execution& run, const Table& parent, const Table& child,
                const AlterTableCommand& command) {
  if (parent.kind != RelationKind::partitioned_table) {
    run.refuse("42809", "table \"" + parent.name.name + "\" is not partitioned");
    return false;
  }
  if (!child.partition_of.empty()) {
    run.refuse("42809", "\"" + child.name.name + "\" is already a partition");
    return false;
  }
  const auto* existing = run.catalog.default_partition_of(parent.name);
  if (existing != nullptr && command.bound && command.bound->is_default) {
    run.refuse("42P17", "partition \"" + child.name.name +
                            "\" conflicts with existing default partition \"" +
                            existing->name.name + "\"");
    return false;
  }
  for (const auto& column : child.columns) {
    if (parent.column(column.name) != nullptr || parent.incomplete) continue;
    run.refuse("42804", "table \"" + child.name.name + "\" contains column \"" + column.name +
                            "\" not found in parent \"" + parent.name.name + "\"");
    return false;
  }
  return fits_parent(run, child, parent);
}

void attach(Execution& run, Table& parent, const AlterTableCommand& command) {
  Table* child = other_table(run, command.relation);
  if (child == nullptr || !may_attach(run, parent, *child, command)) return;
  child->partition_of = parent.name;
  child->bound = command.bound;
  become_child(run, *child, parent, false);
  if (run.session.postgres >= 17) {
    for (const Column& column : parent.columns) {
      if (Column* own = child->column(column.name)) own->identity = column.identity;
    }
  }
  run.catalog.links.children[parent.name].insert(child->name);
  clone_to_partition(run, parent, *child);
}

void detach(Execution& run, const Table& parent, const AlterTableCommand& command) {
  Table* child = other_table(run, command.relation);
  if (child == nullptr) return;
  if (child->partition_of != parent.name) {
    return run.refuse("42P01", "relation \"" + child->name.name +
                                   "\" is not a partition of relation \"" + parent.name.name +
                                   "\"");
  }
  keep_not_null_names(run, *child);
  child->partition_of = {};
  child->bound.reset();
  stop_being_child(*child);
  if (run.session.postgres >= 17) {
    for (Column& column : child->columns) column.identity = Identity::no;
  }
  for (const auto* index : run.catalog.indexes_of(child->name)) {
    run.change(&Catalog::indexes, index->name)->parent = {};
  }
}

void inherit(Execution& run, Table& table, const AlterTableCommand& command) {
  const Table* parent = other_table(run, command.relation);
  if (parent == nullptr) return;
  if (std::find(table.inherits.begin(), table.inherits.end(), parent->name) !=
      table.inherits.end()) {
    return run.refuse(
        "42P07", "relation \"" + parent->name.name + "\" would be inherited from more than once");
  }
  if (!fits_parent(run, table, *parent)) return;
  table.inherits.push_back(parent->name);
  become_child(run, table, *parent, true);
  run.catalog.links.children[parent->name].insert(table.name);
}

void no_inherit(Execution& run, Table& table, const AlterTableCommand& command) {
  const Table* parent = other_table(run, command.relation);
  if (parent == nullptr) return;
  keep_not_null_names(run, table);
  if (std::erase(table.inherits, parent->name) == 0) {
    return run.refuse("42P01", "relation \"" + parent->name.name +
                                   "\" is not a parent of relation \"" + table.name.name + "\"");
  }
  const Table was = table;
  stop_being_child(table);
  for (const auto& name : table.inherits) {
    const auto other = run.catalog.tables.find(name);
    if (other != run.catalog.tables.end()) become_child(run, table, other->second, true);
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].inherited) table.columns[i].local = was.columns[i].local;
  }
  for (std::size_t i = 0; i < table.constraints.size(); ++i) {
    if (table.constraints[i].inherited) table.constraints[i].local = was.constraints[i].local;
  }
}

}  // namespace

void alter_inheritance(Execution& run, Table& table, const AlterTableCommand& command) {
  switch (command.action) {
    case AlterTableAction::attach_partition:
      return attach(run, table, command);
    case AlterTableAction::inherit:
      return inherit(run, table, command);
    case AlterTableAction::no_inherit:
      return no_inherit(run, table, command);
    default:
      return detach(run, table, command);
  }
}

}  // namespace schemagate
