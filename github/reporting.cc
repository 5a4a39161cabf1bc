// SPDX-License-Identifier: MIT
#include "github/reporting.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "github/comment_marker.h"
#include "github/sticky_comment.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

/// The section's own marks, and those of the other writer, need room as well.
constexpr std::size_t page_limit = 60'000;

/// So often GitHub may refuse a review before the comments that are left are given up: enough to
/// find one or two that it does not take.
constexpr int most_refusals = 12;

/// One part in so many of the time for GitHub is the status's, whatever happened to the rest.
constexpr int parts_of_time = 5;

/// Bodies of ours are edited, new ones posted; what GitHub does not take is put elsewhere.
class ReviewReporter {
 public:
  ReviewReporter(Client& client, const ReportingOptions& options)
      : client_(client), options_(options) {}

  Delivery deliver(const Report& report, Identity& identity) {
    Delivery delivery;
    delivery.reporter = reporter::review;
    auto existing = review_comments(client_, options_.pull_request);
    if (!existing) {
      delivery.refused = existing.refusal();
      return delivery;
    }
    InlineOptions how;
    how.name = options_.name;
    how.head = options_.head;
    how.rules_url = options_.rules_url;
    how.most = options_.most_comments;
    const auto is_marked = [&](const ReviewComment& one) { return has_marker(one, how.name); };
    if (std::any_of(existing->begin(), existing->end(), is_marked)) how.viewer = identity.viewer();
    if (std::any_of(existing->begin(), existing->end(), [&](const ReviewComment& one) {
          return may_be_ours(one, how.name, how.viewer);
        })) {
      delivery.refused = who_we_are_is_unknown();
      return delivery;
    }
    InlinePlan plan = plan_comments(report, *existing, options_.lines, how);
    while (edit(plan, *existing)) plan = plan_comments(report, *existing, options_.lines, how);
    shown_.insert(plan.shown.begin(), plan.shown.end());
    if (!plan.comments.empty()) post(plan, 0, plan.comments.size(), identity);
    for (const NewFileComment& one : plan.on_files) post_on_file(one, identity);
    delivery.refused = refused_;
    delivery.not_edited = not_edited_;
    not_looked_at_ = not_looked_at(plan);
    delivery.note = words(plan);
    return delivery;
  }

  /// What the page says of comments that are left open; empty when there are none.
  const std::string& not_looked_at() const { return not_looked_at_; }

  /// Findings that stand beside a line or on a file.
  const std::set<const ReportedFinding*>& shown() const { return shown_; }

 private:
  /// One that can't be edited keeps no other from being posted, and is tried once. `existing` says
  /// what is there afterwards. True when some can't be used any more, which are taken out of it:
  /// their findings need others.
  bool edit(const InlinePlan& plan, std::vector<ReviewComment>& existing) {
    const std::size_t before = existing.size();
    for (const CommentEdit& one : plan.edits) {
      if (not_edited_ && is_about_more_than_one(*not_edited_)) refused_edits_.insert(one.id);
      if (refused_edits_.count(one.id) != 0) continue;
      const auto at = std::find_if(existing.begin(), existing.end(),
                                   [&](const ReviewComment& each) { return each.id == one.id; });
      const auto done = edit_review_comment(client_, one.id, one.body);
      if (done) {
        ++edited_;
        at->body = one.body;
        continue;
      }
      // Deleted meanwhile: then it says nothing wrong.
      const bool is_deleted = done.refusal().kind == Refusal::Kind::not_found;
      if (!is_deleted) {
        refused_edits_.insert(one.id);
        not_edited_ = done.refusal();
      }
      // What says that the finding has ended does not stand for it.
      if (is_deleted || (one.finding && one.reopens)) existing.erase(at);
    }
    return existing.size() < before;
  }

  /// Nobody answers, or no time is left.
  static bool is_about_more_than_one(const Refusal& refusal) {
    return refusal.kind != Refusal::Kind::permission && refusal.kind != Refusal::Kind::invalid;
  }

