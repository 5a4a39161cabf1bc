// SPDX-License-Identifier: MIT
// Operators and casts in expressions.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/constant_values.h"
#include "schema/expression_analyser.h"
#include "schema/impact_defaults.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;
using Types = ExpressionAnalyser::Types;

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

/// enum_out() and record_out() are stable.
bool is_printed(std::optional<TypeKind> kind) {
  return kind == TypeKind::enumeration || kind == TypeKind::composite;
}

bool is_string(std::string_view type) {
  return type == "text" || type == "varchar" || type == "bpchar";
}

}  // namespace

/// Of an expression that is stored: constants that had no type have got one long ago.
Types ExpressionAnalyser::with_stored_types(const std::string& symbol, Types types,
                                            const std::vector<const Node*>& operands) const {
  const bool any = std::find(types.begin(), types.end(), unknown_type) != types.end() &&
                   std::count(operands.begin(), operands.end(), nullptr) == 0;
  if (!columns.stored_with || !any) return types;
  ExpressionAnalyser then(b, place, *columns.stored_with);
  Types old;
  for (const Node* operand : operands) old.push_back(then.type_of(*operand));
  const ResolvedCall call = resolve_operator(symbol, old, b.major());
  if (then.failed() || call.resolution != Resolution::found) return types;
  for (std::size_t i = 0; i < types.size() && i < call.arguments.size(); ++i)
    if (types[i] == unknown_type) types[i] = call.arguments[i];
  return types;
}

/// A constant that was stored as a value of an enum stands beside another type now.
void ExpressionAnalyser::compare_with_stored_enum(const std::string& symbol, const Types& types,
                                                  const std::vector<const Node*>& operands) {
  if (!columns.stored_with || types.size() != 2 || operands.size() != 2) return;
  const ExpressionAnalyser then(b, place, *columns.stored_with);
  for (const std::size_t side : {0U, 1U}) {
    const TypeName* old = then.declared(operands[side]);
    const TypeName* now = declared(operands[side]);
    if (types[1 - side] != unknown_type || !old || !now ||
        then.own_kind(old) != TypeKind::enumeration)
      continue;
    const auto was = resolve_type(b.catalog(), b.session(), old->name);
    const bool same = resolve_type(b.catalog(), b.session(), now->name) == was;
    if (!same && names_are_known() && !has_objects(b, ObjectKind::cast))
      fail("42883", "operator does not exist: " + to_sql(*now) + " " + symbol + " " + to_sql(*old));
  }
}

std::optional<TypeKind> ExpressionAnalyser::own_kind(const TypeName* written) const {
  if (!written || written->array_dimensions > 0) return std::nullopt;
  const auto type = resolve_type(b.catalog(), b.session(), written->name);
  const auto found = type ? b.catalog().types.find(*type) : b.catalog().types.end();
  if (found == b.catalog().types.end()) return std::nullopt;
  return found->second.kind;
}

const TypeName* ExpressionAnalyser::declared(const Node* node) const {
  if (!node || node->kind != NodeKind::name || node->names.size() > 2) return nullptr;
  const std::string& name = node->names.back();
  if (const auto more = columns.more.find(name); more != columns.more.end()) return &more->second;
  const Column* found = columns.table ? columns.table->column(name) : nullptr;
  return found ? &found->type : nullptr;
}

/// A column of an enum or a row beside a text.
bool ExpressionAnalyser::prints_own(const Types& types,
                                    const std::vector<const Node*>& operands) const {
  if (types.size() != 2 || operands.size() != 2) return false;
  const bool left = types[0].empty();
  const std::string& other = types[left ? 1 : 0];
  return types[left ? 0 : 1].empty() && (other == unknown_type || is_string(other)) &&
         is_printed(own_kind(declared(operands[left ? 0 : 1])));
}

