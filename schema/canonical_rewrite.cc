// SPDX-License-Identifier: MIT
#include "schema/canonical_rewrite.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/canonical_constants.h"
#include "schema/resolve_call.h"

namespace schemagate::canonical {
namespace {

bool is_comparison(const std::string& symbol) {
  static const std::set<std::string, std::less<>> comparisons{
      "=", "<>", "<", ">", "<=", ">=", "IS DISTINCT FROM"};
  return comparisons.count(symbol) != 0;
}
bool is_arithmetic(const std::string& symbol) {
  return symbol == "+" || symbol == "-" || symbol == "*" || symbol == "/" || symbol == "%";
}

bool is_constant(const Node& node) {
  return node.kind == NodeKind::string || node.kind == NodeKind::number ||
         (node.kind == NodeKind::constant &&
          (node.text == "NULL" || node.text == "TRUE" || node.text == "FALSE"));
}

/// AND and OR of any nesting as one list.
Node flattened(Node node) {
  std::vector<Node> children;
  for (Node& child : node.children) {
    if (child.kind == node.kind) {
      std::move(child.children.begin(), child.children.end(), std::back_inserter(children));
    } else {
      children.push_back(std::move(child));
    }
  }
  node.children = std::move(children);
  return node;
}

std::string array_element(std::string_view type) {
  return type.size() > 2 && type.substr(type.size() - 2) == "[]"
             ? std::string(type.substr(0, type.size() - 2))
             : "";
}

}  // namespace

std::string type_text(const TypeName& type) {
  const auto parsed = parse_expression("NULL::" + to_sql(type));
  return parsed.kind == NodeKind::cast ? parsed.text : to_sql(type);
}

static TypeName without_domains(const TypeName& type, const Catalog* catalog) {
  const Type* bottom =
      catalog == nullptr || type.array_dimensions > 0 ? nullptr : catalog->type(type);
  if (bottom == nullptr) return type;
  if (bottom->kind == TypeKind::domain) return bottom->base;
  return bottom->name == type.name ? type : TypeName{bottom->name, {}, {}, 0, false};
}

Frame frame_of(const Table* table, const Catalog* catalog) {
  Frame frame;
  if (table == nullptr) return frame;
  Source source;
  source.alias = table->name.name;
  source.known = true;
  for (const Column& column : table->columns) {
    source.columns.emplace_back(column.name, type_text(without_domains(column.type, catalog)));
  }
  frame.sources.push_back(std::move(source));
  return frame;
}

// ---- names and types
// -----------------------------------------------------------------------------

Node Normaliser::name(Node node, const Frame& frame) const {
  if (node.names.size() > 2) node.names.erase(node.names.begin(), node.names.end() - 2);
  const std::string& column = node.names.back();
  const bool qualified = node.names.size() == 2;
  for (const Frame* level = &frame; level != nullptr; level = level->outer) {
    bool all_known = true;
    if (const auto one = level->merged.find(column); !qualified && one != level->merged.end()) {
      if (one->second.empty()) return node;
      return Node{NodeKind::name, {}, {one->second, column}, {}};
    }
    for (const Source& source : level->sources) {
      if (qualified && source.alias != node.names[0]) continue;
      const auto found = std::find_if(source.columns.begin(), source.columns.end(),
                                      [&](const auto& entry) { return entry.first == column; });
      // i.price is price(i) where i has no such column.
      if (qualified && found == source.columns.end() && source.known && !source.mark.empty()) {
        Node called = make_call(column, {Node{NodeKind::name, {}, {source.mark, "*"}, {}}});
        if (column != "*" && declared(called) != nullptr) return called;
      }
      if (qualified || found != source.columns.end()) {
        if (source.mark.empty()) return Node{NodeKind::name, {}, {column}, {}};
        return Node{NodeKind::name, {}, {source.mark, column}, {}};
      }
      all_known = all_known && source.known;
    }
    for (const Source& source : level->sources) {
      if (qualified || source.alias != column) continue;
      if (source.mark.empty()) return Node{NodeKind::name, {}, {"*"}, {}};
      return Node{NodeKind::name, {}, {source.mark, "*"}, {}};
    }
    if (!all_known) break;
  }
  return node;
}

std::string Normaliser::bottom_of(const std::string& type) const {
  if (catalog_ == nullptr || type.empty() || type.ends_with("[]")) return type;
  const auto dot = type.rfind('.');
  const QualifiedName name = dot == std::string::npos
                                 ? QualifiedName{"public", type}
                                 : QualifiedName{type.substr(0, dot), type.substr(dot + 1)};
  const auto found = catalog_->types.find(name);
  const bool domain = found != catalog_->types.end() && found->second.kind == TypeKind::domain;
  return domain ? type_text(without_domains(found->second.base, catalog_)) : type;
}

std::string Normaliser::type_of(const Node& node, const Frame& frame) const {
  switch (node.kind) {
    case NodeKind::name:
      for (const Frame* level = &frame; level != nullptr; level = level->outer) {
        for (const Source& source : level->sources) {
          if (node.names.size() == 2 && source.mark != node.names[0] &&
              source.alias != node.names[0])
            continue;
          for (const auto& [column, type] : source.columns) {
            if (column == node.names.back()) return type;
          }
        }
      }
      return {};
    case NodeKind::number:
      return node.text.find('.') == std::string::npos ? "int4" : "numeric";
    case NodeKind::constant:
      return node.text == "TRUE" || node.text == "FALSE" ? "bool" : "";
    case NodeKind::all_of:
    case NodeKind::any_of:
    case NodeKind::negation:
    case NodeKind::quantified:
      return "bool";
    case NodeKind::subquery:
      if (node.text == "EXISTS") return "bool";
      if (const auto columns = columns_of(node.children[0]);
          node.text.empty() && columns.size() == 1)
        return columns[0].second;
      return {};
    case NodeKind::cast:
      return node.text;
    case NodeKind::collate:
      return type_of(node.children[0], frame);
    case NodeKind::array: {
      const std::string element = node.children.empty() ? "" : type_of(node.children[0], frame);
      return element.empty() ? "" : element + "[]";
    }
    case NodeKind::case_: {
      for (std::size_t i = 2; i < node.children.size(); i += 2) {
        if (auto type = type_of(node.children[i], frame); !type.empty()) return type;
      }
      return type_of(node.children.back(), frame);
    }
    case NodeKind::operation:
      return operation_type(node, frame);
    case NodeKind::call:
      return call_type(node, frame);
    default:
      return {};
  }
}

std::string Normaliser::operation_type(const Node& node, const Frame& frame) const {
  const std::string& symbol = node.text;
  if (is_comparison(symbol) || symbol.rfind("IS", 0) == 0 || symbol.find('~') != std::string::npos)
    return "bool";
  if (node.children.size() == 1) return type_of(node.children[0], frame);
  const std::string left = type_of(node.children[0], frame),
                    right = type_of(node.children[1], frame);
  if (is_arithmetic(symbol) && number_rank(left) > 0 && number_rank(right) > 0) {
    return base_type(number_rank(left) >= number_rank(right) ? left : right);
  }
  if (symbol == "^") return left == "numeric" || right == "numeric" ? "numeric" : "float8";
  if (symbol == "||" && (is_text_type(left) || is_text_type(right))) return "text";
  return {};
}

/// The result of a function that the schema has under one name only.
const Function* Normaliser::declared(const Node& call) const {
  if (catalog_ == nullptr || call.names.empty()) return nullptr;
  const std::string schema = call.names.size() > 1 ? call.names[call.names.size() - 2] : "public";
  const std::string prefix = to_sql(QualifiedName{schema, call.names.back()}) + "(";
  const auto found = catalog_->functions.lower_bound(prefix);
  if (found == catalog_->functions.end() || found->first.rfind(prefix, 0) != 0) return nullptr;
  const auto next = std::next(found);
  if (next != catalog_->functions.end() && next->first.rfind(prefix, 0) == 0) return nullptr;
  return &found->second;
}

std::string Normaliser::declared_result(const Node& call) const {
  const Function* function = declared(call);
  if (function == nullptr) return {};
  const TypeName& result = function->definition.returns;
  return result.empty() || result.setof ? std::string() : type_text(result);
}

std::string Normaliser::call_type(const Node& node, const Frame& frame) const {
  static const std::map<std::string, std::string, std::less<>> results{
      {"now", "timestamptz"},
      {"count", "int8"},
      {"lower", "text"},
      {"upper", "text"},
      {"concat", "text"},
      {"btrim", "text"},
      {"ltrim", "text"},
      {"rtrim", "text"},
      {"replace", "text"},
      {"substring", "text"},
      {"md5", "text"},
      {"length", "int4"},
      {"char_length", "int4"},
      {"nextval", "int8"},
      {"row_number", "int8"},
      {"rank", "int8"},
      {"extract", "numeric"},
      {"to_char", "text"},
      {"gen_random_uuid", "uuid"},
      {"bool_and", "bool"},
      {"bool_or", "bool"},
      {"string_agg", "text"},
      {"jsonb_build_object", "jsonb"}};
  if (auto own = declared_result(node); !own.empty()) return own;
  if (node.names.size() != 1) return {};
  const auto found = results.find(node.names[0]);
  if (found != results.end()) return found->second;
  const std::string& name = node.names[0];
  if (name == "coalesce" || name == "nullif" || name == "greatest" || name == "least" ||
      name == "max" || name == "min") {
    for (const Node& child : node.children) {
      if (auto type = type_of(child, frame); !type.empty()) return type;
    }
  }
  return {};
}

// ---- expressions
// ---------------------------------------------------------------------------------

Node Normaliser::expression(Node node, const Frame& frame) {
  if (node.kind == NodeKind::subquery) {
    node.children[0] = query(std::move(node.children[0]), &frame);
    return node;
  }
  if (node.kind == NodeKind::query || node.kind == NodeKind::tokens) return node;
  for (Node& child : node.children) child = expression(std::move(child), frame);
  switch (node.kind) {
    case NodeKind::name:
      return name(std::move(node), frame);
    case NodeKind::call:
      return call(std::move(node), frame);
    case NodeKind::cast:
      return cast(std::move(node), frame);
    case NodeKind::all_of:
    case NodeKind::any_of:
      return flattened(std::move(node));
    case NodeKind::operation:
      return operation(std::move(node), frame);
    case NodeKind::quantified:
      return quantified(std::move(node), frame);
    case NodeKind::field: {
      const Node& row = node.children[0];
      const bool whole = row.kind == NodeKind::name && row.names.size() == 2 && row.names[1] == "*";
      return whole ? Node{NodeKind::name, {}, {row.names[0], node.names[0]}, {}} : node;
    }
    case NodeKind::array:
    case NodeKind::case_: {
      std::vector<Node*> values;
      const bool array = node.kind == NodeKind::array;
      for (std::size_t i = array ? 0 : 2; i < node.children.size(); i += array ? 1 : 2)
        values.push_back(&node.children[i]);
      drop_common_casts(std::move(values), frame);
      return node;
    }
    case NodeKind::constant:
      if (node.text == "CURRENT_TIMESTAMP") return make_call("now", {});
      if (node.text == "USER" || node.text == "CURRENT_ROLE") node.text = "CURRENT_USER";
      return node;
    default:
      return node;
  }
}

namespace {

/// f(a, VARIADIC ARRAY[b, c]) is f(a, b, c): so the server writes the call of a variadic function.
void spread_variadic(Node& call) {
  if (call.children.empty()) return;
  Node& last = call.children.back();
  const bool spreads = last.kind == NodeKind::clause && last.text == "VARIADIC" &&
                       last.children[0].kind == NodeKind::array &&
                       !last.children[0].children.empty();
  if (!spreads) return;
  std::vector<Node> elements = std::move(last.children[0].children);
  call.children.pop_back();
  std::move(elements.begin(), elements.end(), std::back_inserter(call.children));
}

/// to_tsvector('german', body) and its like: the first of several arguments is a configuration.
bool takes_configuration(const Node& call) {
  const std::string& name = call.names.back();
  return call.children.size() > 1 &&
         (name == "to_tsvector" || name == "ts_headline" || name == "json_to_tsvector" ||
          name == "jsonb_to_tsvector" || name == "to_tsquery" || name.ends_with("to_tsquery"));
}

}  // namespace

Node Normaliser::call(Node node, const Frame& frame) {
  const std::string function = node.names.back();
  if (node.names.size() == 1 && node.children.empty() && node.text.empty()) {
    if (function == "transaction_timestamp") node.names[0] = "now";
    static const std::map<std::string, std::string, std::less<>> keywords{
        {"current_user", "CURRENT_USER"},       {"current_role", "CURRENT_USER"},
        {"session_user", "SESSION_USER"},       {"current_schema", "CURRENT_SCHEMA"},
        {"current_catalog", "CURRENT_CATALOG"}, {"current_database", "CURRENT_CATALOG"}};
    const auto keyword = keywords.find(function);
    if (keyword != keywords.end()) return make(NodeKind::constant, keyword->second);
  }
  if (function == "coalesce" || function == "greatest" || function == "least" ||
      function == "nullif") {
    std::vector<Node*> values;
    for (Node& argument : node.children) values.push_back(&argument);
    drop_common_casts(std::move(values), frame);
  }
  if (function == "nextval" || function == "currval") {
    for (Node& argument : node.children) {
      if (argument.kind == NodeKind::string) argument = typed_constant(argument.text, "regclass");
    }
  }
  if (takes_configuration(node) && node.children[0].kind == NodeKind::string)
    node.children[0] = typed_constant(node.children[0].text, "regconfig");
  for (Node& argument : node.children) {
    const bool shown = argument.kind == NodeKind::cast && argument.text == "text" &&
                       is_text_type(type_of(argument.children[0], frame));
    if (shown) argument = Node(argument.children[0]);
  }
  spread_variadic(node);
  drop_argument_casts(node, frame);
  return node;
}

/// The server converts arguments to the types of the function's parameters, and shows it.
void Normaliser::drop_argument_casts(Node& call, const Frame& frame) const {
  if (catalog_ == nullptr || call.children.empty()) return;
  const std::string schema = call.names.size() > 1 ? call.names[call.names.size() - 2] : "public";
  const std::string prefix = to_sql(QualifiedName{schema, call.names.back()}) + "(";
  const auto found = catalog_->functions.lower_bound(prefix);
  if (found == catalog_->functions.end() || found->first.rfind(prefix, 0) != 0)
    return drop_builtin_casts(call, frame);
  const auto next = std::next(found);
  if (next != catalog_->functions.end() && next->first.rfind(prefix, 0) == 0) return;
  std::size_t place = 0;
  for (const FunctionArgument& parameter : found->second.definition.arguments) {
    if (parameter.mode == 'o' || parameter.mode == 't') continue;
    if (parameter.mode == 'v' || place == call.children.size()) return;
    Node& argument = call.children[place++];
    const bool shown =
        argument.kind == NodeKind::cast && argument.text == type_text(parameter.type);
    if (shown) argument = Node(argument.children[0]);
  }
}

/// The same for PostgreSQL's own functions: the cast goes where the call means the same function
/// without it.
void Normaliser::drop_builtin_casts(Node& call, const Frame& frame) const {
  const auto is_cast = [](const Node& argument) {
    return argument.kind == NodeKind::cast && !is_constant(argument.children[0]);
  };
  if (call.names.size() != 1 || std::none_of(call.children.begin(), call.children.end(), is_cast))
    return;
  constexpr int major = 18;
  const auto candidates = builtins::functions(call.names[0], major);
  if (candidates.empty()) return;
  std::vector<std::string> types;
  for (const Node& argument : call.children) {
    const bool unknown = argument.kind == NodeKind::string;
    types.push_back(
        unknown ? "unknown"
                : bottom_of(type_of(is_cast(argument) ? argument.children[0] : argument, frame)));
    if (types.back().empty()) return;
    if (types.back().find('[') == std::string::npos) types.back() = base_type(types.back());
  }
  const ResolvedCall bare = resolve_function(candidates, types, major);
  if (bare.resolution != Resolution::found || bare.arguments.size() != types.size()) return;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Node& argument = call.children[i];
    if (is_cast(argument) && argument.text == bare.arguments[i])
      argument = Node(argument.children[0]);
  }
}

