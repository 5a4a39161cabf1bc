// SPDX-License-Identifier: MIT
// ALTER COLUMN TYPE: what refuses it, and what is read, rebuilt or rewritten for it.
#include <algorithm>

#include "schema/column_types.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_constraints.h"
#include "schema/impact_drop.h"
#include "schema/impact_expressions.h"
#include "schema/impact_types.h"

namespace schemagate {
namespace {

/// What makes the change of a column's type impossible, in the order in which the server looks.
bool type_change_refused(AlterTableWork& work, const AlterTableCommand& c, const Column& column) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  if (column.inherited) {
    b.fail("42P16", "cannot alter inherited column " + quoted(c.name));
    return true;
  }
  for (const Table* table : b.catalog().tree_of(root.name)) {
    const auto& key = table->partition_by;
    if (!key) continue;
    for (const IndexElement& element : key->elements) {
      if (element.column != c.name && !expression_uses_column(element.expression, c.name)) continue;
      b.fail("42P16", "cannot alter column " + quoted(c.name) +
                          " because it is part of the partition key of relation " +
                          quoted(table->name.name));
      return true;
    }
    if (work.s.only) break;
  }
  if (work.s.only && work.has_children()) {
    b.fail("42P16",
           "type of inherited column " + quoted(c.name) + " must be changed in child tables too");
    return true;
  }
  return false;
}

bool references_column(const References& references, std::string_view column) {
  return std::any_of(references.columns.begin(), references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column; });
}

/// Objects that hold the old type fast: views, rules, policies, triggers, generated columns.
bool dependents_refuse_type(AlterTableWork& work, const Table& table, const std::string& column) {
  ImpactBuilder& b = work.b;
  const auto refuse = [&](const char* by) {
    b.fail("0A000", std::string("cannot alter type of a column used by ") + by);
    return true;
  };
  for (const Column& other : table.columns) {
    if (other.generated == Generated::no || other.name == column) continue;
    if (!expression_uses_column(other.generation, column)) continue;
    // DROP COLUMN comes first, wherever it stands in the statement.
    if (work.at(table).dropped_columns.contains(other.name)) continue;
    b.fail(b.major() >= 15 ? "0A000" : "42601",
           "cannot alter type of a column used by a generated column");
    return true;
  }
  if (!b.catalog().views_on(table.name, column).empty()) return refuse("a view or rule");
  for (const TableObject& rule : table.rules) {
    if (references_column(rule.references, column)) return refuse("a view or rule");
  }
  for (const Trigger& trigger : table.triggers) {
    if (references_column(trigger.references, column)) {
      b.fail("0A000", "cannot alter type of a column used in a trigger definition");
      return true;
    }
  }
  for (const TableObject& policy : table.policies) {
    if (references_column(policy.references, column)) {
      b.fail("0A000", "cannot alter type of a column used in a policy definition");
      return true;
    }
  }
  return false;
}

/// An index on the column is dropped and made again; it keeps its pages only when nothing it stores
/// or compares by changes (CheckIndexCompatible).
bool index_is_kept(const Index& index, const Column& column, const TypeChange& change,
                   bool collation_changes) {
  if (!index.where.empty() || !index.valid) return false;
  for (const IndexElement& element : index.elements) {
    if (element.column.empty()) return false;
    if (element.column != column.name) continue;
    if (!change.same_operators && element.operator_class.empty()) return false;
    if (collation_changes && element.collation.empty()) return false;
  }
  return true;
}

/// Operator classes that are not their type's default stay with the index, and may not take the new
/// type.
bool operator_class_refuses(ImpactBuilder& b, const Index& index, const Column& column,
                            const TypeChange& change) {
  constexpr std::string_view bound_to_type[] = {"_pattern_ops", "_path_ops", "_trgm_ops",
                                                "_multi_ops", "_bloom_ops"};
  if (change.same_operators) return false;
  for (const IndexElement& element : index.elements) {
    if (element.column != column.name) continue;
    for (const std::string_view end : bound_to_type) {
      if (!std::string_view(element.operator_class).ends_with(end)) continue;
      b.fail("42804", "operator class " + quoted(element.operator_class) +
                          " does not accept the new data type");
      return true;
    }
  }
  return false;
}