/// A column of an enum stands beside constants that are among its values, and beside nothing else.
void ExpressionAnalyser::compare_with_enum(const std::string& symbol, const Types& types,
                                           const std::vector<const Node*>& operands) {
  if (types.size() != 2 || operands.size() != 2 || symbol == "||") return;
  constexpr std::string_view signs[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
  const bool compares = std::find(std::begin(signs), std::end(signs), symbol) != std::end(signs);
  for (const std::size_t side : {0U, 1U}) {
    const TypeName* own = types[side].empty() ? declared(operands[side]) : nullptr;
    const std::string& other = types[1 - side];
    if (!own || other.empty()) continue;
    if (own_kind(own) != TypeKind::enumeration) continue;
    const Node* constant = operands[1 - side];
    if (other != unknown_type) {
      if (names_are_known() && !has_objects(b, ObjectKind::cast))
        fail("42883", "operator does not exist: " + to_sql(own->name) + " " + symbol + " " + other);
    } else if (constant && constant->kind == NodeKind::string && compares) {
      if (auto refused = refused_constant(b, *own, constant->text))
        fail(std::move(refused->sqlstate), std::move(refused->reason));
    }
  }
}

std::string ExpressionAnalyser::operate(const std::string& symbol, const Types& given,
                                        const std::vector<const Node*>& operands) {
  if (failed()) return {};
  const Types types = with_stored_types(symbol == "!=" ? "<>" : symbol, given, operands);
  compare_with_stored_enum(symbol, types, operands);
  const ResolvedCall call = resolve_operator(symbol == "!=" ? "<>" : symbol, types, b.major());
  const bool exact = call.resolution == Resolution::found && call.arguments == types;
  const bool own_types =
      std::any_of(types.begin(), types.end(), [](const std::string& type) { return type.empty(); });
  if (!exact && has_objects(b, ObjectKind::operator_, symbol)) {
    add_volatility('?');
    return {};
  }
  if (own_types) compare_with_enum(symbol, types, operands);
  if (symbol == "||" && prints_own(types, operands)) {
    add_volatility('s');
    return "text";
  }
  if (call.resolution == Resolution::none && names_are_known() && !own_types) {
    fail("42883", "operator does not exist: " + (types.size() == 2 ? types[0] + " " : "") + symbol +
                      " " + types.back());
  } else if (call.resolution == Resolution::ambiguous && names_are_known()) {
    fail("42725", "operator is not unique: " + (types.size() == 2 ? types[0] + " " : "") + symbol +
                      " " + types.back());
  }
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (types[i] != unknown_type) {
      convert(types[i], call.arguments[i]);
    } else if (i < operands.size() && operands[i]) {
      read_constant(*operands[i], call.arguments[i]);
    }
  }
  if (symbol == "||" && call.volatility == 's' && call.arguments.size() == 2) {
    // A function in SQL, replaced by its body: the cast of the other side to text.
    const std::string& other = call.arguments[0] == "text" ? types[1] : types[0];
    add_volatility(other == unknown_type ? 'i' : volatility_of_text(other, true));
    return call.result;
  }
  // Types of the catalog and of extensions may have operators of their own.
  add_volatility(own_types ? '?' : call.volatility);
  return own_types && call.result != "bool" ? std::string() : call.result;
}

std::string ExpressionAnalyser::operation(const Node& node) {
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
char ExpressionAnalyser::volatility_of_text(const std::string& type, bool prints) const {
  if (type.empty()) return '?';
  if (type.ends_with("[]")) return 's';  // array_in, array_out
  const auto known = builtins::type(type, b.major());
  if (!known) return '?';
  return prints ? known->prints : known->reads;
}

/// The conversion of a value is part of the expression.
void ExpressionAnalyser::convert(const std::string& from, const std::string& to) {
  if (from == to || from == unknown_type) return;
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

/// t.* or t: all columns of the table as one value.
bool ExpressionAnalyser::is_whole_row(const Node& node) const {
  if (node.kind != NodeKind::name) return false;
  const std::string& table = columns.table ? columns.table->name.name : columns.table_name;
  if (node.names.back() == "*") return true;
  const bool column = columns.more.contains(node.names.back()) ||
                      (columns.table && columns.table->column(node.names.back()));
  return node.names.size() == 1 && node.names[0] == table && !column;
}

/// Text can be cast to any type; of the others hardly any to an enum or a composite type.
void ExpressionAnalyser::refuse_cast_to_own(const std::string& from, const TypeName& target,
                                            const std::optional<QualifiedName>& type) {
  const auto found = type ? b.catalog().types.find(*type) : b.catalog().types.end();
  if (from.empty() || found == b.catalog().types.end() || !names_are_known() ||
      target.array_dimensions > 0 || from == unknown_type || has_objects(b, ObjectKind::cast))
    return;
  const TypeKind kind = found->second.kind;
  const auto known = builtins::type(from, b.major());
  if (kind != TypeKind::enumeration && kind != TypeKind::composite) return;
  if (!known || known->category == 'S' || from == "name") return;
  fail("42846", "cannot cast type " + from + " to " + to_sql(target.name));
}

std::string ExpressionAnalyser::cast(const Node& node) {
  const std::string from = type_of(node.children[0]);
  if (failed()) return {};
  const TypeName target = type_name_of(node.text);
  const std::string to = builtin_name(b, target);
  const bool own = to.empty() || from.empty();
  if (from == unknown_type && node.children[0].kind == NodeKind::string) {
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
    const bool row_as_text = from.empty() && is_whole_row(node.children[0]) && is_string(to);
    const bool of_enum =
        from.empty() && own_kind(declared(&node.children[0])) == TypeKind::enumeration;
    const bool from_enum = of_enum && is_string(to);
    if (const auto known = builtins::type(to, b.major());
        of_enum && known && known->category != 'S' && !has_objects(b, ObjectKind::cast))
      fail("42846", "cannot cast an enum to type " + to);
    const bool stable =
        row_as_text || ((by_text || from_enum) && !has_objects(b, ObjectKind::cast));
    add_volatility(stable ? 's' : '?');
    refuse_cast_to_own(from, target, type);
    const bool system = target.name.schema.empty() && is_builtin_type(target.name.name);
    const bool relation = b.resolve(target.name).has_value();
    if (to.empty() && !type && !system && !relation && names_are_known()) {
      if (b.schema_is_missing(target.name.schema))
        fail("3F000", "schema " + quoted(target.name.schema) + " does not exist");
      fail("42704", "type " + quoted(to_sql(target.name)) + " does not exist");
    }
  } else if (from != to && from != unknown_type) {
    if (!can_coerce(from, to, 'e', b.major()) && !has_objects(b, ObjectKind::cast) &&
        names_are_known()) {
      fail("42846", "cannot cast type " + from + " to " + to);
    }
    convert(from, to);
  }
  return to;
}

}  // namespace schemagate
