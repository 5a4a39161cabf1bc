// SPDX-License-Identifier: MIT
#include "schema/expression_analysis.h"

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
#include "schema/impact_defaults.h"
#include "schema/resolve_call.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;
using Types = std::vector<std::string>;

constexpr std::string_view unknown = "unknown";

/// "cannot use subquery in {}", "aggregate functions are not allowed in {}".
struct PlaceWords {
  std::string_view one, many;
};
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
    case ExpressionPlace::query:
      return {"query", "queries"};
  }
  return {};
}

/// What no longer is certain about functions, operators or casts when the catalog has its own.
bool has_objects(const ImpactBuilder& b, ObjectKind kind, std::string_view name = {}) {
  const auto& objects = b.catalog().objects;
  const std::string prefix = std::string(to_sql(kind)) + " ";
  for (auto at = objects.lower_bound(prefix); at != objects.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    const ObjectName& object = at->second.object;
    if (object.kind == kind && (name.empty() || object.name.name == name)) return true;
  }
  return false;
}

class Analyser {
 public:
  Analyser(const ImpactBuilder& builder, ExpressionPlace where, const ExpressionColumns& known)
      : b(builder), place(where), columns(known) {}

  std::string type_of(const Node& node);
  void want_boolean(const Node& node, const std::string& type, std::string_view of);
  bool failed() const { return fails.has_value(); }

  std::optional<Failure> fails;
  char volatility = 'i';

 private:
  void fail(std::string sqlstate, std::string reason) {
    if (!fails) fails = Failure{std::move(sqlstate), std::move(reason)};
  }
  void add_volatility(char more);
  Types types_of(const std::vector<Node>& nodes, std::size_t from = 0);
  std::string column(const Node& node);
  std::string constant(const Node& node);
  std::string operation(const Node& node);
  Types with_stored_types(const std::string& symbol, Types types,
                          const std::vector<const Node*>& operands) const;
  std::string operate(const std::string& symbol, const Types& types,
                      const std::vector<const Node*>& operands);
  std::string cast(const Node& node);
  bool is_whole_row(const Node& node) const;
  void refuse_cast_to_own(const std::string& from, const TypeName& target,
                          const std::optional<QualifiedName>& type);
  std::string call(const Node& node);
  std::string builtin_call(const Node& node, const std::string& name, const Types& types);
  std::string special_form(const std::string& name, const Node& node, bool& known);
  std::string case_expression(const Node& node);
  std::string quantified(const Node& node);
  std::string collate(const Node& node);
  char volatility_of_text(const std::string& type, bool prints) const;
  void convert(const std::string& from, const std::string& to);
  std::string common(const Types& types, std::string_view construct);
  void refuse_kind(const ResolvedCall& call, bool over);
  void read_constant(const Node& node, const std::string& type);
  bool names_are_known() const;
  std::string shown(const std::string& name, const Types& types) const;

  const ImpactBuilder& b;
  const ExpressionPlace place;
  const ExpressionColumns& columns;
};

void Analyser::add_volatility(char more) {
  constexpr std::string_view order = "i?sv";
  // What is certain to be stable stays so, whatever else is not known.
  if (order.find(more) > order.find(volatility)) volatility = more;
}

/// A function or operator that is not found does not exist: no extension could have brought it.
bool Analyser::names_are_known() const {
  if (b.session().partial) return false;
  const auto& extensions = b.catalog().extensions;
  return std::all_of(extensions.begin(), extensions.end(),
                     [](const auto& extension) { return extension.first == "plpgsql"; });
}

std::string Analyser::shown(const std::string& name, const Types& types) const {
  std::string text = name + "(";
  for (const std::string& type : types) text += (&type == types.data() ? "" : ", ") + type;
  return text + ")";
}

Types Analyser::types_of(const std::vector<Node>& nodes, std::size_t from) {
  Types types;
  for (std::size_t i = from; i < nodes.size() && !failed(); ++i) types.push_back(type_of(nodes[i]));
  types.resize(nodes.size() - std::min(from, nodes.size()));
  return types;
}