/// A cast of a constant that the constant's own spelling already says, or that the server only
/// shows.
Node Normaliser::cast(Node node, const Frame& frame) const {
  Node& inner = node.children[0];
  if (node.text.rfind("public.", 0) == 0) node.text.erase(0, 7);
  if (inner.kind == NodeKind::string) {
    Node constant = typed_constant(inner.text, node.text);
    const std::string base = base_type(node.text);
    const bool plain_number = constant.kind == NodeKind::number &&
                              (base == "int4" || base == "numeric" || base == "int8");
    const bool modified = node.text.find('(') != std::string::npos;
    if (constant.kind == NodeKind::constant || (plain_number && !modified)) return constant;
    if (constant.kind == NodeKind::number) {
      inner = std::move(constant);
      return node;
    }
    inner = std::move(constant);
    if (is_text_type(node.text) && !modified) return Node(inner);
    return node;
  }
  if (inner.kind == NodeKind::array && is_text_type(array_element(node.text)) &&
      !inner.children.empty()) {
    const std::string element = type_of(inner.children[0], frame);
    if (element.empty() || is_text_type(element)) return Node(inner);
  }
  const bool whole_row = inner.kind == NodeKind::name && inner.names.back() == "*";
  const bool same = inner.kind == NodeKind::name && type_of(inner, frame) == node.text;
  if (whole_row || same) return Node(inner);
  return node;
}