  /// All or nothing is GitHub's way; the halves find the comment that it does not take.
  void post(const InlinePlan& plan, std::size_t begin, std::size_t end, Identity& identity) {
    if (refused_ || refusals_ >= most_refusals) return lose(plan, begin, end);
    NewReview review;
    review.commit = options_.head;
    for (std::size_t i = begin; i < end; ++i) review.comments.push_back(plan.comments[i].comment);
    const auto posted = create_review(client_, options_.pull_request, review);
    if (posted) {
      posted_ += end - begin;
      return;
    }
    if (posted.refusal().kind != Refusal::Kind::invalid) {
      refused_ = posted.refusal();
      return lose(plan, begin, end);
    }
    ++refusals_;
    if (end - begin == 1) {
      const NewLineComment& one = plan.comments[begin];
      return post_on_file({one.comment.path, one.comment.body, one.finding}, identity);
    }
    const std::size_t middle = begin + (end - begin) / 2;
    post(plan, begin, middle, identity);
    post(plan, middle, end, identity);
  }

  void post_on_file(const NewFileComment& comment, Identity& identity) {
    if (!refused_) {
      const auto posted = create_file_comment(client_, options_.pull_request, options_.head,
                                              comment.path, comment.body);
      if (posted) {
        ++posted_;
        identity.learn({posted->author, posted->author_id});
        return;
      }
      if (posted.refusal().kind != Refusal::Kind::invalid) refused_ = posted.refusal();
    }
    shown_.erase(comment.finding);
    ++lost_;
  }

  void lose(const InlinePlan& plan, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) shown_.erase(plan.comments[i].finding);
    lost_ += end - begin;
  }

  static std::string not_looked_at(const InlinePlan& plan) {
    if (plan.not_looked_at == 0) return {};
    const bool is_one = plan.not_looked_at == 1;
    return fmt::format(
        "{} beside lines {} left as {}: nobody could look whether what {} found at an earlier push "
        "is still there, for {}",
        counted(static_cast<long long>(plan.not_looked_at), "comment"), is_one ? "is" : "are",
        is_one ? "it is" : "they are", is_one ? "it says was" : "they say was",
        join(std::vector<std::string>(plan.why.begin(), plan.why.end()), ", "));
  }

  std::string words(const InlinePlan& plan) const {
    std::vector<std::string> parts;
    if (posted_ > 0) parts.push_back(counted(static_cast<long long>(posted_), "comment"));
    if (edited_ > 0) parts.push_back(fmt::format("{} edited", edited_));
    if (!refused_edits_.empty())
      parts.push_back(fmt::format("{} not edited", refused_edits_.size()));
    const std::size_t elsewhere = plan.left_out + lost_;
    if (elsewhere > 0) parts.push_back(fmt::format("{} in the table only", elsewhere));
    if (!not_looked_at_.empty()) parts.push_back(not_looked_at_);
    return join(parts, ", ");
  }

  Client& client_;
  const ReportingOptions& options_;
  std::set<const ReportedFinding*> shown_;
  std::optional<Refusal> refused_, not_edited_;
  std::set<std::int64_t> refused_edits_;
  std::string not_looked_at_;
  std::size_t posted_ = 0, edited_ = 0, lost_ = 0;
  int refusals_ = 0;
};

std::string headline(const Report& report) {
  if (report.verdict == Verdict::error) return "could not judge everything";
  if (!has_something_to_say(report)) return "no schema change";
  return to_string(count_findings(report));
}

State state_of(const Report& report) {
  switch (report.verdict) {
    case Verdict::pass:
      return State::success;
    case Verdict::fail:
      return State::failure;
    case Verdict::error:
      return State::error;
  }
  return State::error;
}

AnnotationLevel level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return AnnotationLevel::failure;
    case Severity::warning:
      return AnnotationLevel::warning;
    case Severity::note:
      return AnnotationLevel::notice;
  }
  return AnnotationLevel::notice;
}

