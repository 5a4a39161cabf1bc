// SPDX-License-Identifier: MIT
// What the objects of a catalog use, as things of the plan's graph. Rather too much than too
// little: a thing that no action makes or takes costs nothing.
#include <algorithm>

#include "schema/parse.h"
#include "schema/plan_parts.h"

namespace schemagate::planning {
namespace {

bool is_relation(const QualifiedName& name, const Catalog& catalog) {
  return catalog.tables.count(name) != 0 || catalog.views.count(name) != 0 ||
         catalog.sequences.count(name) != 0 || catalog.types.count(name) != 0;
}

template <class Map>
QualifiedName by_bare_name(const Map& map, const std::string& name) {
  for (const auto& [key, object] : map) {
    if (key.name == name) return key;
  }
  return {};
}

void add_column(Things& things, const QualifiedName& relation, const std::string& column) {
  things.push_back(column_thing(relation, column));
  things.push_back(column_type_thing(relation, column));
}

void add_all_columns(Things& things, const QualifiedName& relation, const Catalog& catalog) {
  const auto table = catalog.tables.find(relation);
  if (table == catalog.tables.end()) return;
  for (const Column& column : table->second.columns) add_column(things, relation, column.name);
}

}  // namespace

QualifiedName resolved(const QualifiedName& written, const Catalog& catalog) {
  if (!written.schema.empty()) return written;
  const QualifiedName in_public{"public", written.name};
  if (is_relation(in_public, catalog)) return in_public;
  for (const QualifiedName& found :
       {by_bare_name(catalog.tables, written.name), by_bare_name(catalog.views, written.name),
        by_bare_name(catalog.types, written.name), by_bare_name(catalog.sequences, written.name)}) {
    if (!found.empty()) return found;
  }
  return in_public;
}

Things uses_of(const TypeName& type) {
  // Types of pg_catalog have no schema here.
  if (type.empty() || type.name.schema.empty()) return {};
  return {relation_thing(type.name), schema_thing(type.name.schema)};
}

Things uses_of_collation(const std::string& collation) {
  if (collation.find('.') == std::string::npos) return {};  // of pg_catalog
  return {object_thing("COLLATION " + collation)};
}

Things uses_of(const References& references, const Catalog& catalog, const Table* table) {
  Things things;
  for (const FunctionUse& use : references.functions) things.push_back(function_thing(use.name));
  for (const TypeName& type : references.types) {
    things.push_back(
        relation_thing(type.name.schema.empty() ? resolved(type.name, catalog) : type.name));
  }
  for (const QualifiedName& sequence : references.sequences)
    things.push_back(relation_thing(resolved(sequence, catalog)));
  for (const RelationUse& use : references.relations) {
    const QualifiedName relation = resolved(use.name, catalog);
    things.push_back(relation_thing(relation));
    for (const ColumnUse& column : references.columns) {
      if (!column.qualifier.empty() && column.qualifier != use.alias &&
          column.qualifier != use.name.name)
        continue;
      if (column.name == "*")
        add_all_columns(things, relation, catalog);
      else
        add_column(things, relation, column.name);
    }
  }
  if (table == nullptr) return things;
  for (const ColumnUse& column : references.columns) add_column(things, table->name, column.name);
  return things;
}

Things uses_of(const Column& column, const Catalog& catalog, const Table& table) {
  Things things = uses_of(column.type);
  append(things, uses_of_collation(column.collation));
  if (column.default_value)
    append(things, uses_of(column.default_value->references, catalog, nullptr));
  if (column.generated != Generated::no)
    append(things, uses_of(column.generation.references, catalog, &table));
  return things;
}

bool touches_changed_column(const Context& context, const QualifiedName& table,
                            const Things& things) {
  const auto found = context.before.tables.find(table);
  if (found == context.before.tables.end()) return false;
  const bool loses_column =
      std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
        return change.kind == ChangeKind::drop_column &&
               std::find(things.begin(), things.end(),
                         column_thing(change.relation, change.part)) != things.end();
      });
  if (loses_column) return true;
  return std::any_of(
      found->second.columns.begin(), found->second.columns.end(), [&](const Column& column) {
        const bool changed = context.retyped_columns.count({table, column.name}) != 0 ||
                             context.recreated_columns.count({table, column.name}) != 0 ||
                             context.rebuilt_types.count(column.type.name) != 0;
        return changed && std::find(things.begin(), things.end(),
                                    column_thing(table, column.name)) != things.end();
      });
}

namespace {

Things uses_of_elements(const std::vector<IndexElement>& elements, const Catalog& catalog,
                        const Table* table) {
  Things things;
  for (const IndexElement& element : elements) {
    if (!element.column.empty() && table != nullptr)
      add_column(things, table->name, element.column);
    append(things, uses_of_collation(element.collation));
    append(things, uses_of(element.expression.references, catalog, table));
  }
  return things;
}

}  // namespace

