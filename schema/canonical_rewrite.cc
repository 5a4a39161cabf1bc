// SPDX-License-Identifier: MIT
#include "schema/canonical_rewrite.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/canonical_constants.h"

namespace schemagate::canonical {
namespace {

bool is_comparison(const std::string& symbol) {
  static const std::set<std::string, std::less<>> comparisons{"=", "<>", "<", ">", "<=", ">=", "IS DISTINCT FROM"};
  return comparisons.count(symbol) != 0;
}
bool is_arithmetic(const std::string& symbol) {
  return symbol == "+" || symbol == "-" || symbol == "*" || symbol == "/" || symbol == "%";
}

bool is_constant(const Node& node) {
  return node.kind == NodeKind::string || node.kind == NodeKind::number ||
         (node.kind == NodeKind::constant && (node.text == "NULL" || node.text == "TRUE" || node.text == "FALSE"));
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
  return type.size() > 2 && type.substr(type.size() - 2) == "[]" ? std::string(type.substr(0, type.size() - 2)) : "";
}

}  // namespace

std::string type_text(const TypeName& type) {
  const auto parsed = parse_expression("NULL::" + to_sql(type));
  return parsed.kind == NodeKind::cast ? parsed.text : to_sql(type);
}

// ---- names and types -----------------------------------------------------------------------------

Node Normaliser::name(Node node, const Frame& frame) const {
  if (node.names.size() > 2) node.names.erase(node.names.begin(), node.names.end() - 2);
  const std::string& column = node.names.back();
  const bool qualified = node.names.size() == 2;
  for (const Frame* level = &frame; level != nullptr; level = level->outer) {
    bool all_known = true;
    for (const Source& source : level->sources) {
      if (qualified && source.alias != node.names[0]) continue;
      const auto found = std::find_if(source.columns.begin(), source.columns.end(),
                                      [&](const auto& entry) { return entry.first == column; });
      if (qualified || found != source.columns.end()) {
        if (source.mark.empty()) return Node{NodeKind::name, {}, {column}, {}};
        return Node{NodeKind::name, {}, {source.mark, column}, {}};
      }
      all_known = all_known && source.known;
    }
    for (const Source& source : level->sources) {
      const bool whole_row = !qualified && source.alias == column && !source.mark.empty();
      if (whole_row) return Node{NodeKind::name, {}, {source.mark, "*"}, {}};
    }
    if (!all_known) break;
  }
  return node;
}

std::string Normaliser::type_of(const Node& node, const Frame& frame) const {
  switch (node.kind) {
    case NodeKind::name:
      for (const Frame* level = &frame; level != nullptr; level = level->outer) {
        for (const Source& source : level->sources) {
          if (node.names.size() == 2 && source.mark != node.names[0] && source.alias != node.names[0]) continue;
          for (const auto& [column, type] : source.columns) {
            if (column == node.names.back()) return type;
          }
        }
      }
      return {};
    case NodeKind::number: return node.text.find('.') == std::string::npos ? "int4" : "numeric";
    case NodeKind::constant: return node.text == "TRUE" || node.text == "FALSE" ? "bool" : "";
    case NodeKind::all_of:
    case NodeKind::any_of:
    case NodeKind::negation:
    case NodeKind::quantified: return "bool";
    case NodeKind::subquery:
      if (node.text == "EXISTS") return "bool";
      if (const auto columns = columns_of(node.children[0]); node.text.empty() && columns.size() == 1) return columns[0].second;
      return {};
    case NodeKind::cast: return node.text;
    case NodeKind::collate: return type_of(node.children[0], frame);
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
    case NodeKind::operation: return operation_type(node, frame);
    case NodeKind::call: return call_type(node, frame);
    default: return {};
  }
}

std::string Normaliser::operation_type(const Node& node, const Frame& frame) const {
  const std::string& symbol = node.text;
  if (is_comparison(symbol) || symbol.rfind("IS", 0) == 0 || symbol.find('~') != std::string::npos) return "bool";
  if (node.children.size() == 1) return type_of(node.children[0], frame);
  const std::string left = type_of(node.children[0], frame), right = type_of(node.children[1], frame);
  if (is_arithmetic(symbol) && number_rank(left) > 0 && number_rank(right) > 0) {
    return base_type(number_rank(left) >= number_rank(right) ? left : right);
  }
  if (symbol == "||" && (is_text_type(left) || is_text_type(right))) return "text";
  return {};
}

std::string Normaliser::call_type(const Node& node, const Frame& frame) const {
  static const std::map<std::string, std::string, std::less<>> results{
      {"now", "timestamptz"}, {"count", "int8"},   {"lower", "text"},      {"upper", "text"},  {"concat", "text"},
      {"btrim", "text"},      {"ltrim", "text"},   {"rtrim", "text"},      {"replace", "text"}, {"substring", "text"},
      {"md5", "text"},        {"length", "int4"},  {"char_length", "int4"}, {"nextval", "int8"}, {"row_number", "int8"},
      {"rank", "int8"},       {"extract", "numeric"}, {"to_char", "text"}, {"gen_random_uuid", "uuid"},
      {"bool_and", "bool"},   {"bool_or", "bool"}, {"string_agg", "text"}, {"jsonb_build_object", "jsonb"}};
  if (node.names.size() != 1) return {};
  const auto found = results.find(node.names[0]);
  if (found != results.end()) return found->second;
  const std::string& name = node.names[0];
  if (name == "coalesce" || name == "nullif" || name == "greatest" || name == "least" || name == "max" || name == "min") {
    for (const Node& child : node.children) {
      if (auto type = type_of(child, frame); !type.empty()) return type;
    }
  }
  return {};
}

// ---- expressions ---------------------------------------------------------------------------------

Node Normaliser::expression(Node node, const Frame& frame) {
  if (node.kind == NodeKind::subquery) {
    node.children[0] = query(std::move(node.children[0]), &frame);
    return node;
  }
  if (node.kind == NodeKind::query || node.kind == NodeKind::tokens) return node;
  for (Node& child : node.children) child = expression(std::move(child), frame);
  switch (node.kind) {
    case NodeKind::name: return name(std::move(node), frame);
    case NodeKind::call: return call(std::move(node), frame);
    case NodeKind::cast: return cast(std::move(node), frame);
    case NodeKind::all_of:
    case NodeKind::any_of: return flattened(std::move(node));
    case NodeKind::operation: return operation(std::move(node), frame);
    case NodeKind::quantified: return quantified(std::move(node), frame);
    case NodeKind::constant:
      if (node.text == "CURRENT_TIMESTAMP") return make_call("now", {});
      if (node.text == "USER" || node.text == "CURRENT_ROLE") node.text = "CURRENT_USER";
      return node;
    default: return node;
  }
}

Node Normaliser::call(Node node, const Frame& frame) {
  if (node.names.size() == 2 && node.names[0] == "public") node.names.erase(node.names.begin());
  const std::string function = node.names.back();
  if (node.names.size() == 1 && node.children.empty()) {
    if (function == "transaction_timestamp") node.names[0] = "now";
    for (const char* keyword : {"current_user", "current_role", "session_user", "current_schema", "current_catalog"}) {
      if (function == keyword && node.text.empty()) return expression(make(NodeKind::constant, function == "current_role" ? "CURRENT_USER" : [&] {
        std::string upper = function;
        std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        return upper;
      }()), frame);
    }
  }
  if (function == "nextval" || function == "currval") {
    for (Node& argument : node.children) {
      if (argument.kind == NodeKind::string) argument = typed_constant(argument.text, "regclass");
    }
  }
  for (Node& argument : node.children) {
    const bool shown = argument.kind == NodeKind::cast && argument.text == "text" &&
                       is_text_type(type_of(argument.children[0], frame));
    if (shown) argument = Node(argument.children[0]);
  }
  return node;
}

/// A cast of a constant that the constant's own spelling already says, or that the server only shows.
Node Normaliser::cast(Node node, const Frame& frame) const {
  Node& inner = node.children[0];
  if (node.text.rfind("public.", 0) == 0) node.text.erase(0, 7);
  if (inner.kind == NodeKind::string) {
    Node constant = typed_constant(inner.text, node.text);
    const std::string base = base_type(node.text);
    const bool plain_number = constant.kind == NodeKind::number && (base == "int4" || base == "numeric" || base == "int8");
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
  if (inner.kind == NodeKind::array && is_text_type(array_element(node.text)) && !inner.children.empty()) {
    const std::string element = type_of(inner.children[0], frame);
    if (element.empty() || is_text_type(element)) return Node(inner);
  }
  if (!frame.sources.empty() && node.text == "text" && inner.kind != NodeKind::cast) {
    // Kept: what a cast of a column to text means depends on where it stands; see operation().
    return node;
  }
  return node;
}

Node Normaliser::operation(Node node, const Frame& frame) const {
  if (node.children.size() != 2) return node;
  for (int side = 0; side < 2; ++side) {
    Node& operand = node.children[static_cast<std::size_t>(side)];
    const Node& other = node.children[static_cast<std::size_t>(1 - side)];
    const std::string other_type = type_of(other, frame);
    if (operand.kind == NodeKind::string && !other_type.empty()) {
      const bool own = is_comparison(node.text) || number_rank(other_type) > 0;
      if (own) operand = typed_constant(operand.text, other_type);
    }
    if (operand.kind != NodeKind::cast) continue;
    const Node& inner = operand.children[0];
    const std::string inner_type = type_of(inner, frame);
    const bool same = base_type(operand.text) == base_type(other_type);
    const bool text = is_text_type(operand.text) && (is_text_type(inner_type) || inner_type == operand.text);
    const bool widened = same && number_rank(operand.text) > 0 && number_rank(inner_type) > 0 &&
                         number_rank(inner_type) < number_rank(operand.text);
    if (text || widened || (is_constant(inner) && same && is_comparison(node.text))) operand = Node(inner);
  }
  return node;
}

Node Normaliser::quantified(Node node, const Frame& frame) const {
  Node& left = node.children[0];
  Node& right = node.children[1];
  const std::string inner = left.kind == NodeKind::cast ? type_of(left.children[0], frame) : "";
  if (left.kind == NodeKind::cast && is_text_type(left.text) && is_text_type(inner)) left = Node(left.children[0]);
  if (right.kind == NodeKind::cast && right.children[0].kind == NodeKind::array) {
    const std::string element = array_element(right.text);
    if (is_text_type(element) || element == base_type(type_of(left, frame))) right = Node(right.children[0]);
  }
  if (right.kind != NodeKind::array) return node;
  const std::string type = type_of(left, frame);
  for (Node& element : right.children) {
    if (element.kind == NodeKind::string && !type.empty()) element = typed_constant(element.text, type);
    if (element.kind != NodeKind::cast || !is_constant(element.children[0])) continue;
    const bool text = is_text_type(element.text) && (type.empty() || is_text_type(type));
    if (text || base_type(element.text) == base_type(type)) element = Node(element.children[0]);
  }
  return node;
}

Node Normaliser::stored(Node node, const Frame& frame, const std::string& target) {
  node = expression(std::move(node), frame);
  if (target.empty()) return node;
  if (node.kind == NodeKind::cast && base_type(node.text) == base_type(target)) node = Node(node.children[0]);
  if (node.kind == NodeKind::cast && is_text_type(node.text) && is_text_type(target)) node = Node(node.children[0]);
  if (node.kind == NodeKind::string) node = typed_constant(node.text, target);
  return node;
}

// ---- equality ------------------------------------------------------------------------------------

namespace {

/// "f" and "app.f": one of them was not resolved.
bool same_names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a == b) return true;
  if (a.empty() || b.empty() || a.back() != b.back()) return false;
  return a.size() == 1 || b.size() == 1;
}

bool same_nodes(const Node& a, const Node& b, bool in_arithmetic) {
  if (a.kind == NodeKind::cast && b.kind != NodeKind::cast) {
    const Node& inner = a.children[0];
    if (inner.kind == NodeKind::number && in_arithmetic) return false;
    return is_constant(inner) && is_constant(b) && same_nodes(inner, b, in_arithmetic);
  }
  if (b.kind == NodeKind::cast && a.kind != NodeKind::cast) return same_nodes(b, a, in_arithmetic);
  if (a.kind != b.kind || a.text != b.text || a.children.size() != b.children.size()) return false;
  const bool resolvable = a.kind == NodeKind::call || a.kind == NodeKind::source;
  const bool names_matter = a.kind != NodeKind::item;
  if (names_matter && (resolvable ? !same_names(a.names, b.names) : a.names != b.names)) return false;
  const bool arithmetic = a.kind == NodeKind::operation && is_arithmetic(a.text);
  return std::equal(a.children.begin(), a.children.end(), b.children.begin(),
                    [&](const Node& x, const Node& y) { return same_nodes(x, y, arithmetic); });
}

}  // namespace

bool same_tree(const Node& a, const Node& b) { return same_nodes(a, b, false); }

}  // namespace schemagate::canonical
