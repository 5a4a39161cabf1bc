// SPDX-License-Identifier: MIT
#include "github/inline_comments.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "report/markdown_text.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

constexpr std::string_view fixed_mark = " fixed";

/// The marker's first part; a set-up's name can hold letters, digits, '-' and '_' only.
std::string marker_start(std::string_view name) {
  return fmt::format("<!-- schemagate:v1 {}", name.empty() ? "-" : std::string(name));
}

/// What follows "fp=" in the marker; empty when there is none.
std::string fingerprint_in(const std::string& body) {
  const std::size_t end = body.find(" -->");
  const std::size_t at = body.find(" fp=");
  if (end == std::string::npos || at == std::string::npos || at > end) return {};
  const std::size_t begin = at + 4;
  return body.substr(begin, body.find(' ', begin) - begin);
}

bool is_fixed(const std::string& body) {
  return body.substr(0, body.find(" -->")).find(fixed_mark) != std::string::npos;
}

std::string fixed_body(const std::string& body, const InlineOptions& options) {
  const std::string print = fingerprint_in(body);
  const std::size_t end = body.find("-->");
  const std::string said(trim(body.substr(end == std::string::npos ? 0 : end + 3)));
  return fmt::format(
      "{} fp={}{} -->\n✅ Gone as of {}.\n\n<details><summary>What was said</summary>\n\n{}\n\n"
      "</details>\n",
      marker_start(options.name), print, fixed_mark, options.head.substr(0, 7), said);
}

/// A finding with the fingerprint that tells it from another one of the same rule and object.
struct Candidate {
  const ReportedFinding* finding;
  std::string fingerprint;
};

/// Errors and warnings of all databases, worst first; notes stand in the table only.
std::vector<Candidate> candidates(const Report& report) {
  std::vector<Candidate> all;
  std::map<std::string, int> seen;
  for (const Severity severity : {Severity::error, Severity::warning})
    for (const DatabaseReport& database : report.databases)
      for (const ReportedFinding& reported : database.findings) {
        if (reported.finding.severity != severity || !reported.finding.allowed_because.empty())
          continue;
        const int count = ++seen[reported.fingerprint];
        all.push_back({&reported, count == 1 ? reported.fingerprint
                                             : fmt::format("{}-{}", reported.fingerprint, count)});
      }
  return all;
}

std::string with_marker(const Candidate& candidate, const InlineOptions& options,
                        bool as_suggestion) {
  std::string body = hidden_marker(options.name, candidate.fingerprint) + "\n" +
                     comment_body(*candidate.finding, options, as_suggestion);
  return body.size() <= max_body ? body : shortened(body, max_body - 4);
}

bool takes_comment(const DiffLines& lines, const std::string& path, Side side, int first,
                   int last) {
  const auto file = lines.find(path);
  if (file == lines.end()) return false;
  const auto& ranges = side == Side::left ? file->second.left : file->second.right;
  return std::any_of(ranges.begin(), ranges.end(), [&](const std::pair<int, int>& range) {
    return range.first <= first && last <= range.second;
  });
}

/// The lines that the remedy replaces, when GitHub takes a comment on all of them.
std::optional<LineComment> place_of_suggestion(const ReportedFinding& reported,
                                               const DiffLines& lines) {
  const auto& replaced = reported.replacement;
  const std::string& path = reported.place.file;
  if (!replaced || !takes_comment(lines, path, Side::right, replaced->line, replaced->end_line))
    return std::nullopt;
  LineComment comment;
  comment.path = path;
  comment.line = replaced->end_line;
  comment.start_line = replaced->line < replaced->end_line ? replaced->line : 0;
  return comment;
}

/// Where in the diff the finding goes: its lines, or the last of them that GitHub takes.
std::optional<LineComment> placed(const Place& place, const DiffLines& lines) {
  if (place.file.empty() || place.line <= 0) return std::nullopt;
  const Side side = place.old_side ? Side::left : Side::right;
  const int last = std::max(place.line, place.end_line);
  LineComment comment;
  comment.path = place.file;
  comment.side = side;
  comment.line = last;
  if (last > place.line && takes_comment(lines, place.file, side, place.line, last)) {
    comment.start_line = place.line;
    return comment;
  }
  for (const int line : {place.line, last}) {
    if (!takes_comment(lines, place.file, side, line, line)) continue;
    comment.line = line;
    return comment;
  }
  return std::nullopt;
}

class Planner {
 public:
  Planner(const std::vector<ReviewComment>& existing, const DiffLines& lines,
          const InlineOptions& options)
      : lines_(lines), options_(options) {
    for (const ReviewComment& comment : existing) {
      if (comment.reply_to != 0) {
        answered_.insert(comment.reply_to);
      } else if (is_ours(comment, options.name, options.viewer)) {
        ours_.emplace(fingerprint_in(comment.body), &comment);
      }
    }
  }

