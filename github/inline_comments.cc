// SPDX-License-Identifier: MIT
#include "github/inline_comments.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "analyzers/review.h"
#include "base/text.h"
#include "github/comment_marker.h"
#include "github/comment_text.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

/// A comment of ours from an earlier push.
struct Known {
  const ReviewComment* comment;
  Marker marker;
  bool answered = false;  ///< a conversation is people's: it is left as it is
  bool taken = false;     ///< it has its finding
};

/// A finding that may stand beside a line, or did on an earlier push.
struct Candidate {
  const ReportedFinding* finding;
  Marker marker;
  Known* known = nullptr;
  bool is_quiet() const { return marker.ending != Ending::open; }
};

/// The statement it is about, or the line.
std::string text_of(const ReportedFinding& reported, const DatabaseReport& database) {
  const int step = reported.finding.step;
  const bool has_statement = step >= 0 && step < static_cast<int>(database.statements.size());
  return one_line(has_statement ? database.statements[static_cast<std::size_t>(step)].sql
                                : reported.place.excerpt);
}

Ending ending_of(const Finding& finding) {
  if (!finding.allowed_because.empty()) return Ending::allowed;
  return finding.severity == Severity::note ? Ending::note : Ending::open;
}

/// All findings: errors and warnings worst first, then those that get no comment of their own.
std::vector<Candidate> candidates(const Report& report) {
  std::vector<Candidate> all;
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note})
    for (const DatabaseReport& database : report.databases)
      for (const ReportedFinding& reported : database.findings) {
        if (reported.finding.severity != severity) continue;
        Marker marker;
        marker.fingerprint = reported.fingerprint;
        marker.database = marker_hash(database.name);
        marker.statement = marker_hash(text_of(reported, database));
        marker.ending = ending_of(reported.finding);
        marker.rests_on = reported.rests_on;
        all.push_back({&reported, std::move(marker)});
      }
  std::stable_partition(all.begin(), all.end(),
                        [](const Candidate& candidate) { return !candidate.is_quiet(); });
  return all;
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

/// GitHub's button replaces the lines that the comment is on: those that the remedy replaces, in
/// the same file. On lines that are gone there is no button.
bool suggests(const ReviewComment& comment, const ReportedFinding& reported) {
  if (!reported.replacement || comment.on_file || comment.side != Side::right) return false;
  if (comment.line == 0) return comment.body.find("```suggestion") != std::string::npos;
  const int first = comment.start_line == 0 ? comment.line : comment.start_line;
  return comment.path == reported.place.file && first == reported.replacement->line &&
         comment.line == reported.replacement->end_line;
}

bool is_same_statement(const Candidate& candidate, const Known& known) {
  return !known.marker.statement.empty() && known.marker.statement == candidate.marker.statement;
}

bool is_same_path(const Candidate& candidate, const Known& known) {
  return known.comment->path == candidate.finding->place.file;
}

/// GitHub shows a comment on the file, or on a line whose text is the one it was made on.
bool is_shown(const ReviewComment& comment) { return comment.line != 0 || comment.on_file; }

/// The statement may have been edited: its line is gone, or nobody wrote down which it was.
bool may_be_edited(const Known& known) {
  return known.marker.statement.empty() || !is_shown(*known.comment);
}

bool is_same_line(const Candidate& candidate, const Known& known) {
  const Place& place = candidate.finding->place;
  return place.line <= known.comment->line &&
         known.comment->line <= std::max(place.line, place.end_line);
}

/// … where the finding is, and not where it was: the old text may be there still, commented out.
bool is_shown_there(const Candidate& candidate) {
  const ReviewComment& comment = *candidate.known->comment;
  if (!is_shown(comment) || !is_same_path(candidate, *candidate.known)) return false;
  if (comment.on_file || suggests(comment, *candidate.finding)) return true;
  const Side side = candidate.finding->place.old_side ? Side::left : Side::right;
  return comment.side == side && is_same_line(candidate, *candidate.known);
}

/// Whether a comment of the same fingerprint is this finding's: the surest ways first.
constexpr std::array is_about = std::to_array<bool (*)(const Candidate&, const Known&)>({
    [](const Candidate& candidate, const Known& known) {
      return is_same_path(candidate, known) && is_same_statement(candidate, known) &&
             is_same_line(candidate, known);
    },
    [](const Candidate& candidate, const Known& known) {
      return is_same_path(candidate, known) && is_same_statement(candidate, known);
    },
    is_same_statement,
    [](const Candidate& candidate, const Known& known) {
      return is_same_path(candidate, known) && is_same_line(candidate, known);
    },
    [](const Candidate& candidate, const Known& known) {
      return is_same_path(candidate, known) && may_be_edited(known);
    },
    [](const Candidate& candidate, const Known&) { return candidate.finding->place.file.empty(); },
});

