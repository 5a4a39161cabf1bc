// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/dependents.h"
#include "schema/lookup.h"

namespace schemagate::dependents {

void Finder::add(Kind kind, const QualifiedName& name, const std::string& part, bool automatic) {
  found.push_back({{kind, name, part}, automatic});
}

void Finder::look_at(const QualifiedName& holder, const QualifiedName& except) {
  if (const auto* table = find(catalog_.tables, holder); table != nullptr && holder != except)
    in_table(*table);
  if (const auto* view = find(catalog_.views, holder); view != nullptr && holder != except)
    in_view(*view);
  if (const auto* type = find(catalog_.types, holder); type != nullptr && holder != except)
    in_type(*type);
  in_functions(holder);
  in_objects(holder);
}

void Finder::in_table(const Table& table) {
  for (const auto& column : table.columns) {
    if (column.default_value && uses_(column.default_value->references)) {
      add(Kind::default_value, table.name, column.name);
    }
    if (column.generated != Generated::no && uses_(column.generation.references)) {
      add(Kind::column, table.name, column.name);
    }
  }
  for (const auto& constraint : table.constraints) {
    const auto& definition = constraint.definition;
    if (uses_(definition.expression.references) || uses_(definition.where.references)) {
      add(Kind::constraint, table.name, definition.name);
    }
  }
  for (const auto* index : catalog_.indexes_of(table.name)) in_index(*index);
  in_parts(table.name, table.triggers, table.rules);
  for (const auto& policy : table.policies) {
    if (uses_(policy.references)) add(Kind::policy, table.name, policy.name);
  }
}

void Finder::in_index(const Index& index) {
  const bool used =
      uses_(index.where.references) ||
      std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& element) {
        return uses_(element.expression.references);
      });
  if (!used) return;
  if (index.constraint.empty()) return add(Kind::index, index.name);
  add(Kind::constraint, index.table, index.constraint);
}

void Finder::in_parts(const QualifiedName& name, const std::vector<Trigger>& triggers,
                      const std::vector<TableObject>& rules) {
  for (const auto& trigger : triggers) {
    if (uses_(trigger.references)) add(Kind::trigger, name, trigger.name);
  }
  for (const auto& rule : rules) {
    if (uses_(rule.references)) add(Kind::rule, name, rule.name);
  }
}

void Finder::in_view(const View& view) {
  if (uses_(view.query.references)) add(Kind::view, view.name);
  in_parts(view.name, view.triggers, view.rules);
  for (const auto* index : catalog_.indexes_of(view.name)) in_index(*index);
}

void Finder::in_type(const Type& type) {
  if (type.default_value && uses_(type.default_value->references))
    add(Kind::domain_default, type.name);
  for (const auto& constraint : type.constraints) {
    if (uses_(constraint.definition.expression.references)) {
      add(Kind::domain_constraint, type.name, constraint.definition.name);
    }
  }
}

void Finder::in_functions(const QualifiedName& name) {
  const std::string prefix = to_sql(name) + "(";
  const auto& functions = catalog_.functions;
  for (auto at = functions.lower_bound(prefix);
       at != functions.end() && at->first.starts_with(prefix); ++at) {
    if (uses_(at->second.definition.references)) add(Kind::function, {}, at->first);
  }
}

void Finder::in_objects(const QualifiedName& name) {
  for (const auto& [key, object] : catalog_.objects) {
    // A publication only loses the table.
    if (object.object.name != name || object.object.kind == ObjectKind::publication) continue;
    if (!uses_(object.references)) continue;
    add(Kind::object, {}, key, object.object.kind == ObjectKind::statistics);
  }
}

Uses reads(const QualifiedName& relation) {
  return [&relation](const References& references) {
    return std::any_of(references.relations.begin(), references.relations.end(),
                       [&](const RelationUse& use) { return use.name == relation; });
  };
}

bool mentions(const References& references, const std::string& column) {
  return std::any_of(references.columns.begin(), references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column; });
}

}  // namespace schemagate::dependents
