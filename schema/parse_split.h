// SPDX-License-Identifier: MIT
// What happens to a file before PostgreSQL's parser sees it: psql's own commands and COPY data are
// cut out, and a file that does not parse as a whole is cut into pieces.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// What to know of a large file before PostgreSQL's parser gets it.
struct Glance {
  std::size_t semicolons = 0;  ///< wherever they stand
  std::size_t operators = 0;   ///< the longest run of operator characters
};
Glance glance(std::string_view text);

/// A range of bytes that psql would not send as SQL.
struct PsqlPart {
  bool is_data = false;  ///< COPY data; else a meta-command
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// More of them are not looked for: what has so many is no file to judge.
inline constexpr std::size_t max_psql_parts = 10'000;
/// What psql would not send, in order. Also finds the data behind COPY … FROM stdin.
std::vector<PsqlPart> psql_parts(std::string_view text);
/// The text with blanks in place of the parts; a command that sends the query (\g, \gexec) becomes
/// a semicolon. Every other byte keeps its place.
std::string blank(std::string_view text, const std::vector<PsqlPart>& parts);

/// One statement's text as far as tokens tell.
struct Piece {
  std::size_t begin = 0;  ///< of the first token
  std::size_t end = 0;    ///< of the last token before the semicolon
  std::size_t next = 0;   ///< behind the semicolon
  /// A semicolon inside parentheses or BEGIN ATOMIC … END with a statement's keyword on a later
  /// line behind it: if the piece does not parse, it more likely ends here.
  std::optional<std::size_t> likely_end;
  bool unterminated = false;  ///< the rest of the file, because of a literal without end
};

/// The first piece at or after `at`, none when only blanks, comments and semicolons are left. An
/// `eager` piece ends at its first likely end, so that nothing is looked at twice.
std::optional<Piece> next_piece(std::string_view text, std::size_t at, bool eager);

/// The opening parenthesis or bracket that goes deeper than `limit` inside a statement.
std::optional<std::size_t> too_deep(std::string_view text, int limit);

}  // namespace schemagate
