// SPDX-License-Identifier: MIT
// Partitions: ATTACH, DETACH and CREATE TABLE … PARTITION OF.
#include "schema/impact_partition.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "schema/generated_names.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_bounds.h"

namespace schemagate {
namespace {

/// A foreign key on the same columns to the same table.
bool has_same_key(const Table& table, const ConstraintDefinition& key) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
    return c.definition.kind == ConstraintKind::foreign_key &&
           c.definition.columns == key.columns && c.definition.referenced == key.referenced;
  });
}

/// Tables that refer to the partitioned table: their keys get a copy for the new partition.
void lock_referencing(ImpactBuilder& b, const QualifiedName& parent) {
  for (const auto& [child, key] : b.catalog().references_to(parent)) {
    if (key->inherited && !child->partition_of.empty()) continue;
    b.lock_tree(child->name,
                b.major() >= 15 ? LockMode::share_row_exclusive : LockMode::access_share);
  }
  const Table* table = b.table(parent);
  if (table && !table->partition_of.empty()) lock_referencing(b, table->partition_of);
}

/// The parent's condition and those of the tables above it, that `bound` adds to.
Condition full_condition(const ImpactBuilder& b, const Table& parent, const PartitionBound& bound) {
  Condition all;
  all.kind = Condition::Kind::all_of;
  if (parent.partition_by && bound.is_default) {
    // What no other partition takes.
    for (const Table* other : b.catalog().children_of(parent.name))
      if (other->bound && !other->bound->is_default)
        all.parts.push_back(negated(condition_of_bound(*parent.partition_by, *other->bound)));
  } else if (parent.partition_by) {
    all.parts.push_back(condition_of_bound(*parent.partition_by, bound));
  }
  const Table* table = &parent;
  while (table->bound && !table->partition_of.empty()) {
    const Table* above = b.table(table->partition_of);
    if (!above || !above->partition_by) break;
    all.parts.push_back(condition_of_bound(*above->partition_by, *table->bound));
    table = above;
  }
  return all;
}

/// The server proves what a default partition must not be from one CHECK at a time.
bool one_check_proves(const Table& table, const Condition& wanted) {
  Table alone = table;
  alone.constraints.clear();
  if (table_proves(alone, wanted)) return true;
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
    alone.constraints.assign(1, c);
    return c.definition.kind == ConstraintKind::check && table_proves(alone, wanted);
  });
}

void scan_leaves(ImpactBuilder& b, const Table& table, const Condition& wanted, Cause cause,
                 const std::string& detail) {
  const bool rest = detail == "DEFAULT";
  if (rest ? one_check_proves(table, wanted) : table_proves(table, wanted)) return;
  if (has_storage(table)) b.scan(cause, table.name, detail);
  for (const Table* child : b.catalog().children_of(table.name)) {
    scan_leaves(b, *child, wanted, cause, detail);
  }
}

bool index_matches(const Index& a, const Index& b) {
  return a.unique == b.unique && a.method == b.method && a.where == b.where &&
         a.elements.size() == b.elements.size() && a.nulls_not_distinct == b.nulls_not_distinct &&
         std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(),
                    [](const IndexElement& x, const IndexElement& y) {
                      return x.column == y.column && x.expression == y.expression &&
                             x.collation == y.collation && x.operator_class == y.operator_class;
                    });
}

/// The partition's index that serves `wanted`, or null: then one is built.
const Index* serving_index(const ImpactBuilder& b, const Table& partition, const Index& wanted) {
  for (const Index* index : b.catalog().indexes_of(partition.name)) {
    const bool constraint_fits = wanted.constraint.empty() || !index->constraint.empty();
    if (index->parent.empty() && constraint_fits && index_matches(*index, wanted)) return index;
  }
  return nullptr;
}

QualifiedName partition_index_name(const ImpactBuilder& b, const Table& partition,
                                   const Table& parent, const Index& index) {
  const Constraint* constraint =
      index.constraint.empty() ? nullptr : parent.constraint(index.constraint);
  if (constraint && constraint->definition.kind == ConstraintKind::primary_key) {
    return choose_index_name(b, partition.name, {}, "pkey");
  }
  return choose_index_name(b, partition.name, index_column_names(index.elements, index.include),
                           constraint ? "key" : "idx");
}

/// AttachPartitionEnsureIndexes.
void ensure_indexes(ImpactBuilder& b, const Table& parent, const Table& partition) {
  for (const Index* index : b.catalog().indexes_of(parent.name)) {
    b.lock(index->name, LockMode::share_update_exclusive);
    if (serving_index(b, partition, *index) || !has_storage(partition)) continue;
    b.build(Cause::attach_partition, partition.name,
            partition_index_name(b, partition, parent, *index));
  }
}

