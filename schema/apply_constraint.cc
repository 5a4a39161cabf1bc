// SPDX-License-Identifier: MIT
// Constraints of tables: CHECK, PRIMARY KEY, UNIQUE, EXCLUDE and foreign keys, with the names and
// the indexes that the server gives them.
#include <algorithm>
#include <array>

#include "schema/apply_parts.h"
#include "schema/builtin_types.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

bool is_key(ConstraintKind kind) {
  return kind == ConstraintKind::primary_key || kind == ConstraintKind::unique ||
         kind == ConstraintKind::exclusion;
}

/// The table's columns that the expression mentions, each once; a missing one is refused.
std::vector<std::string> columns_in(Execution& run, const Table& table,
                                    const Expression& expression, Span at) {
  std::vector<std::string> names;
  for (const auto& use : expression.references.columns) {
    if (table.column(use.name) == nullptr) {
      const bool whole_row = use.name == "*" || use.name == table.name.name;
      const bool sure =
          use.qualifier.empty() && !whole_row && !table.incomplete && !is_system_column(use.name);
      if (sure)
        run.refuse_missing("42703", "column \"" + use.name + "\" does not exist", use.name, at);
      continue;
    }
    if (std::find(names.begin(), names.end(), use.name) == names.end()) names.push_back(use.name);
  }
  return names;
}

std::string choose_constraint_name(const Execution& run, const Table& table,
                                   const std::string& columns, const std::string& label) {
  return choose_name(table.name.name, columns, label, [&](const std::string& name) {
    return run.constraint_name_taken(table.name.schema, name) || table.constraint(name) != nullptr;
  });
}

bool name_is_free(Execution& run, const Table& table, const std::string& name, Span at) {
  const auto* existing = table.constraint(name);
  if (existing == nullptr) return true;
  run.refuse_duplicate(
      "42710",
      "constraint \"" + name + "\" for relation \"" + table.name.name + "\" already exists", at,
      existing->where);
  return false;
}

Constraint made(const Execution& run, ConstraintDefinition&& definition, bool new_table) {
  Constraint constraint;
  constraint.where = definition.span.is_somewhere() ? definition.span : run.span;
  constraint.generated_name = definition.name.empty();
  // In CREATE TABLE, NOT VALID says nothing: there are no rows to check.
  constraint.validated = !definition.not_enforced && (new_table || !definition.not_valid);
  definition.name = truncated_name(std::move(definition.name));
  definition.not_valid = false;
  constraint.definition = std::move(definition);
  return constraint;
}

Constraint& append(Execution& run, Table& table, Constraint&& constraint) {
  run.link(table.name, constraint);
  if (run.declared != nullptr) run.made.push_back(constraint.definition.name);
  table.constraints.push_back(std::move(constraint));
  return table.constraints.back();
}

// ---- CHECK -------------------------------------------------------------------------------------

void add_check_to_children(Execution& run, const Table& table, const Constraint& constraint);

/// The same check, under the same name, that the table has from its parent.
Constraint* inherited_twin(Table& table, const Constraint& constraint) {
  for (auto& one : table.constraints) {
    const bool same = one.definition.name == constraint.definition.name &&
                      one.definition.expression == constraint.definition.expression;
    if (same && one.inherited) return &one;
  }
  return nullptr;
}

void add_check(Execution& run, Table& table, ConstraintDefinition&& definition, bool new_table) {
  run.resolve(definition.expression);
  const auto columns = columns_in(run, table, definition.expression, definition.span);
  if (run.refused()) return;
  Constraint constraint = made(run, std::move(definition), new_table);
  auto& name = constraint.definition.name;
  if (name.empty()) {
    name = choose_constraint_name(run, table, columns.size() == 1 ? columns.front() : "", "check");
  } else if (Constraint* inherited = new_table ? inherited_twin(table, constraint) : nullptr) {
    inherited->local = true;
    return;  // merged with the parent's
  }
  if (const auto* twin = table.constraint(name); twin != nullptr && new_table) {
    return run.refuse_duplicate("42710", "check constraint \"" + name + "\" already exists",
                                constraint.where, twin->where);
  }
  if (!name_is_free(run, table, name, constraint.where)) return;
  const Constraint& added = append(run, table, std::move(constraint));
  if (new_table || added.definition.no_inherit || run.catalog.children_of(table.name).empty())
    return;
  // A copy: what the reference leads to may move when children get theirs.
  add_check_to_children(run, table, Constraint(added));
}