namespace {

/// (a, b) = (1, 2) is a = 1 AND b = 2, as the server stores it.
Node by_columns(const Node& node) {
  const bool equal = node.text == "=";
  Node result = make(equal ? NodeKind::all_of : NodeKind::any_of);
  for (std::size_t i = 0; i < node.children[0].children.size(); ++i) {
    result.children.push_back(make(NodeKind::operation, node.text,
                                   {node.children[0].children[i], node.children[1].children[i]}));
  }
  return result;
}

bool compares_rows(const Node& node) {
  return (node.text == "=" || node.text == "<>") && node.children[0].kind == NodeKind::row &&
         node.children[1].kind == NodeKind::row &&
         node.children[0].children.size() == node.children[1].children.size();
}

}  // namespace

/// The cast is one that the server puts in by itself where the other side has this type.
bool Normaliser::is_shown(const Node& operand, const std::string& other_type, bool comparison,
                          bool as_power, const Frame& frame) const {
  const Node& inner = operand.children[0];
  // A constant beside a domain's value becomes what the domain is made of.
  if (is_constant(inner) && bottom_of(operand.text) != operand.text) return false;
  const std::string inner_type = bottom_of(type_of(inner, frame));
  const bool same = base_type(operand.text) == base_type(other_type);
  // Of a domain's value, which the server shows as what it is made of.
  if (!is_constant(inner) && !inner_type.empty() && base_type(inner_type) == operand.text)
    return true;
  // citext compares in its own way: as text only where somebody says so.
  if (comparison && inner_type.ends_with("citext") && !operand.text.ends_with("citext"))
    return false;
  if (is_text_type(operand.text) && (is_text_type(inner_type) || inner_type == operand.text))
    return true;
  const int rank = number_rank(inner_type);
  // Powers, and what multiplies or divides an interval.
  const bool as_float = as_power || base_type(other_type) == "interval";
  if (as_float && base_type(operand.text) == "float8" && rank > 0) return true;
  if (same && rank > 0 && rank < number_rank(operand.text)) return true;
  return is_constant(inner) && same && comparison;
}

