// SPDX-License-Identifier: MIT
// Operator precedence as in PostgreSQL's grammar:
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE
#include "schema/canonical_parse.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "base/text.h"

namespace schemagate::canonical {

namespace {

constexpr int max_depth = 500;
constexpr int or_power = 1, and_power = 2, not_power = 3, is_power = 4, comparison_power = 5,
              in_power = 6, operator_power = 7, sum_power = 8, product_power = 9, power_power = 10,
              zone_power = 11, collate_power = 12, sign_power = 13, subscript_power = 14,
              cast_power = 15;

const std::set<std::string, std::less<>> reserved{
    "all",       "and",     "any",    "array",   "as",     "asc",         "both",      "case",
    "cast",      "collate", "column", "cross",   "desc",   "distinct",    "do",        "else",
    "end",       "except",  "fetch",  "filter",  "for",    "foreign",     "from",      "full",
    "grant",     "group",   "having", "ilike",   "in",     "inner",       "intersect", "into",
    "is",        "isnull",  "join",   "lateral", "left",   "like",        "limit",     "natural",
    "not",       "notnull", "offset", "on",      "or",     "order",       "over",      "overlaps",
    "returning", "right",   "select", "similar", "some",   "tablesample", "then",      "to",
    "union",     "using",   "when",   "where",   "window", "with",        "within"};

const std::set<std::string, std::less<>> constants{
    "null",         "true",      "false",          "default",           "current_date",
    "current_time", "localtime", "localtimestamp", "current_timestamp", "current_user",
    "session_user", "user",      "current_role",   "current_catalog",   "current_schema",
    "system_user"};

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

}  // namespace

bool is_reserved(std::string_view word) { return reserved.find(word) != reserved.end(); }

Node make(NodeKind kind, std::string text, std::vector<Node> children) {
  return {kind, std::move(text), {}, std::move(children)};
}
Node make_call(std::string name, std::vector<Node> arguments) {
  return {NodeKind::call, {}, {std::move(name)}, std::move(arguments)};
}

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}
Token Parser::take() {
  Token token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}
bool Parser::is_word(std::string_view word, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::word && peek(ahead).text == word;
}
bool Parser::is_symbol(std::string_view symbol, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::symbol && peek(ahead).text == symbol;
}
bool Parser::accept_word(std::string_view word) { return is_word(word) && (take(), true); }
bool Parser::accept_symbol(std::string_view symbol) { return is_symbol(symbol) && (take(), true); }
void Parser::expect_word(std::string_view word) {
  if (!accept_word(word)) throw NotUnderstood{};
}
void Parser::expect_symbol(std::string_view symbol) {
  if (!accept_symbol(symbol)) throw NotUnderstood{};
}
bool Parser::at_end() const { return peek().kind == TokenKind::end; }
bool Parser::at_query() const {
  std::size_t ahead = 0;
  while (is_symbol("(", ahead)) ++ahead;
  return is_word("select", ahead) || is_word("with", ahead) || is_word("values", ahead);
}

std::string Parser::identifier() {
  const Token token = take();
  if (token.kind != TokenKind::word && token.kind != TokenKind::quoted_word) throw NotUnderstood{};
  return token.text;
}

std::vector<std::string> Parser::path() {
  std::vector<std::string> names{identifier()};
  while (is_symbol(".")) {
    take();
    names.push_back(accept_symbol("*") ? "*" : identifier());
  }
  return names;
}

std::vector<std::string> Parser::identifier_list() {
  std::vector<std::string> names;
  expect_symbol("(");
  do names.push_back(identifier());
  while (accept_symbol(","));
  expect_symbol(")");
  return names;
}

// ---- types
// ---------------------------------------------------------------------------------------

namespace {

const std::map<std::string, std::string, std::less<>> type_synonyms{
    {"int", "int4"},      {"integer", "int4"},     {"smallint", "int2"}, {"bigint", "int8"},
    {"real", "float4"},   {"float", "float8"},     {"boolean", "bool"},  {"decimal", "numeric"},
    {"dec", "numeric"},   {"character", "bpchar"}, {"char", "bpchar"},   {"nchar", "bpchar"},
    {"double", "float8"}, {"national", "bpchar"}};

}  // namespace

