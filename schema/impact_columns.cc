// SPDX-License-Identifier: MIT
// ALTER TABLE's commands about columns.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/constant_folding.h"
#include "schema/constant_values.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_constraints.h"
#include "schema/impact_defaults.h"
#include "schema/impact_drop.h"
#include "schema/impact_expressions.h"
#include "schema/impact_sequence.h"
#include "schema/impact_types.h"

namespace schemagate {
namespace {

bool is_serial(const TypeName& type) {
  const std::string& name = type.name.name;
  return type.name.schema.empty() &&
         (name == "serial" || name == "bigserial" || name == "smallserial" || name == "serial2" ||
          name == "serial4" || name == "serial8");
}

const Type* domain_of(const ImpactBuilder& b, const TypeName& type) {
  const auto name = resolve_type(b.catalog(), b.session(), type.name);
  const auto found = name ? b.catalog().types.find(*name) : b.catalog().types.end();
  return found == b.catalog().types.end() || found->second.kind != TypeKind::domain
             ? nullptr
             : &found->second;
}

bool domain_refuses_null(const ImpactBuilder& b, const TypeName& type) {
  const Type* domain = type.array_dimensions == 0 ? domain_of(b, type) : nullptr;
  if (!domain) return false;
  return domain->not_null || domain_refuses_null(b, domain->base);
}

/// The domain's own default, down its chain.
const Expression* domain_default(const ImpactBuilder& b, const TypeName& type) {
  const Type* domain = type.array_dimensions == 0 ? domain_of(b, type) : nullptr;
  if (!domain) return nullptr;
  return domain->default_value ? &*domain->default_value : domain_default(b, domain->base);
}

/// A default that gives every row a value.
bool has_value(const ImpactBuilder& b, const ColumnDefinition& c) {
  if (is_serial(c.type) || c.identity != Identity::no || c.generated != Generated::no) return true;
  if (c.default_value) return c.default_value->kind != ExpressionKind::null_constant;
  return domain_default(b, c.type) != nullptr;
}

/// Why the new column makes the server write every row anew, if it does.
std::optional<Reason> rewrite_reason(const ImpactBuilder& b, const ColumnDefinition& c) {
  if (is_serial(c.type)) return Reason{Cause::serial_column, to_sql(c.type.name), -1};
  if (c.identity != Identity::no)
    return Reason{Cause::identity_column, "GENERATED AS IDENTITY", -1};
  if (c.generated == Generated::stored)
    return Reason{Cause::stored_generated, c.generation.sql, -1};
  if (is_constrained_domain(b, c.type)) {
    return Reason{Cause::constrained_domain, to_sql(c.type), -1};
  }
  const Expression* value = c.default_value ? &*c.default_value : domain_default(b, c.type);
  if (value) {
    if (const auto call = volatile_call(b, *value))
      return Reason{Cause::volatile_default, *call, -1};
  }
  return std::nullopt;
}

/// Why no column of that shape can be added to a table with rows, or nothing.
bool refuses_rows(AlterTableWork& work, const ColumnDefinition& c, bool key) {
  ImpactBuilder& b = work.b;
  const std::string& table = work.root.name.name;
  if (!has_value(b, c) && domain_refuses_null(b, c.type)) {
    b.fail("23502", "domain " + c.type.name.name + " does not allow null values");
    return true;
  }
  if (!has_value(b, c) && (c.not_null || key)) {
    b.fail("23502",
           "column " + quoted(c.name) + " of relation " + quoted(table) + " contains null values");
    return true;
  }
  return false;
}

void lock_default_sequences(ImpactBuilder& b, const Expression& expression) {
  for (const QualifiedName& written : live_references(expression).sequences) {
    if (const auto name = b.resolve(written)) b.lock(*name, LockMode::row_exclusive);
  }
}

bool any_rows(const ImpactBuilder& b, const std::vector<const Table*>& tables) {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const Table* t) { return has_storage(*t) && !b.is_empty(*t); });
}

}  // namespace