void rebuild_indexes(AlterTableWork& work, const Table& table, const Column& column,
                     const TypeName& type, const TypeChange& change, bool collation_changes,
                     const std::string& detail) {
  ImpactBuilder& b = work.b;
  AlteredTable& altered = work.at(table);
  for (const Index* index : b.catalog().indexes_of(table.name)) {
    if (!index_uses_column(*index, column.name)) continue;
    if (altered.dropped_indexes.contains(index->name)) continue;
    b.lock(index->name, LockMode::access_exclusive);
    if (operator_class_refuses(b, *index, column, change)) return;
    for (const IndexElement& element : index->elements) {
      if (element.column != column.name || !element.operator_class.empty()) continue;
      check_operator_class(b, type, index->method);
    }
    if (change.rewrite || !has_storage(table)) continue;
    // What a partitioned table's index is made of is built anew in any case.
    const bool kept = index_is_kept(*index, column, change, collation_changes);
    if (kept && index->parent.empty()) continue;
    altered.rebuilt.emplace(index->name, Reason{Cause::column_type, detail, b.command()});
  }
}

/// The columns of `table` with the types that the whole statement gives them.
ExpressionColumns changed_columns(const AlterTableWork& work, const Table& table,
                                  const ExpressionColumns& before) {
  ExpressionColumns columns;
  columns.table = &table;
  columns.complete = false;
  columns.stored_with = &before;
  for (const AlterTableCommand& c : work.s.commands)
    if (c.action == AlterTableAction::set_type && c.column) columns.more[c.name] = c.column->type;
  return columns;
}

/// What is stored with the column is analysed again with its new type.
void recheck_expressions(AlterTableWork& work, const Table& table, const std::string& column) {
  ImpactBuilder& b = work.b;
  ExpressionColumns before;
  before.table = &table;
  before.complete = false;
  const ExpressionColumns columns = changed_columns(work, table, before);
  const AlteredTable& altered = work.at(table);
  const auto check = [&](const Expression& expression, ExpressionPlace place) {
    if (expression_uses_column(expression, column)) check_expression(b, expression, place, columns);
  };
  for (const Index* index : b.catalog().indexes_of(table.name)) {
    if (altered.dropped_indexes.contains(index->name)) continue;
    for (const IndexElement& element : index->elements)
      check(element.expression, ExpressionPlace::index_expression);
    check(index->where, ExpressionPlace::index_predicate);
  }
  for (const Constraint& constraint : table.constraints)
    if (constraint.definition.kind == ConstraintKind::check &&
        !altered.dropped_constraints.contains(constraint.definition.name))
      check(constraint.definition.expression, ExpressionPlace::check);
}

/// The key's columns can no longer be compared with those that it refers to.
void recheck_key_types(AlterTableWork& work, const Table& child, const Constraint& key) {
  ImpactBuilder& b = work.b;
  const auto name = b.resolve(key.definition.referenced);
  const Table* parent = name ? b.table(*name) : nullptr;
  if (!parent) return;
  const auto type_of = [&](const Table& table, const std::string& column) {
    for (const AlterTableCommand& c : work.s.commands)
      if (&table == &work.root && c.action == AlterTableAction::set_type && c.column &&
          c.name == column)
        return std::optional(c.column->type);
    const Column* found = table.column(column);
    return found ? std::optional(found->type) : std::nullopt;
  };
  const std::vector<std::string> referenced = referenced_columns(b.catalog(), key.definition);
  for (std::size_t i = 0; i < key.definition.columns.size() && i < referenced.size(); ++i) {
    const auto from = type_of(child, key.definition.columns[i]);
    const auto to = type_of(*parent, referenced[i]);
    if (from && to && !keys_compare(b, *from, *to))
      b.fail("42804",
             "foreign key constraint " + quoted(key.definition.name) + " cannot be implemented");
  }
}

