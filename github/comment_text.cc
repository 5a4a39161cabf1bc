// SPDX-License-Identifier: MIT
#include "github/comment_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/markdown_text.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

constexpr std::string_view fold_begin = "<details><summary>What was said</summary>\n\n";
constexpr std::string_view fold_end = "\n\n</details>";
constexpr std::size_t longest_reason = 2'000;  ///< bytes

/// The text below the marker; of an ended comment what it said before.
std::string said_in(const std::string& body) {
  const std::string text = replace_all(body, "\r\n", "\n");
  const std::size_t end = text.find("-->");
  const std::string said(trim(std::string_view(text).substr(
      end == std::string::npos ? 0 : std::min(end + 3, text.size()))));
  const std::size_t fold = said.find(fold_begin), last = said.rfind(fold_end);
  const std::size_t begin = fold + fold_begin.size();
  if (read_marker(body).ending == Ending::open || fold == std::string::npos ||
      last == std::string::npos || last < begin)
    return said;
  return said.substr(begin, last - begin);
}

/// A block that GitHub gives a button to is one that shows SQL.
std::string without_suggestion(const std::string& said) {
  constexpr std::string_view word = "suggestion";
  std::string out;
  for (const std::string_view line : split(said, '\n')) {
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    const bool suggests = ticks >= 3 && trim(line.substr(ticks)) == word;
    out += suggests ? fmt::format("{}sql\n", line.substr(0, ticks)) : std::string(line) + "\n";
  }
  return std::string(trim(out));
}

std::string ending_words(const Marker& marker, const ReportedFinding* reported) {
  const auto reason = [](const std::string& text) {
    return prose(shortened(text, longest_reason));
  };
  const std::string as_of = "as of " + marker.since;
  switch (marker.ending) {
    case Ending::open:
    case Ending::gone:
      return fmt::format("✅ Gone {}.", as_of);
    case Ending::allowed:
      return fmt::format("☑️ Allowed {} in the schema's own comments: {}{}", as_of,
                         reported ? reason(reported->finding.allowed_because) : "",
                         reported && !reported->approved_by.empty()
                             ? fmt::format(" (approved by {})", code_span(reported->approved_by))
                             : "");
    case Ending::note:
      return fmt::format("🔵 Only a note {}: {}", as_of,
                         reported ? reason(reported->finding.message) : "");
    case Ending::unconfigured:
      return fmt::format("⚪ Not judged any more {}: its database is not in the configuration.",
                         as_of);
  }
  return {};
}

}  // namespace

std::string comment_body(const ReportedFinding& reported, const std::string& rules_url,
                         bool as_suggestion) {
  const Finding& finding = reported.finding;
  const std::string rule = rules_url.empty() ? code_span(finding.rule)
                                             : fmt::format("[{}]({}{}.md)", code_span(finding.rule),
                                                           rules_url, url_path(finding.rule));
  std::string text = fmt::format("{} **{}** {}\n\n{}\n", dot(finding.severity),
                                 to_string(finding.severity), rule, prose(finding.message));
  const std::string evidence = join(to_words(evidence_beside_message(finding)), "; ");
  if (!evidence.empty()) text += "\n" + prose(evidence) + "\n";
  if (!finding.remedy) return text;
  const bool has_button = as_suggestion && reported.replacement;
  const bool is_by_itself =
      !has_button && finding.remedy->is_for_no_transaction() && finding.remedy->sql.size() > 1;
  text += fmt::format("\n**Instead:** {}{}\n", prose(finding.remedy->explanation),
                      is_by_itself ? " (each statement by itself, not in one transaction)" : "");
  if (has_button) {
    text += "\n" + code_block(reported.replacement->text, "suggestion");
  } else if (!finding.remedy->sql.empty()) {
    text += "\n" + code_block(join(finding.remedy->sql, ";\n") + ";", "sql");
  }
  return text;
}

std::string open_comment(const Marker& marker, std::string_view name,
                         const ReportedFinding& reported, const std::string& rules_url,
                         bool as_suggestion) {
  Marker open = marker;
  open.ending = Ending::open;
  open.since.clear();
  const std::string body =
      to_text(open, name) + "\n" + comment_body(reported, rules_url, as_suggestion);
  return body.size() <= max_body ? body : shortened(body, max_body - 4);
}

std::string ended_comment(const Marker& marker, std::string_view name,
                          const ReportedFinding* reported, const std::string& body) {
  const std::string now =
      fmt::format("{}\n{}\n", to_text(marker, name), ending_words(marker, reported));
  const std::string said = without_suggestion(said_in(body));
  if (said.empty() || now.size() + said.size() + 100 > max_body) return now;
  return fmt::format("{}\n{}{}{}\n", now, fold_begin, said, fold_end);
}

}  // namespace schemagate::github
