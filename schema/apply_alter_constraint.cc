// SPDX-License-Identifier: MIT
// ALTER TABLE … ADD, ALTER, VALIDATE and DROP CONSTRAINT.
#include <algorithm>

#include "schema/apply_alter.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

Constraint* find(Table& table, const std::string& name) {
  const auto found =
      std::find_if(table.constraints.begin(), table.constraints.end(),
                   [&](const Constraint& one) { return one.definition.name == name; });
  return found == table.constraints.end() ? nullptr : &*found;
}

/// From 18 on NOT NULL has a name: the column that it is on.
Column* not_null_column(const Execution& run, Table& table, const std::string& name) {
  if (run.session.postgres < 18) return nullptr;
  const auto found =
      std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& column) {
        const bool usual = column.not_null_name.empty() &&
                           make_object_name(table.name.name, column.name, "not_null") == name;
        return column.not_null && (usual || column.not_null_name == name);
      });
  return found == table.columns.end() ? nullptr : &*found;
}

void missing(Execution& run, const Table& table, const std::string& name) {
  run.refuse_missing(
      "42704", "constraint \"" + name + "\" of relation \"" + table.name.name + "\" does not exist",
      name);
}

void add(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  const auto& definition = *command.constraint;
  const bool has_children = !run.catalog.children_of(table.name).empty();
  if (only && has_children && definition.kind == ConstraintKind::check && !definition.no_inherit) {
    return run.refuse("42P16", "constraint must be added to child tables too", definition.span);
  }
  const bool partitioned = table.kind == RelationKind::partitioned_table;
  const bool foreign_key = definition.kind == ConstraintKind::foreign_key;
  if (foreign_key && partitioned && definition.not_valid && run.session.postgres < 18) {
    return run.refuse("42809",
                      "cannot add NOT VALID foreign key on partitioned table \"" + table.name.name +
                          "\" referencing relation \"" + definition.referenced.name + "\"",
                      definition.span);
  }
  add_constraints(run, table, std::vector(1, definition), {.new_table = false, .only = only});
}

void alter(Execution& run, Table& table, const AlterTableCommand& command) {
  Constraint* constraint = find(table, command.name);
  if (constraint == nullptr) {
    Column* column = not_null_column(run, table, command.name);
    if (column == nullptr) return missing(run, table, command.name);
    column->not_null_no_inherit = command.constraint->no_inherit;
    return;
  }
  const auto& written = *command.constraint;
  auto& definition = constraint->definition;
  const auto changes = [&](std::string_view property) {
    return command.value.find(property) != std::string::npos;
  };
  if (!changes("inheritability") && definition.kind != ConstraintKind::foreign_key) {
    return run.refuse("42809", "constraint \"" + command.name + "\" of relation \"" +
                                   table.name.name + "\" is not a foreign key constraint");
  }
  if (changes("deferrability")) {
    definition.deferrable = written.deferrable;
    definition.initially_deferred = written.initially_deferred;
  }
  if (changes("enforceability")) {
    definition.not_enforced = written.not_enforced;
    constraint->validated = !written.not_enforced;
  }
  if (changes("inheritability")) definition.no_inherit = written.no_inherit;
}

void validate_not_null(Execution& run, Table& table, const std::string& name) {
  Column* column = table.column(name);
  if (column == nullptr) return;
  column->not_null_not_valid = false;
  for (const auto* child : run.catalog.children_of(table.name)) {
    validate_not_null(run, *run.change(&Catalog::tables, child->name), name);
  }
}

void validate(Execution& run, Table& table, const std::string& name) {
  Constraint* constraint = find(table, name);
  if (constraint == nullptr) {
    Column* column = not_null_column(run, table, name);
    if (column == nullptr) return missing(run, table, name);
    return validate_not_null(run, table, column->name);
  }
  if (constraint->definition.not_enforced) {
    return run.refuse("42809", "cannot validate NOT ENFORCED constraint");
  }
  constraint->validated = true;
  for (const auto* child : run.catalog.children_of(table.name)) {
    Table& below = *run.change(&Catalog::tables, child->name);
    const Constraint* same = find(below, name);
    if (same != nullptr && same->inherited) validate(run, below, name);
  }
}

void drop(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  const Constraint* constraint = find(table, command.name);
  if (constraint == nullptr) {
    if (Column* column = not_null_column(run, table, command.name); column != nullptr) {
      AlterTableCommand drop_not_null;
      drop_not_null.action = AlterTableAction::drop_not_null;
      drop_not_null.name = column->name;
      return alter_column(run, table, drop_not_null, only);
    }
    if (!command.if_exists) missing(run, table, command.name);
    return;
  }
  if (constraint->inherited) {
    return run.refuse("42P16", "cannot drop inherited constraint \"" + command.name +
                                   "\" of relation \"" + table.name.name + "\"");
  }
  if (only) {
    for (const auto* child : run.catalog.children_of(table.name)) {
      Constraint* below = find(*run.change(&Catalog::tables, child->name), command.name);
      if (below != nullptr && below->inherited) below->local = true;
    }
  }
  drop_objects(run, {{ObjectRef::Kind::constraint, table.name, command.name}}, command.cascade);
}

}  // namespace

void alter_constraints(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  switch (command.action) {
    case AlterTableAction::add_constraint:
      return add(run, table, command, only);
    case AlterTableAction::alter_constraint:
      return alter(run, table, command);
    case AlterTableAction::validate_constraint:
      return validate(run, table, command.name);
    default:
      return drop(run, table, command, only);
  }
}

}  // namespace schemagate
