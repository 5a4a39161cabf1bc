// SPDX-License-Identifier: MIT
// Which object a statement means: its kind, its name, its canonical text.
#include "base/text.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate {

std::string_view to_sql(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::table:
      return "TABLE";
    case ObjectKind::foreign_table:
      return "FOREIGN TABLE";
    case ObjectKind::column:
      return "COLUMN";
    case ObjectKind::index:
      return "INDEX";
    case ObjectKind::sequence:
      return "SEQUENCE";
    case ObjectKind::view:
      return "VIEW";
    case ObjectKind::materialized_view:
      return "MATERIALIZED VIEW";
    case ObjectKind::schema:
      return "SCHEMA";
    case ObjectKind::extension:
      return "EXTENSION";
    case ObjectKind::type:
      return "TYPE";
    case ObjectKind::domain:
      return "DOMAIN";
    case ObjectKind::function:
      return "FUNCTION";
    case ObjectKind::procedure:
      return "PROCEDURE";
    case ObjectKind::routine:
      return "ROUTINE";
    case ObjectKind::aggregate:
      return "AGGREGATE";
    case ObjectKind::constraint:
    case ObjectKind::domain_constraint:
      return "CONSTRAINT";
    case ObjectKind::trigger:
      return "TRIGGER";
    case ObjectKind::policy:
      return "POLICY";
    case ObjectKind::rule:
      return "RULE";
    case ObjectKind::statistics:
      return "STATISTICS";
    case ObjectKind::publication:
      return "PUBLICATION";
    case ObjectKind::subscription:
      return "SUBSCRIPTION";
    case ObjectKind::event_trigger:
      return "EVENT TRIGGER";
    case ObjectKind::collation:
      return "COLLATION";
    case ObjectKind::conversion:
      return "CONVERSION";
    case ObjectKind::cast:
      return "CAST";
    case ObjectKind::operator_:
      return "OPERATOR";
    case ObjectKind::operator_class:
      return "OPERATOR CLASS";
    case ObjectKind::operator_family:
      return "OPERATOR FAMILY";
    case ObjectKind::text_search_configuration:
      return "TEXT SEARCH CONFIGURATION";
    case ObjectKind::text_search_dictionary:
      return "TEXT SEARCH DICTIONARY";
    case ObjectKind::text_search_parser:
      return "TEXT SEARCH PARSER";
    case ObjectKind::text_search_template:
      return "TEXT SEARCH TEMPLATE";
    case ObjectKind::foreign_data_wrapper:
      return "FOREIGN DATA WRAPPER";
    case ObjectKind::server:
      return "SERVER";
    case ObjectKind::user_mapping:
      return "USER MAPPING";
    case ObjectKind::language:
      return "LANGUAGE";
    case ObjectKind::access_method:
      return "ACCESS METHOD";
    case ObjectKind::transform:
      return "TRANSFORM";
    case ObjectKind::role:
      return "ROLE";
    case ObjectKind::database:
      return "DATABASE";
    case ObjectKind::tablespace:
      return "TABLESPACE";
    case ObjectKind::large_object:
      return "LARGE OBJECT";
    case ObjectKind::default_privileges:
      return "DEFAULT PRIVILEGES";
    case ObjectKind::attribute:
      return "ATTRIBUTE";
    case ObjectKind::enum_value:
      return "VALUE";
    case ObjectKind::parameter:
      return "PARAMETER";
    case ObjectKind::other:
      return "";
  }
  return "";
}

}  // namespace schemagate

