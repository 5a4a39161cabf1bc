// SPDX-License-Identifier: MIT
// One row per migration tool: which files count, their order, which part goes up, how it is sent.
// A tool is known in its row and nowhere else.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/migrations.h"

namespace schemagate {

/// What a file's name says.
struct MigrationName {
  std::string version;  ///< for people; equal versions are duplicates
  int rank = 0;         ///< versioned before repeatable
  std::vector<std::string>
      parts;          ///< compared first: numbers without leading zeros, shorter is smaller
  std::string name;   ///< compared last, bytewise
  bool down = false;  ///< the file only goes down
  bool repeatable = false;
};
/// The order in which the tool runs two files.
bool runs_before(const MigrationName& one, const MigrationName& two);

/// The parts of a file's text, as half-open ranges of bytes.
struct MigrationParts {
  std::vector<std::pair<std::size_t, std::size_t>> up, down;
};

/// How one file is sent, and why.
struct SendingChoice {
  Sending sending;
  std::string reason;
};

/// Files beside the migration that change how it is sent (Flyway's .conf): the text of a path, or
/// "".
using SiblingText = std::function<std::string(const std::string& path)>;

struct MigrationFormat {
  std::string_view name;
  bool recursive;
  /// `path` is relative to the folder. Nothing: the tool does not look at this file.
  std::optional<MigrationName> (*name_of)(std::string_view path);
  MigrationParts (*parts_of)(std::string_view text);
  SendingChoice (*sending_of)(std::string_view text, const std::string& path,
                              const SiblingText& sibling);
  /// What the tool says to two files with one version; empty: it runs both.
  std::string_view duplicate_message;
  /// What becomes of a file that sorts before one that has run already; empty: the tool runs it.
  std::string_view late_message;
  /// It keeps a checksum of each file and refuses to go on when one differs.
  bool checksums;
};

/// Every tool, "plain" last.
std::span<const MigrationFormat> formats();
/// Null when there is none of that name.
const MigrationFormat* find_format(std::string_view name);

// --- helpers that rows share (formats_text.cc) ---

/// Calls `visit(line, begin, end)` for every line; `end` includes the line end.
void each_line(
    std::string_view text,
    const std::function<void(std::string_view line, std::size_t begin, std::size_t end)>& visit);
/// "0042" → "42".
std::string without_leading_zeros(std::string_view digits);
/// The digits at the start of `text`.
std::string_view leading_digits(std::string_view text);
/// The lower-case statement starts of a text, comments left out: enough to see CONCURRENTLY and
/// VACUUM.
std::vector<std::string> statement_starts(std::string_view text);
/// The whole text goes up.
MigrationParts all_up(std::string_view text);

}  // namespace schemagate
