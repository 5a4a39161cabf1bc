// SPDX-License-Identifier: MIT
// Which lines differ between two versions of a file: what git and GitHub show, to the line. Lines
// are numbered from 1.
#pragma once

#include <string_view>
#include <vector>

namespace schemagate::git {

/// A run of lines on the old side and what stands there on the new side, as in "@@ -4,2 +4,3 @@". A
/// side without lines names the line before the place.
struct Hunk {
  int old_start = 0;
  int old_lines = 0;
  int new_start = 0;
  int new_lines = 0;
  friend bool operator==(const Hunk&, const Hunk&) = default;
};

/// The difference between two texts.
struct ChangedLines {
  std::vector<Hunk> changes;  ///< only lines that differ, in order
  /// With three lines of context, as GitHub shows them: comments go nowhere else. Empty for a file
  /// that git takes for binary.
  std::vector<Hunk> hunks;

  bool is_added(int new_line) const;    ///< the line is new or changed
  bool is_removed(int old_line) const;  ///< the line is gone or changed
  /// GitHub takes a comment on the new side from `first` to `last` (both within one hunk).
  bool can_comment(int first, int last) const;
  /// GitHub takes a comment on the old side from `first` to `last`: removed lines of one hunk.
  bool can_comment_old(int first, int last) const;
};

/// Compares two texts as git does by default (Myers, indent heuristic).
ChangedLines changed_lines(std::string_view before, std::string_view after);

}  // namespace schemagate::git
