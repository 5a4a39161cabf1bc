// SPDX-License-Identifier: MIT
// What hangs on tables, columns, constraints, indexes, sequences and views.
#include <algorithm>

#include "schema/dependents.h"
#include "schema/lookup.h"

namespace schemagate::dependents {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Statistics objects name their table; publications only lose it.
void add_statistics(const Catalog& catalog, const QualifiedName& table, const std::string& column,
                    Finder& finder) {
  const std::string prefix = "STATISTICS ";
  for (auto at = catalog.objects.lower_bound(prefix);
       at != catalog.objects.end() && at->first.starts_with(prefix); ++at) {
    const auto& references = at->second.references;
    if (!reads(table)(references)) continue;
    if (column.empty() || mentions(references, column))
      finder.add(Kind::object, {}, at->first, true);
  }
}

void add_readers(const Catalog& catalog, const QualifiedName& relation, Finder& finder) {
  for (const auto& holder : users(catalog.links.readers, relation)) {
    finder.look_at(holder, relation);
  }
}

}  // namespace

std::vector<Dependent> of_table(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, reads(name));
  for (const auto* index : catalog.indexes_of(name)) finder.add(Kind::index, index->name, {}, true);
  for (const auto* sequence : catalog.sequences_owned_by(name))
    finder.add(Kind::sequence, sequence->name, {}, true);
  for (const auto* child : catalog.children_of(name)) {
    finder.add(Kind::table, child->name, {}, child->partition_of == name);
  }
  for (const auto& [referrer, constraint] : catalog.references_to(name)) {
    if (referrer->name != name)
      finder.add(Kind::constraint, referrer->name, constraint->definition.name);
  }
  add_readers(catalog, name, finder);
  add_statistics(catalog, name, "", finder);
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

namespace {

bool index_mentions(const Index& index, const std::string& column) {
  return contains(index.include, column) || mentions(index.where.references, column) ||
         std::any_of(
             index.elements.begin(), index.elements.end(), [&](const IndexElement& element) {
               return element.column == column || mentions(element.expression.references, column);
             });
}

bool constraint_mentions(const ConstraintDefinition& definition, const std::string& column) {
  return contains(definition.columns, column) || contains(definition.include, column) ||
         mentions(definition.expression.references, column) ||
         mentions(definition.where.references, column) ||
         std::any_of(definition.exclusion.begin(), definition.exclusion.end(),
                     [&](const IndexElement& element) {
                       return element.column == column ||
                              mentions(element.expression.references, column);
                     });
}

/// A trigger's UPDATE OF columns and the NEW and OLD of its WHEN.
bool trigger_mentions(const Trigger& trigger, const std::string& column) {
  return mentions(trigger.references, column);
}

void add_parts_with_column(const Catalog& catalog, const Table& table, const std::string& column,
                           Finder& finder) {
  for (const auto& constraint : table.constraints) {
    if (!constraint_mentions(constraint.definition, column)) continue;
    finder.add(Kind::constraint, table.name, constraint.definition.name, true);
  }
  for (const auto* index : catalog.indexes_of(table.name)) {
    if (index->constraint.empty() && index_mentions(*index, column))
      finder.add(Kind::index, index->name, {}, true);
  }
  for (const auto& other : table.columns) {
    const bool generated =
        other.generated != Generated::no && mentions(other.generation.references, column);
    if (generated) finder.add(Kind::column, table.name, other.name);
  }
  for (const auto& trigger : table.triggers) {
    if (trigger_mentions(trigger, column)) finder.add(Kind::trigger, table.name, trigger.name);
  }
  for (const auto& policy : table.policies) {
    if (mentions(policy.references, column)) finder.add(Kind::policy, table.name, policy.name);
  }
  for (const auto& rule : table.rules) {
    if (mentions(rule.references, column)) finder.add(Kind::rule, table.name, rule.name);
  }
}

}  // namespace

