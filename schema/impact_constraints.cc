// SPDX-License-Identifier: MIT
// ALTER TABLE's commands about constraints.
#include "schema/impact_constraints.h"

#include <algorithm>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/extension_content.h"
#include "schema/generated_names.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_bounds.h"
#include "schema/impact_drop.h"
#include "schema/impact_expressions.h"
#include "schema/resolve_call.h"
#include "schema/storage_parameters.h"

namespace schemagate {
namespace {

/// `sql` (negated: NOT sql) being not false means that the column is not NULL.
bool proves(std::string_view sql, std::string_view column, bool negated, int depth) {
  constexpr int deepest = 64;
  sql = without_parentheses(sql);
  if (depth > deepest) return false;
  const auto part_proves = [&](std::string_view part) {
    return proves(part, column, negated, depth + 1);
  };
  if (const auto parts = split_at_word(sql, "OR"); parts.size() > 1) {
    return negated ? std::any_of(parts.begin(), parts.end(), part_proves)
                   : std::all_of(parts.begin(), parts.end(), part_proves);
  }
  if (const auto parts = split_at_word(sql, "AND"); parts.size() > 1) {
    return negated ? std::all_of(parts.begin(), parts.end(), part_proves)
                   : std::any_of(parts.begin(), parts.end(), part_proves);
  }
  if (sql.starts_with("NOT ")) return proves(sql.substr(4), column, !negated, depth + 1);
  const std::string name = quote_identifier(column);
  const std::string_view suffix = negated ? " IS NULL" : " IS NOT NULL";
  if (!sql.ends_with(suffix)) return false;
  return without_parentheses(sql.substr(0, sql.size() - suffix.size())) == name;
}

bool is_index_constraint(ConstraintKind kind) {
  return kind == ConstraintKind::unique || kind == ConstraintKind::primary_key ||
         kind == ConstraintKind::exclusion;
}

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

void add_index_constraint(AlterTableWork& work, const ConstraintDefinition& c) {
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

}  // namespace

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

void check_foreign_key(AlterTableWork& work, const ConstraintDefinition& c, const Table& parent) {
  check_set_columns(work.b, c);
  ImpactBuilder& b = work.b;
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
  if (work.root.persistence == Persistence::permanent &&
      parent.persistence != Persistence::permanent) {
    b.fail("42P16", "constraints on permanent tables may reference only permanent tables");
  }
}

void add_foreign_key(AlterTableWork& work, const ConstraintDefinition& c, KeyRows rows) {
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

void add_check(AlterTableWork& work, const ConstraintDefinition& c, bool column_is_new) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  if (c.no_inherit && is_partitioned(root)) {
    b.fail("42P16",
           "cannot add NO INHERIT constraint to partitioned table " + quoted(root.name.name));
    return;
  }
  if (work.s.only && !c.no_inherit && work.has_children()) {
    b.fail("42P16", "constraint must be added to child tables too");
    return;
  }
  check_expression(b, c.expression, ExpressionPlace::check, work.columns());
  if (b.failed()) return;
  std::vector<const Table*> tables{&root};
  if (!c.no_inherit) {
    tables = work.tree();
  } else if (b.major() >= 18) {
    work.tree();
  }
  if (c.not_valid || c.not_enforced) {
    if (!c.name.empty()) work.at(root).added_constraints.emplace(c.name, c);
    return;
  }
  const Cause cause = column_is_new ? Cause::column_check : Cause::check_validation;
  for (const Table* table : tables) work.scan(*table, cause, c.expression.sql);
}

void add_not_null(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  if (c.columns.empty()) return;
  const std::string& name = c.columns.front();
  const Column* column = work.root.column(name);
  if (column && column->not_null) {
    const bool other = !c.name.empty() && c.name != column->not_null_name;
    if (other) {
      b.fail("55000", "cannot create not-null constraint " + quoted(c.name) + " on column " +
                          quoted(name) + " of table " + quoted(work.root.name.name));
    }
    return;
  }
  if (work.s.only && work.has_children()) {
    b.fail("42P16", "constraint must be added to child tables too");
    return;
  }
  if (!c.not_valid) {
    alter_set_not_null(work, name);
  } else {
    work.tree();
  }
}

}  // namespace

bool expression_proves_not_null(std::string_view sql, std::string_view column) {
  if (sql.find("CASE ") != std::string_view::npos) return false;
  return proves(sql, column, false, 0);
}

bool check_proves_not_null(const Table& table, const AlteredTable* altered,
                           std::string_view column) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
    const ConstraintDefinition& d = c.definition;
    if (d.kind != ConstraintKind::check || !c.validated || d.not_enforced) return false;
    if (altered && altered->dropped_constraints.contains(d.name)) return false;
    return expression_proves_not_null(d.expression.sql, column);
  });
}

void alter_add_constraint(AlterTableWork& work, const ConstraintDefinition& c, bool column_is_new,
                          KeyRows rows) {
  if (c.kind == ConstraintKind::check) {
    add_check(work, c, column_is_new);
  } else if (c.kind == ConstraintKind::foreign_key) {
    add_foreign_key(work, c, rows);
  } else if (c.kind == ConstraintKind::not_null) {
    add_not_null(work, c);
  } else {
    add_index_constraint(work, c);
  }
}

namespace {

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
