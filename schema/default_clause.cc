// SPDX-License-Identifier: MIT
#include "schema/default_clause.h"

#include <algorithm>
#include <array>

#include "schema/canonical_tree.h"

namespace schemagate {
namespace {

/// Operators that are words: an expression on its own may have them, a column's DEFAULT may not.
constexpr std::array<std::string_view, 16> operator_words{
    "all", "and",  "any",    "at", "between", "collate",  "ilike",   "in",
    "is",  "like", "isnull", "or", "not",     "overlaps", "notnull", "similar"};

/// True for text with such an operator outside of parentheses.
bool needs_parentheses(const std::string& sql) {
  int depth = 0;
  for (const canonical::Token& token : canonical::tokenize(sql)) {
    if (token.kind == canonical::TokenKind::symbol) {
      if (token.text == "(" || token.text == "[") ++depth;
      if (token.text == ")" || token.text == "]") --depth;
    }
    const bool word = token.kind == canonical::TokenKind::word && depth == 0;
    if (word &&
        std::find(operator_words.begin(), operator_words.end(), token.text) != operator_words.end())
      return true;
  }
  return false;
}

}  // namespace

std::string default_clause(const Expression& value) {
  return needs_parentheses(value.sql) ? " DEFAULT (" + value.sql + ")" : " DEFAULT " + value.sql;
}

bool gives_value(const std::optional<Expression>& default_value) {
  return default_value && default_value->kind != ExpressionKind::null_constant;
}

}  // namespace schemagate
