// SPDX-License-Identifier: MIT
// The trees that equality by meaning compares: expressions and queries read from canonical SQL
// text, from the files (deparsed) as well as from a server (pg_get_expr, pg_get_viewdef). Text that
// this small grammar does not know becomes one node of tokens: it is then equal only to the same
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate::canonical {

enum class TokenKind { word, quoted_word, string, bit_string, number, parameter, symbol, end };
struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  ///< words folded, strings without quotes and escapes
};
/// Never throws; what is no token at all is a symbol of one byte. The last token is `end`.
std::vector<Token> tokenize(std::string_view sql);

/// The tokens from `begin` to before `end` as SQL again.
std::string joined(const std::vector<Token>& tokens, std::size_t begin, std::size_t end);

enum class NodeKind {
  name,        ///< names: [qualifier …,] column; "*" for a star
  string,      ///< text
  number,      ///< text, with sign
  constant,    ///< text: NULL, TRUE, FALSE, DEFAULT, CURRENT_DATE, …
  operation,   ///< text: operator, upper-case words; one or two children
  all_of,      ///< AND, any number of children
  any_of,      ///< OR
  negation,    ///< NOT
  cast,        ///< text: the type; one child
  call,        ///< names; children are arguments, then clauses
  case_,       ///< children: operand or an empty constant, then WHEN, THEN …, then ELSE
  array,       ///< ARRAY[…]
  row,         ///< ROW(…) or (a, b)
  quantified,  ///< text: operator and ANY or ALL; left, right
  subscript,   ///< base, then bounds
  field,       ///< (base).names
  collate,     ///< names; one child
  subquery,    ///< text: "", EXISTS, ARRAY; one query
  query,       ///< clauses
  clause,      ///< text: SELECT, FROM, JOIN …; children
  item,        ///< of a SELECT list: text is the output name
  source,  ///< of FROM: text is the alias; names the relation, or one child; then column aliases
  tokens,  ///< text not understood
};

struct Node {
  NodeKind kind = NodeKind::tokens;
  std::string text;
  std::vector<std::string> names;
  std::vector<Node> children;

  friend bool operator==(const Node&, const Node&) = default;
};

Node make(NodeKind kind, std::string text = {}, std::vector<Node> children = {});
/// The clause of that text among the children, or null.
const Node* find_clause(const Node& node, std::string_view text);
Node* find_clause(Node& node, std::string_view text);
Node make_call(std::string name, std::vector<Node> arguments);

/// An expression, or a `tokens` node.
Node parse_expression(std::string_view sql);
/// SELECT, VALUES, WITH …; or a `tokens` node.
Node parse_query(std::string_view sql);

/// A readable, unambiguous spelling: equal trees have equal text.
std::string to_text(const Node& node);

}  // namespace schemagate::canonical
