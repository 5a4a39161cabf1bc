// SPDX-License-Identifier: MIT
// What follows an operand: operators, predicates, subscripts.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "schema/canonical_parse.h"
#include "schema/canonical_powers.h"

namespace schemagate::canonical {

int symbol_power(std::string_view symbol) {
  static const std::map<std::string, int, std::less<>> powers{
      {"<", comparison_power},  {">", comparison_power},  {"=", comparison_power},
      {"<=", comparison_power}, {">=", comparison_power}, {"<>", comparison_power},
      {"+", sum_power},         {"-", sum_power},         {"*", product_power},
      {"/", product_power},     {"%", product_power},     {"^", power_power},
      {"::", cast_power},       {"[", subscript_power}};
  const auto found = powers.find(symbol);
  if (found != powers.end()) return found->second;
  const bool is_operator =
      std::string_view("+-*/<>=~!@#%^&|`?").find(symbol.front()) != std::string_view::npos;
  return is_operator ? operator_power : 0;
}

bool Parser::infix(Node& left, int power) {
  const Token token = peek();
  if (token.kind == TokenKind::symbol) return symbol_infix(left, power);
  if (token.kind != TokenKind::word) return false;
  if (token.text == "and" || token.text == "or") {
    const int own = token.text == "and" ? and_power : or_power;
    if (own <= power) return false;
    take();
    Node right = expression(own);
    left = make(token.text == "and" ? NodeKind::all_of : NodeKind::any_of, {},
                {std::move(left), std::move(right)});
    return true;
  }
  if (token.text == "is" || token.text == "isnull" || token.text == "notnull")
    return is_infix(left, power);
  if (token.text == "collate") {
    if (collate_power <= power) return false;
    take();
    left = Node{NodeKind::collate, {}, path(), {std::move(left)}};
    if (left.names.size() == 2 && left.names[0] == "pg_catalog")
      left.names.erase(left.names.begin());
    return true;
  }
  if (token.text == "at" && is_word("time", 1) && is_word("zone", 2)) {
    if (zone_power <= power) return false;
    take(), take(), take();
    Node zone = expression(zone_power);
    left = make_call("timezone", {std::move(zone), std::move(left)});
    return true;
  }
  if (token.text == "operator" && is_symbol("(", 1)) return qualified_operator(left, power);
  return predicate_infix(left, power);
}

bool Parser::is_infix(Node& left, int power) {
  if (is_power <= power) return false;
  const std::string word = take().text;
  std::string test = word == "isnull" ? "IS NULL" : "IS NOT NULL";
  if (word == "is") {
    const bool negative = accept_word("not");
    if (accept_word("distinct")) {
      expect_word("from");
      Node node =
          make(NodeKind::operation, "IS DISTINCT FROM", {std::move(left), expression(is_power)});
      left = negative ? make(NodeKind::negation, {}, {std::move(node)}) : std::move(node);
      return true;
    }
    test = negative ? "IS NOT" : "IS";
    static const std::set<std::string, std::less<>> tests{
        "null", "true", "false", "unknown", "document", "json",   "normalized", "nfc",
        "nfd",  "nfkc", "nfkd",  "object",  "array",    "scalar", "value"};
    if (tests.count(peek().text) == 0) throw NotUnderstood{};
    while (tests.count(peek().text) != 0) test += " " + take().text;
    std::transform(test.begin(), test.end(), test.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  left = make(NodeKind::operation, std::move(test), {std::move(left)});
  return true;
}

bool Parser::predicate_infix(Node& left, int power) {
  if (in_power <= power) return false;
  const bool negative = is_word("not");
  const std::string word = peek(negative ? 1 : 0).text;
  if (word != "in" && word != "like" && word != "ilike" && word != "between" && word != "similar")
    return false;
  if (negative) take();
  take();
  if (word == "in") {
    in_list(left, negative);
  } else if (word == "between") {
    between(left, negative);
  } else if (word == "similar") {
    expect_word("to");
    Node pattern = expression(in_power);
    std::vector<Node> arguments{std::move(pattern)};
    if (accept_word("escape")) arguments.push_back(expression(in_power));
    left = make(NodeKind::operation, negative ? "!~" : "~",
                {std::move(left), make_call("similar_to_escape", std::move(arguments))});
  } else {
    std::string symbol = std::string(negative ? "!" : "") + (word == "like" ? "~~" : "~~*");
    if (is_word("any") || is_word("all") || is_word("some")) return quantified(left, symbol);
    Node pattern = expression(in_power);
    if (accept_word("escape"))
      pattern = make_call("like_escape", {std::move(pattern), expression(in_power)});
    left = make(NodeKind::operation, std::move(symbol), {std::move(left), std::move(pattern)});
  }
  return true;
}

void Parser::in_list(Node& left, bool negative) {
  if (at_query()) {
    Node inner = parenthesised();
    inner.text = "IN";
    Node node = make(NodeKind::quantified, "= ANY", {std::move(left), std::move(inner)});
    left = negative ? make(NodeKind::negation, {}, {std::move(node)}) : std::move(node);
    return;
  }
  expect_symbol("(");
  std::vector<Node> list = expressions(")");
  if (list.size() == 1) {
    left = make(NodeKind::operation, negative ? "<>" : "=",
                {std::move(left), std::move(list.front())});
    return;
  }
  if (std::any_of(list.begin(), list.end(),
                  [](const Node& element) { return element.kind == NodeKind::row; })) {
    Node node = make(negative ? NodeKind::all_of : NodeKind::any_of);
    for (Node& element : list) {
      node.children.push_back(
          make(NodeKind::operation, negative ? "<>" : "=", {left, std::move(element)}));
    }
    left = std::move(node);
    return;
  }
  left = make(NodeKind::quantified, negative ? "<> ALL" : "= ANY",
              {std::move(left), make(NodeKind::array, {}, std::move(list))});
}

void Parser::between(Node& left, bool negative) {
  const bool symmetric = accept_word("symmetric");
  accept_word("asymmetric");
  Node low = expression(in_power);
  expect_word("and");
  Node high = expression(in_power);
  const auto range = [&](const Node& from, const Node& to) {
    Node first = make(NodeKind::operation, negative ? "<" : ">=", {left, from});
    Node second = make(NodeKind::operation, negative ? ">" : "<=", {left, to});
    return make(negative ? NodeKind::any_of : NodeKind::all_of, {},
                {std::move(first), std::move(second)});
  };
  Node node = range(low, high);
  if (symmetric)
    node = make(negative ? NodeKind::all_of : NodeKind::any_of, {},
                {std::move(node), range(high, low)});
  left = std::move(node);
}

bool Parser::symbol_infix(Node& left, int power) {
  const std::string symbol = peek().text;
  const int own = symbol_power(symbol);
  if (own == 0 || own <= power || symbol == ":=" || symbol == "=>") return false;
  if (symbol == "[") return subscript(left);
  take();
  if (symbol == "::") {
    left = make(NodeKind::cast, type(), {std::move(left)});
    return true;
  }
  return binary(left, symbol, own);
}

bool Parser::qualified_operator(Node& left, int power) {
  if (operator_power <= power) return false;
  take(), take();
  // People write no schema: the operator is on the search path.
  while (is_symbol(".", 1)) take(), take();
  std::string symbol;
  while (!is_symbol(")") && !at_end()) symbol += take().text;
  expect_symbol(")");
  return binary(left, symbol, operator_power);
}

bool Parser::binary(Node& left, const std::string& symbol, int power) {
  if (is_word("any") || is_word("all") || is_word("some")) return quantified(left, symbol);
  Node right = expression(power);
  left = make(NodeKind::operation, symbol, {std::move(left), std::move(right)});
  return true;
}

bool Parser::quantified(Node& left, const std::string& symbol) {
  const std::string word = take().text == "all" ? "ALL" : "ANY";
  expect_symbol("(");
  Node right;
  if (at_query()) {
    right = make(NodeKind::subquery, "IN", {query()});
  } else {
    right = expression();
  }
  expect_symbol(")");
  left = make(NodeKind::quantified, symbol + " " + word, {std::move(left), std::move(right)});
  return true;
}

bool Parser::subscript(Node& left) {
  expect_symbol("[");
  Node node = make(NodeKind::subscript, {}, {std::move(left)});
  if (!is_symbol(":")) node.children.push_back(expression());
  if (accept_symbol(":")) {
    node.text = ":";
    if (!is_symbol("]")) node.children.push_back(expression());
  }
  expect_symbol("]");
  left = std::move(node);
  return true;
}

}  // namespace schemagate::canonical
