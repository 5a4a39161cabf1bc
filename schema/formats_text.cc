// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "schema/formats.h"

namespace schemagate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The end of the quoted text, comment or dollar quote that starts at `at`, or `at` when none does.
std::size_t skip_literal(std::string_view text, std::size_t at) {
  const auto to = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  if (text.compare(at, 2, "--") == 0) return to("\n", at);
  if (text.compare(at, 2, "/*") == 0) return to("*/", at + 2);
  if (text[at] == '\'' || text[at] == '"') return to(text.substr(at, 1), at + 1);
  if (text[at] != '$') return at;
  std::size_t end = at + 1;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  if (end >= text.size() || text[end] != '$') return at;
  return to(text.substr(at, end - at + 1), end + 1);
}

}  // namespace

bool runs_before(const MigrationName& one, const MigrationName& two) {
  if (one.rank != two.rank) return one.rank < two.rank;
  const std::size_t count = std::max(one.parts.size(), two.parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string a = i < one.parts.size() ? one.parts[i] : "0";
    const std::string b = i < two.parts.size() ? two.parts[i] : "0";
    if (a.size() != b.size()) return a.size() < b.size();
    if (a != b) return a < b;
  }
  return one.name < two.name;
}

void each_line(std::string_view text,
               const std::function<void(std::string_view, std::size_t, std::size_t)>& visit) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = text.find('\n', begin);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    std::string_view line = text.substr(begin, end - begin);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    visit(line, begin, end);
    begin = end;
  }
}

std::string_view leading_digits(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(0, end);
}

std::string without_leading_zeros(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return std::string(digits);
}

std::vector<std::string> statement_starts(std::string_view text) {
  constexpr std::size_t enough = 80;
  std::vector<std::string> starts;
  std::string current;
  const auto finish = [&] {
    if (!current.empty()) starts.push_back(std::move(current));
    current.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t literal_end = skip_literal(text, at);
    const bool space = literal_end != at || std::isspace(static_cast<unsigned char>(text[at]));
    if (text[at] == ';' && !space) {
      finish();
    } else if (current.size() < enough) {
      if (!space)
        current += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
      else if (!current.empty() && current.back() != ' ')
        current += ' ';
    }
    at = literal_end != at ? literal_end : at + 1;
  }
  finish();
  return starts;
}

MigrationParts all_up(std::string_view text) { return {{{0, text.size()}}, {}}; }

}  // namespace schemagate
