// SPDX-License-Identifier: MIT
// ALTER … RENAME and ALTER … SET SCHEMA.
#include <algorithm>

#include "base/text.h"
#include "schema/apply_renaming.h"
#include "schema/generated_names.h"
#include "schema/lookup.h"

namespace schemagate {
namespace {

// ---- RENAME
// ---------------------------------------------------------------------------------------

std::optional<QualifiedName> existing_relation(Execution& run, const QualifiedName& written,
                                               bool if_exists) {
  auto name = run.relation(written);
  if (!name && !if_exists) run.missing_relation(written);
  return name;
}

void rename_whole_relation(Execution& run, const Rename& statement) {
  const auto from = existing_relation(run, statement.object.name, statement.if_exists);
  if (!from) return;
  const QualifiedName to{from->schema, truncated_name(statement.new_name)};
  if (run.relation_name_taken(to)) {
    return run.refuse("42P07", "relation \"" + to.name + "\" already exists");
  }
  rename_relation(run, *from, to);
}

void rename_view_column(Execution& run, View& view, const Rename& statement) {
  auto& names = view.column_names;
  const auto& output = view.query.output_columns;
  for (std::size_t i = names.size(); i < output.size(); ++i) {
    if (output[i].empty() || output[i] == "*") break;  // unknown from here on
    names.push_back(output[i]);
  }
  const auto found = std::find(names.begin(), names.end(), statement.object.part);
  if (found != names.end()) {
    *found = statement.new_name;
  } else if (names.size() == output.size()) {
    run.refuse_missing("42703", "column \"" + statement.object.part + "\" does not exist",
                       statement.object.part);
  }
}

void rename_column_of(Execution& run, const Rename& statement) {
  const auto name = existing_relation(run, statement.object.name, statement.if_exists);
  if (!name) return;
  const std::string& from = statement.object.part;
  if (View* view = run.change(&Catalog::views, *name))
    return rename_view_column(run, *view, statement);
  if (Type* type = run.change(&Catalog::types, *name)) {
    if (Column* attribute = by_name(type->attributes, from)) {
      attribute->name = statement.new_name;
      return;
    }
    return run.refuse_missing("42703", "column \"" + from + "\" does not exist", from);
  }
  Table* table = run.change(&Catalog::tables, *name);
  if (table == nullptr) return;  // columns of indexes
  const auto* column = table->column(from);
  if (column == nullptr) {
    if (!table->incomplete)
      run.refuse_missing("42703", "column \"" + from + "\" does not exist", from);
    return;
  }
  if (column->inherited)
    return run.refuse("42P16", "cannot rename inherited column \"" + from + "\"");
  if (const auto* other = table->column(statement.new_name)) {
    return run.refuse_duplicate(
        "42701",
        "column \"" + statement.new_name + "\" of relation \"" + name->name + "\" already exists",
        {}, other->where);
  }
  rename_column(run, *table, from, truncated_name(statement.new_name));
}

/// The NOT NULL of that name, which it has from 18 on.
bool rename_not_null(const Execution& run, Table& table, const std::string& from,
                     const std::string& to) {
  if (run.session.postgres < 18) return false;
  for (auto& column : table.columns) {
    if (!column.not_null) continue;
    const std::string usual = make_object_name(table.name.name, column.name, "not_null");
    if ((column.not_null_name.empty() ? usual : column.not_null_name) != from) continue;
    column.not_null_name = to == usual ? "" : to;
    return true;
  }
  return false;
}

void rename_constraint_of(Execution& run, const Rename& statement) {
  const auto name = existing_relation(run, statement.object.name, statement.if_exists);
  if (!name) return;
  Table* table = run.change(&Catalog::tables, *name);
  const std::string& from = statement.object.part;
  const auto* constraint = table == nullptr ? nullptr : table->constraint(from);
  if (constraint == nullptr) {
    if (table != nullptr && rename_not_null(run, *table, from, statement.new_name)) return;
    return run.refuse_missing(
        "42704", "constraint \"" + from + "\" for table \"" + name->name + "\" does not exist",
        from);
  }
  // The children's keys keep their names; a CHECK has one in all of the tree.
  if (constraint->inherited && constraint->definition.kind == ConstraintKind::check)
    return run.refuse("42P16", "cannot rename inherited constraint \"" + from + "\"");
  const bool taken = table->constraint(statement.new_name) != nullptr;
  const bool indexed = run.catalog.indexes.count({name->schema, from}) != 0;
  if (indexed && run.relation_name_taken({name->schema, statement.new_name})) {
    return run.refuse("42P07", "relation \"" + statement.new_name + "\" already exists");
  }
  if (taken) {
    return run.refuse("42710", "constraint \"" + statement.new_name + "\" for relation \"" +
                                   name->name + "\" already exists");
  }
  rename_constraint(run, *table, from, truncated_name(statement.new_name));
}

/// "CREATE TRIGGER old …" says the new name.
void rename_in_definition(std::string& definition, std::string_view words, const std::string& from,
                          const std::string& to) {
  const std::string old = std::string(words) + " " + quote_identifier(from) + " ";
  const auto found = definition.find(old);
  if (found == std::string::npos) return;
  definition.replace(found, old.size(), std::string(words) + " " + quote_identifier(to) + " ");
}

template <class Items>
void rename_part(Execution& run, Items* items, const Rename& statement,
                 const QualifiedName& relation) {
  const auto& object = statement.object;
  const std::string words(to_sql(object.kind));
  const std::string kind = to_lower(words);
  auto* part = items == nullptr ? nullptr : by_name(*items, object.part);
  if (part == nullptr) {
    if (statement.if_exists) return;
    return run.refuse_missing(
        "42704",
        kind + " \"" + object.part + "\" for table \"" + relation.name + "\" does not exist",
        object.part);
  }
  if (by_name(*items, statement.new_name) != nullptr) {
    return run.refuse("42710", kind + " \"" + statement.new_name + "\" for relation \"" +
                                   relation.name + "\" already exists");
  }
  rename_in_definition(part->definition, words, part->name, statement.new_name);
  part->name = statement.new_name;
}

void rename_table_part(Execution& run, const Rename& statement) {
  const auto name = existing_relation(run, statement.object.name, statement.if_exists);
  if (!name) return;
  Table* table = run.change(&Catalog::tables, *name);
  View* view = table == nullptr ? run.change(&Catalog::views, *name) : nullptr;
  if (statement.object.kind == ObjectKind::policy) {
    return rename_part(run, table == nullptr ? nullptr : &table->policies, statement, *name);
  }
  if (statement.object.kind == ObjectKind::rule) {
    auto* rules = table != nullptr ? &table->rules : (view == nullptr ? nullptr : &view->rules);
    return rename_part(run, rules, statement, *name);
  }
  auto* triggers =
      table != nullptr ? &table->triggers : (view == nullptr ? nullptr : &view->triggers);
  rename_part(run, triggers, statement, *name);
}

Type* existing_type(Execution& run, const QualifiedName& written) {
  const auto name = run.type(written);
  Type* type = name ? run.change(&Catalog::types, *name) : nullptr;
  if (type == nullptr)
    run.refuse_missing("42704", "type \"" + written.name + "\" does not exist", written);
  return type;
}

void rename_whole_type(Execution& run, const Rename& statement) {
  const Type* type = existing_type(run, statement.object.name);
  if (type == nullptr) return;
  const QualifiedName from = type->name;
  const QualifiedName to{from.schema, truncated_name(statement.new_name)};
  if (run.catalog.types.count(to) != 0 || run.catalog.tables.count(to) != 0) {
    return run.refuse("42710", "type \"" + to.name + "\" already exists");
  }
  rename_type(run, from, to);
}

void rename_domain_constraint(Execution& run, const Rename& statement) {
  Type* type = existing_type(run, statement.object.name);
  if (type == nullptr) return;
  for (auto& constraint : type->constraints) {
    if (constraint.definition.name != statement.object.part) continue;
    constraint.definition.name = statement.new_name;
    constraint.generated_name = false;
    return;
  }
  run.refuse_missing("42704",
                     "constraint \"" + statement.object.part + "\" for domain \"" +
                         type->name.name + "\" does not exist",
                     statement.object.part);
}

void rename_routine(Execution& run, const Rename& statement) {
  const auto key =
      run.function(statement.object.name, run.resolved_signature(statement.object.signature));
  if (!key) {
    return run.refuse_missing("42883", "function " + statement.object.sql + " does not exist",
                              statement.object.name);
  }
  const auto& function = run.catalog.functions.at(*key);
  const QualifiedName to{function.definition.name.schema, truncated_name(statement.new_name)};
  if (run.catalog.functions.count(function_key(to, function.signature)) != 0) {
    return run.refuse("42723", "function " + to.name + function.signature +
                                   " already exists in schema \"" + to.schema + "\"");
  }
  rename_function(run, *key, to);
}

void move_object(Execution& run, const ObjectName& written, const std::string& key,
                 const QualifiedName& to) {
  OpaqueObject object = *run.take(&Catalog::objects, key);
  const std::string words(to_sql(written.kind));
  const std::string from =
      has_schema(written.kind) ? to_sql(object.object.name) : quote_identifier(written.name.name);
  const std::string after = has_schema(written.kind) ? to_sql(to) : quote_identifier(to.name);
  const std::string old = words + " " + from;
  if (const auto found = object.definition.find(old); found != std::string::npos) {
    object.definition.replace(found, old.size(), words + " " + after);
  }
  object.object.name = to;
  object.object.sql = after + object.object.signature;
  const std::string renamed = object_key(run, object.object, to);
  run.put(&Catalog::objects, renamed, std::move(object));
}

void rename_other(Execution& run, const Rename& statement) {
  const auto key = existing_object_key(run, statement.object);
  if (!key) return;  // roles, databases and the like are not the schema's
  const QualifiedName schema = run.catalog.objects.at(*key).object.name;
  move_object(run, statement.object, *key, {schema.schema, statement.new_name});
}

// ---- SET SCHEMA
// -----------------------------------------------------------------------------------

void move_relation(Execution& run, const QualifiedName& from, const std::string& schema) {
  const QualifiedName to{schema, from.name};
  if (run.relation_name_taken(to)) {
    return run.refuse("42P07",
                      "relation \"" + to.name + "\" already exists in schema \"" + schema + "\"");
  }
  std::vector<QualifiedName> along;
  for (const auto* index : run.catalog.indexes_of(from)) along.push_back(index->name);
  for (const auto* sequence : run.catalog.sequences_owned_by(from)) along.push_back(sequence->name);
  rename_relation(run, from, to);
  for (const auto& name : along) rename_relation(run, name, {schema, name.name});
  const auto table = run.catalog.tables.find(to);
  if (table != run.catalog.tables.end()) run.link(table->second);
}

void move_everything(Execution& run, const std::string& from, const std::string& to) {
  const auto names_in = [&](const auto& map) {
    std::vector<QualifiedName> names;
    for (auto at = map.lower_bound({from, ""}); at != map.end() && at->first.schema == from; ++at) {
      names.push_back(at->first);
    }
    return names;
  };
  for (const auto& name : names_in(run.catalog.tables)) rename_relation(run, name, {to, name.name});
  for (const auto& name : names_in(run.catalog.views)) rename_relation(run, name, {to, name.name});
  for (const auto& name : names_in(run.catalog.indexes))
    rename_relation(run, name, {to, name.name});
  for (const auto& name : names_in(run.catalog.sequences))
    rename_relation(run, name, {to, name.name});
  for (const auto& name : names_in(run.catalog.types)) rename_type(run, name, {to, name.name});
  std::vector<std::string> keys;
  for (const auto& [key, function] : run.catalog.functions) {
    if (function.definition.name.schema == from) keys.push_back(key);
  }
  for (const auto& key : keys) {
    rename_function(run, key, {to, run.catalog.functions.at(key).definition.name.name});
  }
  keys.clear();
  for (const auto& [key, object] : run.catalog.objects) {
    if (has_schema(object.object.kind) && object.object.name.schema == from) keys.push_back(key);
  }
  for (const auto& key : keys) {
    const ObjectName object = run.catalog.objects.at(key).object;
    move_object(run, object, key, {to, object.name.name});
  }
}

void rename_schema(Execution& run, const Rename& statement) {
  const std::string& from = statement.object.name.name;
  if (run.catalog.schemas.count(from) == 0) {
    return run.refuse_missing("3F000", "schema \"" + from + "\" does not exist", from);
  }
  if (run.catalog.schemas.count(statement.new_name) != 0) {
    return run.refuse("42P06", "schema \"" + statement.new_name + "\" already exists");
  }
  run.save_everything();
  Schema schema = *run.take(&Catalog::schemas, from);
  schema.name = statement.new_name;
  run.put(&Catalog::schemas, statement.new_name, std::move(schema));
  if (run.declared != nullptr) run.made.push_back(statement.new_name);
  move_everything(run, from, statement.new_name);
}

}  // namespace

void perform(Execution& run, const Rename& statement) {
  switch (statement.object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::index:
    case ObjectKind::sequence:
      return rename_whole_relation(run, statement);
    case ObjectKind::column:
    case ObjectKind::attribute:
      return rename_column_of(run, statement);
    case ObjectKind::constraint:
      return rename_constraint_of(run, statement);
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      return rename_table_part(run, statement);
    case ObjectKind::type:
    case ObjectKind::domain:
      return rename_whole_type(run, statement);
    case ObjectKind::domain_constraint:
      return rename_domain_constraint(run, statement);
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine:
      return rename_routine(run, statement);
    case ObjectKind::schema:
      return rename_schema(run, statement);
    default:
      return rename_other(run, statement);
  }
}

void perform(Execution& run, const SetSchema& statement) {
  const auto& object = statement.object;
  if (!run.use_schema(statement.new_schema)) return;
  switch (object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence: {
      const auto name = existing_relation(run, object.name, statement.if_exists);
      if (!name || name->schema == statement.new_schema) return;
      return move_relation(run, *name, statement.new_schema);
    }
    case ObjectKind::type:
    case ObjectKind::domain: {
      const Type* type = existing_type(run, object.name);
      if (type == nullptr || type->name.schema == statement.new_schema) return;
      const QualifiedName from = type->name;
      return rename_type(run, from, {statement.new_schema, from.name});
    }
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine: {
      const auto key = run.function(object.name, run.resolved_signature(object.signature));
      if (!key) {
        return run.refuse_missing("42883", "function " + object.sql + " does not exist",
                                  object.name);
      }
      return rename_function(run, *key, {statement.new_schema, object.name.name});
    }
    case ObjectKind::extension: {
      Extension* extension = run.change(&Catalog::extensions, object.name.name);
      if (extension != nullptr) extension->schema = statement.new_schema;
      return;
    }
    default: {
      const auto key = existing_object_key(run, object);
      if (key) move_object(run, object, *key, {statement.new_schema, object.name.name});
    }
  }
}

}  // namespace schemagate
