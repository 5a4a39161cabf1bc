// SPDX-License-Identifier: MIT
// Names and options.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {

std::string string_of(const void* node) {
  return node != nullptr && tag_of(node) == T_String ? static_cast<const String*>(node)->sval
                                                     : std::string();
}

std::vector<std::string> strings_of(const List* names) {
  std::vector<std::string> strings;
  for (const auto* name : each<Node>(names)) strings.push_back(string_of(name));
  return strings;
}

QualifiedName name_of(const List* names) {
  const std::size_t size = length(names);
  if (size == 0) return {};
  QualifiedName name;
  name.name = string_of(element<Node>(names, size - 1));
  if (size > 1) name.schema = string_of(element<Node>(names, size - 2));
  return name;
}

QualifiedName name_of(const RangeVar* relation) {
  if (relation == nullptr) return {};
  return {text_of(relation->schemaname), text_of(relation->relname)};
}

std::string role_of(const RoleSpec* role) {
  if (role == nullptr) return {};
  switch (role->roletype) {
    case ROLESPEC_CSTRING:
      return text_of(role->rolename);
    case ROLESPEC_CURRENT_ROLE:
      return "CURRENT_ROLE";
    case ROLESPEC_CURRENT_USER:
      return "CURRENT_USER";
    case ROLESPEC_SESSION_USER:
      return "SESSION_USER";
    case ROLESPEC_PUBLIC:
      return "PUBLIC";
  }
  return {};
}

// ---- options ----

std::string plain_value(Node* value) {
  switch (tag_of(value)) {
    case T_String:
      return string_of(value);
    case T_Integer:
      return std::to_string(intVal(value));
    case T_Float:
      return castNode(Float, value)->fval;
    case T_Boolean:
      return boolVal(value) ? "true" : "false";
    case T_TypeName:
      return to_sql(type_of(reinterpret_cast<::TypeName*>(value)));
    case T_List: {
      std::vector<std::string> parts;
      for (auto* part : each<Node>(reinterpret_cast<List*>(value)))
        parts.push_back(plain_value(part));
      return join(parts, ".");
    }
    case T_A_Star:
      return "*";
    case T_A_Const:
      return reinterpret_cast<A_Const*>(value)->isnull
                 ? "NULL"
                 : plain_value(&reinterpret_cast<A_Const*>(value)->val.node);
    case T_RoleSpec:
      return role_of(reinterpret_cast<RoleSpec*>(value));
    default:
      return expression_of(value).sql;
  }
}

namespace {

std::optional<std::int64_t> number(const DefElem* option) {
  if (option->arg == nullptr) return std::nullopt;
  const std::string text = plain_value(option->arg);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string value_of(const DefElem* option) {
  return option->arg == nullptr ? "true" : plain_value(option->arg);
}

bool flag_of(const DefElem* option) {
  const std::string value = to_lower(value_of(option));
  return value != "false" && value != "off" && value != "0" && value != "no";
}

Options options_of(const List* options) {
  Options result;
  for (const auto* option : each<DefElem>(options)) {
    std::string name = to_lower(text_of(option->defname));
    if (option->defnamespace != nullptr) name = to_lower(option->defnamespace) + "." + name;
    result.emplace_back(std::move(name), to_lower(value_of(option)));
  }
  return result;
}

Options foreign_options_of(const List* options) {
  Options result;
  for (const auto* option : each<DefElem>(options)) {
    std::string name = text_of(option->defname);
    if (option->defaction == DEFELEM_DROP) name = "-" + name;
    result.emplace_back(std::move(name), option->arg == nullptr ? "" : value_of(option));
  }
  return result;
}

SequenceOptions sequence_options_of(const List* options) {
  SequenceOptions result;
  for (const auto* option : each<DefElem>(options)) {
    const std::string_view name = option->defname;
    const bool bare = option->arg == nullptr;
    if (name == "as" && !bare) result.type = type_of(reinterpret_cast<::TypeName*>(option->arg));
    if (name == "start") result.start = number(option);
    if (name == "increment") result.increment = number(option);
    if (name == "minvalue")
      (bare ? result.no_minimum = true : (result.minimum = number(option), true));
    if (name == "maxvalue")
      (bare ? result.no_maximum = true : (result.maximum = number(option), true));
    if (name == "cache") result.cache = number(option);
    if (name == "restart")
      (bare ? result.bare_restart = true : (result.restart = number(option), true));
    if (name == "cycle") result.cycle = flag_of(option);
    if (name == "owned_by") result.owned_by = strings_of(reinterpret_cast<List*>(option->arg));
    if (name == "sequence_name")
      result.sequence_name = name_of(reinterpret_cast<List*>(option->arg));
  }
  return result;
}

}  // namespace schemagate::tree