void Analyser::want_boolean(const Node& node, const std::string& type, std::string_view of) {
  if (failed()) return;
  if (type == unknown) return read_constant(node, "bool");
  if (type.empty() || type == "bool") return;
  fail("42804", "argument of " + std::string(of) + " must be type boolean, not type " + type);
}

/// A constant without a type is read as one of that type.
void Analyser::read_constant(const Node& node, const std::string& type) {
  if (node.kind != NodeKind::string || type.empty() || type == unknown) return;
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

std::string Analyser::column(const Node& node) {
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

std::string Analyser::constant(const Node& node) {
  const std::string text = node.text.substr(0, node.text.find('('));
  constexpr std::pair<std::string_view, std::string_view> stable[] = {
      {"CURRENT_DATE", "date"},  {"CURRENT_TIME", "timetz"},
      {"LOCALTIME", "time"},     {"LOCALTIMESTAMP", "timestamp"},
      {"CURRENT_USER", "name"},  {"CURRENT_TIMESTAMP", "timestamptz"},
      {"SESSION_USER", "name"},  {"USER", "name"},
      {"CURRENT_ROLE", "name"},  {"CURRENT_CATALOG", "name"},
      {"CURRENT_SCHEMA", "name"}};
  if (text == "NULL") return std::string(unknown);
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

std::string type_of_number(const std::string& text) {
  if (text.find_first_of(".eE") != std::string::npos) return "numeric";
  if (text.find_first_of("xXoObB_") != std::string::npos) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return "numeric";
  return value >= INT32_MIN && value <= INT32_MAX ? "int4" : "int8";
}

/// Of an expression that is stored: constants that had no type have got one long ago.
Types Analyser::with_stored_types(const std::string& symbol, Types types,
                                  const std::vector<const Node*>& operands) const {
  const bool any = std::find(types.begin(), types.end(), unknown) != types.end() &&
                   std::count(operands.begin(), operands.end(), nullptr) == 0;
  if (!columns.stored_with || !any) return types;
  Analyser then(b, place, *columns.stored_with);
  Types old;
  for (const Node* operand : operands) old.push_back(then.type_of(*operand));
  const ResolvedCall call = resolve_operator(symbol, old, b.major());
  if (then.failed() || call.resolution != Resolution::found) return types;
  for (std::size_t i = 0; i < types.size() && i < call.arguments.size(); ++i)
    if (types[i] == unknown) types[i] = call.arguments[i];
  return types;
}

std::string Analyser::operate(const std::string& symbol, const Types& given,
                              const std::vector<const Node*>& operands) {
  if (failed()) return {};
  const Types types = with_stored_types(symbol == "!=" ? "<>" : symbol, given, operands);
  const ResolvedCall call = resolve_operator(symbol == "!=" ? "<>" : symbol, types, b.major());
  const bool exact = call.resolution == Resolution::found && call.arguments == types;
  const bool own_types =
      std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.empty(); });
  if (!exact && has_objects(b, ObjectKind::operator_, symbol)) {
    add_volatility('?');
    return {};
  }
  if (call.resolution == Resolution::none && names_are_known() && !own_types) {
    fail("42883", "operator does not exist: " + (types.size() == 2 ? types[0] + " " : "") + symbol +
                      " " + types.back());
  } else if (call.resolution == Resolution::ambiguous && names_are_known()) {
    fail("42725", "operator is not unique: " + (types.size() == 2 ? types[0] + " " : "") + symbol +
                      " " + types.back());
  }
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (types[i] != unknown) {
      convert(types[i], call.arguments[i]);
    } else if (i < operands.size() && operands[i]) {
      read_constant(*operands[i], call.arguments[i]);
    }
  }
  if (symbol == "||" && call.volatility == 's' && call.arguments.size() == 2) {
    // A function in SQL, replaced by its body: the cast of the other side to text.
    const std::string& other = call.arguments[0] == "text" ? types[1] : types[0];
    add_volatility(other == unknown ? 'i' : volatility_of_text(other, true));
    return call.result;
  }
  // Types of the catalog and of extensions may have operators of their own.
  add_volatility(own_types ? '?' : call.volatility);
  return own_types && call.result != "bool" ? std::string() : call.result;
}