std::vector<Dependent> of_column(const Catalog& catalog, const QualifiedName& name,
                                 const std::string& column) {
  Finder finder(catalog, [&](const References& references) {
    return reads(name)(references) && (mentions(references, column) || mentions(references, "*"));
  });
  const Table* table = find(catalog.tables, name);
  if (table == nullptr) return {};
  add_parts_with_column(catalog, *table, column, finder);
  for (const auto* sequence : catalog.sequences_owned_by(name, column)) {
    finder.add(Kind::sequence, sequence->name, {}, true);
  }
  for (const auto& [referrer, constraint] : catalog.references_to(name)) {
    if (!contains(constraint->definition.referenced_columns, column)) continue;
    const bool own = referrer->name == name;
    finder.add(Kind::constraint, referrer->name, constraint->definition.name, own);
  }
  for (const auto* view : catalog.views_on(name, column)) finder.add(Kind::view, view->name);
  for (const auto& holder : users(catalog.links.readers, name)) {
    if (find(catalog.views, holder) == nullptr) finder.look_at(holder, name);
  }
  add_statistics(catalog, name, column, finder);
  for (const auto* child : catalog.children_of(name)) {
    const auto* below = child->column(column);
    if (below != nullptr && below->inherited && !below->local)
      finder.add(Kind::column, child->name, column, true);
  }
  return std::move(finder.found);
}

namespace {

bool is_on_columns(const Index& index, std::vector<std::string> columns) {
  std::vector<std::string> key;
  for (const auto& element : index.elements) key.push_back(element.column);
  std::sort(key.begin(), key.end());
  std::sort(columns.begin(), columns.end());
  return key == columns;
}

bool is_key_for(const Index& index, const std::vector<std::string>& columns) {
  return index.unique && index.where.empty() && is_on_columns(index, columns);
}

/// Foreign keys that need this unique index: they chose the first one that fits, the primary key
/// before others.
void add_foreign_keys_on(const Catalog& catalog, const Index& index, Finder& finder) {
  if (!index.unique) return;
  const Table* table = find(catalog.tables, index.table);
  const auto* primary = table == nullptr ? nullptr : table->primary_key();
  const bool is_primary = primary != nullptr && index.constraint == primary->definition.name;
  for (const auto& [referrer, constraint] : catalog.references_to(index.table)) {
    const auto& columns = constraint->definition.referenced_columns;
    if (!is_key_for(index, columns)) continue;
    const auto others = catalog.indexes_of(index.table);
    const bool replaceable =
        !is_primary && std::any_of(others.begin(), others.end(), [&](const Index* other) {
          return other->name != index.name && is_key_for(*other, columns);
        });
    if (!replaceable) finder.add(Kind::constraint, referrer->name, constraint->definition.name);
  }
}

void add_attached_indexes(const Catalog& catalog, const Index& index, Finder& finder) {
  for (const auto* child : catalog.children_of(index.table)) {
    for (const auto* attached : catalog.indexes_of(child->name)) {
      if (attached->parent != index.name) continue;
      if (attached->constraint.empty()) {
        finder.add(Kind::index, attached->name, {}, true);
      } else {
        finder.add(Kind::constraint, attached->table, attached->constraint, true);
      }
    }
  }
}

}  // namespace

std::vector<Dependent> of_index(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, {});
  const Index* index = find(catalog.indexes, name);
  if (index == nullptr) return {};
  add_foreign_keys_on(catalog, *index, finder);
  add_attached_indexes(catalog, *index, finder);
  return std::move(finder.found);
}

std::vector<Dependent> of_constraint(const Catalog& catalog, const QualifiedName& name,
                                     const std::string& part) {
  Finder finder(catalog, {});
  const Table* table = find(catalog.tables, name);
  const auto* constraint = table == nullptr ? nullptr : table->constraint(part);
  if (constraint == nullptr) return {};
  const auto kind = constraint->definition.kind;
  if (kind == ConstraintKind::check || kind == ConstraintKind::foreign_key) {
    for (const auto* child : catalog.children_of(name)) {
      const auto* below = child->constraint(part);
      if (below != nullptr && below->inherited && !below->local && below->definition.kind == kind) {
        finder.add(Kind::constraint, child->name, part, true);
      }
    }
    return std::move(finder.found);
  }
  for (const auto* index : catalog.indexes_of(name)) {
    if (index->constraint != part) continue;
    add_foreign_keys_on(catalog, *index, finder);
    add_attached_indexes(catalog, *index, finder);
  }
  return std::move(finder.found);
}

std::vector<Dependent> of_sequence(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, [&](const References& references) {
    const auto& sequences = references.sequences;
    return std::find(sequences.begin(), sequences.end(), name) != sequences.end() ||
           reads(name)(references);
  });
  for (const auto& holder : users(catalog.links.readers, name)) finder.look_at(holder, name);
  return std::move(finder.found);
}

std::vector<Dependent> of_view(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, reads(name));
  for (const auto* index : catalog.indexes_of(name)) finder.add(Kind::index, index->name, {}, true);
  add_readers(catalog, name, finder);
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

}  // namespace schemagate::dependents
