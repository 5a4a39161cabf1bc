// SPDX-License-Identifier: MIT
#include "schema/list_text.h"

#include "base/text.h"

namespace schemagate {

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c == ',' && depth == 0) {
      parts.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  if (!trim(text.substr(start)).empty()) parts.push_back(trim(text.substr(start)));
  return parts;
}

std::string_view list_after(std::string_view sql, std::string_view word) {
  std::size_t open = std::string_view::npos;
  for (auto at = sql.find(word); at != std::string_view::npos; at = sql.find(word, at + 1)) {
    open = sql.find_first_not_of(" \t\n", at + word.size());
    if (open != std::string_view::npos && sql[open] == '(') break;
    open = std::string_view::npos;
  }
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = open; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (sql[i] == '(') ++depth;
    if (sql[i] == ')' && --depth == 0) return sql.substr(open + 1, i - open - 1);
  }
  return {};
}

}  // namespace schemagate
