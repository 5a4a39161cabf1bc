// SPDX-License-Identifier: MIT
// Says on GitHub what a check found: comments on lines, the one comment, a check run, the status.
// What GitHub refuses is handed back with its reason, so that the log and the job summary can say
// it: nothing is lost. Nothing is written when the pull request has another head by now.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "github/checks.h"
#include "github/inline_comments.h"
#include "report/report.h"

namespace schemagate::github {

/// The word of the input `reporters` for each way.
namespace reporter {
inline constexpr const char* review = "review";
inline constexpr const char* comment = "comment";
inline constexpr const char* check_run = "check-run";
inline constexpr const char* status = "status";
inline constexpr const char* summary = "summary";
}  // namespace reporter

struct ReportingOptions {
  std::string name;
  std::set<std::string> reporters;
  int pull_request = 0;  ///< 0: of a merge group: status and check run only
  std::string head;      ///< the commit that was judged
  std::string server_url = "https://github.com";
  std::string repository;  ///< "owner/name", for links
  std::string rules_url, run_url;
  std::size_t most_comments = 25;
  bool refusal_is_error = false;  ///< then the status is no success when a reporter was refused
  DiffLines lines;
};

/// What became of one reporter.
struct Delivery {
  std::string reporter;
  std::optional<Refusal> refused;
  std::optional<Refusal> not_edited;  ///< some comments still say what they said at earlier pushes
  std::string note;  ///< "3 comments, 1 edited"; empty when there was nothing to do
};

struct Delivered {
  bool superseded = false;  ///< the head has moved on: nothing was written
  std::vector<Delivery> deliveries;
  std::string comment_url;
  /// The check run shows every finding that is beside no line: workflow commands would repeat it.
  bool annotated = false;
  /// Those of the report's findings that stand beside a line or on a file.
  std::set<const ReportedFinding*> shown;

  bool incomplete() const;  ///< a reporter was refused, or could not edit
};

Delivered deliver(Client& client, const Report& report, const ReportingOptions& options);

/// "schemagate", or "schemagate/NAME": of the status and of the check run.
std::string context_of(std::string_view name);

/// Something of the schema changed, or somebody has to know something about it.
bool has_something_to_say(const Report& report);

/// The comment's and the job summary's text.
std::string page(const Report& report, const ReportingOptions& options, std::size_t limit);

}  // namespace schemagate::github