Node Normaliser::operation(Node node, const Frame& frame) {
  if (node.children.size() != 2) return node;
  if (compares_rows(node)) return expression(by_columns(node), frame);
  const bool comparison = is_comparison(node.text);
  for (const bool constants : {true, false}) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      Node& operand = node.children[side];
      const std::string other_type = type_of(node.children[1 - side], frame);
      if (operand.kind == NodeKind::string && !other_type.empty() &&
          (comparison || number_rank(other_type) > 0)) {
        operand = typed_constant(operand.text, other_type);
      }
      if (operand.kind != NodeKind::cast || is_constant(operand.children[0]) != constants) continue;
      if (is_shown(operand, other_type, comparison, node.text == "^", frame))
        operand = Node(operand.children[0]);
    }
  }
  return node;
}

/// Numbers in one list are brought to one type: where another element has it, the cast says
/// nothing.
void Normaliser::drop_common_casts(std::vector<Node*> list, const Frame& frame) const {
  for (auto at = list.rbegin(); at != list.rend(); ++at) {
    Node& node = **at;
    if (node.kind != NodeKind::cast) continue;
    const int rank = number_rank(node.text), inner = number_rank(type_of(node.children[0], frame));
    const bool shared = std::any_of(list.begin(), list.end(), [&](const Node* other) {
      return other != &node && base_type(type_of(*other, frame)) == base_type(node.text);
    });
    if (inner > 0 && inner < rank && shared) node = Node(node.children[0]);
  }
}