void add_check_to_children(Execution& run, const Table& table, const Constraint& constraint) {
  for (const auto* child : run.catalog.children_of(table.name)) {
    Table& below = *run.change(&Catalog::tables, child->name);
    const auto same = std::find_if(
        below.constraints.begin(), below.constraints.end(),
        [&](const Constraint& one) { return one.definition.name == constraint.definition.name; });
    if (same != below.constraints.end()) {
      if (!(same->definition.expression == constraint.definition.expression)) {
        run.refuse("42710", "constraint \"" + constraint.definition.name + "\" for relation \"" +
                                below.name.name + "\" already exists");
        return;
      }
      same->inherited = true;
    } else {
      Constraint copy = constraint;
      copy.inherited = true;
      copy.local = false;
      append(run, below, std::move(copy));
    }
    add_check_to_children(run, below, constraint);
    if (run.refused()) return;
  }
}

// ---- PRIMARY KEY, UNIQUE, EXCLUDE --------------------------------------------------------------

void require_not_null(Execution& run, Table& table, const std::vector<std::string>& columns) {
  for (const auto& name : columns) {
    if (Column* column = table.column(name); column != nullptr) {
      column->not_null = true;
      column->not_null_not_valid = false;
    }
  }
  for (const auto* child : run.catalog.children_of(table.name)) {
    require_not_null(run, *run.change(&Catalog::tables, child->name), columns);
  }
}

bool key_columns_exist(Execution& run, const Table& table, const ConstraintDefinition& definition) {
  const char* kind = definition.kind == ConstraintKind::primary_key ? "primary key" : "unique";
  std::vector<std::string> seen;
  for (const auto& name : definition.columns) {
    if (table.column(name) == nullptr && !table.incomplete && !is_system_column(name)) {
      run.refuse_missing("42703", "column \"" + name + "\" named in key does not exist", name,
                         definition.span);
      return false;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      run.refuse("42701", "column \"" + name + "\" appears twice in " + kind + " constraint",
                 definition.span);
      return false;
    }
    seen.push_back(name);
  }
  return true;
}

bool may_be_primary_key(Execution& run, const Table& table,
                        const ConstraintDefinition& definition) {
  if (definition.kind != ConstraintKind::primary_key || table.primary_key() == nullptr) return true;
  run.refuse_duplicate(
      "42P16", "multiple primary keys for table \"" + table.name.name + "\" are not allowed",
      definition.span, table.primary_key()->where);
  return false;
}

Index index_for(const Execution& run, const Table& table, const Constraint& constraint) {
  const auto& definition = constraint.definition;
  Index index;
  index.name = {table.name.schema, definition.name};
  index.table = table.name;
  index.generated_name = constraint.generated_name;
  index.unique = definition.kind != ConstraintKind::exclusion;
  index.nulls_not_distinct = definition.nulls_not_distinct;
  index.include = definition.include;
  index.where = definition.where;
  index.options = definition.options;
  index.tablespace = definition.tablespace;
  index.constraint = definition.name;
  index.where_ = constraint.where.is_somewhere() ? constraint.where : run.span;
  if (definition.kind == ConstraintKind::exclusion) {
    index.elements = definition.exclusion;
    if (!definition.access_method.empty()) index.method = definition.access_method;
    return index;
  }
  if (definition.without_overlaps) index.method = "gist";
  for (const auto& column : definition.columns) index.elements.emplace_back().column = column;
  return index;
}

std::string choose_key_name(const Execution& run, const Table& table, const Index& index,
                            ConstraintKind kind) {
  const auto taken = [&](const std::string& name) {
    return run.relation_name_taken({table.name.schema, name}) ||
           run.constraint_name_taken(table.name.schema, name);
  };
  if (kind == ConstraintKind::primary_key) return choose_name(table.name.name, "", "pkey", taken);
  const auto columns = name_addition(index_column_names(index.elements, index.include));
  return choose_name(table.name.name, columns, kind == ConstraintKind::exclusion ? "excl" : "key",
                     taken);
}

