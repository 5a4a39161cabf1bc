// SPDX-License-Identifier: MIT
// Calls of functions in expressions.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/expression_analyser.h"
#include "schema/impact_defaults.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;
using Types = ExpressionAnalyser::Types;

}  // namespace

void ExpressionAnalyser::refuse_kind(const ResolvedCall& call, bool over) {
  if (place == ExpressionPlace::query) return;
  const auto many = std::string(words_of(place).many);
  if (over) {
    fail("42P20", "window functions are not allowed in " + many);
  } else if (call.kind == 'a') {
    fail("42803", "aggregate functions are not allowed in " + many);
  } else if (call.kind == 'w') {
    fail("42809", "window function requires an OVER clause");
  } else if (call.returns_set) {
    fail("0A000", "set-returning functions are not allowed in " + many);
  }
}

/// What looks like a call and is none: coalesce, nullif, greatest, least.
std::string ExpressionAnalyser::special_form(const std::string& name, const Node& node,
                                             bool& known) {
  known = true;
  if (name == "coalesce" || name == "greatest" || name == "least") {
    const Types types = types_of(node.children);
    std::string type = failed() ? std::string() : common(types, name);
    for (std::size_t i = 0; i < types.size() && !failed(); ++i) {
      if (types[i] == unknown_type) read_constant(node.children[i], type);
    }
    return type;
  }
  if (name == "nullif" && node.children.size() == 2) {
    const Types types = types_of(node.children);
    operate("=", types, {&node.children[0], &node.children[1]});
    return types[0] == unknown_type ? "text" : types[0];
  }
  constexpr std::string_view forms[] = {
      "grouping", "xmlelement", "xmlforest",    "xmlconcat",    "xmlparse",
      "xmlroot",  "xmlpi",      "xmlserialize", "merge_action", "similar_to_escape"};
  known = std::find(std::begin(forms), std::end(forms), name) != std::end(forms) ||
          name.starts_with("json");
  if (known && builtins::is_function(name, b.major())) known = false;
  if (known) add_volatility('?');
  return {};
}

/// text(x), date(x): a cast in the form of a call (func_get_detail). Nothing when it is none.
std::optional<std::string> ExpressionAnalyser::call_as_cast(const Node& node,
                                                            const std::string& name,
                                                            const std::string& from) {
  const auto target = builtins::type(name, b.major());
  if (!target || from.empty()) return std::nullopt;
  if (from == unknown_type) {
    if (node.children[0].kind != NodeKind::string) return std::nullopt;
    read_constant(node.children[0], name);
    return name;
  }
  const auto known = builtins::cast(from, name, b.major());
  const bool by_function = known && known->method == 'f';
  if (by_function || !can_coerce(from, name, 'e', b.major())) return std::nullopt;
  convert(from, name);
  return name;
}

std::string ExpressionAnalyser::builtin_call(const Node& node, const std::string& name,
                                             const Types& types) {
  const auto candidates = builtins::functions(name, b.major());
  const bool exact = std::any_of(candidates.begin(), candidates.end(), [&](const auto& f) {
    return std::equal(f.arguments.begin(), f.arguments.end(), types.begin(), types.end());
  });
  if (types.size() == 1 && !exact) {
    if (auto type = call_as_cast(node, name, types[0])) return *type;
  }
  const bool own_types =
      std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.empty(); });
  const ResolvedCall call = candidates.empty()
                                ? ResolvedCall{Resolution::none, "", '?', 'f', false, {}}
                                : resolve_function(candidates, types, b.major());
  if (call.resolution == Resolution::none) {
    const bool is_type = builtins::type(name, b.major()).has_value();
    const bool as_cast =
        types.size() == 1 &&
        (is_type ? own_types : resolve_type(b.catalog(), b.session(), {"", name}).has_value());
    if (names_are_known() && !as_cast && (!own_types || candidates.empty())) {
      fail("42883", "function " + shown(name, types) + " does not exist");
    }
    add_volatility('?');
    return as_cast ? builtin_name(b, TypeName{{"", name}, {}, {}, 0, false}) : std::string();
  }
  if (call.resolution == Resolution::ambiguous && names_are_known()) {
    fail("42725", "function " + shown(name, types) + " is not unique");
  }
  for (std::size_t i = 0; i < call.arguments.size() && i < node.children.size(); ++i) {
    if (types[i] == unknown_type) read_constant(node.children[i], call.arguments[i]);
    convert(types[i], call.arguments[i]);
  }
  refuse_kind(call, false);
  const bool certain = call.resolution == Resolution::found && !own_types;
  add_volatility(certain ? call.volatility : '?');
  return call.result;
}