void attach_keys(AlterTableWork& work, const Table& parent, const Table& partition) {
  ImpactBuilder& b = work.b;
  for (const Constraint& constraint : parent.constraints) {
    const ConstraintDefinition& key = constraint.definition;
    if (key.kind != ConstraintKind::foreign_key) continue;
    if (has_same_key(partition, key)) {
      // The partition's own triggers are dropped in favour of the parent's.
      b.lock_tree(key.referenced, LockMode::access_exclusive);
      continue;
    }
    b.lock_tree(key.referenced, LockMode::share_row_exclusive);
    if (constraint.validated && !key.not_enforced && has_storage(partition)) {
      work.at(partition).keys_to_check.push_back({key, b.command()});
    }
  }
}

/// Columns, types and NOT NULLs must be those of the parent.
bool refused(ImpactBuilder& b, const Table& parent, const Table& partition) {
  if (!partition.partition_of.empty()) {
    b.fail("42809", quoted(partition.name.name) + " is already a partition");
    return true;
  }
  if (!partition.of_type.empty() || !partition.inherits.empty()) {
    b.fail("42809", partition.of_type.empty() ? "cannot attach inheritance child as partition"
                                              : "cannot attach a typed table as partition");
    return true;
  }
  if (!is_partitioned(partition) && !b.catalog().children_of(partition.name).empty()) {
    b.fail("42809", "cannot attach inheritance parent as partition");
    return true;
  }
  const auto below = b.catalog().tree_of(partition.name);
  if (std::find(below.begin(), below.end(), &parent) != below.end()) {
    b.fail("42P07", "circular inheritance not allowed");
    return true;
  }
  for (const Column& column : partition.columns) {
    if (column.identity == Identity::no || b.major() < 17) continue;
    b.fail("55000", "table " + quoted(partition.name.name) +
                        " being attached contains an identity column " + quoted(column.name));
    return true;
  }
  for (const Column& column : partition.columns) {
    if (parent.column(column.name)) continue;
    b.fail("42804", "table " + quoted(partition.name.name) + " contains column " +
                        quoted(column.name) + " not found in parent " + quoted(parent.name.name));
    return true;
  }
  for (const Column& column : parent.columns) {
    const Column* here = partition.column(column.name);
    if (!here) {
      b.fail("42804", "child table is missing column " + quoted(column.name));
      return true;
    }
    if (column.not_null && !here->not_null) {
      b.fail("42804", "column " + quoted(column.name) + " in child table must be marked NOT NULL");
      return true;
    }
    if (here->type != column.type) {
      b.fail("42804", "child table " + quoted(partition.name.name) +
                          " has different type for column " + quoted(column.name));
      return true;
    }
  }
  return false;
}

}  // namespace

namespace {

/// The bound is of the parent's kind; hash bounds must divide each other.
bool bound_refused(ImpactBuilder& b, const Table& parent, const PartitionBound& bound) {
  if (!parent.partition_by) return false;
  const std::string& strategy = parent.partition_by->strategy;
  if (strategy.empty()) return false;  // a table that nobody described
  if (bound.is_default) {
    if (strategy == "hash") {
      b.fail("42P16", "a hash-partitioned table may not have a default partition");
    }
    return b.failed();
  }
  const std::string_view begin = strategy == "range"  ? "FOR VALUES FROM"
                                 : strategy == "list" ? "FOR VALUES IN"
                                                      : "FOR VALUES WITH";
  if (bound.sql.starts_with("FOR VALUES") && !bound.sql.starts_with(begin)) {
    b.fail("42P16", "invalid bound specification for a " + strategy + " partition");
    return true;
  }
  const auto hash = [](const std::string& sql) {
    int modulus = 0, remainder = 0;
    const auto at = sql.find('(');
    if (at == std::string::npos ||
        std::sscanf(to_lower(sql.substr(at)).c_str(), "(modulus %d, remainder %d", &modulus,
                    &remainder) != 2) {
      return std::pair(0, 0);
    }
    return std::pair(modulus, remainder);
  };
  const auto [modulus, remainder] = strategy == "hash" ? hash(bound.sql) : std::pair(0, 0);
  if (modulus <= 0) return false;
  if (remainder >= modulus) {
    b.fail("42P16", "remainder for hash partition must be less than modulus");
    return true;
  }
  for (const Table* sibling : b.catalog().children_of(parent.name)) {
    const auto [other, rest] = sibling->bound ? hash(sibling->bound->sql) : std::pair(0, 0);
    if (other <= 0) continue;
    if (modulus % other != 0 && other % modulus != 0) {
      b.fail("42P17", "every hash partition modulus must be a factor of the next larger modulus");
    } else if (remainder % std::min(modulus, other) == rest % std::min(modulus, other)) {
      b.fail("42P17", "partition would overlap partition " + quoted(sibling->name.name));
    }
  }
  return b.failed();
}

}  // namespace

