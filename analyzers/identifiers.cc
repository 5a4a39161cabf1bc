// SPDX-License-Identifier: MIT
#include "analyzers/identifiers.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

bool is_name_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

/// The end of what begins at `at`: quoted text, a comment, a dollar quote, a word or one sign.
std::size_t end_of_token(std::string_view sql, std::size_t at) {
  const auto behind = [&](std::string_view what, std::size_t from) {
    const std::size_t found = sql.find(what, from);
    return found == std::string_view::npos ? sql.size() : found + what.size();
  };
  const std::string_view rest = sql.substr(at);
  if (rest[0] == '\'' || rest[0] == '"') return behind(rest.substr(0, 1), at + 1);
  if (rest.starts_with("--")) return behind("\n", at);
  if (rest.starts_with("/*")) return behind("*/", at + 2);
  if (rest[0] == '$') {
    const std::size_t tag = sql.find('$', at + 1);
    if (tag != std::string_view::npos) return behind(sql.substr(at, tag + 1 - at), tag + 1);
  }
  std::size_t end = at;
  while (end < sql.size() && is_name_byte(sql[end])) ++end;
  return std::max(end, at + 1);
}

/// A quick look, without words: enough bytes in a row that a name may have, or anything quoted.
bool may_hold_long_identifier(std::string_view sql) {
  if (sql.size() <= max_name_bytes) return false;
  if (sql.find('"') != std::string_view::npos) return true;
  // A gap in each stretch of that length, looked for from its end: most bytes are never seen.
  for (std::size_t begin = 0; begin + max_name_bytes < sql.size();) {
    const std::size_t gap = sql.substr(begin, max_name_bytes + 1).find_last_of(" ,()\n");
    if (gap == std::string_view::npos) return true;
    begin += gap + 1;
  }
  return false;
}

}  // namespace

std::vector<std::string> long_identifiers(std::string_view sql) {
  std::vector<std::string> names;
  if (!may_hold_long_identifier(sql)) return names;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = end_of_token(sql, at);
    const bool quoted = sql[at] == '"';
    std::string_view word = sql.substr(at, end - at);
    if (quoted && word.size() > 1) word = word.substr(1, word.size() - 2);
    const bool is_number = std::isdigit(static_cast<unsigned char>(sql[at])) != 0;
    const bool is_name = quoted || (is_name_byte(sql[at]) && sql[at] != '$' && !is_number);
    at = end;
    if (!is_name || word.size() <= max_name_bytes) continue;
    std::string name = quoted ? std::string(word) : to_lower(word);
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

std::string cut_identifier(const std::string& name) {
  std::size_t end = std::min(name.size(), max_name_bytes);
  while (end > 0 && end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) {
    --end;
  }
  return name.substr(0, end);
}

}  // namespace schemagate
