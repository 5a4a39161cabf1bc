// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/canonical_tree.h"
#include "schema/column_types.h"
#include "schema/constant_folding.h"
#include "schema/constant_values.h"
#include "schema/expression_analyser.h"
#include "schema/impact_defaults.h"
#include "schema/resolve_call.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;
using Types = ExpressionAnalyser::Types;

}  // namespace

PlaceWords words_of(ExpressionPlace place) {
  switch (place) {
    case ExpressionPlace::column_default:
      return {"DEFAULT expression", "DEFAULT expressions"};
    case ExpressionPlace::check:
      return {"check constraint", "check constraints"};
    case ExpressionPlace::generation:
      return {"column generation expression", "column generation expressions"};
    case ExpressionPlace::index_expression:
      return {"index expression", "index expressions"};
    case ExpressionPlace::index_predicate:
      return {"index predicate", "index predicates"};
    case ExpressionPlace::partition_key:
      return {"partition key expression", "partition key expressions"};
    case ExpressionPlace::transform:
      return {"transform expression", "transform expressions"};
    case ExpressionPlace::policy:
      return {"policy expression", "policy expressions"};
    case ExpressionPlace::publication:
      return {"publication WHERE expression", "publication WHERE expressions"};
    case ExpressionPlace::query:
      return {"query", "queries"};
  }
  return {};
}

bool has_objects(const ImpactBuilder& b, ObjectKind kind, std::string_view name) {
  const auto& objects = b.catalog().objects;
  const std::string prefix = std::string(to_sql(kind)) + " ";
  for (auto at = objects.lower_bound(prefix); at != objects.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    const ObjectName& object = at->second.object;
    if (object.kind == kind && (name.empty() || object.name.name == name)) return true;
  }
  return false;
}

void ExpressionAnalyser::add_volatility(char more) {
  constexpr std::string_view order = "i?sv";
  // What is certain to be stable stays so, whatever else is not known.
  if (order.find(more) > order.find(volatility)) volatility = more;
}

/// A function or operator that is not found does not exist: no extension could have brought it.
bool ExpressionAnalyser::names_are_known() const {
  if (b.session().partial) return false;
  const auto& extensions = b.catalog().extensions;
  return std::all_of(extensions.begin(), extensions.end(),
                     [](const auto& extension) { return extension.first == "plpgsql"; });
}

Types ExpressionAnalyser::types_of(const std::vector<Node>& nodes, std::size_t from) {
  Types types;
  for (std::size_t i = from; i < nodes.size() && !failed(); ++i) types.push_back(type_of(nodes[i]));
  types.resize(nodes.size() - std::min(from, nodes.size()));
  return types;
}

void ExpressionAnalyser::want_boolean(const Node& node, const std::string& type,
                                      std::string_view of) {
  if (failed()) return;
  if (type == unknown_type) return read_constant(node, "bool");
  if (type.empty() || type == "bool") return;
  fail("42804", "argument of " + std::string(of) + " must be type boolean, not type " + type);
}

/// A constant without a type is read as one of that type.
void ExpressionAnalyser::read_constant(const Node& node, const std::string& type) {
  if (node.kind != NodeKind::string || type.empty() || type == unknown_type) return;
  TypeName wanted;
  wanted.name.name = type;
  if (type.ends_with("[]")) {
    wanted.name.name.resize(type.size() - 2);
    wanted.array_dimensions = 1;
  }
  if (auto refused = refused_constant(b, wanted, node.text)) {
    fail(std::move(refused->sqlstate), std::move(refused->reason));
  }
}

std::string ExpressionAnalyser::column(const Node& node) {
  if (place == ExpressionPlace::column_default) {
    fail("0A000", "cannot use column reference in DEFAULT expression");
    return {};
  }
  const auto& names = node.names;
  const std::string& name = names.back();
  const std::string& table = columns.table ? columns.table->name.name : columns.table_name;
  if (names.size() > 2 || name == "*") return {};
  if (names.size() == 2 && names[0] != table) {
    if (columns.complete && !table.empty()) {
      fail("42P01", "missing FROM-clause entry for table " + quoted(names[0]));
    }
    return {};
  }
  if (const auto more = columns.more.find(name); more != columns.more.end()) {
    return builtin_name(b, more->second);
  }
  if (const Column* found = columns.table ? columns.table->column(name) : nullptr) {
    return builtin_name(b, found->type);
  }
  if (is_system_column(name)) {
    if (place == ExpressionPlace::generation && name != "tableoid") {
      fail("42P10",
           "cannot use system column " + quoted(name) + " in column generation expression");
    }
    return {};
  }
  if (name == table) {
    if (place == ExpressionPlace::generation) {
      fail("42P17", "cannot use whole-row variable in column generation expression");
    }
    return {};
  }
  if (columns.complete && !(columns.table && columns.table->incomplete)) {
    fail("42703", "column " + quoted(name) + " does not exist");
  }
  return {};
}