std::string annotation_text(const Finding& finding) {
  std::string text = visible_line(finding.message);
  const auto evidence = to_words(finding.evidence);
  if (!evidence.empty()) text += "\n" + visible_line(join(evidence, "; "));
  if (finding.remedy) text += "\ninstead: " + visible_line(finding.remedy->explanation);
  return text;
}

/// Findings that have a line on the new side and stand beside it in no other way.
std::vector<Annotation> annotations(const Report& report,
                                    const std::set<const ReportedFinding*>& shown) {
  std::vector<Annotation> all;
  for (const Severity severity : {Severity::error, Severity::warning, Severity::note})
    for (const DatabaseReport& database : report.databases)
      for (const ReportedFinding& reported : database.findings) {
        const Finding& finding = reported.finding;
        const Place& place = reported.place;
        if (finding.severity != severity || !finding.allowed_because.empty() ||
            shown.count(&reported) != 0 || place.old_side || place.file.empty())
          continue;
        Annotation one;
        one.path = place.file;
        one.start_line = std::max(place.line, 1);
        one.end_line = std::max(place.end_line, one.start_line);
        one.start_column = std::max(place.column, 0);
        one.end_column = std::max(place.end_column, one.start_column);
        one.level = level_of(severity);
        one.title = finding.rule;
        one.message = annotation_text(finding);
        all.push_back(std::move(one));
      }
  return all;
}

constexpr std::string_view our_id = "schemagate:";

/// The same for the same annotations at the same commit: a run that was begun can be completed.
std::string external_id(const CheckRun& run) {
  std::string told;
  for (const Annotation& one : run.annotations)
    told += fmt::format("{}\n{}-{} {}-{} {}\n{}\n{}\n", one.path, one.start_line, one.end_line,
                        one.start_column, one.end_column, static_cast<int>(one.level), one.title,
                        one.message);
  return fmt::format("{}{}:{}", our_id, run.head_sha, sha256_hex(told).substr(0, 16));
}

const PostedCheckRun* newest_of_ours(const std::vector<PostedCheckRun>& newest_first) {
  for (const PostedCheckRun& one : newest_first)
    if (one.external_id.starts_with(our_id)) return &one;
  return nullptr;
}

Delivery check_run_of(Client& client, const Report& report, const ReportingOptions& options,
                      const std::set<const ReportedFinding*>& shown) {
  Delivery delivery;
  delivery.reporter = reporter::check_run;
  CheckRun run;
  run.name = context_of(options.name);
  run.head_sha = options.head;
  run.details_url = options.run_url;
  run.conclusion = report.verdict == Verdict::pass ? Conclusion::success : Conclusion::failure;
  run.title = headline(report);
  run.summary = page(report, options, page_limit);
  run.annotations = annotations(report, shown);
  run.external_id = external_id(run);
  const auto existing = check_runs(client, options.head, run.name);
  // Annotations can't be taken back: other ones are another check run, and the newest is shown.
  const PostedCheckRun* newest = existing ? newest_of_ours(*existing) : nullptr;
  const auto posted = newest != nullptr && newest->external_id == run.external_id
                          ? complete_check_run(client, *newest, run)
                          : create_check_run(client, run);
  if (!posted) {
    delivery.refused = posted.refusal();
  } else {
    delivery.refused = posted->incomplete;
    if (!run.annotations.empty())
      delivery.note = counted(static_cast<long long>(run.annotations.size()), "annotation");
  }
  return delivery;
}

/// Where there is nothing to say there is no check run, but for the one that an earlier job left at
/// the commit and that is no success: it would block what the status lets through.
std::optional<Delivery> check_run_if_needed(Client& client, const Report& report,
                                            const ReportingOptions& options,
                                            const std::set<const ReportedFinding*>& shown) {
  if (!has_something_to_say(report)) {
    const auto existing = check_runs(client, options.head, context_of(options.name));
    // Who may not read them has made none.
    if (!existing && (existing.refusal().kind == Refusal::Kind::permission ||
                      existing.refusal().kind == Refusal::Kind::not_found))
      return std::nullopt;
    if (!existing) return Delivery{reporter::check_run, existing.refusal(), std::nullopt, ""};
    const PostedCheckRun* newest = newest_of_ours(*existing);
    if (newest == nullptr || newest->conclusion == Conclusion::success) return std::nullopt;
  }
  return check_run_of(client, report, options, shown);
}