/// Of "character varying", "double precision", "timestamp (3) with time zone": internal names.
std::string Parser::type() {
  const bool quoted = peek().kind == TokenKind::quoted_word;
  std::vector<std::string> names = path();
  if (names.size() == 2 && (names[0] == "pg_catalog" || names[0] == "public"))
    names.erase(names.begin());
  std::string name = names.back();
  const bool plain = !quoted && names.size() == 1;
  if (plain && name == "setof") return "setof " + type();
  if (plain && name == "national") accept_word("character") || accept_word("char");
  const auto synonym = type_synonyms.find(name);
  if (plain && synonym != type_synonyms.end()) name = synonym->second;
  if (plain && name == "float8") accept_word("precision");
  if (plain && (name == "bpchar" || name == "bit") && accept_word("varying")) {
    name = name == "bit" ? "varbit" : "varchar";
  }
  std::string modifiers = type_modifiers();
  if (plain && (name == "timestamp" || name == "time")) {
    if (is_word("with") || is_word("without")) {
      if (take().text == "with") name += "tz";
      expect_word("time");
      expect_word("zone");
    }
  }
  if (plain && name == "interval") modifiers = interval_fields() + modifiers;
  if (plain && name == "bpchar" && modifiers.empty() && names.back() != "bpchar") modifiers = "(1)";
  names.back() = name;
  return join(names, ".") + modifiers + array_suffix();
}

std::string Parser::type_modifiers() {
  if (!accept_symbol("(")) return {};
  std::string text = "(";
  while (!is_symbol(")") && !at_end()) text += take().text;
  expect_symbol(")");
  return text + ")";
}

std::string Parser::interval_fields() {
  static constexpr std::array<std::string_view, 7> fields{"year",   "month",  "day", "hour",
                                                          "minute", "second", "to"};
  std::string text;
  while (peek().kind == TokenKind::word &&
         std::find(fields.begin(), fields.end(), peek().text) != fields.end()) {
    text += " " + take().text;
  }
  return text + type_modifiers();
}

std::string Parser::array_suffix() {
  std::string text;
  if (accept_word("array")) text = "[]";
  while (is_symbol("[") &&
         (is_symbol("]", 1) || (peek(1).kind == TokenKind::number && is_symbol("]", 2)))) {
    while (!accept_symbol("]")) take();
    text = "[]";  // the server ignores bounds and the number of dimensions
  }
  return text;
}

// ---- expressions
// ---------------------------------------------------------------------------------

Node Parser::expression(int power) {
  if (++depth_ > max_depth) throw NotUnderstood{};
  Node left = prefix();
  while (infix(left, power)) {
  }
  --depth_;
  return left;
}

std::vector<Node> Parser::expressions(std::string_view close) {
  std::vector<Node> list;
  if (accept_symbol(close)) return list;
  do list.push_back(expression());
  while (accept_symbol(","));
  expect_symbol(close);
  return list;
}

namespace {

/// 1.5e3 is the numeric 1500, as the server prints it.
Node number(const std::string& text) {
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent == std::string::npos || text.front() == '0') return make(NodeKind::number, text);
  std::string digits = text.substr(0, exponent);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const long shift = std::strtol(text.c_str() + exponent + 1, nullptr, 10);
  constexpr long most = 400;
  if (shift > most || shift < -most) return make(NodeKind::number, text);
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  long place = static_cast<long>(point) + shift;
  if (place <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - place), '0');
    place = 1;
  }
  if (const auto end = static_cast<std::size_t>(place); end >= digits.size())
    digits.append(end - digits.size(), '0');
  else
    digits.insert(end, ".");
  return make(NodeKind::cast, "numeric", {make(NodeKind::number, digits)});
}

}  // namespace