constexpr const char* unread_rule = "syntax-error";

/// The job judges other databases only, as it was told.
constexpr const char* not_asked_for = "not asked for";

/// What a report of a job that failed has in place of its databases.
constexpr const char* whole_job = "-";

std::string lack_of(Ground ground) {
  switch (ground) {
    case Ground::facts:
      return "there are no facts of the database";
    case Ground::rehearsal:
      return "no rehearsal ran every statement";
    case Ground::landing:
      return "what would land on the base's tip is not known";
  }
  return {};
}

/// What of a database could not be read.
struct Unread {
  std::set<std::string> paths;
  std::string fingerprint;  ///< of the findings that say so
};

class Planner {
 public:
  Planner(const Report& report, const std::vector<ReviewComment>& existing, const DiffLines& lines,
          const InlineOptions& options)
      : lines_(lines), options_(options), candidates_(candidates(report)) {
    std::set<std::int64_t> answered;
    for (const ReviewComment& comment : existing)
      if (comment.reply_to != 0) answered.insert(comment.reply_to);
    for (const ReviewComment& comment : existing)
      if (comment.reply_to == 0 && is_ours(comment, options.name, options.viewer))
        ours_.push_back({&comment, read_marker(comment.body), answered.count(comment.id) != 0});
    // Of two that say the same the one that stands is followed.
    std::stable_partition(ours_.begin(), ours_.end(),
                          [](const Known& known) { return known.marker.ending == Ending::open; });
    for (const DatabaseReport& database : report.databases) {
      if (database.judged) judged_.emplace(marker_hash(database.name), database.missing);
      if (!database.judged) unjudged_.insert(marker_hash(database.name));
      all_judged_ = all_judged_ && database.judged;
      note_unread(database);
    }
    for (const std::string& name : report.unchanged_databases)
      judged_.emplace(marker_hash(name), std::set<Ground>());
    all_judged_ = all_judged_ && report.of_all_databases;
  }

  InlinePlan plan() {
    match();
    for (const Candidate& candidate : candidates_)
      if (candidate.known) follow(candidate);
    for (const Known& known : ours_)
      if (!known.taken) close(known);
    for (const Candidate& candidate : candidates_)
      if (!candidate.known && !candidate.is_quiet()) begin(candidate);
    return std::move(plan_);
  }

 private:
  /// Of a database of which a part could not be read nobody knows what that part says.
  void note_unread(const DatabaseReport& database) {
    Unread& unread = unread_[marker_hash(database.name)];
    Finding of_rule;
    of_rule.rule = unread_rule;
    unread.fingerprint = fingerprint(of_rule, database.name);
    for (const ReportedFinding& reported : database.findings)
      if (reported.finding.rule == unread_rule) unread.paths.insert(reported.place.file);
  }

  /// That the file itself could not be read is known of each file.
  bool hides(const Unread& unread, const Known& known) const {
    if (unread.paths.empty()) return false;
    return known.marker.fingerprint != unread.fingerprint ||
           unread.paths.count(known.comment->path) != 0;
  }

  void match() {
    std::multimap<std::string, Known*> ours;
    for (Known& known : ours_) ours.emplace(known.marker.fingerprint, &known);
    for (const auto about : is_about)
      for (Candidate& candidate : candidates_) {
        const auto [first, last] = ours.equal_range(candidate.marker.fingerprint);
        const auto found = std::find_if(first, last, [&](const auto& one) {
          return !candidate.known && !one.second->taken && about(candidate, *one.second);
        });
        if (found == last) continue;
        candidate.known = found->second;
        found->second->taken = true;
      }
  }

  /// A comment of an earlier push is there: its words may have changed.
  void follow(const Candidate& candidate) {
    if (candidate.is_quiet()) return end(*candidate.known, candidate.marker, candidate.finding);
    const Known& known = *candidate.known;
    const ReviewComment& comment = *known.comment;
    const bool reopens = known.marker.ending != Ending::open;
    const std::string body =
        open_comment(candidate.marker, options_.name, *candidate.finding, options_.rules_url,
                     suggests(comment, *candidate.finding));
    if (trim(comment.body) != trim(body) && (!known.answered || reopens))
      plan_.edits.push_back({comment.id, body, candidate.finding, reopens});
    if (is_shown_there(candidate))
      plan_.shown.push_back(candidate.finding);
    else
      ++kept_;
  }

