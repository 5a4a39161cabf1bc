// SPDX-License-Identifier: MIT
// SELECT statements as trees of clauses. https://www.postgresql.org/docs/current/sql-select.html
#include <algorithm>

#include "schema/canonical_parse.h"

namespace schemagate::canonical {
namespace {

constexpr int union_power = 1, intersect_power = 2;

Node clause(std::string text, std::vector<Node> children = {}) {
  return make(NodeKind::clause, std::move(text), std::move(children));
}

}  // namespace

/// query: [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …] [FOR …]; children in that order.
Node Parser::query() {
  if (++depth_ > 200) throw NotUnderstood{};
  Node node = make(NodeKind::query);
  if (is_word("with")) node.children.push_back(with());
  Node body = set_operation(0);
  // A parenthesised or plain body without clauses of its own is the query itself.
  if (node.children.empty() && body.kind == NodeKind::query) {
    node = std::move(body);
  } else {
    node.children.push_back(std::move(body));
  }
  if (is_word("order")) node.children.push_back(order_by());
  for (bool more = true; more;) {
    more = false;
    if (accept_word("limit")) {
      more = true;
      if (!accept_word("all")) node.children.push_back(clause("LIMIT", {expression()}));
    } else if (accept_word("offset")) {
      more = true;
      node.children.push_back(clause("OFFSET", {expression()}));
      if (!accept_word("rows")) accept_word("row");
    } else if (accept_word("fetch")) {
      more = true;
      if (!accept_word("first")) expect_word("next");
      Node count = is_word("row") || is_word("rows") ? make(NodeKind::number, "1") : expression();
      if (!accept_word("rows")) expect_word("row");
      const bool ties = accept_word("with");
      expect_word(ties ? "ties" : "only");
      node.children.push_back(clause(ties ? "FETCH WITH TIES" : "LIMIT", {std::move(count)}));
    }
  }
  while (is_word("for")) {
    Node locking = clause("FOR");
    while (!at_end() && !is_symbol(")") && !is_symbol(";")) locking.names.push_back(take().text);
    node.children.push_back(std::move(locking));
  }
  --depth_;
  return node;
}

Node Parser::with() {
  expect_word("with");
  Node node = clause(accept_word("recursive") ? "WITH RECURSIVE" : "WITH");
  do {
    Node table = make(NodeKind::source, identifier());
    if (is_symbol("(")) {
      for (std::string& name : identifier_list())
        table.children.push_back(Node{NodeKind::name, {}, {std::move(name)}, {}});
    }
    expect_word("as");
    if (accept_word("not")) table.names.push_back("not");
    if (accept_word("materialized")) table.names.push_back("materialized");
    expect_symbol("(");
    table.children.insert(table.children.begin(), query());
    expect_symbol(")");
    if (is_word("search") || is_word("cycle")) throw NotUnderstood{};
    node.children.push_back(std::move(table));
  } while (accept_symbol(","));
  return node;
}

Node Parser::set_operation(int power) {
  Node left = simple_query();
  while (true) {
    const std::string word = peek().kind == TokenKind::word ? peek().text : std::string();
    const int own = word == "intersect"                   ? intersect_power
                    : word == "union" || word == "except" ? union_power
                                                          : 0;
    if (own == 0 || own <= power) return left;
    take();
    std::string text = word == "union" ? "UNION" : word == "except" ? "EXCEPT" : "INTERSECT";
    if (accept_word("all"))
      text += " ALL";
    else
      accept_word("distinct");
    Node right = set_operation(own);
    left = clause(std::move(text), {std::move(left), std::move(right)});
  }
}

Node Parser::simple_query() {
  if (accept_symbol("(")) {
    Node inner = query();
    expect_symbol(")");
    // (SELECT …) without ORDER BY or LIMIT is only its body.
    return inner.kind == NodeKind::query && inner.children.size() == 1
               ? Node(inner.children.front())
               : inner;
  }
  if (is_word("values")) return values();
  if (accept_word("table")) {
    Node table{NodeKind::source, {}, path(), {}};
    Node star = make(NodeKind::item, {}, {Node{NodeKind::name, {}, {"*"}, {}}});
    return clause("SELECT",
                  {clause("ITEMS", {std::move(star)}), clause("FROM", {std::move(table)})});
  }
  return select();
}

Node Parser::values() {
  expect_word("values");
  Node node = clause("VALUES");
  do {
    expect_symbol("(");
    node.children.push_back(make(NodeKind::row, {}, expressions(")")));
  } while (accept_symbol(","));
  return node;
}

Node Parser::select() {
  expect_word("select");
  Node node = clause("SELECT");
  if (accept_word("distinct")) {
    Node distinct = clause("DISTINCT");
    if (accept_word("on")) {
      expect_symbol("(");
      distinct = clause("DISTINCT ON", expressions(")"));
    }
    node.children.push_back(std::move(distinct));
  } else {
    accept_word("all");
  }
  Node items = clause("ITEMS");
  if (!is_word("from") && !at_end() && !is_symbol(")")) {
    do items.children.push_back(select_item());
    while (accept_symbol(","));
  }
  node.children.push_back(std::move(items));
  if (accept_word("from")) node.children.push_back(clause("FROM", from_list()));
  if (accept_word("where")) node.children.push_back(clause("WHERE", {expression()}));
  if (accept_word("group")) {
    expect_word("by");
    Node groups = clause(accept_word("distinct") ? "GROUP BY DISTINCT" : "GROUP BY");
    if (groups.text == "GROUP BY") accept_word("all");
    do groups.children.push_back(grouping_item());
    while (accept_symbol(","));
    node.children.push_back(std::move(groups));
  }
  if (accept_word("having")) node.children.push_back(clause("HAVING", {expression()}));
  if (accept_word("window")) {
    do {
      const std::string name = identifier();
      expect_word("as");
      Node definition = window();
      definition.text = "WINDOW";
      definition.names.insert(definition.names.begin(), name);
      node.children.push_back(std::move(definition));
    } while (accept_symbol(","));
  }
  return node;
}

/// ROLLUP (…), CUBE (…), GROUPING SETS (…) are read as calls; GROUPING SETS has two words.
Node Parser::grouping_item() {
  if (is_word("grouping") && is_word("sets", 1)) {
    take(), take();
    expect_symbol("(");
    std::vector<Node> sets;
    do sets.push_back(grouping_item());
    while (accept_symbol(","));
    expect_symbol(")");
    return make_call("grouping sets", std::move(sets));
  }
  return expression();
}

Node Parser::select_item() {
  Node item = make(NodeKind::item, {}, {expression()});
  if (accept_word("as")) {
    item.text = identifier();
  } else if (peek().kind == TokenKind::quoted_word ||
             (peek().kind == TokenKind::word && !is_reserved(peek().text))) {
    item.text = identifier();
  }
  return item;
}

Node Parser::order_by() {
  expect_word("order");
  expect_word("by");
  Node node = clause("ORDER BY");
  do node.children.push_back(order_item());
  while (accept_symbol(","));
  return node;
}

/// The text says DESC and NULLS only where they are not the default.
Node Parser::order_item() {
  Node node = clause("", {expression()});
  bool descending = false;
  if (accept_word("using")) {
    descending = is_symbol(">");
    if (!descending && !is_symbol("<")) throw NotUnderstood{};
    take();
  } else if (accept_word("desc")) {
    descending = true;
  } else {
    accept_word("asc");
  }
  bool nulls_first = descending;
  if (accept_word("nulls")) {
    nulls_first = accept_word("first");
    if (!nulls_first) expect_word("last");
  }
  if (descending) node.text = "DESC";
  if (nulls_first != descending) node.text += nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return node;
}

/// (…) of OVER and WINDOW: an existing window's name, PARTITION BY, ORDER BY, frame.
Node Parser::window() {
  expect_symbol("(");
  Node node = clause("OVER");
  if (!is_symbol(")") && !is_word("partition") && !is_word("order") && !is_word("range") &&
      !is_word("rows") && !is_word("groups")) {
    node.names.push_back(identifier());
  }
  if (accept_word("partition")) {
    expect_word("by");
    Node partition = clause("PARTITION BY");
    do partition.children.push_back(expression());
    while (accept_symbol(","));
    node.children.push_back(std::move(partition));
  }
  if (is_word("order")) node.children.push_back(order_by());
  const std::string rest = frame();
  if (!rest.empty()) node.children.push_back(clause(rest));
  expect_symbol(")");
  return node;
}

std::string Parser::frame() {
  std::string text;
  for (int open = 0; !at_end() && !(open == 0 && is_symbol(")"));) {
    if (is_symbol("(")) ++open;
    if (is_symbol(")")) --open;
    text += (text.empty() ? "" : " ") + take().text;
  }
  return text == "range between unbounded preceding and current row" ||
                 text == "range unbounded preceding"
             ? ""
             : text;
}

// ---- FROM
// ----------------------------------------------------------------------------------------

std::vector<Node> Parser::from_list() {
  std::vector<Node> list;
  do list.push_back(from_item());
  while (accept_symbol(","));
  return list;
}

Node Parser::from_item() {
  if (++depth_ > 200) throw NotUnderstood{};
  Node left = from_primary();
  while (peek().kind == TokenKind::word) {
    const std::string& word = peek().text;
    if (word != "join" && word != "inner" && word != "left" && word != "right" && word != "full" &&
        word != "cross" && word != "natural") {
      break;
    }
    left = joined(std::move(left));
  }
  --depth_;
  return left;
}

Node Parser::joined(Node left) {
  std::string text = accept_word("natural") ? "NATURAL " : "";
  const bool cross = accept_word("cross");
  if (cross)
    text += "CROSS ";
  else if (accept_word("left"))
    text += "LEFT ";
  else if (accept_word("right"))
    text += "RIGHT ";
  else if (accept_word("full"))
    text += "FULL ";
  else
    accept_word("inner");
  accept_word("outer");
  expect_word("join");
  const bool natural = text.rfind("NATURAL", 0) == 0;
  Node right = cross || natural ? from_primary() : from_item_of_join();
  Node node = clause(text + "JOIN", {std::move(left), std::move(right)});
  if (cross || natural) return node;
  if (accept_word("on")) {
    node.children.push_back(expression());
  } else {
    expect_word("using");
    node.names = identifier_list();
    if (accept_word("as")) throw NotUnderstood{};
  }
  return node;
}

/// The right side of a join that has a condition: joins in it bind to it while their own conditions
/// follow.
Node Parser::from_item_of_join() {
  Node right = from_primary();
  // a JOIN b JOIN c ON … ON …: the inner join comes first.
  while (peek().kind == TokenKind::word && !is_word("on") && !is_word("using") &&
         (is_word("join") || is_word("inner") || is_word("left") || is_word("right") ||
          is_word("full") || is_word("cross") || is_word("natural"))) {
    right = joined(std::move(right));
  }
  return right;
}

Node Parser::from_primary() {
  const bool lateral = accept_word("lateral");
  Node node = make(NodeKind::source);
  if (is_symbol("(")) {
    if (at_query()) {
      take();
      node.children.push_back(query());
      expect_symbol(")");
      if (lateral) node.names.push_back("lateral");
      alias_of(node);
      return node;
    }
    take();
    Node inner = from_item();
    expect_symbol(")");
    if (is_word("as") || (peek().kind == TokenKind::word && !is_reserved(peek().text)))
      throw NotUnderstood{};
    return inner;
  }
  if (is_word("rows") && is_word("from", 1)) throw NotUnderstood{};
  if (is_word("xmltable") || is_word("json_table")) throw NotUnderstood{};
  const bool only = is_word("only") && !is_symbol(".", 1) && (take(), true);
  Node first = named();
  if (first.kind == NodeKind::name) {
    node.names = std::move(first.names);
    accept_symbol("*");
    if (only) node.children.push_back(clause("ONLY"));
  } else if (first.kind == NodeKind::call) {
    node.children.push_back(std::move(first));
    if (accept_word("with")) {
      expect_word("ordinality");
      node.children.push_back(clause("WITH ORDINALITY"));
    }
  } else {
    throw NotUnderstood{};
  }
  alias_of(node);
  if (accept_word("tablesample")) throw NotUnderstood{};
  return node;
}

/// [AS] alias [(columns)]; a column definition list is beyond this grammar.
void Parser::alias_of(Node& source) {
  const bool as = accept_word("as");
  const bool bare = peek().kind == TokenKind::quoted_word ||
                    (peek().kind == TokenKind::word && !is_reserved(peek().text));
  if (!as && !bare) return;
  source.text = identifier();
  if (!is_symbol("(")) return;
  for (std::string& name : identifier_list()) {
    source.children.push_back(Node{NodeKind::name, {}, {std::move(name)}, {}});
  }
}

}  // namespace schemagate::canonical
