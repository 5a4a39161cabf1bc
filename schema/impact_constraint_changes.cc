// SPDX-License-Identifier: MIT
// ALTER TABLE … DROP, ALTER and VALIDATE CONSTRAINT.
#include <algorithm>

#include "schema/impact_alter_table.h"
#include "schema/impact_constraints.h"
#include "schema/impact_drop.h"

namespace schemagate {
namespace {

bool is_index_constraint(ConstraintKind kind) {
  return kind == ConstraintKind::unique || kind == ConstraintKind::primary_key ||
         kind == ConstraintKind::exclusion;
}

bool has_not_null_named(const ImpactBuilder& b, const Table& table, const Column& column,
                        std::string_view name) {
  if (!column.not_null) return false;
  if (!column.not_null_name.empty()) return column.not_null_name == name;
  const auto above = [&](const QualifiedName& parent_name) {
    const Table* parent = b.table(parent_name);
    const Column* theirs = parent ? parent->column(column.name) : nullptr;
    return theirs && has_not_null_named(b, *parent, *theirs, name);
  };
  if (column.inherited && std::any_of(table.inherits.begin(), table.inherits.end(), above))
    return true;
  return name == table.name.name + "_" + column.name + "_not_null";
}

}  // namespace

const Column* not_null_named(const ImpactBuilder& b, const Table& table, std::string_view name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) {
    return has_not_null_named(b, table, c, name);
  });
  return found == table.columns.end() ? nullptr : &*found;
}

void alter_drop_constraint(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Constraint* constraint = root.constraint(c.name);
  const Column* column = b.major() >= 18 && !constraint ? not_null_named(b, root, c.name) : nullptr;
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

namespace {

/// [NO] INHERIT of a NOT NULL that has a name: the children get one, or keep theirs as their own.
void alter_not_null(AlterTableWork& work, const AlterTableCommand& c, const Column& column) {
  ImpactBuilder& b = work.b;
  if (c.value.find("inheritability") == std::string::npos) {
    b.fail("42809", "constraint " + quoted(c.name) + " of relation " + quoted(work.root.name.name) +
                        " is not a foreign key constraint");
    return;
  }
  if (column.inherited) {
    b.fail("55000", "cannot alter inherited constraint " + quoted(c.name) + " on relation " +
                        quoted(work.root.name.name));
    return;
  }
  const bool unchanged = c.constraint && c.constraint->no_inherit == column.not_null_no_inherit;
  if (unchanged) return;
  for (const Table* child : b.catalog().children_of(work.root.name))
    b.lock(child->name, work.lock_mode);
}

/// A key that becomes enforced is checked over all rows; one that is no longer loses its triggers,
/// on both sides.
void alter_enforceability(AlterTableWork& work, const ConstraintDefinition& key, bool enforced) {
  ImpactBuilder& b = work.b;
  if (key.not_enforced != enforced) return;
  if (!enforced) {
    b.lock_parts(key.referenced, LockMode::access_exclusive);
    return;
  }
  b.lock_parts(key.referenced, LockMode::share_row_exclusive);
  for (const Table* table : b.catalog().tree_of(work.root.name)) {
    if (table != &work.root && !is_partitioned(work.root)) break;
    if (has_storage(*table)) work.at(*table).keys_to_check.push_back({key, b.command()});
  }
}

}  // namespace

void alter_alter_constraint(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const std::string& name =
      c.constraint && !c.constraint->name.empty() ? c.constraint->name : c.name;
  const Constraint* constraint = work.root.constraint(name);
  const Column* column =
      b.major() >= 18 && !constraint ? not_null_named(b, work.root, name) : nullptr;
  if (column) {
    alter_not_null(work, c, *column);
    return;
  }
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
    // Newer majors go on to the partitions only where something changes.
    const bool same = b.major() >= 18 && c.constraint &&
                      c.value.find("enforceability") == std::string::npos &&
                      c.constraint->deferrable == constraint->definition.deferrable &&
                      c.constraint->initially_deferred == constraint->definition.initially_deferred;
    if (!same) b.lock_tree(work.root.name, work.lock_mode);
  }
  if (c.value.find("enforceability") != std::string::npos && c.constraint)
    alter_enforceability(work, constraint->definition, !c.constraint->not_enforced);
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
  if (constraint && work.at(root).dropped_constraints.contains(c.name))
    return b.fail("42704", "constraint " + quoted(c.name) + " of relation " +
                               quoted(root.name.name) + " does not exist");
  const auto& added = work.at(root).added_constraints;
  if (const auto own = added.find(c.name); !constraint && own != added.end()) {
    validate_added(work, own->second);
    return;
  }
  if (!constraint) {
    const Column* column = b.major() >= 18 ? not_null_named(b, root, c.name) : nullptr;
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
