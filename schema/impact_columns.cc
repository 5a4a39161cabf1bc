// SPDX-License-Identifier: MIT
// ALTER TABLE's commands about columns.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/constant_folding.h"
#include "schema/constant_values.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_defaults.h"
#include "schema/impact_drop.h"
#include "schema/impact_expressions.h"
#include "schema/impact_sequence.h"
#include "schema/impact_types.h"

namespace schemagate {
namespace {

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

/// The tables that gain the column, all that are looked at locked. A child that has a column of
/// that name keeps its own, and its children are not reached.
std::vector<const Table*> tables_that_gain(AlterTableWork& work, const std::string& column) {
  std::vector<const Table*> gaining{&work.root};
  for (std::size_t i = 0; i < gaining.size() && !work.s.only; ++i) {
    for (const Table* child : work.b.catalog().children_of(gaining[i]->name)) {
      work.b.lock_table(*child, work.lock_mode);
      const bool seen = std::find(gaining.begin(), gaining.end(), child) != gaining.end();
      if (!seen && !child->column(column)) gaining.push_back(child);
    }
  }
  return gaining;
}

/// From 18 on NOT NULL is a constraint, which goes on to the columns that were there already.
void check_merged_columns(AlterTableWork& work, const std::string& name) {
  for (const Table* table : work.tree()) {
    const Column* column = table->column(name);
    if (column && !column->not_null) work.scan(*table, Cause::not_null, name);
  }
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
  const auto tables = tables_that_gain(work, c.name);
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
  if (c.not_null && b.major() >= 18) check_merged_columns(work, c.name);
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

namespace {

/// ATPrepDropExpression: the server looks at each table below as if ONLY were written.
bool leaves_children_out(const AlterTableWork& work) {
  const auto& catalog = work.b.catalog();
  const auto children = catalog.children_of(work.root.name);
  return work.s.only ? !children.empty()
                     : std::any_of(children.begin(), children.end(), [&](const Table* child) {
                         return !catalog.children_of(child->name).empty();
                       });
}

}  // namespace

void alter_expression(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const Column* column = work.root.column(c.name);
  if (!column) return;
  const bool drops = c.action == AlterTableAction::drop_expression;
  if (drops && column->inherited) {
    b.fail("42P16", "cannot drop generation expression from inherited column");
  } else if (drops && leaves_children_out(work)) {
    b.fail("0A000", "ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
  }
  if (b.failed()) return;
  if (column->generated == Generated::no) {
    if (!c.if_exists) {
      b.fail("55000", "column " + quoted(c.name) + " of relation " + quoted(work.root.name.name) +
                          " is not a generated column");
    }
    if (drops) work.tree();
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

}  // namespace schemagate
