// SPDX-License-Identifier: MIT
// A star stands for the columns in the order that the table has on the server. Where the file has
// another order, which the server can't follow, the view is made with the columns by name.
#include <algorithm>

#include "schema/canonical_tree.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

using canonical::Token;
using canonical::TokenKind;

bool is(const Token& token, std::string_view text) {
  return (token.kind == TokenKind::word || token.kind == TokenKind::symbol) && token.text == text;
}

/// The columns as the plan leaves them: those that stay, then those that come.
std::vector<std::string> order_on_server(const Context& context, const Table& was,
                                         const Table& now) {
  std::vector<std::string> names;
  const auto stays = [&](const std::string& name) {
    return was.column(name) != nullptr && context.recreated_columns.count({now.name, name}) == 0;
  };
  for (const Column& column : was.columns) {
    if (now.column(column.name) != nullptr && stays(column.name)) names.push_back(column.name);
  }
  for (const Column& column : now.columns) {
    if (!stays(column.name)) names.push_back(column.name);
  }
  return names;
}

/// The table's columns as the file has them, when the server has them in another order.
std::vector<std::string> columns_in_other_order(const Context& context, const QualifiedName& name) {
  const auto was = context.before.tables.find(name), now = context.after.tables.find(name);
  if (was == context.before.tables.end() || now == context.after.tables.end() ||
      context.new_tables.count(name) != 0)
    return {};
  std::vector<std::string> declared;
  for (const Column& column : now->second.columns) declared.push_back(column.name);
  return order_on_server(context, was->second, now->second) == declared ? std::vector<std::string>{}
                                                                        : declared;
}

/// "t.a, t.b" instead of the star at `at`; empty where the star may stay.
std::string list_for(const Context& context, const View& view, const std::vector<Token>& tokens,
                     std::size_t at) {
  const bool qualified = is(tokens[at - 1], ".");
  const auto& relations = view.query.references.relations;
  if (!qualified && relations.size() != 1) return {};
  for (const RelationUse& use : relations) {
    const std::string& alias = use.alias.empty() ? use.name.name : use.alias;
    if (qualified && tokens[at - 2].text != alias) continue;
    std::string list;
    for (const std::string& column :
         columns_in_other_order(context, resolved(use.name, context.after)))
      list += (list.empty() ? "" : ", ") + quote_identifier(alias) + "." + quote_identifier(column);
    return list;
  }
  return {};
}

}  // namespace

View with_declared_columns(const Context& context, const View& view) {
  if (view.query.sql.find('*') == std::string::npos) return view;
  const std::vector<Token> tokens = canonical::tokenize(view.query.sql);
  std::string sql;
  std::size_t begin = 0;
  for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
    const bool star = is(tokens[i], "*") && (is(tokens[i + 1], ",") || is(tokens[i + 1], "from")) &&
                      (is(tokens[i - 1], ".") || is(tokens[i - 1], ",") ||
                       is(tokens[i - 1], "select") || is(tokens[i - 1], "distinct"));
    const std::string list = star ? list_for(context, view, tokens, i) : std::string();
    if (list.empty()) continue;
    sql += canonical::joined(tokens, begin, is(tokens[i - 1], ".") ? i - 2 : i) + " " + list + " ";
    begin = i + 1;
  }
  if (begin == 0) return view;
  View result = view;
  result.query.sql = sql + canonical::joined(tokens, begin, tokens.size());
  return result;
}

}  // namespace schemagate::planning