Node Normaliser::quantified(Node node, const Frame& frame) const {
  Node& left = node.children[0];
  Node& right = node.children[1];
  const std::string inner = left.kind == NodeKind::cast ? type_of(left.children[0], frame) : "";
  if (left.kind == NodeKind::cast && is_text_type(left.text) && is_text_type(inner))
    left = Node(left.children[0]);
  if (right.kind == NodeKind::cast && right.children[0].kind == NodeKind::array) {
    const std::string element = array_element(right.text);
    if (is_text_type(element) || element == base_type(type_of(left, frame)))
      right = Node(right.children[0]);
  }
  if (right.kind != NodeKind::array) return node;
  const std::string type = type_of(left, frame);
  for (Node& element : right.children) {
    if (element.kind == NodeKind::string && !type.empty())
      element = typed_constant(element.text, type);
    if (element.kind != NodeKind::cast || !is_constant(element.children[0])) continue;
    const bool text = is_text_type(element.text) && (type.empty() || is_text_type(type));
    if (text || base_type(element.text) == base_type(type)) element = Node(element.children[0]);
  }
  return node;
}

Node Normaliser::stored(Node node, const Frame& frame, const std::string& target) {
  node = expression(std::move(node), frame);
  if (target.empty()) return node;
  if (node.kind == NodeKind::cast && base_type(node.text) == base_type(target))
    node = Node(node.children[0]);
  if (node.kind == NodeKind::cast && is_text_type(node.text) && is_text_type(target))
    node = Node(node.children[0]);
  if (node.kind == NodeKind::string) node = typed_constant(node.text, target);
  return node;
}