std::string Analyser::operation(const Node& node) {
  const Types types = types_of(node.children);
  if (failed()) return {};
  const std::string& symbol = node.text;
  if (node.children.size() == 1 && symbol.starts_with("IS")) {
    const bool truth =
        symbol.ends_with(" TRUE") || symbol.ends_with(" FALSE") || symbol.ends_with(" UNKNOWN");
    if (truth) want_boolean(node.children[0], types[0], symbol);
    return "bool";
  }
  if (symbol == "IS DISTINCT FROM") {
    operate("=", types, {&node.children[0], &node.children[1]});
    return "bool";
  }
  std::vector<const Node*> operands;
  for (const Node& child : node.children) operands.push_back(&child);
  return operate(symbol, types, operands);
}

/// Of reading or printing a value as text.
char Analyser::volatility_of_text(const std::string& type, bool prints) const {
  if (type.empty()) return '?';
  if (type.ends_with("[]")) return 's';  // array_in, array_out
  const auto known = builtins::type(type, b.major());
  if (!known) return '?';
  return prints ? known->prints : known->reads;
}

/// The conversion of a value is part of the expression.
void Analyser::convert(const std::string& from, const std::string& to) {
  if (from == to || from == unknown) return;
  if (from.empty() || to.empty()) return add_volatility('?');
  if (const auto known = builtins::cast(from, to, b.major()); known && known->method != 'i') {
    add_volatility(known->volatility);
  } else if (from.ends_with("[]") && to.ends_with("[]")) {
    convert(from.substr(0, from.size() - 2), to.substr(0, to.size() - 2));
  } else {
    add_volatility(volatility_of_text(from, true));
    add_volatility(volatility_of_text(to, false));
  }
}

/// "numeric(10,2)[]" as the canonical parser writes it.
TypeName type_name_of(std::string text) {
  TypeName type;
  if (text.ends_with("[]")) {
    type.array_dimensions = 1;
    text.resize(text.size() - 2);
  }
  text = text.substr(0, text.find('('));
  if (text.starts_with("interval ")) text = "interval";
  const auto point = text.find('.');
  if (point != std::string::npos) {
    type.name.schema = text.substr(0, point);
    text.erase(0, point + 1);
  }
  type.name.name = text;
  return type;
}

/// t.* or t: all columns of the table as one value.
bool Analyser::is_whole_row(const Node& node) const {
  if (node.kind != NodeKind::name) return false;
  const std::string& table = columns.table ? columns.table->name.name : columns.table_name;
  if (node.names.back() == "*") return true;
  const bool column = columns.more.contains(node.names.back()) ||
                      (columns.table && columns.table->column(node.names.back()));
  return node.names.size() == 1 && node.names[0] == table && !column;
}

/// Text can be cast to any type; of the others hardly any to an enum or a composite type.
void Analyser::refuse_cast_to_own(const std::string& from, const TypeName& target,
                                  const std::optional<QualifiedName>& type) {
  const auto found = type ? b.catalog().types.find(*type) : b.catalog().types.end();
  if (from.empty() || found == b.catalog().types.end() || !names_are_known() ||
      target.array_dimensions > 0 || from == unknown || has_objects(b, ObjectKind::cast))
    return;
  const TypeKind kind = found->second.kind;
  const auto known = builtins::type(from, b.major());
  if (kind != TypeKind::enumeration && kind != TypeKind::composite) return;
  if (!known || known->category == 'S' || from == "name") return;
  fail("42846", "cannot cast type " + from + " to " + to_sql(target.name));
}