Things uses_of(const Constraint& constraint, const Catalog& catalog, const Table& table) {
  const ConstraintDefinition& definition = constraint.definition;
  Things things = uses_of(definition.expression.references, catalog, &table);
  append(things, uses_of(definition.where.references, catalog, &table));
  append(things, uses_of_elements(definition.exclusion, catalog, &table));
  for (const std::string& column : definition.columns) add_column(things, table.name, column);
  for (const std::string& column : definition.include) add_column(things, table.name, column);
  if (definition.kind != ConstraintKind::foreign_key) return things;
  for (const Table* part : catalog.tree_of(definition.referenced))
    things.push_back(relation_thing(part->name));
  things.push_back(relation_thing(definition.referenced));
  for (const std::string& column : definition.referenced_columns)
    add_column(things, definition.referenced, column);
  const auto referenced = catalog.tables.find(definition.referenced);
  if (referenced == catalog.tables.end()) return things;
  // Which unique index the server takes is its choice: wait for all that fit.
  for (const Constraint& key : referenced->second.constraints) {
    if (key.definition.kind != ConstraintKind::unique &&
        key.definition.kind != ConstraintKind::primary_key)
      continue;
    const bool primary =
        definition.referenced_columns.empty() && key.definition.kind == ConstraintKind::primary_key;
    if (!primary &&
        !std::is_permutation(key.definition.columns.begin(), key.definition.columns.end(),
                             definition.referenced_columns.begin(),
                             definition.referenced_columns.end())) {
      continue;
    }
    things.push_back(constraint_thing(referenced->first, key.definition.name));
    if (primary) {
      for (const std::string& column : key.definition.columns)
        add_column(things, definition.referenced, column);
    }
  }
  for (const Index* index : catalog.indexes_of(definition.referenced)) {
    if (index->unique && index->constraint.empty()) things.push_back(relation_thing(index->name));
  }
  return things;
}

Things uses_of(const Index& index, const Catalog& catalog) {
  const auto found = catalog.tables.find(index.table);
  const Table* table = found == catalog.tables.end() ? nullptr : &found->second;
  Things things = uses_of_elements(index.elements, catalog, table);
  append(things, uses_of(index.where.references, catalog, table));
  for (const std::string& column : index.include) add_column(things, index.table, column);
  things.push_back(relation_thing(index.table));
  return things;
}

bool groups(const View& view) { return view.query.sql.find("GROUP BY") != std::string::npos; }

Things uses_of(const View& view, const Catalog& catalog) {
  Things things = uses_of(view.query.references, catalog, nullptr);
  things.push_back(schema_thing(view.name.schema));
  for (const RelationUse& use : view.query.references.relations) {
    const auto table = catalog.tables.find(resolved(use.name, catalog));
    const Constraint* key =
        table == catalog.tables.end() || !groups(view) ? nullptr : table->second.primary_key();
    if (key != nullptr) things.push_back(constraint_thing(table->first, key->definition.name));
  }
  return things;
}

namespace {

/// The table of an INSERT or UPDATE and those of its columns that the text names.
Things written_columns(const QualifiedName& target, const std::string& text,
                       const Catalog& catalog) {
  Things things{relation_thing(target)};
  const auto table = catalog.tables.find(target);
  if (table == catalog.tables.end()) return things;
  for (const Column& column : table->second.columns) {
    if (text.find(column.name) != std::string::npos) add_column(things, target, column.name);
  }
  return things;
}

}  // namespace

Things held_by(const Function& function, const Catalog& catalog) {
  const CreateFunction& definition = function.definition;
  Things things = uses_of(definition.references, catalog, nullptr);
  things.push_back(schema_thing(definition.name.schema));
  for (const FunctionArgument& argument : definition.arguments) {
    append(things, uses_of(TypeName{resolved(argument.type.name, catalog), {}, {}, 0, false}));
    if (argument.default_value)
      append(things, uses_of(argument.default_value->references, catalog, nullptr));
  }
  if (!definition.returns.empty()) {
    append(things, uses_of(TypeName{resolved(definition.returns.name, catalog), {}, {}, 0, false}));
  }
  return things;
}

Things uses_of(const Function& function, const Catalog& catalog) {
  const CreateFunction& definition = function.definition;
  Things things = held_by(function, catalog);
  if (definition.language != "sql") return things;
  for (const FunctionArgument& argument : definition.arguments) {
    // A row may be asked for any of its columns.
    const auto row = catalog.tables.find(resolved(argument.type.name, catalog));
    if (row == catalog.tables.end()) continue;
    for (const Column& column : row->second.columns) {
      if (definition.body.find(column.name) != std::string::npos)
        add_column(things, row->first, column.name);
    }
  }
  // The server checks the body of an SQL function when it is created.
  for (const Statement& statement : parse_text(definition.body).statements) {
    if (const auto* data = statement.as<DataStatement>()) {
      append(things, uses_of(data->references, catalog, nullptr));
      if (!data->target.empty())
        append(things, written_columns(resolved(data->target, catalog), definition.body, catalog));
    }
  }
  return things;
}

}  // namespace schemagate::planning