void alter_add_column(AlterTableWork& work, const AlterTableCommand& command) {
  if (!command.column) return;
  ImpactBuilder& b = work.b;
  const ColumnDefinition& c = *command.column;
  const Table& root = work.root;
  if (!root.partition_of.empty()) {
    b.fail("42809", "cannot add column to a partition");
    return;
  }
  const bool exists =
      root.column(c.name) != nullptr && !work.at(root).dropped_columns.contains(c.name);
  if (exists) {
    if (!command.if_not_exists) {
      b.fail("42701", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " already exists");
    }
    return;
  }
  if (is_system_column(c.name)) {
    b.fail("42701", "column name " + quoted(c.name) + " conflicts with a system column name");
    return;
  }
  const auto is_key = [](const ConstraintDefinition& constraint) {
    return constraint.kind == ConstraintKind::primary_key;
  };
  const bool key = std::any_of(c.constraints.begin(), c.constraints.end(), is_key);
  const auto tables = work.tree();
  check_new_column(b, c, root.name.name);
  const bool identity_of_all = is_partitioned(root) && b.major() >= 17;
  if (work.has_children() && !work.s.only && c.identity != Identity::no && !identity_of_all)
    b.fail("42P16", "cannot recursively add identity column to table that has child tables");
  if (c.type.array_dimensions == 0 &&
      resolve_type(b.catalog(), b.session(), c.type.name) == root.name) {
    b.fail("42P16", "composite type " + root.name.name + " cannot be made a member of itself");
  }
  if (c.default_value) {
    check_default(b, c.name, c.type, *c.default_value);
    const auto unfit = unfit_constant(b, c.type, c.default_value->sql);
    if (unfit) b.fail(unfit->sqlstate, unfit->reason);
  }
  if (c.generated != Generated::no) check_generation(b, c, work.columns());
  if (c.identity != Identity::no) check_sequence_options(b, c.identity_options, c.type);
  if (work.has_children() && work.s.only)
    b.fail("42P16", "column must be added to child tables too");
  if (b.failed() || (any_rows(b, tables) && refuses_rows(work, c, key))) return;
  if (auto reason = rewrite_reason(b, c)) {
    for (const Table* table : tables) work.rewrite(*table, reason->cause, reason->detail);
    if (c.default_value && any_rows(b, tables)) {
      lock_default_sequences(b, *c.default_value);
      b.run_functions(live_references(*c.default_value));
    }
  } else if (c.default_value && any_rows(b, tables)) {
    b.run_functions(live_references(*c.default_value));  // once
  }
  if (c.generated == Generated::virtual_ && c.not_null) {
    for (const Table* table : tables) work.scan(*table, Cause::not_null, c.name);
  }
  for (const Table* table : tables) {
    work.at(*table).added_columns[c.name] = c;
    if (c.not_null) work.at(*table).made_not_null.insert(c.name);
  }
  for (ConstraintDefinition constraint : c.constraints) {
    if (constraint.kind == ConstraintKind::not_null) continue;
    if (constraint.columns.empty()) constraint.columns = {c.name};
    // Without a default every value is NULL: a foreign key holds without looking.
    const bool null_key = constraint.kind == ConstraintKind::foreign_key && !c.default_value &&
                          c.generated == Generated::no && !is_serial(c.type);
    const bool nulls = c.default_value && c.default_value->kind == ExpressionKind::null_constant;
    alter_add_constraint(work, constraint, true,
                         null_key ? KeyRows::unread
                         : nulls  ? KeyRows::nulls
                                  : KeyRows::values);
  }
}

namespace {

/// A foreign key of the table itself refers to the column, and does not go with it.
void check_own_keys(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const AlteredTable& altered = work.at(work.root);
  for (const Constraint& constraint : work.root.constraints) {
    const ConstraintDefinition& key = constraint.definition;
    if (key.kind != ConstraintKind::foreign_key || b.resolve(key.referenced) != work.root.name ||
        altered.dropped_constraints.contains(key.name) || contains(key.columns, c.name) ||
        !contains(referenced_columns(b.catalog(), key), c.name) || c.cascade)
      continue;
    b.fail("2BP01", "cannot drop column " + c.name + " of table " + work.root.name.name +
                        " because other objects depend on it");
  }
}

}  // namespace

