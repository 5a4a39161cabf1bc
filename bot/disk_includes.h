// SPDX-License-Identifier: MIT
// psql's \i and \ir in files that were named on the command line. They are followed inside the
// repository around the file (without one: the current folder, or else the file's), never outside
// of it and never through a symlink that leads out. What is not followed is a problem at its line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "schema/parse.h"

namespace schemagate {

/// The text of the file `path` that a file of the set `from` includes; nothing when there is no
/// such file or it may not be read.
using ReadInclude =
    std::function<std::optional<std::string>(const std::string& path, const std::string& from)>;

/// From disk.
std::optional<std::string> read_include(const std::string& path, const std::string& from);

/// A command that was followed, and the number of the file that stands in its place.
struct FollowedInclude {
  Span command;
  std::uint32_t file = 0;
};

struct Includes {
  std::vector<FollowedInclude> followed;
  std::vector<ParseProblem> not_followed;
};

/// Follows the includes of one file after the other. Each included file is read once, wherever it
/// is included first.
class IncludeFollower {
 public:
  /// What is in `sources` so far counts as read. Included files are added to it.
  IncludeFollower(SourceSet& sources, ReadInclude read)
      : sources_(sources), read_(std::move(read)) {}

  /// The files that `parsed`, which is file number `file`, includes, and those that these include,
  /// by the order of their numbers.
  std::vector<ParsedFile> follow(std::uint32_t file, const ParsedFile& parsed);
  const Includes& includes() const { return includes_; }

 private:
  void follow(std::uint32_t file, const std::vector<Skipped>& skipped, int depth,
              std::vector<ParsedFile>& added);
  void include(std::uint32_t file, Span where, std::string_view command, int depth,
               std::vector<ParsedFile>& added);

  SourceSet& sources_;
  ReadInclude read_;
  std::set<std::string> known_;
  Includes includes_;
};

/// Adds the included files to `sources` and, parsed, to `files` behind those that are there.
/// Requires: files[i] is parsed from file i.
Includes follow_includes(SourceSet& sources, std::vector<ParsedFile>& files,
                         const ReadInclude& read);

}  // namespace schemagate