  InlinePlan plan(const std::vector<Candidate>& all) {
    std::set<std::string> current;
    std::vector<const Candidate*> without;
    for (const Candidate& candidate : all) {
      current.insert(candidate.fingerprint);
      if (!follow(candidate)) without.push_back(&candidate);
    }
    for (const Candidate* candidate : without) begin(*candidate);
    for (const auto& [print, comment] : ours_)
      if (current.count(print) == 0) close(*comment);
    return std::move(plan_);
  }

 private:
  /// A comment of an earlier push is there: its words may have changed.
  bool follow(const Candidate& candidate) {
    const auto known = ours_.find(candidate.fingerprint);
    if (known == ours_.end()) return false;
    const ReviewComment& comment = *known->second;
    const bool as_suggestion = comment.body.find("```suggestion") != std::string::npos;
    const std::string body = with_marker(candidate, options_, as_suggestion);
    if (trim(comment.body) != trim(body) &&
        (answered_.count(comment.id) == 0 || is_fixed(comment.body)))
      plan_.edits.push_back({comment.id, body});
    plan_.shown.push_back(candidate.fingerprint);
    return true;
  }

  void begin(const Candidate& candidate) {
    if (plan_.shown.size() >= options_.most) {
      ++plan_.left_out;
      return;
    }
    const Place& place = candidate.finding->place;
    if (auto comment = place_of_suggestion(*candidate.finding, lines_)) {
      comment->body = with_marker(candidate, options_, true);
      plan_.comments.push_back(std::move(*comment));
      plan_.fingerprints.push_back(candidate.fingerprint);
    } else if (comment = placed(place, lines_); comment) {
      comment->body = with_marker(candidate, options_, false);
      plan_.comments.push_back(std::move(*comment));
      plan_.fingerprints.push_back(candidate.fingerprint);
    } else if (!place.file.empty() && lines_.count(place.file) != 0) {
      plan_.on_files.push_back(
          {place.file, with_marker(candidate, options_, false), candidate.fingerprint});
    } else {
      ++plan_.left_out;
      return;
    }
    plan_.shown.push_back(candidate.fingerprint);
  }

  /// A conversation is people's: it is left as it is.
  void close(const ReviewComment& comment) {
    if (is_fixed(comment.body) || answered_.count(comment.id) != 0) return;
    plan_.edits.push_back({comment.id, fixed_body(comment.body, options_)});
  }

  const DiffLines& lines_;
  const InlineOptions& options_;
  std::map<std::string, const ReviewComment*> ours_;  ///< the first of each fingerprint
  std::set<std::int64_t> answered_;
  InlinePlan plan_;
};

}  // namespace

std::string hidden_marker(std::string_view name, std::string_view fingerprint) {
  return fingerprint.empty() ? marker_start(name) + " -->"
                             : fmt::format("{} fp={} -->", marker_start(name), fingerprint);
}

bool has_marker(const Comment& comment, std::string_view name) {
  return comment.body.starts_with(marker_start(name) + " ");
}

bool is_ours(const Comment& comment, std::string_view name, const Viewer& viewer) {
  const bool author =
      viewer.id != 0 ? comment.author_id == viewer.id : comment.author == viewer.login;
  return author && has_marker(comment, name);
}

std::string comment_body(const ReportedFinding& reported, const InlineOptions& options,
                         bool as_suggestion) {
  const Finding& finding = reported.finding;
  const std::string rule = options.rules_url.empty()
                               ? code_span(finding.rule)
                               : fmt::format("[{}]({}{}.md)", code_span(finding.rule),
                                             options.rules_url, url_path(finding.rule));
  std::string text = fmt::format("{} **{}** {}\n\n{}\n", dot(finding.severity),
                                 to_string(finding.severity), rule, prose(finding.message));
  const std::string evidence = join(to_words(evidence_beside_message(finding)), "; ");
  if (!evidence.empty()) text += "\n" + prose(evidence) + "\n";
  if (!finding.remedy) return text;
  text += "\n**Instead:** " + prose(finding.remedy->explanation) + "\n";
  if (as_suggestion && reported.replacement) {
    text += "\n" + code_block(reported.replacement->text, "suggestion");
  } else if (!finding.remedy->sql.empty()) {
    text += "\n" + code_block(join(finding.remedy->sql, ";\n") + ";", "sql");
  }
  return text;
}

InlinePlan plan_comments(const Report& report, const std::vector<ReviewComment>& existing,
                         const DiffLines& lines, const InlineOptions& options) {
  return Planner(existing, lines, options).plan(candidates(report));
}

}  // namespace schemagate::github
