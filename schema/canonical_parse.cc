// SPDX-License-Identifier: MIT
// Operands, calls and whole texts; operators stand in canonical_infix, types in canonical_types.
#include "schema/canonical_parse.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "schema/canonical_constants.h"
#include "schema/canonical_powers.h"

namespace schemagate::canonical {

namespace {

constexpr int max_depth = 500;
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

}  // namespace

bool is_reserved(std::string_view word) { return reserved.find(word) != reserved.end(); }

Node make(NodeKind kind, std::string text, std::vector<Node> children) {
  return {kind, std::move(text), {}, std::move(children)};
}
Node make_call(std::string name, std::vector<Node> arguments) {
  return {NodeKind::call, {}, {std::move(name)}, std::move(arguments)};
}
const Node* find_clause(const Node& node, std::string_view text) {
  for (const Node& child : node.children) {
    if (child.kind == NodeKind::clause && child.text == text) return &child;
  }
  return nullptr;
}
Node* find_clause(Node& node, std::string_view text) {
  return const_cast<Node*>(find_clause(std::as_const(node), text));
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

Node Parser::prefix() {
  const Token token = peek();
  switch (token.kind) {
    case TokenKind::string:
      take();
      return make(NodeKind::string, token.text);
    case TokenKind::bit_string:
      take();
      return bit_constant(token.text);
    case TokenKind::parameter:
      take();
      return make(NodeKind::constant, token.text);
    case TokenKind::number:
      take();
      return number_constant(token.text);
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
