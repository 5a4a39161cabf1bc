// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace schemagate {
namespace {

constexpr bool is_white(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Restricted edit distance: insert, delete, replace, swap of two neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last[b.size()];
}

/// A pattern with more alternatives than this is taken literally: a team's globs have a handful.
constexpr std::size_t max_alternatives = 1000;

/// The alternatives of every {a,b} group written out; the pattern itself when there is none.
std::vector<std::string> expand_braces(std::string_view pattern, std::size_t limit) {
  const auto open = pattern.find('{');
  if (open == std::string_view::npos || limit == 0) return {std::string(pattern)};
  int depth = 0;
  std::size_t close = open;
  std::vector<std::size_t> cuts{open};
  for (; close < pattern.size(); ++close) {
    if (pattern[close] == '{') ++depth;
    if (pattern[close] == '}' && --depth == 0) break;
    if (pattern[close] == ',' && depth == 1) cuts.push_back(close);
  }
  if (close == pattern.size()) return {std::string(pattern)};
  cuts.push_back(close);
  std::vector<std::string> expanded;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    std::string one(pattern.substr(0, open));
    one += pattern.substr(cuts[i] + 1, cuts[i + 1] - cuts[i] - 1);
    one += pattern.substr(close + 1);
    for (auto& deeper : expand_braces(one, limit / (cuts.size() - 1))) {
      expanded.push_back(std::move(deeper));
    }
  }
  return expanded;
}

bool match_segment(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// `matches[j]` becomes: the patterns so far match the first j names. No backtracking, so a pattern
/// with many `**` costs at most the product of both lengths.
bool match_segments(std::span<const std::string_view> patterns,
                    std::span<const std::string_view> names) {
  std::vector<char> matches(names.size() + 1, 0);
  matches[0] = 1;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::vector<char> next(names.size() + 1, 0);
    if (patterns[i] == "**") {
      bool reached = false;
      for (std::size_t j = 0; j <= names.size(); ++j) {
        reached = reached || matches[j] != 0;
        next[j] = reached ? 1 : 0;
      }
      // At the end `**` means files below the folder, not the folder itself.
      if (i + 1 == patterns.size() && i > 0) {
        const auto first = std::find(matches.begin(), matches.end(), 1);
        if (first != matches.end()) next[static_cast<std::size_t>(first - matches.begin())] = 0;
      }
    } else {
      for (std::size_t j = 0; j < names.size(); ++j) {
        next[j + 1] = matches[j] != 0 && match_segment(patterns[i], names[j]) ? 1 : 0;
      }
    }
    matches = std::move(next);
  }
  return matches.back() != 0;
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

std::set<std::string> lower_case_words(std::string_view text) {
  std::set<std::string> words;
  for_each_word(text, [&](std::string_view word) { words.insert(to_lower(word)); });
  return words;
}

void for_each_word(std::string_view text, const std::function<void(std::string_view)>& use) {
  const auto is_letter = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  };
  for (auto begin = text.begin(); begin != text.end();) {
    const auto end = std::find_if_not(begin, text.end(), is_letter);
    if (end != begin) use({begin, end});
    begin = end == text.end() ? end : end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string joined;
  for (const auto& part : parts) {
    if (&part != parts.data()) joined += separator;
    joined += part;
  }
  return joined;
}

std::string_view without_dots(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  if (from.empty()) return text;
  std::size_t at = text.find(from);
  if (at == std::string::npos) return text;
  std::string out;
  std::size_t behind = 0;  // of the last one
  for (; at != std::string::npos; at = text.find(from, behind)) {
    out.append(text, behind, at - behind).append(to);
    behind = at + from.size();
  }
  return out.append(text, behind);
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  const std::string wanted = to_lower(word);
  // One slip in a short word, up to three in a long one: further away is a guess, not a help.
  std::size_t best = std::clamp<std::size_t>(wanted.size() / 3, 1, 3) + 1;
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, to_lower(candidate));
    if (distance >= best || distance >= candidate.size()) continue;
    best = distance;
    found = candidate;
  }
  return found;
}

std::string with_thousands(long long number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string human_size(long long bytes) {
  constexpr std::array<std::string_view, 6> units = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1023.5 && unit + 1 < units.size()) {
    amount /= 1024;
    ++unit;
  }
  if (unit == 0 || amount >= 9.95) return fmt::format("{:.0f} {}", amount, units.at(unit));
  return fmt::format("{:.1f} {}", amount, units.at(unit));
}

std::string counted(long long number, std::string_view noun) {
  return fmt::format("{} {}{}", with_thousands(number), noun, number == 1 ? "" : "s");
}

bool glob_match(std::string_view pattern, std::string_view path) {
  const auto names = split(path, '/');
  for (const std::string& one : expand_braces(pattern, max_alternatives)) {
    if (match_segments(split(one, '/'), names)) return true;
  }
  return false;
}

std::size_t first_invalid_utf8(std::string_view text, std::size_t from) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t i = from; i < text.size();) {
    std::uint64_t eight = 0;
    if (i + sizeof eight <= text.size()) {  // ASCII, the usual case, eight bytes at a time
      std::memcpy(&eight, text.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const unsigned char lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    }
    const unsigned char second = byte(i + 1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second >= 0xA0;
    const bool beyond = lead == 0xF4 && second >= 0x90;
    if (overlong || surrogate || beyond) return i;
    i += length;
  }
  return text.size();
}

bool is_utf8(std::string_view text) { return first_invalid_utf8(text, 0) == text.size(); }

}  // namespace schemagate
