// SPDX-License-Identifier: MIT
#include "schema/text_patterns.h"

namespace schemagate {

std::optional<bool> is_like(std::string_view text, std::string_view pattern) {
  constexpr std::size_t longest = 1000;
  if (text.size() > longest || pattern.size() > longest) return std::nullopt;
  // After the last "%": where to go on when what follows does not fit here.
  std::size_t at = 0, wanted = 0;
  std::optional<std::size_t> percent;
  std::size_t taken = 0;
  while (at < text.size()) {
    const bool escaped = wanted + 1 < pattern.size() && pattern[wanted] == '\\';
    const std::size_t next = wanted + (escaped ? 1 : 0);
    if (wanted < pattern.size() && !escaped && pattern[wanted] == '%') {
      percent = ++wanted;
      taken = at;
    } else if (wanted < pattern.size() && !escaped && pattern[wanted] == '_') {
      // A character may have several bytes.
      if (static_cast<unsigned char>(text[at]) >= 0x80) return std::nullopt;
      ++at;
      ++wanted;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++at;
      wanted = next + 1;
    } else if (percent) {
      wanted = *percent;
      at = ++taken;
    } else {
      return false;
    }
  }
  while (wanted < pattern.size() && pattern[wanted] == '%') ++wanted;
  return wanted == pattern.size();
}

std::optional<bool> matches_plain(std::string_view text, std::string_view pattern) {
  const bool from_start = pattern.starts_with('^');
  if (from_start) pattern.remove_prefix(1);
  const bool to_end = pattern.ends_with('$');
  if (to_end) pattern.remove_suffix(1);
  if (pattern.find_first_of("\\^$.|?*+()[]{}") != std::string_view::npos) return std::nullopt;
  if (from_start && to_end) return text == pattern;
  if (from_start) return text.starts_with(pattern);
  if (to_end) return text.ends_with(pattern);
  return text.find(pattern) != std::string_view::npos;
}

}  // namespace schemagate