namespace schemagate::tree {

ObjectKind kind_of(ObjectType type) {
  switch (type) {
    case OBJECT_ACCESS_METHOD:
      return ObjectKind::access_method;
    case OBJECT_AGGREGATE:
      return ObjectKind::aggregate;
    case OBJECT_ATTRIBUTE:
      return ObjectKind::attribute;
    case OBJECT_CAST:
      return ObjectKind::cast;
    case OBJECT_COLUMN:
      return ObjectKind::column;
    case OBJECT_COLLATION:
      return ObjectKind::collation;
    case OBJECT_CONVERSION:
      return ObjectKind::conversion;
    case OBJECT_DATABASE:
      return ObjectKind::database;
    case OBJECT_DEFACL:
      return ObjectKind::default_privileges;
    case OBJECT_DOMAIN:
      return ObjectKind::domain;
    case OBJECT_DOMCONSTRAINT:
      return ObjectKind::domain_constraint;
    case OBJECT_EVENT_TRIGGER:
      return ObjectKind::event_trigger;
    case OBJECT_EXTENSION:
      return ObjectKind::extension;
    case OBJECT_FDW:
      return ObjectKind::foreign_data_wrapper;
    case OBJECT_FOREIGN_SERVER:
      return ObjectKind::server;
    case OBJECT_FOREIGN_TABLE:
      return ObjectKind::foreign_table;
    case OBJECT_FUNCTION:
      return ObjectKind::function;
    case OBJECT_INDEX:
      return ObjectKind::index;
    case OBJECT_LANGUAGE:
      return ObjectKind::language;
    case OBJECT_LARGEOBJECT:
      return ObjectKind::large_object;
    case OBJECT_MATVIEW:
      return ObjectKind::materialized_view;
    case OBJECT_OPCLASS:
      return ObjectKind::operator_class;
    case OBJECT_OPERATOR:
      return ObjectKind::operator_;
    case OBJECT_OPFAMILY:
      return ObjectKind::operator_family;
    case OBJECT_PARAMETER_ACL:
      return ObjectKind::parameter;
    case OBJECT_POLICY:
      return ObjectKind::policy;
    case OBJECT_PROCEDURE:
      return ObjectKind::procedure;
    case OBJECT_PUBLICATION:
      return ObjectKind::publication;
    case OBJECT_ROLE:
      return ObjectKind::role;
    case OBJECT_ROUTINE:
      return ObjectKind::routine;
    case OBJECT_RULE:
      return ObjectKind::rule;
    case OBJECT_SCHEMA:
      return ObjectKind::schema;
    case OBJECT_SEQUENCE:
      return ObjectKind::sequence;
    case OBJECT_SUBSCRIPTION:
      return ObjectKind::subscription;
    case OBJECT_STATISTIC_EXT:
      return ObjectKind::statistics;
    case OBJECT_TABCONSTRAINT:
      return ObjectKind::constraint;
    case OBJECT_TABLE:
      return ObjectKind::table;
    case OBJECT_TABLESPACE:
      return ObjectKind::tablespace;
    case OBJECT_TRANSFORM:
      return ObjectKind::transform;
    case OBJECT_TRIGGER:
      return ObjectKind::trigger;
    case OBJECT_TSCONFIGURATION:
      return ObjectKind::text_search_configuration;
    case OBJECT_TSDICTIONARY:
      return ObjectKind::text_search_dictionary;
    case OBJECT_TSPARSER:
      return ObjectKind::text_search_parser;
    case OBJECT_TSTEMPLATE:
      return ObjectKind::text_search_template;
    case OBJECT_TYPE:
      return ObjectKind::type;
    case OBJECT_USER_MAPPING:
      return ObjectKind::user_mapping;
    case OBJECT_VIEW:
      return ObjectKind::view;
    case OBJECT_AMOP:
    case OBJECT_AMPROC:
    case OBJECT_DEFAULT:
    case OBJECT_PUBLICATION_NAMESPACE:
    case OBJECT_PUBLICATION_REL:
      return ObjectKind::other;
  }
  return ObjectKind::other;
}

namespace {

/// A part of a relation, given as the relation's names followed by its own.
ObjectName part_object(ObjectKind kind, const List* names) {
  ObjectName object;
  object.kind = kind;
  auto strings = strings_of(names);
  if (strings.empty()) return object;
  object.part = std::move(strings.back());
  strings.pop_back();
  if (!strings.empty()) object.name.name = strings.back();
  if (strings.size() > 1) object.name.schema = strings[strings.size() - 2];
  return object;
}

/// "(integer, text)": the types a call must have; an OPERATOR's missing side is NONE.
std::string signature_of(const ObjectWithArgs* object) {
  if (object->args_unspecified) return {};
  std::vector<std::string> types;
  for (const auto* type : each<::TypeName>(object->objargs)) {
    types.push_back(type == nullptr ? "NONE" : to_sql(type_of(type)));
  }
  return "(" + join(types, ", ") + ")";
}

/// An operator's name is no identifier: only its schema is ever quoted.
std::string operator_sql(const QualifiedName& name) {
  return name.schema.empty() ? name.name : quote_identifier(name.schema) + "." + name.name;
}

ObjectName routine_object(ObjectKind kind, const ObjectWithArgs* routine) {
  ObjectName object;
  object.kind = kind;
  object.name = name_of(routine->objname);
  object.signature = signature_of(routine);
  const bool is_operator = kind == ObjectKind::operator_;
  if (kind == ObjectKind::aggregate && object.signature == "()") object.signature = "(*)";
  object.sql = (is_operator ? operator_sql(object.name) : to_sql(object.name)) + object.signature;
  return object;
}

/// The object kinds whose List holds something else than the parts of a name.
ObjectName list_object(ObjectKind kind, const List* list) {
  ObjectName object;
  object.kind = kind;
  switch (kind) {
    case ObjectKind::column:
    case ObjectKind::attribute:
      object = part_object(kind, list);
      object.sql = to_sql(object.name) + "." + quote_identifier(object.part);
      return object;
    case ObjectKind::constraint:
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      object = part_object(kind, list);
      object.sql = quote_identifier(object.part) + " ON " + to_sql(object.name);
      return object;
    case ObjectKind::domain_constraint:
      object.name = type_of(element<::TypeName>(list, 0)).name;
      object.part = string_of(element<Node>(list, 1));
      object.sql = quote_identifier(object.part) + " ON DOMAIN " + to_sql(object.name);
      return object;
    case ObjectKind::cast: {
      const std::string source = to_sql(type_of(element<::TypeName>(list, 0))),
                        target = to_sql(type_of(element<::TypeName>(list, 1)));
      object.sql = "(" + source + " AS " + target + ")";
      object.signature = "(" + source + ", " + target + ")";
      return object;
    }
    case ObjectKind::transform:
      object.name = type_of(element<::TypeName>(list, 0)).name;
      object.part = string_of(element<Node>(list, 1));
      object.sql = "FOR " + to_sql(type_of(element<::TypeName>(list, 0))) + " LANGUAGE " +
                   quote_identifier(object.part);
      return object;
    case ObjectKind::operator_class:
    case ObjectKind::operator_family: {
      auto names = strings_of(list);
      object.part = names.front();
      object.name.name = names.back();
      if (names.size() > 2) object.name.schema = names[names.size() - 2];
      object.sql = to_sql(object.name) + " USING " + quote_identifier(object.part);
      return object;
    }
    default:
      object.name = name_of(list);
      object.sql = to_sql(object.name);
      return object;
  }
}

}  // namespace

ObjectName object_of(ObjectType type, Node* node) {
  const ObjectKind kind = kind_of(type);
  ObjectName object;
  object.kind = kind;
  if (node == nullptr) return object;
  switch (tag_of(node)) {
    case T_ObjectWithArgs:
      return routine_object(kind, reinterpret_cast<ObjectWithArgs*>(node));
    case T_List:
      return list_object(kind, reinterpret_cast<List*>(node));
    case T_TypeName: {
      const auto type_name = type_of(reinterpret_cast<::TypeName*>(node));
      object.name = type_name.name;
      object.sql = to_sql(type_name);
      return object;
    }
    case T_RangeVar:
      object.name = name_of(reinterpret_cast<RangeVar*>(node));
      object.sql = to_sql(object.name);
      return object;
    case T_RoleSpec:
      object.name.name = role_of(reinterpret_cast<RoleSpec*>(node));
      break;
    default:
      object.name.name = plain_value(node);
      break;
  }
  const bool number = kind == ObjectKind::large_object;
  object.sql = number ? object.name.name : quote_identifier(object.name.name);
  return object;
}

ObjectName object_of(ObjectType type, const RangeVar* relation, const char* part) {
  ObjectName object;
  object.kind = kind_of(type);
  object.name = name_of(relation);
  object.part = text_of(part);
  object.sql = to_sql(object.name);
  if (object.part.empty()) return object;
  const bool of_relation =
      object.kind == ObjectKind::column || object.kind == ObjectKind::attribute;
  object.sql = of_relation ? object.sql + "." + quote_identifier(object.part)
                           : quote_identifier(object.part) + " ON " + object.sql;
  return object;
}

ObjectName named(ObjectKind kind, const std::string& name) {
  return {kind, {"", name}, "", "", quote_identifier(name)};
}
ObjectName named(ObjectKind kind, const char* name) { return named(kind, text_of(name)); }

ObjectName named(ObjectKind kind, const List* names) {
  const auto name = name_of(names);
  return {kind, name, "", "", name.empty() ? std::string() : to_sql(name)};
}

ObjectName user_mapping(const RoleSpec* user, const char* server) {
  ObjectName object = named(ObjectKind::user_mapping, server);
  object.part = role_of(user);
  object.sql = "FOR " +
               (user->roletype == ROLESPEC_CSTRING ? quote_identifier(object.part) : object.part) +
               " SERVER " + object.sql;
  return object;
}

/// Kinds whose name a List gives without types: RENAME and SET SCHEMA of types use any_name.
ObjectName relation_or_object(ObjectType type, const RangeVar* relation, Node* object) {
  return relation != nullptr ? object_of(type, relation, nullptr) : object_of(type, object);
}

}  // namespace schemagate::tree