std::string Analyser::cast(const Node& node) {
  const std::string from = type_of(node.children[0]);
  if (failed()) return {};
  const TypeName target = type_name_of(node.text);
  const std::string to = builtin_name(b, target);
  const bool own = to.empty() || from.empty();
  if (from == unknown && node.children[0].kind == NodeKind::string) {
    if (auto refused = refused_constant(b, target, node.children[0].text)) {
      fail(std::move(refused->sqlstate), std::move(refused->reason));
    }
  } else if (own) {
    // Values of the catalog's types are read and printed by stable functions.
    const auto type = resolve_type(b.catalog(), b.session(), target.name);
    const auto found = type ? b.catalog().types.find(*type) : b.catalog().types.end();
    const bool by_text = to.empty() && (from == "text" || from == "varchar") &&
                         found != b.catalog().types.end() &&
                         found->second.kind == TypeKind::enumeration;
    const bool row_as_text = from.empty() && is_whole_row(node.children[0]) &&
                             (to == "text" || to == "varchar" || to == "bpchar");
    add_volatility(row_as_text || (by_text && !has_objects(b, ObjectKind::cast)) ? 's' : '?');
    refuse_cast_to_own(from, target, type);
    const bool system = target.name.schema.empty() && is_builtin_type(target.name.name);
    const bool relation = b.resolve(target.name).has_value();
    if (to.empty() && !type && !system && !relation && names_are_known()) {
      fail("42704", "type " + quoted(to_sql(target.name)) + " does not exist");
    }
  } else if (from != to && from != unknown) {
    if (!can_coerce(from, to, 'e', b.major()) && !has_objects(b, ObjectKind::cast) &&
        names_are_known()) {
      fail("42846", "cannot cast type " + from + " to " + to);
    }
    convert(from, to);
  }
  return to;
}