/// CHECKs are verified again, foreign keys where rows or comparison change (TryReuseForeignKey).
void recheck_constraints(AlterTableWork& work, const Table& table, const Column& column,
                         const TypeChange& change) {
  ImpactBuilder& b = work.b;
  AlteredTable& altered = work.at(table);
  const bool check_again = change.rewrite || !change.same_operators;
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& definition = constraint.definition;
    if (altered.dropped_constraints.contains(definition.name)) continue;
    if (definition.kind == ConstraintKind::check &&
        expression_uses_column(definition.expression, column.name)) {
      if (constraint.validated && !definition.not_enforced) {
        work.scan(table, Cause::recheck, definition.name);
      }
    }
    if (definition.kind == ConstraintKind::foreign_key &&
        contains(definition.columns, column.name)) {
      recheck_key_types(work, table, constraint);
      if (const auto parent = b.resolve(definition.referenced)) {
        b.lock_parts(*parent, LockMode::access_exclusive);
      }
      if (check_again && constraint.validated && has_storage(table)) {
        altered.keys_to_check.push_back({definition, b.command()});
      }
    }
  }
  for (const auto& [child, key] : b.catalog().references_to(table.name)) {
    if (!contains(referenced_columns(b.catalog(), key->definition), column.name)) continue;
    recheck_key_types(work, *child, *key);
    b.lock_parts(child->name, LockMode::access_exclusive);
    if (check_again && key->validated) {
      work.at(*child).keys_to_check.push_back({key->definition, b.command()});
    }
  }
}

}  // namespace

/// The first phase looks at all types that change before anything is done (ATPrepAlterColumnType).
void prepare_column_type(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  if (!c.column) return;
  const TypeName& type = c.column->type;
  ExpressionColumns columns;
  columns.table = &work.root;
  columns.complete = !work.root.incomplete;
  const auto value = check_expression(b, c.expression, ExpressionPlace::transform, columns);
  const Column* column = work.root.column(c.name);
  if (!column || b.failed()) {
    check_column_exists(work, c.name);
    return;
  }
  if (column->generated != Generated::no && !c.expression.empty())
    b.fail("42611", "cannot specify USING when altering type of generated column");
  if (column->identity != Identity::no && !is_exactly_integer(type))
    b.fail("22023", "identity column type must be smallint, integer, or bigint");
  if (b.failed() || type_change_refused(work, c, *column)) return;
  check_type_exists(b, type);
  if (type.setof || is_serial(type)) return;
  check_column_type(b, c.name, type, c.column->collation);
  if (!c.expression.empty())
    check_assigned(b, c.name, type, value, c.expression, "result of USING clause");
  if (!b.failed() && !change_of_column(b, *column, type, c.expression).allowed)
    b.fail("42804",
           "column " + quoted(c.name) + " cannot be cast automatically to type " + to_sql(type));
}

void alter_column_type(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Column* column = root.column(c.name);
  if (!column || !c.column) return;
  const TypeName& type = c.column->type;
  if (type.setof || is_serial(type)) return;
  TypeChange change = change_of_column(b, *column, type, c.expression);
  if (column->generated == Generated::virtual_) change.rewrite = false;
  const std::string detail = to_sql(column->type) + " → " + to_sql(type);
  const bool has_default = !work.at(root).dropped_defaults.contains(c.name);
  if (has_default && !default_can_follow(b, *column, type)) {
    b.fail("42804", "default for column " + quoted(c.name) +
                        " cannot be cast automatically to type " + to_sql(type));
    return;
  }
  for (const Table* table : work.tree()) {
    if (dependents_refuse_type(work, *table, c.name)) return;
  }
  if (change.hangs_on_timezone) {
    b.condition(
        "a change between timestamp and timestamptz keeps the rows only while TimeZone is UTC");
  }
  if (change.guessed) {
    b.condition("the cast " + detail + " is not known: it is taken to write every row anew");
  }
  const bool collation_changes = c.column->collation != column->collation;
  for (const Table* table : work.tree()) {
    if (!table->column(c.name)) continue;
    if (change.rewrite) work.rewrite(*table, Cause::column_type, detail);
    recheck_expressions(work, *table, c.name);
    rebuild_indexes(work, *table, *column, type, change, collation_changes, detail);
    recheck_constraints(work, *table, *column, change);
  }
  for (const Sequence* sequence : b.catalog().sequences_owned_by(root.name, c.name)) {
    if (sequence->identity) b.lock(sequence->name, LockMode::share_row_exclusive);
  }
}

}  // namespace schemagate