// ---- equality
// ------------------------------------------------------------------------------------

namespace {

/// "f" and "app.f": one of them was not resolved. "public.f" was.
bool same_names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a == b) return true;
  if (a.empty() || b.empty() || a.back() != b.back()) return false;
  return a.size() == 1 || b.size() == 1;
}

bool same_nodes(const Node& a, const Node& b, bool in_arithmetic) {
  if (a.kind == NodeKind::cast && b.kind != NodeKind::cast) {
    const Node& inner = a.children[0];
    if (inner.kind == NodeKind::number && in_arithmetic) return false;
    if (!is_constant(inner) || !is_constant(b)) return false;
    if (b.kind == NodeKind::string)
      return same_nodes(inner, typed_constant(b.text, a.text), in_arithmetic);
    return same_nodes(inner, b, in_arithmetic);
  }
  if (b.kind == NodeKind::cast && a.kind != NodeKind::cast) return same_nodes(b, a, in_arithmetic);
  if (a.kind != b.kind || a.text != b.text || a.children.size() != b.children.size()) return false;
  const bool resolvable = a.kind == NodeKind::call || a.kind == NodeKind::source;
  const bool names_matter = a.kind != NodeKind::item;
  if (names_matter && (resolvable ? !same_names(a.names, b.names) : a.names != b.names))
    return false;
  const bool arithmetic = a.kind == NodeKind::operation && is_arithmetic(a.text);
  return std::equal(a.children.begin(), a.children.end(), b.children.begin(),
                    [&](const Node& x, const Node& y) { return same_nodes(x, y, arithmetic); });
}

}  // namespace

namespace {
void forget_types_of_nulls(Node& node) {
  for (Node& child : node.children) forget_types_of_nulls(child);
  const bool null = node.kind == NodeKind::cast && node.children[0].kind == NodeKind::constant &&
                    node.children[0].text == "NULL";
  if (null) node = Node(node.children[0]);
}
/// "f" and "public.f" have one text.
void forget_public(Node& node) {
  for (Node& child : node.children) forget_public(child);
  const bool resolvable = node.kind == NodeKind::call || node.kind == NodeKind::source;
  if (resolvable && node.names.size() == 2 && node.names[0] == "public")
    node.names.erase(node.names.begin());
}
}  // namespace

std::string meaning_of(Node node) {
  forget_types_of_nulls(node);
  forget_public(node);
  return to_text(node);
}

bool same_tree(const Node& a, const Node& b) { return same_nodes(a, b, false); }

}  // namespace schemagate::canonical
