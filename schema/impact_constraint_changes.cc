// SPDX-License-Identifier: MIT
// ALTER TABLE … DROP, ALTER and VALIDATE CONSTRAINT.
#include <algorithm>

#include "schema/impact_alter_table.h"
#include "schema/impact_drop.h"

namespace schemagate {
namespace {

bool is_index_constraint(ConstraintKind kind) {
  return kind == ConstraintKind::unique || kind == ConstraintKind::primary_key ||
         kind == ConstraintKind::exclusion;
}

/// Only of 18: a NOT NULL that is known by name.
const Column* not_null_named(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) {
    const bool generated =
        c.not_null_name.empty() && name == table.name.name + "_" + c.name + "_not_null";
    return c.not_null && (c.not_null_name == name || generated);
  });
  return found == table.columns.end() ? nullptr : &*found;
}

}  // namespace

void alter_drop_constraint(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Constraint* constraint = root.constraint(c.name);
  const Column* column = b.major() >= 18 && !constraint ? not_null_named(root, c.name) : nullptr;
  if (!constraint && !column) {
    if (is_partitioned(root)) b.lock_tree(root.name, work.lock_mode);
    if (!c.if_exists) {
      b.fail("42704", "constraint " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " does not exist");
    }
    return;
  }
  const bool inherited =
      constraint ? constraint->inherited : column->inherited && !root.partition_of.empty();
  if (inherited) {
    b.fail("42P16", "cannot drop inherited constraint " + quoted(c.name) + " of relation " +
                        quoted(root.name.name));
    return;
  }
  if (column) {
    work.tree();
    return;
  }
  const bool check = constraint->definition.kind == ConstraintKind::check;
  if (check && work.s.only && is_partitioned(root) && work.has_children() && b.major() < 18) {
    b.fail("42P16",
           "cannot remove constraint from only the partitioned table when partitions exist");
    return;
  }
  if (is_partitioned(root)) {
    b.lock_tree(root.name, work.lock_mode);
  } else if (check && !work.s.only) {
    work.tree();
  } else if (check) {
    for (const Table* child : b.catalog().children_of(root.name)) {
      b.lock(child->name, work.lock_mode);
    }
  }
  DropWalk walk(b, c.cascade);
  for (const Table* table : b.catalog().tree_of(root.name)) {
    if (table != &root && !is_partitioned(root) && !check) break;
    const Constraint* here = table->constraint(c.name);
    AlteredTable& altered = work.at(*table);
    const Index* above = constraint_index(b.catalog(), root, c.name);
    if (table != &root && above) {
      for (const Index* index : b.catalog().indexes_of(table->name)) {
        for (QualifiedName up = index->parent; !up.empty();) {
          if (up == above->name) b.lock(index->name, LockMode::access_exclusive);
          const Index* next = b.index(up);
          up = next ? next->parent : QualifiedName{};
        }
      }
      continue;
    }
    if (!here) continue;
    if (table == &root) walk.constraint(*table, *here);
    altered.dropped_constraints.insert(c.name);
    if (const Index* index = constraint_index(b.catalog(), *table, c.name)) {
      altered.dropped_indexes.insert(index->name);
    }
  }
}

void alter_alter_constraint(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const std::string& name =
      c.constraint && !c.constraint->name.empty() ? c.constraint->name : c.name;
  const Constraint* constraint = work.root.constraint(name);
  if (!constraint) {
    b.fail("42704", "constraint " + quoted(name) + " of relation " + quoted(work.root.name.name) +
                        " does not exist");
    return;
  }
  if (constraint->definition.kind != ConstraintKind::foreign_key) {
    b.fail("42809", "constraint " + quoted(name) + " of relation " + quoted(work.root.name.name) +
                        " is not a foreign key constraint");
    return;
  }
  if (constraint->inherited) {
    b.fail(b.major() >= 18 ? "55000" : "XX000", "cannot alter constraint " + quoted(name) +
                                                    " on relation " + quoted(work.root.name.name));
    return;
  }
  if (is_partitioned(work.root)) {
    if (work.s.only && b.major() >= 18 && work.has_children()) {
      b.fail("42P16", "constraint must be altered in child tables too");
      return;
    }
    b.lock_tree(work.root.name, work.lock_mode);
  }
  const bool was_enforced = !constraint->definition.not_enforced;
  const bool becomes_unenforced = c.constraint && c.constraint->not_enforced;
  if (was_enforced && becomes_unenforced) {
    b.lock_parts(constraint->definition.referenced, LockMode::access_exclusive);
  }
}

namespace {

/// A constraint that the same ALTER TABLE adds NOT VALID.
void validate_added(AlterTableWork& work, const ConstraintDefinition& c) {
  if (c.kind == ConstraintKind::foreign_key) {
    work.at(work.root).keys_to_check.push_back({c, work.b.command()});
    return;
  }
  for (const Table* table : work.tree()) {
    work.scan(*table, Cause::check_validation, c.expression.sql);
  }
}

}  // namespace

void alter_validate_constraint(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Constraint* constraint = root.constraint(c.name);
  const auto& added = work.at(root).added_constraints;
  if (const auto own = added.find(c.name); !constraint && own != added.end()) {
    validate_added(work, own->second);
    return;
  }
  if (!constraint) {
    const Column* column = b.major() >= 18 ? not_null_named(root, c.name) : nullptr;
    if (column && column->not_null_not_valid) {
      for (const Table* table : work.tree()) {
        const Column* here = table->column(column->name);
        if (here && here->not_null_not_valid &&
            !check_proves_not_null(*table, nullptr, here->name)) {
          work.scan(*table, Cause::not_null, column->name);
        }
      }
    }
    return;
  }
  if (constraint->definition.not_enforced) {
    b.fail("55000", "cannot validate NOT ENFORCED constraint");
    return;
  }
  if (is_index_constraint(constraint->definition.kind)) {
    b.fail("42809", "constraint " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                        " is not a foreign key or check constraint");
    return;
  }
  if (constraint->validated) return;
  if (constraint->definition.kind == ConstraintKind::check) {
    if (work.s.only && work.has_children() && !constraint->definition.no_inherit) {
      b.fail("42P16", "constraint must be validated on child tables too");
      return;
    }
    for (const Table* table : work.tree()) {
      const Constraint* here = table->constraint(c.name);
      if (here && !here->validated) {
        work.scan(*table, Cause::check_validation, here->definition.expression.sql);
      }
    }
    return;
  }
  b.lock_parts(constraint->definition.referenced, LockMode::row_share);
  const bool partitioned = is_partitioned(root);
  for (const Table* table : partitioned ? work.tree() : std::vector<const Table*>{&root}) {
    if (has_storage(*table)) {
      work.at(*table).keys_to_check.push_back({constraint->definition, b.command()});
    }
  }
}

}  // namespace schemagate
