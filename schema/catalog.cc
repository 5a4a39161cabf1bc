// SPDX-License-Identifier: MIT
#include "schema/catalog.h"

#include <algorithm>
#include <functional>

#include "schema/lookup.h"

namespace schemagate {
namespace {

bool is_parent(const Table& table, const QualifiedName& parent) {
  return table.partition_of == parent ||
         std::find(table.inherits.begin(), table.inherits.end(), parent) != table.inherits.end();
}

/// A bare name may belong to any relation of the query, a star to all of them.
bool reads_column(const References& references, const QualifiedName& relation,
                  std::string_view column) {
  for (const auto& use : references.relations) {
    if (use.name != relation) continue;
    const bool found = std::any_of(
        references.columns.begin(), references.columns.end(), [&](const ColumnUse& read) {
          const bool name_fits = read.name == column || read.name == "*";
          return name_fits && (read.qualifier.empty() || read.qualifier == use.alias);
        });
    if (found) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(RelationKind kind) {
  switch (kind) {
    case RelationKind::table:
      return "table";
    case RelationKind::partitioned_table:
      return "partitioned table";
    case RelationKind::foreign_table:
      return "foreign table";
    case RelationKind::index:
      return "index";
    case RelationKind::partitioned_index:
      return "partitioned index";
    case RelationKind::sequence:
      return "sequence";
    case RelationKind::view:
      return "view";
    case RelationKind::materialized_view:
      return "materialized view";
    case RelationKind::composite_type:
      return "composite type";
  }
  return "table";
}

bool Function::takes(int arguments) const {
  int inputs = 0, optional = 0;
  bool variadic = false;
  for (const FunctionArgument& one : definition.arguments) {
    const bool rest = one.mode == 'v';
    if (one.mode == 'i' || one.mode == 'b' || rest) ++inputs;
    if (one.default_value || rest) ++optional;
    variadic = variadic || rest;
  }
  return arguments >= inputs - optional && (arguments <= inputs || variadic);
}

const Column* Table::column(std::string_view wanted) const { return by_name(columns, wanted); }
Column* Table::column(std::string_view wanted) { return by_name(columns, wanted); }

const Constraint* Table::constraint(std::string_view wanted) const {
  const auto found =
      std::find_if(constraints.begin(), constraints.end(),
                   [&](const Constraint& one) { return one.definition.name == wanted; });
  return found == constraints.end() ? nullptr : &*found;
}

const Constraint* Table::primary_key() const {
  const auto found = std::find_if(
      constraints.begin(), constraints.end(),
      [](const Constraint& one) { return one.definition.kind == ConstraintKind::primary_key; });
  return found == constraints.end() ? nullptr : &*found;
}

std::optional<RelationKind> Catalog::relation_kind(const HashedName& name) const {
  if (const auto* table = find(tables, name)) return table->kind;
  if (const auto* index = find(indexes, name)) {
    const auto* table = find(tables, index->table);
    const bool partitioned = table != nullptr && table->kind == RelationKind::partitioned_table;
    return partitioned ? RelationKind::partitioned_index : RelationKind::index;
  }
  if (const auto* view = find(views, name)) {
    return view->materialized ? RelationKind::materialized_view : RelationKind::view;
  }
  if (find(sequences, name) != nullptr) return RelationKind::sequence;
  const auto* type = find(types, name);
  if (type != nullptr && type->kind == TypeKind::composite) return RelationKind::composite_type;
  return std::nullopt;
}

std::vector<const Index*> Catalog::indexes_of(const QualifiedName& table) const {
  return indexes.of(table);
}

bool Catalog::has_function(const QualifiedName& name) const {
  if (functions.empty()) return false;
  const std::string prefix = function_key(name, "(");
  const auto found = functions.lower_bound(prefix);
  return found != functions.end() && found->first.starts_with(prefix);
}

std::vector<const Table*> Catalog::children_of(const QualifiedName& table) const {
  std::vector<const Table*> found;
  for (const auto& name : users(links.children, table)) {
    const auto* child = find(tables, name);
    if (child != nullptr && is_parent(*child, table)) found.push_back(child);
  }
  return found;
}

std::vector<const Table*> Catalog::tree_of(const QualifiedName& table) const {
  std::vector<const Table*> tree;
  const auto* root = find(tables, table);
  if (root == nullptr) return tree;
  tree.push_back(root);
  if (users(links.children, table).empty()) return tree;
  std::set<const Table*> seen{root};
  for (std::size_t next = 0; next < tree.size(); ++next) {
    for (const auto* child : children_of(tree[next]->name)) {
      // A child of two parents (INHERITS) is in the tree once.
      if (seen.insert(child).second) tree.push_back(child);
    }
  }
  return tree;
}

const Table* Catalog::default_partition_of(const QualifiedName& table) const {
  const auto children = children_of(table);
  const auto found = std::find_if(children.begin(), children.end(), [&](const Table* child) {
    return child->partition_of == table && child->bound && child->bound->is_default;
  });
  return found == children.end() ? nullptr : *found;
}

std::vector<std::pair<const Table*, const Constraint*>> Catalog::references_to(
    const QualifiedName& table) const {
  std::vector<std::pair<const Table*, const Constraint*>> found;
  for (const auto& name : users(links.referrers, table)) {
    const auto* referrer = find(tables, name);
    if (referrer == nullptr) continue;
    for (const auto& constraint : referrer->constraints) {
      const auto& definition = constraint.definition;
      if (definition.kind == ConstraintKind::foreign_key && definition.referenced == table) {
        found.emplace_back(referrer, &constraint);
      }
    }
  }
  return found;
}

std::vector<const Sequence*> Catalog::sequences_owned_by(const QualifiedName& table,
                                                         std::string_view column) const {
  std::vector<const Sequence*> found;
  for (const auto& name : users(links.sequences, table)) {
    const auto* sequence = find(sequences, name);
    if (sequence == nullptr || sequence->owner_table != table) continue;
    if (column.empty() || sequence->owner_column == column) found.push_back(sequence);
  }
  return found;
}

std::vector<const View*> Catalog::views_on(const QualifiedName& relation,
                                           std::string_view column) const {
  std::vector<const View*> found;
  for (const auto& name : users(links.readers, relation)) {
    const auto* view = find(views, name);
    if (view == nullptr) continue;
    const auto& read = view->query.references.relations;
    const bool reads = std::any_of(read.begin(), read.end(),
                                   [&](const RelationUse& use) { return use.name == relation; });
    if (!reads) continue;
    if (column.empty() || reads_column(view->query.references, relation, column))
      found.push_back(view);
  }
  return found;
}

const Type* Catalog::type(const TypeName& wanted) const {
  const Type* found = find(types, wanted.name);
  // A domain can't contain itself, but a file can say so.
  for (int depth = 0; found != nullptr && found->kind == TypeKind::domain && depth < 100; ++depth) {
    const Type* base = find(types, found->base.name);
    if (base == nullptr) break;
    found = base;
  }
  return found;
}

std::vector<std::pair<const Table*, const Column*>> Catalog::columns_of_type(
    const QualifiedName& type) const {
  std::vector<QualifiedName> containers{type};
  std::set<QualifiedName> seen{type};
  std::vector<std::pair<const Table*, const Column*>> found;
  for (std::size_t next = 0; next < containers.size(); ++next) {
    const QualifiedName inner = containers[next];
    for (const auto& user : users(links.type_users, inner)) {
      if (const auto* table = find(tables, user)) {
        for (const auto& column : table->columns) {
          if (column.type.name == inner) found.emplace_back(table, &column);
        }
      }
      const auto* container = find(types, user);
      if (container == nullptr || seen.count(user) != 0) continue;
      const bool holds =
          container->base.name == inner ||
          std::any_of(container->attributes.begin(), container->attributes.end(),
                      [&](const Column& attribute) { return attribute.type.name == inner; });
      if (holds) {
        seen.insert(user);
        containers.push_back(user);
      }
    }
  }
  return found;
}

bool Catalog::domain_is_constrained(const TypeName& wanted) const {
  if (wanted.array_dimensions > 0) return false;
  const Type* domain = find(types, wanted.name);
  for (int depth = 0; domain != nullptr && domain->kind == TypeKind::domain && depth < 100;
       ++depth) {
    if (domain->not_null || !domain->constraints.empty()) return true;
    if (domain->base.array_dimensions > 0) return false;
    domain = find(types, domain->base.name);
  }
  return false;
}

std::string function_key(const QualifiedName& name, const std::string& signature) {
  return to_sql(name) + signature;
}

std::string signature_of(const CreateFunction& function) {
  std::string signature = "(";
  for (const auto& argument : function.arguments) {
    if (argument.mode == 'o' || argument.mode == 't') continue;
    TypeName type = argument.type;
    type.modifiers.clear();
    type.interval_fields.clear();
    if (signature.size() > 1) signature += ", ";
    signature += to_sql(type);
  }
  return signature + ")";
}

QualifiedName multirange_of(const Type& range) {
  for (const auto& [option, value] : range.options) {
    if (option != "multirange_type_name") continue;
    const auto point = value.find('.');
    if (point == std::string::npos) return {range.name.schema, value};
    return {value.substr(0, point), value.substr(point + 1)};
  }
  // https://www.postgresql.org/docs/current/sql-createtype.html
  std::string name = range.name.name;
  const auto at = name.find("range");
  if (at != std::string::npos)
    name.insert(at, "multi");
  else
    name += "_multirange";
  return {range.name.schema, name};
}

}  // namespace schemagate