void add_key_using_index(Execution& run, Table& table, ConstraintDefinition definition) {
  const QualifiedName name{table.name.schema, definition.using_index};
  const auto found = run.catalog.indexes.find(name);
  const auto quoted = "\"" + definition.using_index + "\"";
  if (found == run.catalog.indexes.end()) {
    return run.refuse_missing("42704", "index " + quoted + " does not exist",
                              definition.using_index, definition.span);
  }
  const Index& index = found->second;
  const bool expressions =
      std::any_of(index.elements.begin(), index.elements.end(),
                  [](const IndexElement& element) { return element.column.empty(); });
  if (table.kind == RelationKind::partitioned_table) {
    return run.refuse(
        "0A000", "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables",
        definition.span);
  }
  if (!index.constraint.empty()) {
    return run.refuse("55000", "index " + quoted + " is already associated with a constraint",
                      definition.span);
  }
  if (index.table != table.name) {
    return run.refuse("55000",
                      "index " + quoted + " does not belong to table \"" + table.name.name + "\"",
                      definition.span);
  }
  if (!index.unique) return run.refuse("42809", quoted + " is not a unique index", definition.span);
  if (expressions)
    return run.refuse("42809", "index " + quoted + " contains expressions", definition.span);
  if (!index.where.empty())
    return run.refuse("42809", quoted + " is a partial index", definition.span);
  for (std::size_t i = 0; i < index.elements.size(); ++i) {
    const auto& element = index.elements[i];
    const bool nulls = element.nulls_first && *element.nulls_first;
    if (element.operator_class.empty() && !element.descending && !nulls) continue;
    return run.refuse("42809",
                      "index " + quoted + " column number " + std::to_string(i + 1) +
                          " does not have default sorting behavior",
                      definition.span);
  }
  definition.columns.clear();
  for (const auto& element : index.elements) definition.columns.push_back(element.column);
  definition.include = index.include;
  definition.nulls_not_distinct = index.nulls_not_distinct;
  definition.options = index.options;
  definition.tablespace = index.tablespace;
  definition.using_index.clear();
  if (definition.name.empty()) definition.name = name.name;
  if (!name_is_free(run, table, definition.name, definition.span)) return;
  const QualifiedName renamed{name.schema, truncated_name(definition.name)};
  if (renamed != name && run.relation_name_taken(renamed)) {
    return run.refuse("42P07", "relation \"" + renamed.name + "\" already exists", definition.span);
  }
  Index owned = *run.take(&Catalog::indexes, name);
  owned.name = renamed;
  owned.constraint = renamed.name;
  run.put_index(std::move(owned));
  Constraint constraint = made(run, std::move(definition), true);
  if (constraint.definition.kind == ConstraintKind::primary_key) {
    require_not_null(run, table, constraint.definition.columns);
  }
  append(run, table, std::move(constraint));
}

void add_key(Execution& run, Table& table, ConstraintDefinition&& definition, bool only) {
  if (!may_be_primary_key(run, table, definition)) return;
  if (!definition.using_index.empty())
    return add_key_using_index(run, table, std::move(definition));
  if (!key_columns_exist(run, table, definition)) return;
  run.resolve(definition.exclusion);
  run.resolve(definition.where);
  Constraint constraint = made(run, std::move(definition), true);
  auto& added = constraint.definition;
  Index index = index_for(run, table, constraint);
  if (added.name.empty()) {
    added.name = choose_key_name(run, table, index, added.kind);
    index.constraint = index.name.name = added.name;
  } else if (!name_is_free(run, table, added.name, constraint.where)) {
    return;
  }
  if (added.kind == ConstraintKind::primary_key) require_not_null(run, table, added.columns);
  append(run, table, std::move(constraint));
  make_index(run, std::move(index), !only);
}

/// Two specifications of the same key in one CREATE TABLE make one index, as
/// transformIndexConstraints.
bool same_key(const ConstraintDefinition& a, const ConstraintDefinition& b) {
  return a.kind != ConstraintKind::exclusion && b.kind != ConstraintKind::exclusion &&
         a.columns == b.columns && a.include == b.include &&
         a.nulls_not_distinct == b.nulls_not_distinct && a.deferrable == b.deferrable &&
         a.initially_deferred == b.initially_deferred && a.without_overlaps == b.without_overlaps &&
         a.using_index == b.using_index;
}