void alter_drop_column(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Column* column = work.root.column(c.name);
  if (!column) {
    if (!c.if_exists) {
      b.fail("42703", "column " + quoted(c.name) + " of relation " + quoted(work.root.name.name) +
                          " does not exist");
    }
    return;
  }
  if (column->inherited) {
    b.fail("42P16", "cannot drop inherited column " + quoted(c.name));
    return;
  }
  if (work.s.only && is_partitioned(work.root) && work.has_children()) {
    b.fail("42P16", "cannot drop column from only the partitioned table when partitions exist");
    return;
  }
  std::vector<const Table*> tables{&work.root};
  if (work.s.only) {
    // The children are told that the column is now their own.
    for (const Table* child : b.catalog().children_of(work.root.name)) {
      b.lock(child->name, LockMode::access_exclusive);
    }
  } else {
    tables = work.tree();
  }
  for (const Table* table : tables) {
    const auto& key = table->partition_by;
    const bool in_key =
        key && std::any_of(key->elements.begin(), key->elements.end(), [&](const IndexElement& e) {
          return e.column == c.name || expression_uses_column(e.expression, c.name);
        });
    if (!in_key) continue;
    b.fail("42P16", "cannot drop column " + quoted(c.name) +
                        " because it is part of the partition key of relation " +
                        quoted(table->name.name));
    return;
  }
  check_own_keys(work, c);
  DropWalk walk(b, c.cascade);
  for (const Table* table : tables) {
    if (!table->column(c.name)) continue;
    walk.column(*table, c.name);
    AlteredTable& altered = work.at(*table);
    altered.dropped_columns.insert(c.name);
    for (const Index* index : b.catalog().indexes_of(table->name)) {
      if (index_uses_column(*index, c.name)) altered.dropped_indexes.insert(index->name);
    }
    for (const Constraint& constraint : table->constraints) {
      if (contains(constraint.definition.columns, c.name) ||
          expression_uses_column(constraint.definition.expression, c.name)) {
        altered.dropped_constraints.insert(constraint.definition.name);
      }
    }
  }
}

void alter_set_not_null(AlterTableWork& work, const std::string& name) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Column* column = root.column(name);
  AlteredTable& own = work.at(root);
  if (!column && !own.added_columns.contains(name)) {
    b.fail("42703",
           "column " + quoted(name) + " of relation " + quoted(root.name.name) + " does not exist");
    return;
  }
  const auto added = own.added_columns.find(name);
  const bool nulls = added != own.added_columns.end() && !has_value(b, added->second);
  if (nulls && any_rows(b, b.catalog().tree_of(root.name))) {
    b.fail("23502", "column " + quoted(name) + " of relation " + quoted(root.name.name) +
                        " contains null values");
    return;
  }
  const bool already = own.made_not_null.contains(name) ||
                       (column && column->not_null && !column->not_null_not_valid);
  if (already) {
    // Up to 17 an inheritance tree was walked all the same.
    if (b.major() < 18 && !is_partitioned(root)) work.tree();
    return;
  }
  if (work.s.only && is_partitioned(root) && work.has_children()) {
    b.fail("42P16", "constraint must be added to child tables too");
    return;
  }
  for (const Table* table : work.tree()) {
    AlteredTable& altered = work.at(*table);
    const Column* here = table->column(name);
    const bool holds = (here && here->not_null && !here->not_null_not_valid) ||
                       altered.made_not_null.contains(name);
    altered.made_not_null.insert(name);
    if (holds || check_proves_not_null(*table, &altered, name)) continue;
    work.scan(*table, Cause::not_null, name);
  }
}

void alter_drop_not_null(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Column* column = root.column(c.name);
  if (!column) return;
  if (column->identity != Identity::no) {
    b.fail("42601", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                        " is an identity column");
    return;
  }
  const Constraint* primary = root.primary_key();
  if (primary && contains(primary->definition.columns, c.name) && column->not_null) {
    b.fail("42P16", "column " + quoted(c.name) + " is in a primary key");
    return;
  }
  if (b.major() >= 18 && !column->not_null) return;
  const Table* parent = root.partition_of.empty() ? nullptr : b.table(root.partition_of);
  const Column* above = parent ? parent->column(c.name) : nullptr;
  if (above && above->not_null) {
    b.fail("42P16", "column " + quoted(c.name) + " is marked NOT NULL in parent table");
    return;
  }
  if (b.major() >= 18 && parent == nullptr) {
    for (const QualifiedName& name : root.inherits) {
      const Table* ancestor = b.table(name);
      const Column* there = ancestor ? ancestor->column(c.name) : nullptr;
      if (there && there->not_null) {
        b.fail("42P16", "cannot drop inherited constraint of relation " + quoted(root.name.name));
        return;
      }
    }
  }
  if (!work.s.only) {
    work.tree();
  } else if (b.major() >= 18) {
    for (const Table* child : b.catalog().children_of(root.name)) {
      b.lock(child->name, LockMode::access_exclusive);
    }
  } else if (is_partitioned(root) && work.has_children()) {
    b.fail("42P16",
           "cannot remove constraint from only the partitioned table when partitions exist");
  }
}

