// SPDX-License-Identifier: MIT
// ALTER TABLE … ADD FOREIGN KEY.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_constraints.h"
#include "schema/resolve_call.h"

namespace schemagate {

bool keys_compare(const ImpactBuilder& b, const TypeName& child, const TypeName& parent) {
  const std::string from = builtin_name(b, child), to = builtin_name(b, parent);
  const auto& objects = b.catalog().objects;
  const auto operators = objects.lower_bound("OPERATOR ");
  const bool own = operators != objects.end() && operators->first.starts_with("OPERATOR ");
  return own || from.empty() || to.empty() || can_coerce(from, to, 'i', b.major()) ||
         builtins::exact_operator("=", to, from, b.major()).has_value();
}

void check_set_columns(ImpactBuilder& b, const ConstraintDefinition& c) {
  for (const std::string& column : c.set_columns) {
    if (contains(c.columns, column)) continue;
    b.fail("42P10", "column " + quoted(column) +
                        " referenced in ON DELETE SET action must be part of foreign key");
  }
}

namespace {

bool has_unique_key(const ImpactBuilder& b, const Table& parent,
                    const std::vector<std::string>& columns, bool period) {
  const auto same = [&](std::vector<std::string> key) {
    return key.size() == columns.size() &&
           std::is_permutation(key.begin(), key.end(), columns.begin());
  };
  for (const Constraint& constraint : parent.constraints) {
    const ConstraintDefinition& d = constraint.definition;
    const bool unique = d.kind == ConstraintKind::unique || d.kind == ConstraintKind::primary_key;
    if (unique && same(d.columns) && d.without_overlaps == period) return true;
  }
  for (const Index* index : b.catalog().indexes_of(parent.name)) {
    if (!index->unique || !index->where.empty() || !index->constraint.empty()) continue;
    std::vector<std::string> key;
    for (const IndexElement& element : index->elements) key.push_back(element.column);
    if (same(key)) return true;
  }
  return false;
}

/// Every key over these columns may be checked late: none can be referred to.
bool only_deferrable_key(const ImpactBuilder& b, const Table& parent,
                         const std::vector<std::string>& columns) {
  bool deferrable = false;
  for (const Index* index : b.catalog().indexes_of(parent.name)) {
    std::vector<std::string> key;
    for (const IndexElement& element : index->elements) key.push_back(element.column);
    const bool same = index->unique && index->where.empty() && key.size() == columns.size() &&
                      std::is_permutation(key.begin(), key.end(), columns.begin());
    if (!same) continue;
    const Constraint* constraint = parent.constraint(index->constraint);
    if (!constraint || !constraint->definition.deferrable) return false;
    deferrable = true;
  }
  return deferrable;
}

/// A table's rows may outlive those that it refers to.
void check_persistence(AlterTableWork& work, const Table& parent) {
  ImpactBuilder& b = work.b;
  if (work.root.persistence == Persistence::permanent &&
      parent.persistence != Persistence::permanent) {
    b.fail("42P16", "constraints on permanent tables may reference only permanent tables");
  } else if (work.root.persistence == Persistence::temporary &&
             parent.persistence != Persistence::temporary) {
    b.fail("42P16", "constraints on temporary tables may reference only temporary tables");
  } else if (work.root.persistence == Persistence::unlogged &&
             parent.persistence == Persistence::temporary) {
    b.fail("42P16",
           "constraints on unlogged tables may reference only permanent or unlogged tables");
  }
}

void check_foreign_key(AlterTableWork& work, const ConstraintDefinition& c, const Table& parent) {
  check_set_columns(work.b, c);
  check_persistence(work, parent);
  ImpactBuilder& b = work.b;
  if (b.failed()) return;
  const auto columns = referenced_columns(b.catalog(), c);
  if (c.referenced_columns.empty() && !parent.primary_key()) {
    b.fail("42704", "there is no primary key for referenced table " + quoted(parent.name.name));
    return;
  }
  for (const std::string& column : c.referenced_columns) {
    if (parent.column(column) || parent.incomplete || is_system_column(column)) continue;
    b.fail("42703",
           "column " + quoted(column) + " referenced in foreign key constraint does not exist");
    return;
  }
  if (columns.size() != c.columns.size()) {
    b.fail("42830", "number of referencing and referenced columns for foreign key disagree");
    return;
  }
  if (!c.referenced_columns.empty() && !has_unique_key(b, parent, columns, c.without_overlaps)) {
    b.fail("42830", "there is no unique constraint matching given keys for referenced table " +
                        quoted(parent.name.name));
    return;
  }
  if (only_deferrable_key(b, parent, columns)) {
    b.fail("55000", "cannot use a deferrable unique constraint for referenced table " +
                        quoted(parent.name.name));
    return;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto added = work.at(work.root).added_columns.find(c.columns[i]);
    const Column* here = work.root.column(c.columns[i]);
    const Column* there = parent.column(columns[i]);
    if (!there || (!here && added == work.at(work.root).added_columns.end())) continue;
    const TypeName& type = here ? here->type : added->second.type;
    if (keys_compare(b, type, there->type)) continue;
    b.fail("42804", "foreign key constraint " + quoted(c.name) + " cannot be implemented");
    return;
  }
}
}  // namespace

void alter_add_foreign_key(AlterTableWork& work, const ConstraintDefinition& c, KeyRows rows) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const QualifiedName referenced = b.require(c.referenced);
  if (referenced.empty()) return;
  const Table* parent = b.table(referenced);
  if (!parent) {
    b.fail("42809", "referenced relation " + quoted(referenced.name) + " is not a table");
    return;
  }
  if (is_partitioned(root)) {
    if (work.s.only && work.has_children()) {
      b.fail("42809", "cannot use ONLY for foreign key on partitioned table " +
                          quoted(root.name.name) + " referencing relation " +
                          quoted(referenced.name));
      return;
    }
    if (c.not_valid && b.major() < 18) {
      b.fail("42809", "cannot add NOT VALID foreign key on partitioned table " +
                          quoted(root.name.name) + " referencing relation " +
                          quoted(referenced.name));
      return;
    }
  }
  ConstraintDefinition key = c;
  key.referenced = referenced;
  check_foreign_key(work, key, *parent);
  if (b.failed()) return;
  b.lock_parts(referenced, LockMode::share_row_exclusive);
  std::vector<const Table*> tables{&root};
  if (is_partitioned(root)) {
    tables = work.tree();
  } else if (b.major() >= 18) {
    work.tree();
  }
  if (c.not_valid && !c.name.empty()) work.at(root).added_constraints.emplace(c.name, key);
  if (c.not_valid || c.not_enforced || rows == KeyRows::unread) return;
  for (const Table* table : tables) {
    if (has_storage(*table)) work.at(*table).keys_to_check.push_back({key, b.command(), rows});
  }
}

}  // namespace schemagate
