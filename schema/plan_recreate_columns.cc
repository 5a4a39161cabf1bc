// SPDX-License-Identifier: MIT
// What reads a column that gets another type or comes anew.
#include <algorithm>

#include "schema/plan_recreate.h"

namespace schemagate::planning {

void Recreations::column_retyped(const QualifiedName& table, const std::string& column, int cause) {
  if (!seen_columns_.insert({table, column}).second) return;
  readers(table, column, cause);
  const Table *was = old_table(table), *now = new_table(table);
  if (was == nullptr || now == nullptr) return;
  const std::string thing = column_thing(table, column);
  const auto holds = [&](const Things& things) {
    return std::find(things.begin(), things.end(), thing) != things.end();
  };
  for (const Constraint& constraint : was->constraints) {
    const ConstraintDefinition& of = constraint.definition;
    const bool reads = reads_otherwise(of.expression, *was, *now, column) ||
                       reads_otherwise(of.where, *was, *now, column) ||
                       reads_otherwise(of.exclusion, *was, *now, column);
    if (reads && holds(uses_of(constraint, context_.before, *was)))
      recreate_constraint(table, of.name, cause);
  }
  for (const Index* index : context_.before.indexes_of(table)) {
    const bool reads = reads_otherwise(index->elements, *was, *now, column) ||
                       reads_otherwise(index->where, *was, *now, column);
    if (reads && holds(uses_of(*index, context_.before))) recreate_index(*index, cause);
  }
  foreign_keys(table, column, cause);
  for (const Table* child : context_.before.children_of(table))
    column_retyped(child->name, column, cause);
}

bool Recreations::uses(const Expression& expression, const std::string& column) {
  const auto& columns = expression.references.columns;
  return std::any_of(columns.begin(), columns.end(),
                     [&](const ColumnUse& use) { return use.name == column || use.name == "*"; });
}

bool Recreations::other_family(const Table& was, const Table& now,
                               const std::string& column) const {
  const Column *x = was.column(column), *y = now.column(column);
  if (x == nullptr || y == nullptr) return true;
  if (context_.rebuilt_types.count(y->type.name) != 0) return true;
  return !(casts_on_assignment(x->type, y->type, context_.after) &&
           casts_on_assignment(y->type, x->type, context_.after));
}

bool Recreations::reads_otherwise(const Expression& expression, const Table& was, const Table& now,
                                  const std::string& column) const {
  const bool list = mentions(expression.sql, "in") || mentions(expression.sql, "array");
  if (list && reads_varchar(expression, was)) return true;
  if (!uses(expression, column)) return false;
  const Column *x = was.column(column), *y = now.column(column);
  const bool other_name = x == nullptr || y == nullptr || x->type.name != y->type.name;
  return (other_name && list) || other_family(was, now, column);
}

bool Recreations::reads_otherwise(const std::vector<IndexElement>& elements, const Table& was,
                                  const Table& now, const std::string& column) const {
  return std::any_of(elements.begin(), elements.end(), [&](const IndexElement& element) {
    return reads_otherwise(element.expression, was, now, column);
  });
}

bool Recreations::reads_varchar(const Expression& expression, const Table& table) const {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    if (!uses(expression, column.name)) return false;
    const Type* domain = context_.before.type(column.type);
    const TypeName& type =
        domain != nullptr && domain->kind == TypeKind::domain ? domain->base : column.type;
    return type.name.name == "varchar";
  });
}