Node Parser::prefix() {
  const Token token = peek();
  switch (token.kind) {
    case TokenKind::string:
      take();
      return make(NodeKind::string, token.text);
    case TokenKind::bit_string:
    case TokenKind::parameter:
      take();
      return make(NodeKind::constant, token.text);
    case TokenKind::number:
      take();
      return number(token.text);
    case TokenKind::quoted_word:
      return named();
    case TokenKind::word:
      return word_prefix();
    case TokenKind::symbol:
      return symbol_prefix();
    case TokenKind::end:
      break;
  }
  throw NotUnderstood{};
}

Node Parser::symbol_prefix() {
  if (is_symbol("(")) return parenthesised();
  if (accept_symbol("*")) return Node{NodeKind::name, {}, {"*"}, {}};
  const Token token = take();
  if (token.text == "-" || token.text == "+") {
    Node operand = expression(sign_power);
    if (token.text == "+") return operand;
    const bool typed =
        operand.kind == NodeKind::cast && operand.children[0].kind == NodeKind::number;
    Node& number = typed ? operand.children[0] : operand;
    if (number.kind == NodeKind::number) {
      number.text = number.text.front() == '-' ? number.text.substr(1) : "-" + number.text;
      return operand;
    }
    return make(NodeKind::operation, "-", {std::move(operand)});
  }
  if (symbol_power(token.text) != operator_power) throw NotUnderstood{};
  return make(NodeKind::operation, token.text, {expression(operator_power + 1)});
}

Node Parser::parenthesised() {
  if (at_query()) {
    const std::size_t at = at_;
    const int depth = depth_;
    try {
      expect_symbol("(");
      Node inner = query();
      expect_symbol(")");
      return make(NodeKind::subquery, {}, {std::move(inner)});
    } catch (const NotUnderstood&) {
      if (!(tokens_[at + 1].kind == TokenKind::symbol && tokens_[at + 1].text == "(")) throw;
      at_ = at;  // ((SELECT 1) = a) begins like a query
      depth_ = depth;
    }
  }
  expect_symbol("(");
  std::vector<Node> list = expressions(")");
  if (list.size() != 1) return make(NodeKind::row, {}, std::move(list));
  Node inner = std::move(list.front());
  if (is_symbol(".")) {
    take();
    Node field = make(NodeKind::field, {}, {std::move(inner)});
    field.names.push_back(accept_symbol("*") ? "*" : identifier());
    return field;
  }
  return inner;
}

Node Parser::word_prefix() {
  if (accept_word("not")) return make(NodeKind::negation, {}, {expression(not_power)});
  if (accept_word("case")) return case_expression();
  if (is_word("cast") && is_symbol("(", 1)) {
    take(), take();
    Node operand = expression();
    expect_word("as");
    std::string target = type();
    expect_symbol(")");
    return make(NodeKind::cast, std::move(target), {std::move(operand)});
  }
  if (is_word("exists") && is_symbol("(", 1)) {
    take();
    Node inner = parenthesised();
    inner.text = "EXISTS";
    return inner;
  }
  if (is_word("array") && (is_symbol("[", 1) || is_symbol("(", 1))) {
    take();
    if (is_symbol("[")) return array_elements();
    Node inner = parenthesised();
    inner.text = "ARRAY";
    return inner;
  }
  if (is_word("row") && is_symbol("(", 1)) {
    take(), take();
    return make(NodeKind::row, {}, expressions(")"));
  }
  if (constants.count(peek().text) != 0 && !is_symbol(".", 1) &&
      (!is_symbol("(", 1) || (peek(2).kind == TokenKind::number && is_symbol(")", 3)))) {
    std::string text = take().text;
    if (is_symbol("(")) text += type_modifiers();
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return make(NodeKind::constant, std::move(text));
  }
  if (is_reserved(peek().text) && !is_symbol("(", 1)) throw NotUnderstood{};
  return named();
}