void Analyser::refuse_kind(const ResolvedCall& call, bool over) {
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

std::string Analyser::common(const Types& types, std::string_view construct) {
  std::string type = common_type(types, b.major());
  if (type != "-") return type;
  fail("42804", std::string(construct) + " types cannot be matched");
  return {};
}

/// What looks like a call and is none: coalesce, nullif, greatest, least.
std::string Analyser::special_form(const std::string& name, const Node& node, bool& known) {
  known = true;
  if (name == "coalesce" || name == "greatest" || name == "least") {
    const Types types = types_of(node.children);
    std::string type = failed() ? std::string() : common(types, name);
    for (std::size_t i = 0; i < types.size() && !failed(); ++i) {
      if (types[i] == unknown) read_constant(node.children[i], type);
    }
    return type;
  }
  if (name == "nullif" && node.children.size() == 2) {
    const Types types = types_of(node.children);
    operate("=", types, {&node.children[0], &node.children[1]});
    return types[0] == unknown ? "text" : types[0];
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

std::string Analyser::builtin_call(const Node& node, const std::string& name, const Types& types) {
  const auto candidates = builtins::functions(name, b.major());
  const bool own_types =
      std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.empty(); });
  // numeric(x), text(x): a cast in the form of a call.
  const bool as_cast = types.size() == 1 && (builtins::type(name, b.major()).has_value() ||
                                             resolve_type(b.catalog(), b.session(), {"", name}));
  const ResolvedCall call = candidates.empty()
                                ? ResolvedCall{Resolution::none, "", '?', 'f', false, {}}
                                : resolve_function(candidates, types, b.major());
  if (call.resolution == Resolution::none) {
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
    if (types[i] == unknown) read_constant(node.children[i], call.arguments[i]);
    convert(types[i], call.arguments[i]);
  }
  refuse_kind(call, false);
  const bool certain = call.resolution == Resolution::found && !own_types;
  add_volatility(certain ? call.volatility : '?');
  return call.result;
}

std::string Analyser::call(const Node& node) {
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
  const bool clauses = std::any_of(arguments.begin(), arguments.end(),
                                   [](const Node& n) { return n.kind == NodeKind::clause; });
  const bool over = std::any_of(arguments.begin(), arguments.end(), [](const Node& n) {
    return n.kind == NodeKind::clause && (n.text.starts_with("OVER") || n.text == "WINDOW");
  });
  if (over) {
    refuse_kind({}, true);
    return {};
  }
  const Types types = clauses ? Types{} : types_of(arguments);
  if (failed()) return {};
  const FunctionUse use{{schema, name}, static_cast<int>(arguments.size())};
  const bool builtin = !builtins::functions(name, b.major()).empty();
  const bool own_aggregates = has_objects(b, ObjectKind::aggregate);
  const auto own = functions_called(b, use);
  const bool own_name =
      std::any_of(b.catalog().functions.begin(), b.catalog().functions.end(),
                  [&](const auto& entry) { return entry.second.definition.name.name == name; });
  if (own_name || own_aggregates || clauses || !schema.empty()) {
    add_volatility('?');
    const bool missing =
        own.empty() && own_name && !builtin && !own_aggregates && !clauses && names_are_known();
    if (missing) fail("42883", "function " + shown(name, types) + " does not exist");
    if (own.size() != 1 || builtin || own_aggregates || clauses) return {};
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
  return builtin_call(node, name, types);
}

std::string Analyser::case_expression(const Node& node) {
  const bool simple =
      !(node.children[0].kind == NodeKind::constant && node.children[0].text.empty());
  const std::string operand = simple ? type_of(node.children[0]) : std::string();
  Types results;
  std::vector<const Node*> values;
  for (std::size_t i = 1; i + 1 < node.children.size() && !failed(); i += 2) {
    const std::string when = type_of(node.children[i]);
    if (simple) {
      operate("=", {operand == unknown ? "text" : operand, when}, {nullptr, &node.children[i]});
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
    if (results[i] == unknown) read_constant(*values[i], type);
  }
  return type;
}

std::string Analyser::quantified(const Node& node) {
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

std::string Analyser::collate(const Node& node) {
  const std::string type = type_of(node.children[0]);
  if (failed() || type.empty()) return type;
  const std::string element = type.ends_with("[]") ? type.substr(0, type.size() - 2) : type;
  const auto known = builtins::type(element, b.major());
  if (!may_be_collation(b, node.names.back())) {
    fail("42704",
         "collation " + quoted(node.names.back()) + " for encoding \"UTF8\" does not exist");
  } else if (type != unknown && known && !known->collatable) {
    fail("42804", "collations are not supported by type " + type);
  }
  return type;
}

std::string Analyser::type_of(const Node& node) {
  if (failed()) return {};
  switch (node.kind) {
    case NodeKind::name:
      return column(node);
    case NodeKind::string:
      return std::string(unknown);
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

}  // namespace

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
  Analyser analyser(b, ExpressionPlace::query, columns);
  std::string type = analyser.type_of(node);
  if (!condition_of.empty()) analyser.want_boolean(node, type, condition_of);
  return {std::move(type), std::move(analyser.fails), analyser.volatility};
}

std::optional<Failure> analyse_node(const ImpactBuilder& b, const Node& node,
                                    const ExpressionColumns& columns, bool condition) {
  return analyse_value(b, node, columns, condition ? "WHERE" : "").fails;
}

namespace {

/// Branches that are never taken don't count.
char volatility_when_folded(const ImpactBuilder& b, const Node& node, ExpressionPlace place,
                            const ExpressionColumns& columns, char volatility) {
  if (volatility == 'i') return volatility;
  const Node left = folded(node);
  if (left == node) return volatility;
  Analyser analyser(b, place, columns);
  analyser.type_of(left);
  return analyser.volatility;
}

}  // namespace

AnalysedExpression analyse_expression(const ImpactBuilder& b, const Expression& expression,
                                      ExpressionPlace place, const ExpressionColumns& columns) {
  if (expression.empty()) return {};
  if (expression.kind == ExpressionKind::null_constant &&
      expression.sql.find("::") == std::string::npos) {
    return {std::string(unknown), std::nullopt, 'i'};
  }
  const bool digits = expression.sql.size() < 10 &&
                      expression.sql.find_first_not_of("0123456789") == std::string::npos;
  if (digits && place == ExpressionPlace::column_default) return {"int4", std::nullopt, 'i'};
  Analyser analyser(b, place, columns);
  const Node node = canonical::parse_expression(expression.sql);
  std::string type = analyser.type_of(node);
  const bool condition = place == ExpressionPlace::check || place == ExpressionPlace::policy ||
                         place == ExpressionPlace::index_predicate;
  if (condition) {
    analyser.want_boolean(node, type,
                          place == ExpressionPlace::check    ? "CHECK"
                          : place == ExpressionPlace::policy ? "POLICY"
                                                             : "WHERE");
  }
  return {std::move(type), std::move(analyser.fails),
          volatility_when_folded(b, node, place, columns, analyser.volatility)};
}

}  // namespace schemagate