  /// Its words say what became of the finding, from the first push on that it is so.
  void end(const Known& known, Marker marker, const ReportedFinding* finding) {
    const bool is_gone = marker.ending == Ending::gone && known.marker.ending == Ending::gone;
    if (known.answered || is_gone) return;
    const bool is_new = known.marker.ending != marker.ending;
    marker.since = is_new ? options_.head.substr(0, 7) : known.marker.since;
    const std::string body = ended_comment(marker, options_.name, finding, known.comment->body);
    if (trim(known.comment->body) != trim(body))
      plan_.edits.push_back({known.comment->id, body, nullptr, false});
  }

  /// Why nobody knows whether what was found is still there; empty where it was looked for.
  std::set<std::string> not_looked_at_because(const Known& known) const {
    const Marker& marker = known.marker;
    std::set<std::string> why;
    for (const auto& [database, unread] : unread_)
      if ((marker.database.empty() || marker.database == database) && hides(unread, known))
        why.insert("not everything can be read");
    const auto judged = judged_.find(marker.database);
    if (judged == judged_.end()) {
      const bool was_tried = unjudged_.count(marker.database) != 0;
      const bool has_failed = unjudged_.count(marker_hash(whole_job)) != 0;
      if (!all_judged_)
        why.insert(was_tried    ? "its database could not be judged"
                   : has_failed ? "nothing could be judged"
                                : not_asked_for);
      return why;
    }
    for (const Ground ground : marker.rests_on)
      if (judged->second.count(ground) != 0) why.insert(lack_of(ground));
    return why;
  }

  /// Nothing is known of a finding of a database that was not judged.
  void close(const Known& known) {
    Marker marker = known.marker;
    const bool is_judged = judged_.count(marker.database) != 0;
    const std::set<std::string> why = not_looked_at_because(known);
    if (!why.empty()) {
      if (marker.ending != Ending::open) return;
      ++kept_;
      if (why.count(not_asked_for) != 0) return;
      ++plan_.not_looked_at;
      plan_.why.insert(why.begin(), why.end());
      return;
    }
    if (is_said_twice(known)) return;
    const bool is_configured = is_judged || marker.database.empty();
    marker.ending = is_configured ? Ending::gone : Ending::unconfigured;
    end(known, std::move(marker), nullptr);
  }

  /// Two runs at once have said it: the second ends when the finding does.
  bool is_said_twice(const Known& known) const {
    return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& candidate) {
      return candidate.known && candidate.marker.fingerprint == known.marker.fingerprint &&
             is_about.front()(candidate, known);
    });
  }

  void begin(const Candidate& candidate) {
    if (plan_.shown.size() + kept_ >= options_.most) {
      ++plan_.left_out;
      return;
    }
    const ReportedFinding& reported = *candidate.finding;
    const auto body = [&](bool as_suggestion) {
      return open_comment(candidate.marker, options_.name, reported, options_.rules_url,
                          as_suggestion);
    };
    if (auto comment = place_of_suggestion(reported, lines_)) {
      comment->body = body(true);
      plan_.comments.push_back({std::move(*comment), &reported});
    } else if (comment = placed(reported.place, lines_); comment) {
      comment->body = body(false);
      plan_.comments.push_back({std::move(*comment), &reported});
    } else if (!reported.place.file.empty() && lines_.count(reported.place.file) != 0) {
      plan_.on_files.push_back({reported.place.file, body(false), &reported});
    } else {
      ++plan_.left_out;
      return;
    }
    plan_.shown.push_back(&reported);
  }

  const DiffLines& lines_;
  const InlineOptions& options_;
  std::vector<Candidate> candidates_;
  std::vector<Known> ours_;
  std::map<std::string, std::set<Ground>>
      judged_;                            ///< by marker_hash() of the name: what it lacked
  std::set<std::string> unjudged_;        ///< the same of those that could not be judged
  bool all_judged_ = true;                ///< … and there are no others
  std::map<std::string, Unread> unread_;  ///< by marker_hash() of the name
  /// Open comments about what this run did not judge, or whose line is gone.
  std::size_t kept_ = 0;
  InlinePlan plan_;
};

}  // namespace

InlinePlan plan_comments(const Report& report, const std::vector<ReviewComment>& existing,
                         const DiffLines& lines, const InlineOptions& options) {
  return Planner(report, existing, lines, options).plan();
}

}  // namespace schemagate::github