Node Parser::array_elements() {
  expect_symbol("[");
  std::vector<Node> list;
  if (accept_symbol("]")) return make(NodeKind::array, {}, {});
  do list.push_back(is_symbol("[") ? array_elements() : expression());
  while (accept_symbol(","));
  expect_symbol("]");
  return make(NodeKind::array, {}, std::move(list));
}

Node Parser::case_expression() {
  Node node = make(NodeKind::case_);
  node.children.push_back(is_word("when") ? make(NodeKind::constant) : expression());
  while (accept_word("when")) {
    node.children.push_back(expression());
    expect_word("then");
    node.children.push_back(expression());
  }
  node.children.push_back(accept_word("else") ? expression() : make(NodeKind::constant, "NULL"));
  expect_word("end");
  return node;
}

/// A column, a function call, or a constant with its type in front: date '2020-01-01'.
Node Parser::named() {
  const std::size_t begin = at_;
  if (Node typed; typed_constant(typed)) return typed;
  at_ = begin;
  const bool quoted = peek().kind == TokenKind::quoted_word;
  Node node{NodeKind::name, {}, path(), {}};
  if (!is_symbol("(")) return node;
  node.kind = NodeKind::call;
  if (node.names.size() == 2 && node.names[0] == "pg_catalog") node.names.erase(node.names.begin());
  take();
  if (!quoted && node.names.size() == 1 && special_call(node)) return node;
  call_arguments(node);
  call_clauses(node);
  return node;
}

bool Parser::typed_constant(Node& node) {
  static const std::set<std::string, std::less<>> types{
      "date", "time",    "timestamp", "timestamptz", "interval", "numeric",
      "bool", "boolean", "jsonb",     "json",        "inet"};
  if (peek().kind != TokenKind::word || types.count(peek().text) == 0) return false;
  std::string target = type();
  if (peek().kind != TokenKind::string) return false;
  node = make(NodeKind::cast, std::move(target), {make(NodeKind::string, take().text)});
  if (node.text == "interval") node.text += interval_fields();
  return true;
}

/// Arguments up to the parenthesis, with DISTINCT, VARIADIC, names and an ORDER BY of aggregates.
void Parser::call_arguments(Node& call) {
  if (accept_symbol(")")) return;
  if (accept_word("distinct")) call.text = "DISTINCT";
  if (is_word("all") && !is_symbol("(", 1)) take();
  do {
    const bool variadic = accept_word("variadic");
    std::string argument_name;
    if (peek().kind != TokenKind::symbol && (is_symbol("=>", 1) || is_symbol(":=", 1))) {
      argument_name = take().text;
      take();
    }
    Node argument = expression();
    if (variadic) argument = make(NodeKind::clause, "VARIADIC", {std::move(argument)});
    if (!argument_name.empty())
      argument = make(NodeKind::clause, argument_name + " =>", {std::move(argument)});
    call.children.push_back(std::move(argument));
  } while (accept_symbol(","));
  if (is_word("order")) call.children.push_back(order_by());
  expect_symbol(")");
}

void Parser::call_clauses(Node& call) {
  if (is_word("within") && is_word("group", 1)) {
    take(), take();
    expect_symbol("(");
    Node order = order_by();
    order.text = "WITHIN GROUP";
    expect_symbol(")");
    call.children.push_back(std::move(order));
  }
  if (is_word("filter") && is_symbol("(", 1)) {
    take(), take();
    expect_word("where");
    call.children.push_back(make(NodeKind::clause, "FILTER", {expression()}));
    expect_symbol(")");
  }
  if (accept_word("over")) {
    if (is_symbol("(")) {
      call.children.push_back(window());
    } else {
      Node named_window = make(NodeKind::clause, "OVER");
      named_window.names.push_back(identifier());
      call.children.push_back(std::move(named_window));
    }
  }
}

