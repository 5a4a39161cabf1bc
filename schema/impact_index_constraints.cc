// SPDX-License-Identifier: MIT
// ALTER TABLE … ADD PRIMARY KEY, UNIQUE and EXCLUDE.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/extension_content.h"
#include "schema/generated_names.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_constraints.h"
#include "schema/impact_expressions.h"
#include "schema/resolve_call.h"
#include "schema/storage_parameters.h"

namespace schemagate {
namespace {

Cause cause_of(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::primary_key:
      return Cause::primary_key;
    case ConstraintKind::exclusion:
      return Cause::exclusion_constraint;
    default:
      return Cause::unique_constraint;
  }
}

/// Key columns of an index constraint; empty names stand for expressions.
std::vector<std::string> key_columns(const ConstraintDefinition& c) {
  if (c.kind != ConstraintKind::exclusion) return c.columns;
  std::vector<std::string> columns;
  for (const IndexElement& element : c.exclusion) columns.push_back(element.column);
  return columns;
}

QualifiedName index_name_of(AlterTableWork& work, const Table& table,
                            const ConstraintDefinition& c) {
  const ImpactBuilder& b = work.b;
  const AlteredTable* altered = &work.at(table);
  if (!c.name.empty()) return {table.name.schema, c.name};
  if (c.kind == ConstraintKind::primary_key) {
    return choose_index_name(b, table.name, {}, "pkey", altered);
  }
  const bool exclusion = c.kind == ConstraintKind::exclusion;
  std::vector<std::string> columns = c.columns;
  if (exclusion) {
    columns = index_column_names(c.exclusion, c.include);
  } else {
    columns.insert(columns.end(), c.include.begin(), c.include.end());
  }
  return choose_index_name(b, table.name, columns, exclusion ? "excl" : "key", altered);
}

bool partition_key_is_covered(ImpactBuilder& b, const Table& table, const ConstraintDefinition& c) {
  const auto columns = key_columns(c);
  for (const IndexElement& element : table.partition_by->elements) {
    if (element.column.empty()) {
      b.fail("0A000",
             "unsupported " + std::string("UNIQUE") + " constraint with partition key definition");
      return false;
    }
    if (contains(columns, element.column)) continue;
    b.fail("0A000", "unique constraint on partitioned table must include all partitioning columns");
    return false;
  }
  return true;
}

/// Columns of a primary key become NOT NULL.
void key_becomes_not_null(AlterTableWork& work, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    const Column* existing = work.root.column(column);
    const bool added = work.at(work.root).added_columns.contains(column);
    if (work.b.major() >= 18 && existing && existing->not_null && existing->not_null_not_valid) {
      work.b.fail("55000", "cannot create primary key on column " + quoted(column));
      return;
    }
    if (existing || added) alter_set_not_null(work, column);
  }
}

bool is_plain_operator(const std::string& text) {
  return !text.empty() && text.find_first_not_of("+-*/<>=~!@#%^&|`?") == std::string::npos;
}

void check_using_index(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  const QualifiedName name{work.root.name.schema, c.using_index};
  const Index* index = b.index(name);
  if (!index && !b.session().partial)
    b.fail("42704", "index " + quoted(c.using_index) + " does not exist");
  if (!index) return;
  const std::string what = "index " + quoted(c.using_index);
  const auto plain = [](const IndexElement& e) {
    return e.column.empty() || e.descending || e.nulls_first.value_or(false);
  };
  if (index->table != work.root.name) {
    b.fail("55000", what + " does not belong to table " + quoted(work.root.name.name));
  } else if (is_partitioned(work.root)) {
    b.fail("0A000",
           "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables");
  } else if (!index->constraint.empty()) {
    b.fail("55000", what + " is already associated with a constraint");
  } else if (!index->valid) {
    b.fail("55000", what + " is not valid");
  } else if (!index->unique) {
    b.fail("42809", quoted(c.using_index) + " is not a unique index");
  } else if (!index->where.empty()) {
    b.fail("42809", quoted(c.using_index) + " is a partial index");
  } else if (std::any_of(index->elements.begin(), index->elements.end(), plain)) {
    b.fail("42809", what + " can't carry a constraint");
  }
  b.lock(name, !c.name.empty() && c.name != c.using_index ? LockMode::share_update_exclusive
                                                          : LockMode::access_share);
}

std::vector<std::string> key_columns_of(const Index* index) {
  std::vector<std::string> columns;
  if (!index) return columns;
  for (const IndexElement& element : index->elements) columns.push_back(element.column);
  return columns;
}