/// Primary keys come first in `definitions`.
void add_keys(Execution& run, Table& table, const std::vector<ConstraintDefinition*>& definitions,
              bool only) {
  std::vector<ConstraintDefinition*> keys;
  for (ConstraintDefinition* definition : definitions) {
    const auto same = std::find_if(keys.begin(), keys.end(), [&](const ConstraintDefinition* key) {
      return same_key(*key, *definition);
    });
    const bool both_primary = same != keys.end() && (*same)->kind == ConstraintKind::primary_key &&
                              definition->kind == ConstraintKind::primary_key;
    if (same == keys.end() || both_primary) {
      keys.push_back(definition);
    } else if ((*same)->name.empty()) {
      (*same)->name = definition->name;
    }
  }
  for (ConstraintDefinition* key : keys) {
    add_key(run, table, std::move(*key), only);
    if (run.refused()) return;
  }
}

// ---- FOREIGN KEY -------------------------------------------------------------------------------

bool same_foreign_key(const ConstraintDefinition& a, const ConstraintDefinition& b) {
  return a.kind == ConstraintKind::foreign_key && b.kind == ConstraintKind::foreign_key &&
         a.columns == b.columns && a.referenced == b.referenced &&
         a.referenced_columns == b.referenced_columns && a.on_update == b.on_update &&
         a.on_delete == b.on_delete && a.match == b.match && a.deferrable == b.deferrable &&
         a.initially_deferred == b.initially_deferred;
}

/// A partition has the foreign keys of its parent: an equal one is taken over, another one is made.
void inherit_foreign_key(Execution& run, Table& partition, const Constraint& parent) {
  for (auto& own : partition.constraints) {
    if (own.inherited || !same_foreign_key(own.definition, parent.definition)) continue;
    own.inherited = true;
    return;
  }
  Constraint copy = parent;
  copy.inherited = true;
  copy.local = false;
  if (partition.constraint(copy.definition.name) != nullptr) {
    copy.definition.name =
        choose_constraint_name(run, partition, name_addition(copy.definition.columns), "fkey");
    copy.generated_name = true;
  }
  const Constraint added = append(run, partition, std::move(copy));
  for (const auto* child : run.catalog.children_of(partition.name)) {
    inherit_foreign_key(run, *run.change(&Catalog::tables, child->name), added);
  }
}

/// The table that REFERENCES means; false: refused. One that may come later is taken as it is
/// written.
bool resolve_referenced(Execution& run, ConstraintDefinition& definition) {
  const QualifiedName written = definition.referenced;
  if (auto found = run.relation_or_declared(written)) {
    definition.referenced = std::move(*found);
    return true;
  }
  if (run.declared == nullptr && !run.session.partial) {
    run.missing_relation(written, definition.span);
    return false;
  }
  definition.referenced = run.new_name(written);
  return true;
}

void add_foreign_key(Execution& run, Table& table, ConstraintDefinition&& definition,
                     bool new_table) {
  for (const auto& name : definition.columns) {
    if (table.column(name) != nullptr || table.incomplete) continue;
    return run.refuse_missing(
        "42703", "column \"" + name + "\" referenced in foreign key constraint does not exist",
        name, definition.span);
  }
  if (!resolve_referenced(run, definition)) return;
  const auto referenced = run.catalog.tables.find(definition.referenced);
  if (referenced == run.catalog.tables.end() && run.catalog.relation_kind(definition.referenced)) {
    return run.refuse("42809",
                      "referenced relation \"" + definition.referenced.name + "\" is not a table",
                      definition.span);
  }
  if (referenced != run.catalog.tables.end() && run.declared == nullptr) {
    match_referenced_key(run, definition, referenced->second, definition.span);
    if (run.refused()) return;
  }
  Constraint constraint = made(run, std::move(definition), new_table);
  auto& name = constraint.definition.name;
  if (name.empty()) {
    name = choose_constraint_name(run, table, name_addition(constraint.definition.columns), "fkey");
  } else if (!name_is_free(run, table, name, constraint.where)) {
    return;
  }
  const Constraint& appended = append(run, table, std::move(constraint));
  if (table.kind != RelationKind::partitioned_table) return;
  const Constraint added = appended;  // what the reference leads to may move
  for (const auto* child : run.catalog.children_of(table.name)) {
    inherit_foreign_key(run, *run.change(&Catalog::tables, child->name), added);
  }
}

bool same_columns(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

bool has_unique_key(const Catalog& catalog, const Table& table,
                    const std::vector<std::string>& columns) {
  const auto indexes = catalog.indexes_of(table.name);
  return std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
    if (!index->where.empty() || (!index->unique && index->constraint.empty())) return false;
    std::vector<std::string> key;
    for (const auto& element : index->elements) key.push_back(element.column);
    return same_columns(key, columns);
  });
}

