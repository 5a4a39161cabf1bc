// SPDX-License-Identifier: MIT
// What stands on a type or collation that comes anew.
#include <algorithm>

#include "schema/plan_recreate.h"

namespace schemagate::planning {

void Recreations::casters(const QualifiedName& type, int cause) {
  const auto casts = [&](const References& references) {
    return std::any_of(references.types.begin(), references.types.end(), [&](const TypeName& to) {
      return resolved(to.name, context_.before) == type;
    });
  };
  users(casts, cause, type);
  for (const auto& [key, caster] : context_.before.functions) {
    if (casts(caster.definition.references)) function(key, cause);
  }
}

bool Recreations::is_contained(const QualifiedName& domain) const {
  const auto columns = context_.before.columns_of_type(domain);
  return std::any_of(columns.begin(), columns.end(), [&](const auto& use) {
    const auto& [table, column] = use;
    const Table* now = new_table(table->name);
    const Column* after = now == nullptr ? nullptr : now->column(column->name);
    if (after == nullptr || !(after->type == column->type)) return false;
    const Type* type = context_.before.type(column->type);
    return column->type.array_dimensions > 0 || (type != nullptr && type->kind != TypeKind::domain);
  });
}

bool Recreations::is_stored(const QualifiedName& type) const {
  return !context_.before.columns_of_type(type).empty();
}

void Recreations::type_rebuilt(const QualifiedName& name, int cause) {
  if (!context_.rebuilt_types.emplace(name, cause).second) return;
  for (const auto& [table, column] : context_.before.columns_of_type(name)) {
    if (!on_both_sides(table->name, column->name)) continue;
    if (column->type.name == name) column_retyped(table->name, column->name, cause);
  }
  range_goes(name, cause);
  for (const auto& [other, type] : context_.before.types) {
    const bool built_on =
        type.base.name == name || std::any_of(type.attributes.begin(), type.attributes.end(),
                                              [&](const Column& c) { return c.type.name == name; });
    if (built_on && context_.after.types.count(other) != 0) type_rebuilt(other, cause);
  }
  functions_over(name, cause);
  casters(name, cause);
  objects_over(name.name, cause);
  constructors(name, cause);
}

void Recreations::constructors(const QualifiedName& name, int cause) {
  const Type& was = context_.before.types.at(name);
  if (was.kind != TypeKind::range) return;
  const std::string multirange = multirange_of(was).name;
  const auto calls = [&](const References& references) {
    return std::any_of(references.functions.begin(), references.functions.end(),
                       [&](const FunctionUse& use) {
                         return use.name.name == name.name || use.name.name == multirange;
                       });
  };
  users(calls, cause);
  for (const auto& [key, caller] : context_.before.functions) {
    if (calls(caller.definition.references)) function(key, cause);
  }
}

void Recreations::collation_replaced(const std::string& key, int cause) {
  const std::string name = key.substr(std::string_view("COLLATION ").size());
  for (const auto& [table_name, table] : context_.before.tables) {
    for (const Column& column : table.columns) {
      if (column.collation == name && on_both_sides(table_name, column.name))
        column_retyped(table_name, column.name, cause);
    }
  }
  for (const auto& [index_name, index] : context_.before.indexes) {
    const bool uses =
        std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& e) {
          return e.collation == name || mentions(e.expression.sql, name);
        });
    if (uses) recreate_index(index, cause);
  }
  for (const auto& [type_name, type] : context_.before.types) {
    if (type.collation == name && context_.after.types.count(type_name) != 0)
      type_rebuilt(type_name, cause);
  }
  const std::string bare = name.substr(name.rfind('.') + 1);
  for (const auto& [view_name, reader] : context_.before.views) {
    if (mentions(reader.query.sql, bare)) view(view_name, cause);
  }
}

void Recreations::range_goes(const QualifiedName& name, int cause) {
  const Type& was = context_.before.types.at(name);
  if (was.kind != TypeKind::range) return;
  for (const auto& [table_name, table] : context_.before.tables) {
    for (const Column& column : table.columns) {
      if (column.type.name != name && column.type.name != multirange_of(was)) continue;
      const std::string thing = column_thing(table_name, column.name);
      const auto holds = [&](const Things& things) {
        return std::find(things.begin(), things.end(), thing) != things.end();
      };
      for (const Constraint& constraint : table.constraints) {
        if (holds(uses_of(constraint, context_.before, table)))
          recreate_constraint(table_name, constraint.definition.name, cause);
      }
      for (const Index* index : context_.before.indexes_of(table_name)) {
        if (index->constraint.empty() && holds(uses_of(*index, context_.before)))
          recreate_index(*index, cause);
      }
    }
  }
}

}  // namespace schemagate::planning
