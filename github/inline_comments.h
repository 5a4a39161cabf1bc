// SPDX-License-Identifier: MIT
// Which findings become comments beside the lines of a pull request, given the lines that GitHub
// takes comments on and the comments that are there from earlier pushes. A comment follows its
// finding by the fingerprint that is hidden in it, never by its line: a new push, a force-push or
// moved lines make no second one. Nothing is sent from here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "github/comments.h"
#include "github/pull_request.h"
#include "report/report.h"

namespace schemagate::github {

/// The lines of a changed file that GitHub takes comments on, as ranges from first to last: a
/// comment stays within one of them.
struct FileLines {
  std::vector<std::pair<int, int>> right;  ///< hunks with their context, on the new side
  std::vector<std::pair<int, int>> left;   ///< what is gone, on the old side
};
/// By the path that the file has now.
using DiffLines = std::map<std::string, FileLines>;

struct InlineOptions {
  std::string name;       ///< tells two set-ups in one repository apart; may be empty
  std::string head;       ///< commit id
  std::string rules_url;  ///< may be empty
  std::size_t most = 25;  ///< open comments of ours at a time
  Viewer viewer;          ///< who wrote ours
};

/// A finding without a line in the diff, on a file that is in it.
struct FileComment {
  std::string path, body, fingerprint;
};

struct CommentEdit {
  std::int64_t id = 0;
  std::string body;
};

struct InlinePlan {
  std::vector<LineComment> comments;      ///< worst first
  std::vector<std::string> fingerprints;  ///< of the comments, in the same order
  std::vector<FileComment> on_files;
  std::vector<CommentEdit> edits;  ///< what changed its words, came back, or is fixed
  /// Findings that stand beside a line or on a file already.
  std::vector<std::string> shown;
  std::size_t left_out = 0;  ///< errors and warnings that get no comment: in the table only
};

InlinePlan plan_comments(const Report& report, const std::vector<ReviewComment>& existing,
                         const DiffLines& lines, const InlineOptions& options);

/// The comment's text: what happens, the evidence, what to do; with
/// `as_suggestion` as GitHub's button, for a comment on exactly the lines that are replaced.
std::string comment_body(const ReportedFinding& reported, const InlineOptions& options,
                         bool as_suggestion);

/// "<!-- schemagate:v1 name fp=… -->": stands at the first byte of what we write.
std::string hidden_marker(std::string_view name, std::string_view fingerprint);
/// Says that it is ours; who wrote it is to be seen.
bool has_marker(const Comment& comment, std::string_view name);
/// Written by us under that name; a foreign comment with our marker is none of ours.
bool is_ours(const Comment& comment, std::string_view name, const Viewer& viewer);

}  // namespace schemagate::github