/// Functions with a grammar of their own, as calls of the functions behind them.
bool Parser::special_call(Node& node) {
  const std::string name = node.names[0];
  if (name == "extract") {
    node.children.push_back(make(NodeKind::string, to_lower(take().text)));
    if (!accept_word("from")) expect_symbol(",");
    node.children.push_back(expression());
  } else if (name == "position") {
    Node needle = expression(in_power + 1);
    if (!accept_word("in")) {
      expect_symbol(",");
      node.children = {std::move(needle), expression()};
    } else {
      node.children = {expression(), std::move(needle)};
    }
  } else if (name == "substring") {
    node.children.push_back(expression(in_power + 1));
    while (!is_symbol(")")) {
      if (is_word("similar") || is_word("escape")) throw NotUnderstood{};
      if (!accept_word("from") && !accept_word("for")) expect_symbol(",");
      if (tokens_[at_ - 1].text == "for" && node.children.size() == 1) {
        node.children.push_back(make(NodeKind::number, "1"));
      }
      node.children.push_back(expression(in_power + 1));
    }
  } else if (name == "overlay") {
    node.children.push_back(expression(in_power + 1));
    while (accept_word("placing") || accept_word("from") || accept_word("for") ||
           accept_symbol(",")) {
      node.children.push_back(expression(in_power + 1));
    }
  } else if (name == "trim") {
    trim(node);
  } else {
    return false;
  }
  expect_symbol(")");
  return true;
}

void Parser::trim(Node& node) {
  node.names[0] = "btrim";
  if (accept_word("leading"))
    node.names[0] = "ltrim";
  else if (accept_word("trailing"))
    node.names[0] = "rtrim";
  else
    accept_word("both");
  std::vector<Node> arguments;
  if (!is_word("from")) arguments.push_back(expression());
  if (accept_word("from")) {
    node.children.push_back(expression());
    if (accept_symbol(",")) node.children.push_back(expression());
    for (Node& set : arguments) node.children.push_back(std::move(set));
  } else {
    if (accept_symbol(",")) arguments.push_back(expression());
    node.children = std::move(arguments);
  }
}

// ---- what follows an operand
// ---------------------------------------------------------------------

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

// ---- whole texts
// ---------------------------------------------------------------------------------

namespace {

Node as_tokens(std::string_view sql) {
  Node node = make(NodeKind::tokens);
  for (Token& token : tokenize(sql)) {
    if (token.kind == TokenKind::end || (token.kind == TokenKind::symbol && token.text == ";"))
      continue;
    node.names.push_back(token.kind == TokenKind::string ? "'" + token.text
                                                         : std::move(token.text));
  }
  return node;
}

template <class Read>
Node read_all(std::string_view sql, Read read) {
  Parser parser(tokenize(sql));
  try {
    Node node = read(parser);
    parser.accept_symbol(";");
    if (parser.at_end()) return node;
  } catch (const NotUnderstood&) {  // only thrown in this file's parser: the text is kept as tokens
  }
  return as_tokens(sql);
}

}  // namespace

Node parse_expression(std::string_view sql) {
  return read_all(sql, [](Parser& parser) { return parser.expression(); });
}
Node parse_query(std::string_view sql) {
  return read_all(sql, [](Parser& parser) { return parser.query(); });
}

std::string to_text(const Node& node) {
  static constexpr std::array<std::string_view, 23> kinds{
      "name",    "string",   "number", "constant", "operation", "and",        "or",        "not",
      "cast",    "call",     "case",   "array",    "row",       "quantified", "subscript", "field",
      "collate", "subquery", "query",  "clause",   "item",      "source",     "tokens"};
  std::string text(kinds.at(static_cast<std::size_t>(node.kind)));
  if (!node.text.empty()) text += " '" + replace_all(node.text, "'", "''") + "'";
  for (const std::string& name : node.names) text += " \"" + replace_all(name, "\"", "\"\"") + "\"";
  if (node.children.empty()) return text;
  text += "(";
  for (std::size_t i = 0; i < node.children.size(); ++i)
    text += (i == 0 ? "" : ", ") + to_text(node.children[i]);
  return text + ")";
}

}  // namespace schemagate::canonical
