// SPDX-License-Identifier: MIT
// COMMENT and OWNER TO: what is said about an object without changing what it does.
#include <algorithm>

#include "base/text.h"
#include "schema/apply_parts.h"
#include "schema/generated_names.h"
#include "schema/lookup.h"

namespace schemagate {
namespace {

/// `trigger "x" for table "t" does not exist`.
void missing_part(Execution& run, const ObjectName& object, const QualifiedName& relation) {
  const std::string kind = to_lower(to_sql(object.kind));
  const bool of = object.kind == ObjectKind::column;
  const std::string holder = of ? "\" of relation \"" : "\" for table \"";
  run.refuse_missing(of ? "42703" : "42704",
                     kind + " \"" + object.part + holder + relation.name + "\" does not exist",
                     object.part);
}

std::string* comment_of_not_null(const Execution& run, Table& table, const std::string& name) {
  if (run.session.postgres < 18) return nullptr;
  for (Column& column : table.columns) {
    if (column.not_null && not_null_name(run.catalog, table, column) == name)
      return &column.not_null_comment;
  }
  return nullptr;
}

std::string* comment_of_table_part(const Execution& run, Table& table, const ObjectName& object) {
  switch (object.kind) {
    case ObjectKind::column:
      if (Column* column = table.column(object.part)) return &column->comment;
      return nullptr;
    case ObjectKind::constraint:
      for (auto& constraint : table.constraints) {
        if (constraint.definition.name == object.part) return &constraint.comment;
      }
      return comment_of_not_null(run, table, object.part);
    case ObjectKind::trigger:
      if (auto* trigger = by_name(table.triggers, object.part)) return &trigger->comment;
      return nullptr;
    case ObjectKind::policy:
      if (auto* policy = by_name(table.policies, object.part)) return &policy->comment;
      return nullptr;
    default:
      if (auto* rule = by_name(table.rules, object.part)) return &rule->comment;
      return nullptr;
  }
}

std::string* comment_of_view_part(View& view, const ObjectName& object) {
  if (object.kind == ObjectKind::column) return &view.column_comments[object.part];
  if (object.kind == ObjectKind::trigger) {
    auto* trigger = by_name(view.triggers, object.part);
    return trigger == nullptr ? nullptr : &trigger->comment;
  }
  auto* rule = by_name(view.rules, object.part);
  return rule == nullptr ? nullptr : &rule->comment;
}

std::string* comment_of_part(Execution& run, const ObjectName& object) {
  const auto name = run.relation(object.name);
  if (!name) {
    run.missing_relation(object.name);
    return nullptr;
  }
  std::string* comment = nullptr;
  if (Table* table = run.change(&Catalog::tables, *name)) {
    comment = comment_of_table_part(run, *table, object);
    if (comment == nullptr && table->incomplete) return nullptr;
  } else if (View* view = run.change(&Catalog::views, *name)) {
    comment = comment_of_view_part(*view, object);
  } else if (Type* type = run.change(&Catalog::types, *name)) {
    auto* attribute = by_name(type->attributes, object.part);
    comment = attribute == nullptr ? nullptr : &attribute->comment;
  } else {
    return nullptr;  // columns of indexes and sequences
  }
  if (comment == nullptr) missing_part(run, object, *name);
  return comment;
}

std::string* comment_of_relation(Execution& run, const ObjectName& object) {
  const auto name = run.relation(object.name);
  if (!name) {
    run.missing_relation(object.name);
    return nullptr;
  }
  if (Table* table = run.change(&Catalog::tables, *name)) return &table->comment;
  if (Index* index = run.change(&Catalog::indexes, *name)) return &index->comment;
  if (View* view = run.change(&Catalog::views, *name)) return &view->comment;
  if (Sequence* sequence = run.change(&Catalog::sequences, *name)) return &sequence->comment;
  return nullptr;
}

Type* existing_type(Execution& run, const ObjectName& object) {
  const auto name = run.type(object.name);
  return name ? run.change(&Catalog::types, *name) : nullptr;
}

std::string* comment_of_type(Execution& run, const ObjectName& object) {
  Type* type = existing_type(run, object);
  if (type == nullptr) {
    const auto key = existing_object_key(run, object);
    if (key) return &run.change(&Catalog::objects, *key)->comment;
    run.refuse_missing("42704", "type \"" + object.name.name + "\" does not exist", object.name);
    return nullptr;
  }
  if (object.kind != ObjectKind::domain_constraint) return &type->comment;
  for (auto& constraint : type->constraints) {
    if (constraint.definition.name == object.part) return &constraint.comment;
  }
  run.refuse_missing(
      "42704",
      "constraint \"" + object.part + "\" for domain \"" + object.name.name + "\" does not exist",
      object.part);
  return nullptr;
}

Function* existing_function(Execution& run, const ObjectName& object) {
  const auto key = run.function(object.name, run.resolved_signature(object.signature));
  return key ? run.change(&Catalog::functions, *key) : nullptr;
}

/// The object's text-kept entry, a function's included; null and refused when there is none.
std::string* comment_of_other(Execution& run, const ObjectName& object) {
  if (const auto key = existing_object_key(run, object))
    return &run.change(&Catalog::objects, *key)->comment;
  // Roles, databases and tablespaces are not the schema's.
  const bool of_cluster =
      object.kind == ObjectKind::role || object.kind == ObjectKind::database ||
      object.kind == ObjectKind::tablespace || object.kind == ObjectKind::large_object ||
      object.kind == ObjectKind::language || object.kind == ObjectKind::subscription;
  if (!of_cluster) {
    run.refuse_missing("42704",
                       message_words(object.kind) + " \"" + object.name.name + "\" does not exist",
                       object.name);
  }
  return nullptr;
}

/// Where the object's comment is kept; null when nowhere, which may be a refusal.
std::string* comment_of(Execution& run, const ObjectName& object) {
  switch (object.kind) {
    case ObjectKind::column:
    case ObjectKind::constraint:
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      return comment_of_part(run, object);
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::index:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
      return comment_of_relation(run, object);
    case ObjectKind::type:
    case ObjectKind::domain:
    case ObjectKind::domain_constraint:
      return comment_of_type(run, object);
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine: {
      Function* function = existing_function(run, object);
      if (function != nullptr) return &function->comment;
      run.refuse_missing("42883", "function " + object.sql + " does not exist", object.name);
      return nullptr;
    }
    case ObjectKind::schema:
      if (!run.use_schema(object.name.name)) return nullptr;
      return &run.change(&Catalog::schemas, object.name.name)->comment;
    case ObjectKind::extension: {
      Extension* extension = run.change(&Catalog::extensions, object.name.name);
      if (extension != nullptr) return &extension->comment;
      if (object.name.name == "plpgsql") return nullptr;
      run.refuse_missing("42704", "extension \"" + object.name.name + "\" does not exist",
                         object.name);
      return nullptr;
    }
    default:
      return comment_of_other(run, object);
  }
}

/// Where an owner is kept, and on what its privileges are.
struct Owned {
  std::string* owner = nullptr;
  ObjectKind kind = ObjectKind::other;
  std::string object = {};
};

Owned owner_of_relation(Execution& run, const ObjectName& object) {
  const auto name = run.relation(object.name);
  if (!name) {
    run.missing_relation(object.name);
    return {};
  }
  const auto owned = [&](ObjectKind kind, std::string& owner) {
    return Owned{&owner, kind, to_sql(*name)};
  };
  if (Table* table = run.change(&Catalog::tables, *name))
    return owned(ObjectKind::table, table->owner);
  if (View* view = run.change(&Catalog::views, *name)) return owned(ObjectKind::table, view->owner);
  if (Sequence* sequence = run.change(&Catalog::sequences, *name))
    return owned(ObjectKind::sequence, sequence->owner);
  return {};
}

Owned owner_of(Execution& run, const ObjectName& object) {
  switch (object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
      return owner_of_relation(run, object);
    case ObjectKind::type:
    case ObjectKind::domain: {
      Type* type = existing_type(run, object);
      if (type != nullptr) return {&type->owner, ObjectKind::type, to_sql(type->name)};
      run.refuse_missing("42704", "type \"" + object.name.name + "\" does not exist", object.name);
      return {};
    }
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine: {
      Function* function = existing_function(run, object);
      if (function != nullptr)
        return {&function->owner, ObjectKind::function,
                function_key(function->definition.name, function->signature)};
      run.refuse_missing("42883", "function " + object.sql + " does not exist", object.name);
      return {};
    }
    case ObjectKind::schema:
      if (!run.use_schema(object.name.name)) return {};
      return {&run.change(&Catalog::schemas, object.name.name)->owner, ObjectKind::schema,
              quote_identifier(object.name.name)};
    default: {
      const auto key = existing_object_key(run, object);
      if (!key) return {};
      return {&run.change(&Catalog::objects, *key)->owner, object.kind, *key};
    }
  }
}

}  // namespace

void perform(Execution& run, const Comment& statement) {
  if (std::string* comment = comment_of(run, statement.object))
    *comment = statement.text.value_or("");
}

void perform(Execution& run, const SetOwner& statement) {
  const Owned owned = owner_of(run, statement.object);
  if (owned.owner != nullptr)
    change_owner(run, owned.kind, owned.object, *owned.owner, statement.new_owner);
}

}  // namespace schemagate