void add_partition(ImpactBuilder& b, const Table& parent, const PartitionBound& bound) {
  if (bound_refused(b, parent, bound)) return;
  if (parent.partition_by && bound_is_empty(*parent.partition_by, bound)) {
    b.fail("42P17", "empty range bound specified for partition");
    return;
  }
  for (const Table* sibling : b.catalog().children_of(parent.name)) {
    if (!parent.partition_by || !sibling->bound) continue;
    if (!bounds_overlap(*parent.partition_by, bound, *sibling->bound)) continue;
    b.fail("42P17", "partition would overlap partition " + quoted(sibling->name.name));
    return;
  }
  for (const Index* index : b.catalog().indexes_of(parent.name)) {
    b.lock(index->name, LockMode::share_update_exclusive);
  }
  lock_referencing(b, parent.name);
  const Table* other = b.catalog().default_partition_of(parent.name);
  if (!other || bound.is_default) return;
  b.lock_tree(other->name, LockMode::access_exclusive);
  const Condition kept_out =
      parent.partition_by ? negated(condition_of_bound(*parent.partition_by, bound)) : Condition{};
  scan_leaves(b, *other, kept_out, Cause::default_partition, bound.sql);
}

void alter_attach_partition(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& parent = work.root;
  const QualifiedName name = b.require(c.relation);
  const Table* partition = b.table(name);
  if (!partition) return;
  if (!is_partitioned(parent)) {
    b.fail(b.major() >= 18 ? "42809" : "42P17",
           "table " + quoted(parent.name.name) + " is not partitioned");
    return;
  }
  if (refused(b, parent, *partition)) return;
  b.lock_tree(name, LockMode::access_exclusive);
  const PartitionBound bound = c.bound.value_or(PartitionBound{});
  add_partition(b, parent, bound);
  // The bounds of all tables above are part of what the rows must fit.
  for (const Table* above = &parent; above && !above->partition_of.empty();) {
    b.lock(above->partition_of, LockMode::access_share);
    above = b.table(above->partition_of);
  }
  ensure_indexes(b, parent, *partition);
  attach_keys(work, parent, *partition);
  const bool any_row_fits = bound.is_default && b.catalog().children_of(parent.name).empty() &&
                            parent.partition_of.empty();
  if (any_row_fits) return;
  scan_leaves(b, *partition, full_condition(b, parent, bound), Cause::attach_partition, bound.sql);
}

void alter_detach_partition(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& parent = work.root;
  const QualifiedName name = b.require(c.relation);
  const Table* partition = b.table(name);
  if (!partition) return;
  if (partition->partition_of != parent.name) {
    b.fail("42P01", "relation " + quoted(name.name) + " is not a partition of relation " +
                        quoted(parent.name.name));
    return;
  }
  const Table* other = b.catalog().default_partition_of(parent.name);
  if (c.concurrently && other) {
    b.fail("55000", "cannot detach partitions concurrently when a default partition exists");
    return;
  }
  if (c.action == AlterTableAction::detach_partition_finalize) {
    b.fail("55000", "cannot complete detaching partition " + quoted(name.name));
    return;
  }
  if (other) b.lock(other->name, LockMode::access_exclusive);
  b.lock(name, LockMode::access_exclusive);
  // What is below is told that it has no longer a bound of that parent.
  if (is_partitioned(*partition)) b.lock_tree(name, LockMode::access_exclusive);
  for (const Index* index : b.catalog().indexes_of(name)) {
    if (!index->parent.empty()) b.lock(index->name, LockMode::access_exclusive);
  }
  for (const Constraint& constraint : parent.constraints) {
    if (constraint.definition.kind == ConstraintKind::foreign_key) {
      b.lock_tree(constraint.definition.referenced, LockMode::share_row_exclusive);
    }
  }
  for (const auto& [child, key] : b.catalog().references_to(parent.name)) {
    if (key->inherited && !child->partition_of.empty()) continue;
    b.lock_tree(child->name, LockMode::access_exclusive);
    // No row may be left that refers to the partition (RI_PartitionRemove_Check).
    b.lock_indexes(child->name, LockMode::access_share);
    b.plan_relation(name, LockMode::access_share);
    // Only rows within the partition's bound are looked up, and one of them refuses the statement.
    if (has_storage(*child)) {
      b.scan(Cause::foreign_key_validation, child->name, key->definition.name);
    }
  }
}

}  // namespace schemagate
