// SPDX-License-Identifier: MIT
// The text that everything else points into. A SourceSet owns the files; everybody else holds
// Spans, which are cheap to copy and never dangle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// A half-open range of bytes of one file of a SourceSet. The default Span points nowhere: text
/// that the program made up itself (a planned statement) has no place in a file.
struct Span {
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  std::uint32_t file = nowhere;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool is_somewhere() const { return file != nowhere; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// Line and column of a byte, both from 1; the column counts Unicode code points.
struct Position {
  int line = 0;
  int column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

/// One file as it was read; never changed afterwards.
struct SourceFile {
  std::string path;  ///< as the user or the git tree names it, with '/'
  std::string text;
  std::string blob;  ///< git object id in hexadecimal, empty when not read from git
};

/// Owns the files of one side (base or head) of a review.
class SourceSet {
 public:
  /// Returns the number of the file, which Span::file uses.
  std::uint32_t add(SourceFile file);

  const SourceFile& file(std::uint32_t index) const { return files_.at(index); }
  const std::vector<SourceFile>& files() const { return files_; }
  std::size_t size() const { return files_.size(); }

  /// The text of `span`, empty when it points nowhere.
  std::string_view text(Span span) const;
  std::string_view path(Span span) const;
  Position begin(Span span) const;
  /// Position of the byte after the last one.
  Position end(Span span) const;
  /// The whole line (from 1), without its line end; empty when there is none.
  std::string_view line(std::uint32_t file, int number) const;

 private:
  Position position(std::uint32_t file, std::uint32_t offset) const;
  const std::vector<std::uint32_t>& line_starts(std::uint32_t file) const;

  std::vector<SourceFile> files_;
  mutable std::vector<std::vector<std::uint32_t>> line_starts_;  ///< computed on first use
};

}  // namespace schemagate