/// The keys of an exclusion constraint and the operators that compare them.
void check_exclusion(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  const std::string method = c.access_method.empty() ? "btree" : c.access_method;
  const char letter = letter_of_method(method);
  if (letter == ' ') return;
  if (letter != 'b' && letter != 'g' && letter != 'h' && letter != 's')
    b.fail("0A000", "access method " + quoted(method) + " does not support exclusion constraints");
  const auto& objects = b.catalog().objects;
  const auto own = objects.lower_bound("OPERATOR");
  const bool own_operators = own != objects.end() && own->first.starts_with("OPERATOR");
  const auto& added = work.at(work.root).added_columns;
  for (const IndexElement& element : c.exclusion) {
    const auto fresh = added.find(element.column);
    const Column* column = work.root.column(element.column);
    if (!column && fresh == added.end()) continue;
    const TypeName& type = fresh != added.end() ? fresh->second.type : column->type;
    if (element.operator_class.empty()) check_operator_class(b, type, method);
    const std::string name = builtin_name(b, type);
    if (b.failed() || name.empty() || own_operators || may_bring_types(b.catalog()) ||
        b.session().partial || !is_plain_operator(element.exclusion_operator))
      continue;
    const auto call = resolve_operator(element.exclusion_operator, {name, name}, b.major());
    if (call.resolution == Resolution::none)
      b.fail("42883",
             "operator does not exist: " + name + " " + element.exclusion_operator + " " + name);
  }
}

/// The same value in every row of a table that holds rows.
bool repeats_one_value(const AlteredTable& altered, const ConstraintDefinition& c) {
  if (c.kind == ConstraintKind::exclusion || c.columns.empty()) return false;
  return std::all_of(c.columns.begin(), c.columns.end(), [&](const std::string& column) {
    const auto added = altered.added_columns.find(column);
    if (added == altered.added_columns.end()) return false;
    const auto& value = added->second.default_value;
    const bool null = !value || value->kind == ExpressionKind::null_constant;
    if (null) return c.nulls_not_distinct && altered.rewrites.empty();
    return altered.rewrites.empty();
  });
}

/// Named once each, and there.
void check_key_columns(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  const AlteredTable& altered = work.at(work.root);
  std::set<std::string> seen;
  for (const std::string& column : c.columns) {
    const bool there = (work.root.column(column) && !altered.dropped_columns.contains(column)) ||
                       altered.added_columns.contains(column) || is_system_column(column);
    if (!there && !work.root.incomplete && !b.session().partial)
      b.fail("42703", "column " + quoted(column) + " named in key does not exist");
    if (!seen.insert(column).second)
      b.fail("42701", "column " + quoted(column) + " appears twice in " +
                          (c.kind == ConstraintKind::primary_key ? "primary key" : "unique") +
                          " constraint");
  }
}

/// The index of the constraint has its name, and the relation is looked for before the constraint.
bool name_of_index_is_taken(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  const AlteredTable& altered = work.at(work.root);
  if (c.name.empty() || !b.catalog().relation_kind({work.root.name.schema, c.name})) return false;
  if (altered.dropped_constraints.contains(c.name) || !altered.dropped_columns.empty())
    return false;
  b.fail("42P07", "relation " + quoted(c.name) + " already exists");
  return true;
}
}  // namespace

void alter_add_index_constraint(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const bool whole_tree = !work.s.only && b.major() >= 18;
  check_key_columns(work, c);
  const auto& added = work.at(root).added_columns;
  for (const std::string& column : c.columns) {
    if (const auto new_column = added.find(column); new_column != added.end()) {
      check_operator_class(b, new_column->second.type, "btree");
    } else {
      check_operator_class(b, root, column, "btree");
    }
  }
  if (c.kind == ConstraintKind::exclusion && is_partitioned(root) && b.major() < 17)
    b.fail("0A000", "exclusion constraints are not supported on partitioned tables");
  if (c.kind == ConstraintKind::exclusion) check_exclusion(work, c);
  if (!c.using_index.empty()) check_using_index(work, c);
  if (b.failed()) return;
  if (c.kind == ConstraintKind::primary_key && root.primary_key() &&
      !work.at(root).dropped_constraints.contains(root.primary_key()->definition.name)) {
    b.fail("42P16",
           "multiple primary keys for table " + quoted(root.name.name) + " are not allowed");
    return;
  }
  if (!c.using_index.empty()) {
    if (c.kind == ConstraintKind::primary_key)
      key_becomes_not_null(work, key_columns_of(b.index({root.name.schema, c.using_index})));
    if (whole_tree) work.tree();
    return;
  }
  if (is_partitioned(root)) {
    if (!partition_key_is_covered(b, root, c)) return;
  }
  if (c.kind == ConstraintKind::primary_key) {
    key_becomes_not_null(work, c.columns);
    if (b.failed()) return;
    if (!work.s.only && !is_partitioned(root)) work.tree();
  }
  if (whole_tree) work.tree();
  if (name_of_index_is_taken(work, c)) return;
  const Cause cause = cause_of(c.kind);
  if (!is_partitioned(root)) {
    if (!b.is_empty(root) && repeats_one_value(work.at(root), c)) {
      b.fail("23505", "could not create unique index " + quoted(index_name_of(work, root, c).name));
      return;
    }
    work.new_index(root, index_name_of(work, root, c), cause, c.name);
    return;
  }
  if (work.s.only) return;
  ConstraintDefinition unnamed = c;
  unnamed.name.clear();
  for (const Table* table : b.catalog().tree_of(root.name)) {
    if (table == &root) continue;
    // A deferrable constraint makes a trigger on each partition.
    b.lock(table->name, c.deferrable ? LockMode::share_row_exclusive : LockMode::share);
    work.new_index(*table, index_name_of(work, *table, unnamed), cause, c.name);
  }
}

}  // namespace schemagate