void Recreations::foreign_keys(const QualifiedName& table, const std::string& column, int cause) {
  const auto holds = [&](const std::vector<std::string>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  const auto check = [&](const Table& from, const Constraint& key) {
    const Table *was = old_table(table), *now = new_table(table);
    if (was == nullptr || now == nullptr) return;
    // The operators of a PERIOD compare values of one type only.
    const Column *x = was->column(column), *y = now->column(column);
    const bool one_type = key.definition.without_overlaps;
    const bool other_type = x == nullptr || y == nullptr || x->type.name != y->type.name;
    if ((one_type && other_type) || other_family(*was, *now, column))
      recreate_constraint(from.name, key.definition.name, cause);
  };
  for (const Constraint& constraint : old_table(table)->constraints) {
    if (constraint.definition.kind == ConstraintKind::foreign_key &&
        holds(constraint.definition.columns))
      check(*old_table(table), constraint);
  }
  for (const auto& [from, key] : context_.before.references_to(table)) {
    const Constraint* primary = old_table(table)->primary_key();
    const auto& columns = key->definition.referenced_columns;
    if (columns.empty() ? primary != nullptr && holds(primary->definition.columns) : holds(columns))
      check(*from, *key);
  }
}

void Recreations::stored_rows_retyped(const QualifiedName& table, int cause) {
  for (const auto& [holder, column] : context_.before.columns_of_type(table)) {
    if (!on_both_sides(holder->name, column->name)) continue;
    column_retyped(holder->name, column->name, cause);
    const std::string thing = column_thing(holder->name, column->name);
    const auto holds = [&](const Things& things) {
      return std::find(things.begin(), things.end(), thing) != things.end();
    };
    for (const Constraint& constraint : holder->constraints) {
      if (holds(uses_of(constraint, context_.before, *holder)))
        recreate_constraint(holder->name, constraint.definition.name, cause);
    }
    for (const Index* index : context_.before.indexes_of(holder->name)) {
      if (holds(uses_of(*index, context_.before))) recreate_index(*index, cause);
    }
  }
}

void Recreations::column_recreated(const QualifiedName& table, const std::string& column,
                                   int cause) {
  if (changed(ChangeKind::drop_column, table, column)) return;
  if (context_.recreated_columns.emplace(Key{table, column}, cause).second)
    column_dropped(table, column, cause);
}

void Recreations::column_dropped(const QualifiedName& table, const std::string& column, int cause) {
  seen_columns_.insert({table, column});
  if (!dropped_columns_.insert({table, column}).second) return;
  readers(table, column, cause);
  const Table* was = old_table(table);
  const std::string thing = column_thing(table, column);
  const auto holds = [&](const Things& things) {
    return std::find(things.begin(), things.end(), thing) != things.end();
  };
  for (const Constraint& constraint : was->constraints) {
    if (holds(uses_of(constraint, context_.before, *was)))
      recreate_constraint(table, constraint.definition.name, cause);
  }
  for (const Index* index : context_.before.indexes_of(table)) {
    if (index->constraint.empty() && holds(uses_of(*index, context_.before)))
      recreate_index(*index, cause);
  }
}

void Recreations::readers(const QualifiedName& table, const std::string& column, int cause) {
  for (const View* reader : context_.before.views_on(table, column)) view(reader->name, cause);
  const Table *was = old_table(table), *now = new_table(table);
  if (was == nullptr || now == nullptr) return;
  for (const Trigger& trigger : was->triggers) {
    if (mentions(trigger.definition, column))
      mark(context_.recreated_triggers, {table, trigger.name}, cause);
  }
  for (const Column& other : was->columns) {
    const bool reads = other.generated != Generated::no && uses(other.generation, column);
    if (reads && on_both_sides(table, other.name) && !(other.inherited && !other.local))
      column_recreated(table, other.name, cause);
  }
  table_objects_reading(table, column, cause);
  for (const auto& [key, reader] : context_.before.functions) {
    const auto& relations = reader.definition.references.relations;
    const bool reads = std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
      return resolved(use.name, context_.before) == table;
    });
    if (reads) function(key, cause);
  }
}

void Recreations::table_objects_reading(const QualifiedName& relation, const std::string& column,
                                        int cause) {
  for (const auto& [name, table] : context_.before.tables) {
    const auto reads = [&, &name = name](const TableObject& object) {
      if (name == relation && (column.empty() || mentions(object.definition, column)))
        return !column.empty();
      const auto& relations = object.references.relations;
      return std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
        return resolved(use.name, context_.before) == relation &&
               (column.empty() || mentions(object.definition, column));
      });
    };
    for (const TableObject& policy : table.policies) {
      if (reads(policy)) mark(context_.recreated_policies, {name, policy.name}, cause);
    }
    for (const TableObject& rule : table.rules) {
      if (reads(rule)) mark(context_.recreated_rules, {name, rule.name}, cause);
    }
  }
}

}  // namespace schemagate::planning