void alter_expression(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Column* column = work.root.column(c.name);
  if (!column) return;
  const bool drops = c.action == AlterTableAction::drop_expression;
  if (drops && column->inherited) {
    b.fail("42P16", "cannot drop generation expression from inherited column");
  } else if (drops && work.has_children()) {
    b.fail("0A000", "ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
  }
  if (b.failed()) return;
  if (column->generated == Generated::no) {
    if (!c.if_exists) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(work.root.name.name) +
                          " is not a generated column");
    }
    return;
  }
  if (drops) {
    if (column->generated == Generated::virtual_) {
      b.fail("0A000",
             "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns");
    }
    work.tree();
    return;
  }
  check_expression(b, c.expression, ExpressionPlace::generation, work.columns());
  const auto tables = work.tree();
  for (const Table* table : tables) {
    if (column->generated == Generated::stored) {
      work.rewrite(*table, Cause::set_expression, c.expression.sql);
      continue;
    }
    const bool checked = std::any_of(table->constraints.begin(), table->constraints.end(),
                                     [](const Constraint& constraint) {
                                       return constraint.definition.kind == ConstraintKind::check;
                                     });
    if (checked) {
      b.fail(
          "0A000",
          "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns in tables "
          "with check constraints");
      return;
    }
    if (column->not_null) work.scan(*table, Cause::set_expression, c.expression.sql);
  }
}

void alter_identity(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  const Column* column = root.column(c.name);
  if (!column) return;
  if (c.action == AlterTableAction::add_identity && !is_exactly_integer(column->type)) {
    b.fail("22023", "identity column type must be smallint, integer, or bigint");
    return;
  }
  if (b.major() >= 17) {
    const bool sets = c.action == AlterTableAction::set_identity;
    const std::string verb = sets                                         ? "change identity of"
                             : c.action == AlterTableAction::add_identity ? "add identity to"
                                                                          : "drop identity from";
    if (!root.partition_of.empty()) {
      b.fail("42P16", "cannot " + verb + " a column of a partition");
      return;
    }
    if (is_partitioned(root) && work.s.only && work.has_children()) {
      b.fail("42P16", "cannot " + verb + " a column of only the partitioned table");
      return;
    }
  }
  if (c.action == AlterTableAction::add_identity) {
    if (!column->not_null && !work.at(root).made_not_null.contains(c.name)) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " must be declared NOT NULL before identity can be added");
    } else if (column->identity != Identity::no) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " is already an identity column");
    } else if (column->default_value && !work.at(root).dropped_defaults.contains(c.name)) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " already has a default value");
    }
  } else if (column->identity == Identity::no) {
    if (!(c.action == AlterTableAction::drop_identity && c.if_exists)) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(root.name.name) +
                          " is not an identity column");
    }
  }
  if (column->identity == Identity::no && c.action != AlterTableAction::add_identity) return;
  if (b.major() >= 17 && is_partitioned(root)) work.tree();
  const LockMode mode = c.action == AlterTableAction::drop_identity ? LockMode::access_exclusive
                                                                    : LockMode::share_row_exclusive;
  for (const Sequence* sequence : b.catalog().sequences_owned_by(root.name, c.name)) {
    if (sequence->identity) b.lock(sequence->name, mode);
  }
}

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
  for (const Table* table : work.tree()) {
    if (dependents_refuse_type(work, *table, c.name)) return;
  }
  const bool has_default = !work.at(root).dropped_defaults.contains(c.name);
  if (has_default && !default_can_follow(b, *column, type)) {
    b.fail("42804", "default for column " + quoted(c.name) +
                        " cannot be cast automatically to type " + to_sql(type));
    return;
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
