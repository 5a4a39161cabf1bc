// SPDX-License-Identifier: MIT
// CREATE and ALTER of the objects that the catalog keeps as canonical text: triggers, policies,
// rules, statistics, publications, casts, operators, foreign servers, ….
#include <algorithm>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

std::string definition_of(const Source& source, Node* statement) {
  if (auto sql = deparse(statement)) return std::move(*sql);
  return collapse(
      std::string_view(source.text.sql).substr(source.begin, source.end - source.begin));
}

void add(References& to, References&& from) {
  const auto append = [](auto& all, auto& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  append(to.relations, from.relations);
  append(to.columns, from.columns);
  append(to.functions, from.functions);
  append(to.types, from.types);
  append(to.sequences, from.sequences);
}

FunctionUse called(const List* name, int arguments) { return {name_of(name), arguments}; }

void add_relation(References& references, const RangeVar* relation) {
  references.relations.push_back({name_of(relation), text_of(relation->relname)});
}

/// Sorted in place: the order in which these are written makes no difference.
template <class Less>
void sort(List* list, Less less) {
  if (list == nullptr) return;
  std::stable_sort(
      list->elements, list->elements + list->length,
      [&](const ListCell& a, const ListCell& b) { return less(a.ptr_value, b.ptr_value); });
}

void sort_roles(List* roles) {
  const auto name = [](const void* role) {
    return text_of(static_cast<const RoleSpec*>(role)->rolename);
  };
  sort(roles, [&](const void* a, const void* b) { return name(a) < name(b); });
}

CreateObject trigger(const CreateTrigStmt* statement) {
  CreateObject result;
  sort(statement->transitionRels, [](const void* a, const void* b) {
    return !static_cast<const TriggerTransition*>(a)->isNew &&
           static_cast<const TriggerTransition*>(b)->isNew;
  });
  result.object = object_of(OBJECT_TRIGGER, statement->relation, statement->trigname);
  result.or_replace = statement->replace;
  result.constraint_trigger = statement->isconstraint;
  result.references = references_of(statement->whenClause);
  add_relation(result.references, statement->relation);
  if (statement->constrrel != nullptr) add_relation(result.references, statement->constrrel);
  result.references.functions.push_back(called(statement->funcname, 0));
  for (const auto* column : each<Node>(statement->columns)) {
    result.references.columns.push_back({text_of(statement->relation->relname), string_of(column)});
  }
  return result;
}

CreateObject policy(const CreatePolicyStmt* statement) {
  CreateObject result;
  result.object = object_of(OBJECT_POLICY, statement->table, statement->policy_name);
  sort_roles(statement->roles);
  result.references = references_of(statement->qual);
  add(result.references, references_of(statement->with_check));
  add_relation(result.references, statement->table);
  return result;
}

CreateObject rule(const RuleStmt* statement) {
  CreateObject result;
  result.object = object_of(OBJECT_RULE, statement->relation, statement->rulename);
  result.or_replace = statement->replace;
  result.references = references_of(statement->whereClause);
  add(result.references, references_of(statement->actions));
  for (auto* action : each<Node>(statement->actions)) {
    if (tag_of(action) != T_InsertStmt && tag_of(action) != T_UpdateStmt) continue;
    const DataStatement data = data_statement(action);
    for (const std::string& column : data.columns)
      result.references.columns.push_back({data.target.name, column});
  }
  add_relation(result.references, statement->relation);
  return result;
}

/// Kinds in the server's order, all of them unsaid; columns before expressions.
void canonicalise(CreateStatsStmt* statement) {
  const auto kind = [](const void* node) {
    const std::string name = string_of(static_cast<const Node*>(node));
    return name == "ndistinct" ? 0 : name == "dependencies" ? 1 : 2;
  };
  sort(statement->stat_types, [&](const void* a, const void* b) { return kind(a) < kind(b); });
  constexpr int kinds = 3;
  if (length(statement->stat_types) == kinds) statement->stat_types = nullptr;
  sort(statement->exprs, [](const void* a, const void* b) {
    const auto *x = static_cast<const StatsElem*>(a), *y = static_cast<const StatsElem*>(b);
    if (x->name == nullptr || y->name == nullptr) return x->name != nullptr && y->name == nullptr;
    return text_of(x->name) < text_of(y->name);
  });
}

CreateObject statistics(CreateStatsStmt* statement) {
  CreateObject result;
  canonicalise(statement);
  result.object = named(ObjectKind::statistics, statement->defnames);
  result.if_not_exists = statement->if_not_exists;
  for (auto* part : each<StatsElem>(statement->exprs)) {
    if (part->name != nullptr) result.references.columns.push_back({"", part->name});
    add(result.references, references_of(part->expr));
  }
  add(result.references, references_of(statement->relations));
  return result;
}

CreateObject publication(const CreatePublicationStmt* statement) {
  CreateObject result;
  result.object = named(ObjectKind::publication, statement->pubname);
  result.for_all_tables = statement->for_all_tables;
  for (const auto* object : each<PublicationObjSpec>(statement->pubobjects)) {
    if (object->pubtable == nullptr) continue;
    sort(object->pubtable->columns, [](const void* a, const void* b) {
      return string_of(static_cast<const Node*>(a)) < string_of(static_cast<const Node*>(b));
    });
    for (const auto* column : each<Node>(object->pubtable->columns))
      result.references.columns.push_back(
          {text_of(object->pubtable->relation->relname), string_of(column)});
    add_relation(result.references, object->pubtable->relation);
    add(result.references, references_of(object->pubtable->whereClause));
  }
  return result;
}

/// As the grammar spells double precision: pg_catalog.float8.
void qualify_builtin(::TypeName* type) {
  if (type == nullptr || length(type->names) != 1 || type->pct_type) return;
  const std::string name = string_of(element<Node>(type->names, 0));
  if (!is_builtin_type(name)) return;
  type->names = list_make2(makeString(pstrdup("pg_catalog")), makeString(pstrdup(name.c_str())));
}

CreateObject cast(const CreateCastStmt* statement) {
  CreateObject result;
  qualify_builtin(statement->sourcetype);
  qualify_builtin(statement->targettype);
  const auto source = type_of(statement->sourcetype);
  const auto target = type_of(statement->targettype);
  result.object.kind = ObjectKind::cast;
  result.object.sql = "(" + to_sql(source) + " AS " + to_sql(target) + ")";
  result.object.signature = "(" + to_sql(source) + ", " + to_sql(target) + ")";
  result.references.types = {source, target};
  if (statement->func != nullptr) {
    for (auto* argument : each<::TypeName>(statement->func->objargs)) qualify_builtin(argument);
    result.references.functions.push_back(
        called(statement->func->objname, static_cast<int>(length(statement->func->objargs))));
  }
  return result;
}

CreateObject transform(const CreateTransformStmt* statement) {
  CreateObject result;
  const auto type = type_of(statement->type_name);
  result.or_replace = statement->replace;
  result.object.kind = ObjectKind::transform;
  result.object.name = type.name;
  result.object.part = text_of(statement->lang);
  result.object.sql = "FOR " + to_sql(type) + " LANGUAGE " + quote_identifier(result.object.part);
  result.references.types = {type};
  return result;
}

CreateObject operator_class(const CreateOpClassStmt* statement) {
  CreateObject result;
  result.object = named(ObjectKind::operator_class, statement->opclassname);
  result.object.part = text_of(statement->amname);
  result.object.sql += " USING " + quote_identifier(result.object.part);
  result.references.types = {type_of(statement->datatype)};
  return result;
}

CreateObject operator_family(const CreateOpFamilyStmt* statement) {
  CreateObject result;
  result.object = named(ObjectKind::operator_family, statement->opfamilyname);
  result.object.part = text_of(statement->amname);
  result.object.sql += " USING " + quote_identifier(result.object.part);
  return result;
}

/// The option of that name, given in lower case, or null.
const DefElem* option_of(const List* options, std::string_view name) {
  for (const auto* option : each<DefElem>(options)) {
    if (to_lower(option->defname) == name) return option;
  }
  return nullptr;
}

/// The functions that an aggregate or operator is made of.
void add_functions(References& references, const List* options) {
  for (const char* name : {"sfunc", "finalfunc", "procedure", "function"}) {
    const DefElem* option = option_of(options, name);
    const auto* type = option == nullptr ? nullptr : as<::TypeName, T_TypeName>(option->arg);
    if (type != nullptr) references.functions.push_back(called(type->names, 0));
  }
}

/// "(integer, text)"; "(*)" for no arguments, in the old style too.
void add_aggregate(CreateObject& result, const DefineStmt* statement) {
  std::vector<std::string> types;
  if (statement->oldstyle) {
    const DefElem* base = option_of(statement->definition, "basetype");
    if (base != nullptr && to_lower(value_of(base)) != "any" && value_of(base) != "\"any\"") {
      types.push_back(value_of(base));
    }
  } else {
    for (auto* parameter : each<FunctionParameter>(element<List>(statement->args, 0))) {
      qualify_builtin(parameter->argType);
      result.references.types.push_back(type_of(parameter->argType));
      types.push_back(to_sql(result.references.types.back()));
    }
  }
  result.object.signature = types.empty() ? "(*)" : "(" + join(types, ", ") + ")";
  result.object.sql += result.object.signature;
}

void add_operator(ObjectName& object, const List* options) {
  const auto operand = [&](std::string_view name) {
    const DefElem* option = option_of(options, name);
    return option == nullptr ? std::string("NONE") : value_of(option);
  };
  object.signature = "(" + operand("leftarg") + ", " + operand("rightarg") + ")";
  object.sql = object.name.name + object.signature;
  if (!object.name.schema.empty())
    object.sql = quote_identifier(object.name.schema) + "." + object.sql;
}

/// LOCALE says for the C library what LC_COLLATE and LC_CTYPE say when they are the same.
void unite_locale(List* options) {
  const DefElem* collate = option_of(options, "lc_collate");
  const DefElem* type = option_of(options, "lc_ctype");
  if (collate == nullptr || type == nullptr || value_of(collate) != value_of(type)) return;
  auto* cells = options->elements;
  for (int i = 0; i < options->length; ++i)
    if (cells[i].ptr_value == collate)
      static_cast<DefElem*>(cells[i].ptr_value)->defname = pstrdup("locale");
  auto* end = std::remove_if(cells, cells + options->length,
                             [&](const ListCell& cell) { return cell.ptr_value == type; });
  options->length = static_cast<int>(end - cells);
}

/// Options in one order, by their new names, without those that the server has anyway.
void canonicalise(List* options) {
  if (options == nullptr) return;
  for (auto* option : each<DefElem>(options)) {
    const std::string name = to_lower(option->defname);
    if (name == "procedure") option->defname = pstrdup("function");
    const bool type = name == "leftarg" || name == "rightarg" || name == "stype" ||
                      name == "mstype" || name == "basetype";
    if (type) qualify_builtin(as<::TypeName, T_TypeName>(option->arg));
    const NodeTag tag = option->arg == nullptr ? T_Invalid : tag_of(option->arg);
    const bool number = tag == T_Integer || tag == T_Float;
    if (number && name.ends_with("initcond"))
      option->arg = reinterpret_cast<Node*>(makeString(pstrdup(value_of(option).c_str())));
  }
  auto* cells = options->elements;
  auto* end = std::remove_if(cells, cells + options->length, [](const ListCell& cell) {
    const auto* option = static_cast<DefElem*>(cell.ptr_value);
    const std::string name = to_lower(option->defname);
    return (name == "provider" && to_lower(value_of(option)) == "libc") ||
           (name == "deterministic" && to_lower(value_of(option)) == "true");
  });
  if (end == cells) return;
  options->length = static_cast<int>(end - cells);
  sort(options, [](const void* a, const void* b) {
    return to_lower(static_cast<const DefElem*>(a)->defname) <
           to_lower(static_cast<const DefElem*>(b)->defname);
  });
}

/// CREATE AGGREGATE, OPERATOR, TYPE (base or shell), TEXT SEARCH …, COLLATION.
CreateObject define(const DefineStmt* statement) {
  CreateObject result;
  const ObjectKind kind = kind_of(statement->kind);
  // The server keeps the options of a dictionary as they were written.
  if (kind != ObjectKind::text_search_dictionary) canonicalise(statement->definition);
  if (kind == ObjectKind::collation && statement->definition != nullptr)
    unite_locale(statement->definition);
  result.object = named(kind, statement->defnames);
  result.or_replace = statement->replace;
  result.if_not_exists = statement->if_not_exists;
  if (kind == ObjectKind::aggregate) add_aggregate(result, statement);
  if (kind == ObjectKind::operator_) add_operator(result.object, statement->definition);
  add_functions(result.references, statement->definition);
  return result;
}

CreateObject language(const CreatePLangStmt* statement) {
  CreateObject result;
  result.object = named(ObjectKind::language, statement->plname);
  result.or_replace = statement->replace;
  return result;
}

CreateObject event_trigger(const CreateEventTrigStmt* statement) {
  CreateObject result;
  result.object = named(ObjectKind::event_trigger, statement->trigname);
  result.references.functions.push_back(called(statement->funcname, 0));
  return result;
}

CreateObject plain(ObjectName object, bool if_not_exists = false) {
  CreateObject result;
  result.object = std::move(object);
  result.if_not_exists = if_not_exists;
  return result;
}

std::optional<CreateObject> created(Node* statement) {
  switch (tag_of(statement)) {
    case T_CreateTrigStmt:
      return trigger(reinterpret_cast<CreateTrigStmt*>(statement));
    case T_CreateEventTrigStmt:
      return event_trigger(reinterpret_cast<CreateEventTrigStmt*>(statement));
    case T_CreatePolicyStmt:
      return policy(reinterpret_cast<CreatePolicyStmt*>(statement));
    case T_RuleStmt:
      return rule(reinterpret_cast<RuleStmt*>(statement));
    case T_CreateStatsStmt:
      return statistics(reinterpret_cast<CreateStatsStmt*>(statement));
    case T_CreatePublicationStmt:
      return publication(reinterpret_cast<CreatePublicationStmt*>(statement));
    case T_CreateCastStmt:
      return cast(reinterpret_cast<CreateCastStmt*>(statement));
    case T_CreateTransformStmt:
      return transform(reinterpret_cast<CreateTransformStmt*>(statement));
    case T_CreateOpClassStmt:
      return operator_class(reinterpret_cast<CreateOpClassStmt*>(statement));
    case T_CreateOpFamilyStmt:
      return operator_family(reinterpret_cast<CreateOpFamilyStmt*>(statement));
    case T_DefineStmt:
      return define(reinterpret_cast<DefineStmt*>(statement));
    case T_CreatePLangStmt:
      return language(reinterpret_cast<CreatePLangStmt*>(statement));
    case T_CreateConversionStmt:
      return plain(named(ObjectKind::conversion,
                         reinterpret_cast<CreateConversionStmt*>(statement)->conversion_name));
    case T_CreateAmStmt:
      return plain(
          named(ObjectKind::access_method, reinterpret_cast<CreateAmStmt*>(statement)->amname));
    case T_CreateFdwStmt:
      return plain(named(ObjectKind::foreign_data_wrapper,
                         reinterpret_cast<CreateFdwStmt*>(statement)->fdwname));
    case T_CreateForeignServerStmt: {
      const auto* server = reinterpret_cast<CreateForeignServerStmt*>(statement);
      return plain(named(ObjectKind::server, server->servername), server->if_not_exists);
    }
    case T_CreateUserMappingStmt: {
      const auto* mapping = reinterpret_cast<CreateUserMappingStmt*>(statement);
      return plain(user_mapping(mapping->user, mapping->servername), mapping->if_not_exists);
    }
    default:
      return std::nullopt;
  }
}

std::optional<AlterObject> altered(Node* statement) {
  AlterObject result;
  switch (tag_of(statement)) {
    case T_AlterFunctionStmt: {
      const auto* alter = reinterpret_cast<AlterFunctionStmt*>(statement);
      result.object = object_of(alter->objtype, reinterpret_cast<Node*>(alter->func));
      return result;
    }
    case T_AlterPolicyStmt: {
      const auto* alter = reinterpret_cast<AlterPolicyStmt*>(statement);
      result.object = object_of(OBJECT_POLICY, alter->table, alter->policy_name);
      result.references = references_of(alter->qual);
      add(result.references, references_of(alter->with_check));
      return result;
    }
    case T_AlterPublicationStmt: {
      const auto* alter = reinterpret_cast<AlterPublicationStmt*>(statement);
      result.object = named(ObjectKind::publication, alter->pubname);
      for (const auto* object : each<PublicationObjSpec>(alter->pubobjects)) {
        if (object->pubtable == nullptr) continue;
        add_relation(result.references, object->pubtable->relation);
        add(result.references, references_of(object->pubtable->whereClause));
      }
      return result;
    }
    case T_AlterStatsStmt:
      result.object =
          named(ObjectKind::statistics, reinterpret_cast<AlterStatsStmt*>(statement)->defnames);
      return result;
    case T_AlterOperatorStmt:
      result.object = object_of(
          OBJECT_OPERATOR,
          reinterpret_cast<Node*>(reinterpret_cast<AlterOperatorStmt*>(statement)->opername));
      return result;
    case T_AlterTypeStmt:
      result.object =
          named(ObjectKind::type, reinterpret_cast<AlterTypeStmt*>(statement)->typeName);
      return result;
    case T_AlterCollationStmt:
      result.object =
          named(ObjectKind::collation, reinterpret_cast<AlterCollationStmt*>(statement)->collname);
      return result;
    case T_AlterTSDictionaryStmt:
      result.object = named(ObjectKind::text_search_dictionary,
                            reinterpret_cast<AlterTSDictionaryStmt*>(statement)->dictname);
      return result;
    case T_AlterTSConfigurationStmt:
      result.object = named(ObjectKind::text_search_configuration,
                            reinterpret_cast<AlterTSConfigurationStmt*>(statement)->cfgname);
      return result;
    case T_AlterFdwStmt:
      result.object = named(ObjectKind::foreign_data_wrapper,
                            reinterpret_cast<AlterFdwStmt*>(statement)->fdwname);
      return result;
    case T_AlterForeignServerStmt:
      result.object = named(ObjectKind::server,
                            reinterpret_cast<AlterForeignServerStmt*>(statement)->servername);
      return result;
    case T_AlterUserMappingStmt: {
      const auto* alter = reinterpret_cast<AlterUserMappingStmt*>(statement);
      result.object = user_mapping(alter->user, alter->servername);
      return result;
    }
    case T_AlterEventTrigStmt:
      result.object = named(ObjectKind::event_trigger,
                            reinterpret_cast<AlterEventTrigStmt*>(statement)->trigname);
      return result;
    case T_AlterOpFamilyStmt: {
      const auto* alter = reinterpret_cast<AlterOpFamilyStmt*>(statement);
      result.object = named(ObjectKind::operator_family, alter->opfamilyname);
      result.object.part = text_of(alter->amname);
      result.object.sql += " USING " + quote_identifier(result.object.part);
      return result;
    }
    case T_AlterExtensionStmt:
      result.object =
          named(ObjectKind::extension, reinterpret_cast<AlterExtensionStmt*>(statement)->extname);
      return result;
    case T_AlterExtensionContentsStmt:
      result.object = named(ObjectKind::extension,
                            reinterpret_cast<AlterExtensionContentsStmt*>(statement)->extname);
      return result;
    case T_AlterObjectDependsStmt: {
      const auto* alter = reinterpret_cast<AlterObjectDependsStmt*>(statement);
      result.object =
          alter->objectType == OBJECT_TRIGGER
              ? object_of(
                    OBJECT_TRIGGER, alter->relation,
                    string_of(element<Node>(reinterpret_cast<List*>(alter->object), 0)).c_str())
              : relation_or_object(alter->objectType, alter->relation, alter->object);
      return result;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<StatementBody> catalog_object(const Source& source, Node* statement) {
  if (auto result = created(statement)) {
    result->definition = definition_of(source, statement);
    return std::move(*result);
  }
  if (auto result = altered(statement)) {
    result->definition = definition_of(source, statement);
    return std::move(*result);
  }
  return std::nullopt;
}

}  // namespace schemagate::tree