/// A call that a function of the catalog may be meant by. Nothing is certain when there are
/// several.
std::string ExpressionAnalyser::own_call(const std::vector<const Function*>& own,
                                         bool may_be_others, const std::string& name,
                                         const Types& types) {
  add_volatility('?');
  if (own.size() != 1 || may_be_others) return {};
  const CreateFunction& f = own.front()->definition;
  std::size_t at = 0;
  for (const FunctionArgument& argument : f.arguments) {
    if (argument.mode != 'i' && argument.mode != 'b') break;
    if (at >= types.size()) break;
    const std::string wanted = builtin_name(b, argument.type);
    if (!can_coerce(types[at++], wanted, 'i', b.major()) && names_are_known() &&
        !has_objects(b, ObjectKind::cast)) {
      fail("42883", "function " + shown(name, types) + " does not exist");
    }
  }
  if ((f.returns.setof || f.returns_table) && place != ExpressionPlace::query) {
    fail("0A000",
         "set-returning functions are not allowed in " + std::string(words_of(place).many));
  }
  return builtin_name(b, f.returns);
}

/// No function, aggregate or type of that name is in a schema that the files make.
bool ExpressionAnalyser::is_nowhere(const QualifiedName& name) const {
  return b.knows_schema(name.schema) && !has_objects(b, ObjectKind::aggregate) &&
         !resolve_type(b.catalog(), b.session(), name);
}

std::string ExpressionAnalyser::call(const Node& node) {
  if (node.names.size() > 2) return {};
  const std::string& name = node.names.back();
  const std::string schema = node.names.size() == 2 ? node.names[0] : std::string();
  bool special = false;
  if (schema.empty()) {
    std::string type = special_form(name, node, special);
    if (special) return type;
  }
  std::vector<Node> arguments = node.children;
  const bool star = arguments.size() == 1 && arguments[0].kind == NodeKind::name &&
                    arguments[0].names == std::vector<std::string>{"*"};
  if (star) arguments.clear();
  const auto any = [&](auto is) { return std::any_of(arguments.begin(), arguments.end(), is); };
  const bool clauses = any([](const Node& n) { return n.kind == NodeKind::clause; });
  const bool over = any([](const Node& n) {
    return n.kind == NodeKind::clause && (n.text.starts_with("OVER") || n.text == "WINDOW");
  });
  if (over) {
    refuse_kind({}, true);
    return {};
  }
  const Types types = clauses ? Types{} : types_of(arguments);
  if (failed()) return {};
  const bool own_name =
      std::any_of(b.catalog().functions.begin(), b.catalog().functions.end(),
                  [&](const auto& entry) { return entry.second.definition.name.name == name; });
  const bool own_aggregates = has_objects(b, ObjectKind::aggregate);
  const bool system = schema.empty() || schema == "pg_catalog";
  if (!own_name && !own_aggregates && !clauses && system) return builtin_call(node, name, types);
  if (!system && names_are_known() && b.schema_is_missing(schema))
    fail("3F000", "schema " + quoted(schema) + " does not exist");
  const bool may_be_others =
      own_aggregates || clauses || !builtins::functions(name, b.major()).empty();
  const auto own = functions_called(b, {{schema, name}, static_cast<int>(arguments.size())});
  const bool nowhere = system ? own_name && !may_be_others : is_nowhere({schema, name});
  if (!failed() && own.empty() && nowhere && names_are_known())
    fail("42883", "function " + shown(name, types) + " does not exist");
  return own_call(own, may_be_others, name, types);
}

}  // namespace schemagate
