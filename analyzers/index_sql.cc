// SPDX-License-Identifier: MIT
#include "analyzers/index_sql.h"

#include <cctype>

#include "base/text.h"

namespace schemagate {
namespace {

/// Offset behind the first whole word `keyword` (lower case) of `lower`; npos when there is none.
std::size_t behind(const std::string& lower, const std::string& keyword, std::size_t from = 0) {
  const auto is_letter = [&](std::size_t at) {
    return at < lower.size() && (std::isalnum(static_cast<unsigned char>(lower[at])) ||
                                 lower[at] == '_' || lower[at] == '"');
  };
  for (std::size_t at = lower.find(keyword, from); at != std::string::npos;
       at = lower.find(keyword, at + 1)) {
    const bool begins = at == 0 || !is_letter(at - 1);
    if (begins && !is_letter(at + keyword.size())) return at + keyword.size();
  }
  return std::string::npos;
}

/// Takes IF NOT EXISTS out.
std::string without_if_not_exists(const std::string& text) {
  const std::string lower = to_lower(text);
  const std::size_t begin = behind(lower, "if");
  const std::size_t end = begin == std::string::npos ? begin : behind(lower, "exists", begin);
  if (end == std::string::npos) return text;
  const std::size_t rest = text.find_first_not_of(" \t\r\n", end);
  return text.substr(0, begin - 2) + text.substr(rest);
}

}  // namespace

std::string insert_after(const std::string& text, const std::string& keyword,
                         const std::string& word) {
  const std::size_t at = behind(to_lower(text), to_lower(keyword));
  if (at == std::string::npos) return {};
  return text.substr(0, at) + " " + word + text.substr(at);
}

std::vector<std::string> concurrent_index(const std::string& text, const CreateIndex& create,
                                          const QualifiedName& table) {
  std::string sql = create.concurrently ? text : insert_after(text, "INDEX", "CONCURRENTLY");
  if (sql.empty()) return {};
  if (!create.if_not_exists) return {sql};
  return {"DROP INDEX CONCURRENTLY IF EXISTS " + to_sql(QualifiedName{table.schema, create.name}),
          without_if_not_exists(sql)};
}

}  // namespace schemagate
