// SPDX-License-Identifier: MIT
#include "report/terminal_text.h"

#include <algorithm>
#include <climits>

#include "base/text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

/// The part of a line that is marked, and what surrounds it, ready to print.
struct Marked {
  std::string before, marked, after;
};

/// The line around the mark; of what stands behind its start no more than `most` bytes.
Marked split_excerpt(const Place& place, std::size_t most) {
  Marked parts;
  int column = 1;
  const bool one_line_only = place.end_line <= place.line;
  const int end = one_line_only ? std::max(place.end_column, place.column + 1) : INT_MAX;
  const std::string text = replace_all(place.excerpt, "\t", "  ");
  const auto tabs = [&](int until) {  // columns count a tab as one character, we print two
    int count = 0;
    int at = 1;
    for (std::size_t i = 0; i < place.excerpt.size() && at < until; ++at) {
      if (place.excerpt[i] == '\t') ++count;
      i += character_at(place.excerpt, i).bytes;
    }
    return count;
  };
  const int first = place.column + tabs(place.column);
  const int last = end == INT_MAX ? end : end + tabs(end);
  for (std::size_t at = 0; at < text.size() && parts.marked.size() + parts.after.size() < most;
       ++column) {
    const std::size_t bytes = character_at(text, at).bytes;
    std::string& part = column < first ? parts.before : column < last ? parts.marked : parts.after;
    part += visible_line(std::string_view(text).substr(at, bytes));
    at += bytes;
  }
  return parts;
}

/// Cuts away what is left of the mark so that at most `width` cells remain.
std::string last_cells(const std::string& text, int width) {
  std::size_t at = 0;
  int rest = cells(text);
  while (rest > width) {
    const Character character = character_at(text, at);
    rest -= cells(character.code);
    at += character.bytes;
  }
  return text.substr(at);
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines(1);
  int used = 0;
  for (auto word : split(text, ' ')) {
    if (used > 0 && used + 1 + cells(word) > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) {
      lines.back() += ' ';
      ++used;
    }
    for (std::size_t at = 0; at < word.size();) {
      const Character character = character_at(word, at);
      if (used + cells(character.code) > width) {
        lines.emplace_back();
        used = 0;
      }
      lines.back() += word.substr(at, character.bytes);
      used += cells(character.code);
      at += character.bytes;
    }
  }
  return lines;
}

std::string fitted(std::string_view text, int width) {
  if (cells(text) <= width) return std::string(text);
  std::string cut;
  int used = 3;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    used += cells(character.code);
    if (used > width) break;
    cut += text.substr(at, character.bytes);
    at += character.bytes;
  }
  return cut + "...";
}

Excerpt excerpt_of(const Place& place, int width) {
  constexpr std::size_t bytes_of_cell = 16;  // some take none: they stand on others
  Marked parts = split_excerpt(place, bytes_of_cell * static_cast<std::size_t>(std::max(width, 1)));
  if (cells(parts.before) > width / 2 && cells(parts.before + parts.marked) > width) {
    parts.before = "..." + last_cells(parts.before, width / 4);
  }
  Excerpt excerpt;
  excerpt.line = fitted(parts.before + parts.marked + parts.after, width);
  excerpt.start = cells(parts.before);
  excerpt.length = std::clamp(cells(parts.marked), 1, std::max(width - excerpt.start, 1));
  return excerpt;
}

}  // namespace schemagate
