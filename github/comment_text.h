// SPDX-License-Identifier: MIT
// The words of a comment beside a line: while its finding stands, and afterwards, when they say
// what became of it and keep what was said folded away. Text of the pull request is text in them.
#pragma once

#include <string>

#include "github/comment_marker.h"
#include "report/report.h"

namespace schemagate::github {

/// What happens, the evidence, what to do; with `as_suggestion` as GitHub's button, for a comment
/// on exactly the lines that are replaced. `rules_url` may be empty.
std::string comment_body(const ReportedFinding& reported, const std::string& rules_url,
                         bool as_suggestion);

/// The whole comment, its marker's ending left out.
std::string open_comment(const Marker& marker, std::string_view name,
                         const ReportedFinding& reported, const std::string& rules_url,
                         bool as_suggestion);

/// The whole comment with the marker's ending in words, in place of `body`, an open or an ended
/// one. `reported` is the finding as it is now; null: it is gone. Nobody can apply what was
/// suggested.
std::string ended_comment(const Marker& marker, std::string_view name,
                          const ReportedFinding* reported, const std::string& body);

}  // namespace schemagate::github
