// SPDX-License-Identifier: MIT
// Which findings become comments beside the lines of a pull request, given the lines that GitHub
// takes comments on and the comments that are there from earlier pushes. A comment follows its
// finding by what is hidden in it, never by its line alone: a new push, a force-push or moved lines
// make no second one. What became of a finding that needs no comment any more is said in its
// comment; of what this run did not judge every comment stays as it is. Nothing is sent from here.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
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

struct NewLineComment {
  LineComment comment;
  const ReportedFinding* finding;
};

/// A finding without a line in the diff, on a file that is in it.
struct NewFileComment {
  std::string path, body;
  const ReportedFinding* finding;
};

struct CommentEdit {
  std::int64_t id = 0;
  std::string body;
  /// What it stands for from then on; null: it has ended.
  const ReportedFinding* finding = nullptr;
  bool reopens = false;  ///< until then it says that the finding has ended
};

/// Findings are the report's, which outlives the plan.
struct InlinePlan {
  std::vector<NewLineComment> comments;  ///< worst first
  std::vector<NewFileComment> on_files;
  std::vector<CommentEdit> edits;  ///< what changed its words, came back, or has ended
  /// Findings that stand beside a line or on a file, once all this is done.
  std::vector<const ReportedFinding*> shown;
  std::size_t left_out = 0;  ///< errors and warnings that get no comment: in the table only
  /// Open comments about findings that this run did not see and could not look for.
  std::size_t not_looked_at = 0;
  std::set<std::string> why;  ///< "the rehearsal did not run every statement"
};

InlinePlan plan_comments(const Report& report, const std::vector<ReviewComment>& existing,
                         const DiffLines& lines, const InlineOptions& options);

}  // namespace schemagate::github
