// SPDX-License-Identifier: MIT
// Reading text that may be anything: bytes of a pull request, one character after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace schemagate {

/// One character of a text; a byte that is not UTF-8 is a character of its own, U+FFFD.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;  ///< how many bytes of the text it takes
  bool valid = true;      ///< false: a byte that is not UTF-8
};

/// The character at `offset`. Requires: offset < text.size().
Character character_at(std::string_view text, std::size_t offset);

/// Controls, and characters that are invisible or change the order in which others are shown. What
/// looks harmless with them in it is not what it looks like.
bool is_deceptive(char32_t code);

/// How many cells of a terminal a character takes: 0 (combining), 1 or 2 (East Asian, emoji).
int cells(char32_t code);
/// … of a text that has no deceptive characters.
int cells(std::string_view text);

/// `text` with every deceptive character except line ends and tabs as an escape (\x1b, \u202e), and
/// U+FFFD for every byte that is not UTF-8: safe to print, and nothing hides.
std::string visible(std::string_view text);
/// The same with line ends and tabs escaped as well (\n): for names, paths, messages.
std::string visible_line(std::string_view text);
/// The same with runs of spaces, tabs and line ends as one space: for SQL.
std::string one_line(std::string_view text);

/// `text`, without cutting a character in two, in at most `bytes` bytes; "…" ends a cut one.
std::string shortened(std::string_view text, std::size_t bytes);

}  // namespace schemagate
