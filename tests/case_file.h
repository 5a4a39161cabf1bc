// SPDX-License-Identifier: MIT
// Markdown case files: "## title" opens a case, its fenced blocks are the parts, the words after
// the fence are a part's name ("sql old", "findings"). Prose is kept as it is. Golden parts are
// compared to the byte; with SCHEMAGATE_UPDATE=1 in the environment they are rewritten instead.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/read_file.h"

namespace schemagate::testing {

struct CasePart {
  std::string name;  ///< the info string: "sql old"
  std::string text;  ///< the block's lines, each with its line end
  int line = 0;      ///< of the first line inside the block
};

struct Case {
  std::string title;  ///< "fires: a nullable column of a large table"
  int line = 0;
  std::vector<CasePart> parts;  ///< in order; names may repeat

  /// The text of the first part of that name, null when there is none.
  const std::string* part(std::string_view name) const;
  /// The same, empty when there is none.
  std::string text(std::string_view name) const;
};

class CaseFile {
 public:
  /// Reads and parses; fails the test when the file can't be read or holds no case.
  explicit CaseFile(std::filesystem::path path);
  /// Parses `text` as if it were the file's.
  CaseFile(std::filesystem::path path, std::string_view text);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Case>& cases() const { return cases_; }
  /// What stands before the first case.
  const std::string& introduction() const { return introduction_; }

  /// Makes `text` the content of the part `name` of case number `index`: replaces the first block
  /// of that name, adds one at the case's end, or removes the block when `text` is empty.
  void set_part(std::size_t index, std::string_view name, std::string_view text);
  /// The file as it is now.
  const std::string& text() const { return text_; }
  /// Writes the file when a set_part changed something.
  void save() const;

  /// Golden test of one part: in update mode set_part(), else demands that it is equal to `actual`.
  void check_golden(std::size_t index, std::string_view name, const std::string& actual);

 private:
  void parse();

  std::filesystem::path path_;
  std::string text_, original_;
  std::string introduction_;
  std::vector<Case> cases_;
};

/// SCHEMAGATE_UPDATE=1: golden parts and files are rewritten.
bool updating();

/// Case files (*.md) of a folder below the source tree ("testdata/rules"), sorted; none is a
/// failure.
std::vector<std::filesystem::path> case_files(std::string_view folder);

/// The folder or file below the source tree.
std::filesystem::path source_path(std::string_view relative);

}  // namespace schemagate::testing