std::string ExpressionAnalyser::constant(const Node& node) {
  const std::string text = node.text.substr(0, node.text.find('('));
  constexpr std::pair<std::string_view, std::string_view> stable[] = {
      {"CURRENT_DATE", "date"},  {"CURRENT_TIME", "timetz"},
      {"LOCALTIME", "time"},     {"LOCALTIMESTAMP", "timestamp"},
      {"CURRENT_USER", "name"},  {"CURRENT_TIMESTAMP", "timestamptz"},
      {"SESSION_USER", "name"},  {"USER", "name"},
      {"CURRENT_ROLE", "name"},  {"CURRENT_CATALOG", "name"},
      {"CURRENT_SCHEMA", "name"}};
  if (text == "NULL") return std::string(unknown_type);
  if (text == "TRUE" || text == "FALSE") return "bool";
  for (const auto& [word, type] : stable) {
    if (text != word) continue;
    add_volatility('s');
    return std::string(type);
  }
  if (node.text.starts_with('b') || node.text.starts_with('x')) return "bit";
  add_volatility('?');
  return {};
}

namespace {

std::string type_of_number(const std::string& text) {
  if (text.find_first_of(".eE") != std::string::npos) return "numeric";
  if (text.find_first_of("xXoObB_") != std::string::npos) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return "numeric";
  return value >= INT32_MIN && value <= INT32_MAX ? "int4" : "int8";
}

}  // namespace

std::string ExpressionAnalyser::shown(const std::string& name, const Types& types) const {
  std::string text = name + "(";
  for (const std::string& type : types) text += (&type == types.data() ? "" : ", ") + type;
  return text + ")";
}

std::string ExpressionAnalyser::common(const Types& types, std::string_view construct) {
  std::string type = common_type(types, b.major());
  if (type != "-") return type;
  fail("42804", std::string(construct) + " types cannot be matched");
  return {};
}

std::string ExpressionAnalyser::case_expression(const Node& node) {
  const bool simple =
      !(node.children[0].kind == NodeKind::constant && node.children[0].text.empty());
  const std::string operand = simple ? type_of(node.children[0]) : std::string();
  Types results;
  std::vector<const Node*> values;
  for (std::size_t i = 1; i + 1 < node.children.size() && !failed(); i += 2) {
    const std::string when = type_of(node.children[i]);
    if (simple) {
      operate("=", {operand == unknown_type ? "text" : operand, when},
              {nullptr, &node.children[i]});
    } else {
      want_boolean(node.children[i], when, "CASE/WHEN");
    }
    values.push_back(&node.children[i + 1]);
    results.push_back(type_of(node.children[i + 1]));
  }
  if (failed()) return {};
  values.push_back(&node.children.back());
  results.push_back(type_of(node.children.back()));
  std::string type = failed() ? std::string() : common(results, "CASE");
  for (std::size_t i = 0; i < values.size() && !failed(); ++i) {
    if (results[i] == unknown_type) read_constant(*values[i], type);
  }
  return type;
}

std::string ExpressionAnalyser::quantified(const Node& node) {
  const std::string left = type_of(node.children[0]);
  const std::string symbol = node.text.substr(0, node.text.find(' '));
  const Node& right = node.children[1];
  if (right.kind == NodeKind::array) {
    for (const Node& element : right.children) {
      const std::string type = type_of(element);
      operate(symbol, {left, type}, {&node.children[0], &element});
    }
    return "bool";
  }
  const std::string list = type_of(right);
  if (list.ends_with("[]")) {
    operate(symbol, {left, list.substr(0, list.size() - 2)}, {&node.children[0], nullptr});
  } else {
    add_volatility('?');
  }
  return "bool";
}

std::string ExpressionAnalyser::collate(const Node& node) {
  const std::string type = type_of(node.children[0]);
  if (failed() || type.empty()) return type;
  const std::string element = type.ends_with("[]") ? type.substr(0, type.size() - 2) : type;
  const auto known = builtins::type(element, b.major());
  if (!may_be_collation(b, node.names.back())) {
    fail("42704",
         "collation " + quoted(node.names.back()) + " for encoding \"UTF8\" does not exist");
  } else if (type != unknown_type && known && !known->collatable) {
    fail("42804", "collations are not supported by type " + type);
  }
  return type;
}