Delivery status_of(Client& client, const Report& report, const ReportingOptions& options,
                   bool is_incomplete) {
  Delivery delivery;
  delivery.reporter = reporter::status;
  Status status;
  status.context = context_of(options.name);
  status.state = state_of(report);
  status.description = headline(report);
  if (is_incomplete && options.refusal_is_error && status.state == State::success) {
    status.state = State::error;
    status.description = "GitHub refused the report: the job's log has it";
  }
  status.target_url = options.run_url;
  const auto set = set_status(client, options.head, status);
  if (!set) delivery.refused = set.refusal();
  return delivery;
}

}  // namespace

std::string context_of(std::string_view name) {
  return name.empty() ? "schemagate" : "schemagate/" + std::string(name);
}

bool has_something_to_say(const Report& report) {
  return std::any_of(
      report.databases.begin(), report.databases.end(), [](const DatabaseReport& database) {
        return !database.judged || !database.changes.empty() || !database.findings.empty();
      });
}

std::string page(const Report& report, const ReportingOptions& options, std::size_t limit) {
  MarkdownOptions how;
  how.limit = limit;
  const std::string blob = fmt::format("{}/{}/blob/", options.server_url, options.repository);
  how.head_url = blob + options.head + "/";
  if (!report.merge_base.empty()) how.base_url = blob + report.merge_base + "/";
  how.rules_url = options.rules_url;
  how.run_url = options.run_url;
  return to_markdown(report, how);
}

bool Delivered::incomplete() const {
  return std::any_of(deliveries.begin(), deliveries.end(), [](const Delivery& delivery) {
    return delivery.refused.has_value() || delivery.not_edited.has_value();
  });
}

Delivered deliver(Client& client, const Report& report, const ReportingOptions& options) {
  Delivered delivered;
  client.keep(client.options().budget / parts_of_time);
  const auto wants = [&](const char* what) { return options.reporters.count(what) != 0; };
  if (options.pull_request != 0) {
    const auto now = pull_request(client, options.pull_request);
    delivered.superseded = now && now->head.sha != options.head;
    if (delivered.superseded) return delivered;
  }
  const bool has_something = has_something_to_say(report);
  const bool on_pull_request = options.pull_request != 0;
  Identity us(client);
  std::optional<Report> noted;  // with what the comments are not about
  if (on_pull_request && wants(reporter::review)) {
    ReviewReporter review(client, options);
    delivered.deliveries.push_back(review.deliver(report, us));
    delivered.shown = review.shown();
    if (!review.not_looked_at().empty()) {
      noted = report;
      noted->notes.push_back(review.not_looked_at());
    }
  }
  if (on_pull_request && wants(reporter::comment)) {
    Delivery delivery;
    delivery.reporter = reporter::comment;
    const auto before = has_something
                            ? Outcome<bool>(true)
                            : has_sticky_comment(client, options.pull_request, options.name, us);
    if (!before) {
      delivery.refused = before.refusal();
    } else if (*before) {
      const auto written =
          write_section(client, options.pull_request, options.name, us, Section::findings,
                        page(noted ? *noted : report, options, page_limit));
      if (!written) delivery.refused = written.refusal();
      if (written && written->has_value()) delivered.comment_url = (*written)->url;
    }
    delivered.deliveries.push_back(std::move(delivery));
  }
  if (wants(reporter::check_run)) {
    if (const auto run = check_run_if_needed(client, report, options, delivered.shown)) {
      delivered.deliveries.push_back(*run);
      delivered.annotated = !run->refused;
    }
  }
  client.keep(std::chrono::milliseconds(0));
  if (wants(reporter::status))
    delivered.deliveries.push_back(status_of(client, report, options, delivered.incomplete()));
  return delivered;
}

}  // namespace schemagate::github