void add_not_null(Execution& run, Table& table, const ConstraintDefinition& definition) {
  const std::string name = definition.columns.empty() ? "" : definition.columns.front();
  Column* column = table.column(name);
  if (column == nullptr) {
    return run.refuse_missing(
        "42703", "column \"" + name + "\" of relation \"" + table.name.name + "\" does not exist",
        name, definition.span);
  }
  if (run.session.postgres < 18) {
    return run.refuse("42601", "NOT NULL as a table constraint needs PostgreSQL 18",
                      definition.span);
  }
  if (!column->not_null) set_not_null(run, table.name, *column, definition);
  if (definition.no_inherit) return;
  // Children get the parent's name; one that the server chose is no name of theirs.
  ConstraintDefinition below = definition;
  if (column->not_null_name.empty()) below.name.clear();
  for (const auto* child : run.catalog.children_of(table.name)) {
    add_not_null(run, *run.change(&Catalog::tables, child->name), below);
  }
}

}  // namespace

void match_referenced_key(Execution& run, ConstraintDefinition& definition, const Table& referenced,
                          Span at) {
  if (definition.referenced_columns.empty()) {
    const auto* key = referenced.primary_key();
    if (key == nullptr) {
      if (referenced.incomplete) return;
      return run.refuse_missing(
          "42704", "there is no primary key for referenced table \"" + referenced.name.name + "\"",
          referenced.name.name, at);
    }
    definition.referenced_columns = key->definition.columns;
  }
  for (const auto& name : definition.referenced_columns) {
    if (referenced.column(name) != nullptr || referenced.incomplete) continue;
    return run.refuse_missing(
        "42703", "column \"" + name + "\" referenced in foreign key constraint does not exist",
        name, at);
  }
  if (definition.columns.size() != definition.referenced_columns.size()) {
    return run.refuse("42830",
                      "number of referencing and referenced columns for foreign key disagree", at);
  }
  if (has_unique_key(run.catalog, referenced, definition.referenced_columns) ||
      referenced.incomplete)
    return;
  run.refuse_missing("42830",
                     "there is no unique constraint matching given keys for referenced table \"" +
                         referenced.name.name + "\"",
                     referenced.name.name, at);
}

void add_constraints(Execution& run, Table& table, std::vector<ConstraintDefinition> definitions,
                     Adding how) {
  if (table.constraints.empty()) table.constraints.reserve(definitions.size());
  std::vector<ConstraintDefinition*> primary_keys, other_keys, foreign_keys;
  for (auto& definition : definitions) {
    if (definition.not_enforced && run.session.postgres < 18) {
      run.refuse("42601", "syntax error at or near \"ENFORCED\"", definition.span);
    }
    const ConstraintKind kind = definition.kind;
    if (kind == ConstraintKind::check) add_check(run, table, std::move(definition), how.new_table);
    if (kind == ConstraintKind::not_null) add_not_null(run, table, definition);
    if (run.refused()) return;
    if (kind == ConstraintKind::primary_key) primary_keys.push_back(&definition);
    if (kind == ConstraintKind::foreign_key) foreign_keys.push_back(&definition);
    if (is_key(kind) && kind != ConstraintKind::primary_key) other_keys.push_back(&definition);
  }
  primary_keys.insert(primary_keys.end(), other_keys.begin(), other_keys.end());
  add_keys(run, table, primary_keys, how.only);
  for (ConstraintDefinition* definition : foreign_keys) {
    if (run.refused()) return;
    add_foreign_key(run, table, std::move(*definition), how.new_table);
  }
}

void remove_constraint(Execution& run, Table& table, const std::string& name) {
  for (const auto* index : run.catalog.indexes_of(table.name)) {
    if (index->constraint != name) continue;
    run.erase(&Catalog::indexes, QualifiedName(index->name));
    break;
  }
  std::erase_if(table.constraints,
                [&](const Constraint& one) { return one.definition.name == name; });
}

void clone_to_partition(Execution& run, const Table& parent, Table& partition) {
  for (const auto* index : run.catalog.indexes_of(parent.name)) {
    match_index(run, partition.name, Index(*index));
    if (run.refused()) return;
  }
  for (const auto& constraint : parent.constraints) {
    if (constraint.definition.kind == ConstraintKind::foreign_key)
      inherit_foreign_key(run, partition, constraint);
  }
}

}  // namespace schemagate