std::string ExpressionAnalyser::type_of(const Node& node) {
  if (failed()) return {};
  switch (node.kind) {
    case NodeKind::name:
      return column(node);
    case NodeKind::string:
      return std::string(unknown_type);
    case NodeKind::number:
      return type_of_number(node.text);
    case NodeKind::constant:
      return constant(node);
    case NodeKind::operation:
      return operation(node);
    case NodeKind::all_of:
    case NodeKind::any_of:
    case NodeKind::negation:
      for (const Node& child : node.children) {
        want_boolean(child, type_of(child),
                     node.kind == NodeKind::all_of   ? "AND"
                     : node.kind == NodeKind::any_of ? "OR"
                                                     : "NOT");
      }
      return "bool";
    case NodeKind::cast:
      return cast(node);
    case NodeKind::call:
      return call(node);
    case NodeKind::case_:
      return case_expression(node);
    case NodeKind::array: {
      const Types types = types_of(node.children);
      if (failed() || types.empty()) return {};
      std::string element = common(types, "ARRAY");
      if (element.empty() || element.ends_with("[]")) return element;
      return element + "[]";
    }
    case NodeKind::quantified:
      return quantified(node);
    case NodeKind::collate:
      return collate(node);
    case NodeKind::subscript: {
      const Types types = types_of(node.children);
      const bool one = node.children.size() == 2 && !types.empty() && types[0].ends_with("[]");
      const auto base = builtins::type(types.empty() ? "" : types[0], b.major());
      if (!failed() && base && types[0] != "jsonb" && base->category != 'A' &&
          base->category != 'G') {
        fail("42804",
             "cannot subscript type " + types[0] + " because it does not support subscripting");
      }
      if (!types.empty() && types[0] == "jsonb") return types[0];
      return one ? types[0].substr(0, types[0].size() - 2) : std::string();
    }
    case NodeKind::row:
    case NodeKind::field:
      types_of(node.children);
      return {};
    case NodeKind::subquery:
    case NodeKind::query:
      if (place != ExpressionPlace::policy && place != ExpressionPlace::query) {
        fail("0A000", "cannot use subquery in " + std::string(words_of(place).one));
      }
      add_volatility('?');
      return {};
    default:
      add_volatility('?');
      return {};
  }
}

std::string builtin_name(const ImpactBuilder& b, const TypeName& written) {
  constexpr std::pair<std::string_view, std::string_view> serials[] = {
      {"serial", "int4"},  {"bigserial", "int8"}, {"smallserial", "int2"},
      {"serial4", "int4"}, {"serial8", "int8"},   {"serial2", "int2"}};
  TypeName type = written;
  constexpr int deepest_domain = 32;
  for (int depth = 0; depth < deepest_domain; ++depth) {
    const std::string& name = type.name.name;
    const bool system = type.name.schema.empty() || type.name.schema == "pg_catalog";
    if (system) {
      for (const auto& [serial, integer] : serials) {
        if (name == serial) return std::string(integer);
      }
      if (builtins::type(name, b.major())) return type.array_dimensions > 0 ? name + "[]" : name;
    }
    const auto resolved = resolve_type(b.catalog(), b.session(), type.name);
    const auto found = resolved ? b.catalog().types.find(*resolved) : b.catalog().types.end();
    if (found == b.catalog().types.end() || found->second.kind != TypeKind::domain) return {};
    if (type.array_dimensions > 0) return {};  // an array of domains is no array of its base type
    type = found->second.base;
  }
  return {};
}

bool can_assign(std::string_view from, std::string_view to, int major) {
  return can_coerce(from, to, 'a', major);
}

AnalysedExpression analyse_value(const ImpactBuilder& b, const Node& node,
                                 const ExpressionColumns& columns, std::string_view condition_of) {
  ExpressionAnalyser analyser(b, ExpressionPlace::query, columns);
  std::string type = analyser.type_of(node);
  if (!condition_of.empty()) analyser.want_boolean(node, type, condition_of);
  return {std::move(type), std::move(analyser.fails), analyser.volatility};
}

std::optional<Failure> analyse_node(const ImpactBuilder& b, const Node& node,
                                    const ExpressionColumns& columns, bool condition) {
  return analyse_value(b, node, columns, condition ? "WHERE" : "").fails;
}

namespace {

/// The word before an expression that has to be boolean; empty: it need not be.
std::string_view condition_word(ExpressionPlace place) {
  switch (place) {
    case ExpressionPlace::check:
      return "CHECK";
    case ExpressionPlace::policy:
      return "POLICY";
    case ExpressionPlace::index_predicate:
    case ExpressionPlace::publication:
      return "WHERE";
    default:
      return {};
  }
}

/// Branches that are never taken don't count.
char volatility_when_folded(const ImpactBuilder& b, const Node& node, ExpressionPlace place,
                            const ExpressionColumns& columns, char volatility) {
  if (volatility == 'i') return volatility;
  const Node left = folded(node);
  if (left == node) return volatility;
  ExpressionAnalyser analyser(b, place, columns);
  analyser.type_of(left);
  return analyser.volatility;
}

}  // namespace

AnalysedExpression analyse_expression(const ImpactBuilder& b, const Expression& expression,
                                      ExpressionPlace place, const ExpressionColumns& columns) {
  if (expression.empty()) return {};
  if (expression.kind == ExpressionKind::null_constant &&
      expression.sql.find("::") == std::string::npos) {
    return {std::string(unknown_type), std::nullopt, 'i'};
  }
  const bool digits = expression.sql.size() < 10 &&
                      expression.sql.find_first_not_of("0123456789") == std::string::npos;
  if (digits && place == ExpressionPlace::column_default) return {"int4", std::nullopt, 'i'};
  ExpressionAnalyser analyser(b, place, columns);
  const Node node = canonical::parse_expression(expression.sql);
  std::string type = analyser.type_of(node);
  const std::string_view condition_of = condition_word(place);
  if (!condition_of.empty()) analyser.want_boolean(node, type, condition_of);
  return {std::move(type), std::move(analyser.fails),
          volatility_when_folded(b, node, place, columns, analyser.volatility)};
}

}  // namespace schemagate
