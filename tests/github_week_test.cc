// SPDX-License-Identifier: MIT
// The week of testdata/week on GitHub: each push starts the program as a job, and what appears on
// the pull request's page is golden. One pull request comes from a fork whose token only reads, one
// is a draft at first and has a finding, one is stacked on another's branch. The event is
// pull_request_target, with which nothing is rehearsed: the transcript is the same on every
// machine.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "git/repository.h"
#include "tests/job.h"
#include "tests/story.h"
#include "tests/week_replay.h"

namespace schemagate::testing {
namespace {

const std::string forked = "unique-email";  ///< the branch that is a fork's
const std::string drafted = "due-index";    ///< the one whose first push is a draft
const std::string stacked = "job-queue-2";  ///< the one that is also judged against a branch

std::string_view name_of(github::Conclusion conclusion) {
  using enum github::Conclusion;
  return conclusion == success ? "success" : conclusion == failure ? "failure" : "neutral";
}

class OnGitHub : public WeekReplay {
 public:
  OnGitHub() : WeekReplay(SCHEMAGATE_BINARY) {}
  int posted() const { return posted_; }

 private:
  void judge(const PullRequest& pull, const Push& push) override;
  void judge_draft(github::PullRequest request);
  void judge_stacked(const PullRequest& pull);
  github::PullRequest request_of(const PullRequest& pull, const std::string& base = "main");
  void show_page(const github::PullRequest& request, const ProgramRun& run, const Job& job);
  void show_comments(const github::PullRequest& request);
  /// True when it is new or was edited since it was last shown.
  bool is_news(std::int64_t id, const std::string& body);

  FakeGitHub github_;
  std::map<std::string, int> numbers_;  ///< by branch
  std::map<std::int64_t, std::string> shown_;
  int posted_ = 0;
};

github::PullRequest OnGitHub::request_of(const PullRequest& pull, const std::string& base) {
  github::PullRequest request;
  const auto [number, is_new] =
      numbers_.emplace(pull.branch, 101 + static_cast<int>(numbers_.size()));
  request.number = number->second;
  request.title = pull.title;
  request.author = "kim";
  const std::string from = pull.branch == forked ? "kim/shop" : "acme/shop";
  request.head = {repository().tip(pull.branch), pull.branch, from};
  request.base = {repository().tip(base), base, "acme/shop"};
  repository().reference("refs/remotes/origin/" + base, request.base.sha);  // as checkout leaves it
  const git::Repository opened = git::Repository::open(repository().path());
  const auto bases = opened.merge_bases(request.base.sha, request.head.sha);
  const FakeDiff diff =
      shown_diff(repository(), bases.empty() ? request.base.sha : bases.front(), request.head.sha);
  if (is_new) {
    github_.add(request, diff);
  } else {
    github_.push(request.number, request.head.sha, diff);
  }
  return request;
}

bool waits_for_reviewer(const ProgramRun& run) {
  return (run.out + run.err).find("waits for a reviewer") != std::string::npos;
}

void OnGitHub::judge(const PullRequest& pull, const Push& push) {
  github::PullRequest request = request_of(pull);
  const bool from_fork = request.is_from_fork();
  if (from_fork) github_.allow_only({"contents: read", "pull-requests: read"});
  if (pull.name == drafted && &push == &pull.pushes.front()) {
    judge_draft(request);
    say("(ready for review)\n");
  }
  Job job(SCHEMAGATE_BINARY, repository().path(), github_);
  job.event("pull_request_target", {{"action", "synchronize"}, {"pull_request", shown(request)}});
  ProgramRun run = job.run();
  show_page(request, run, job);
  if (push.outcome == Outcome::green && run.exit_code == 1 && waits_for_reviewer(run)) {
    say("(lee approves it)\n");
    github_.set_access("lee", "write");
    github_.add_review(request.number, "lee", "APPROVED");
    run = job.run();
    show_page(request, run, job);
  }
  CHECK(run.exit_code == wanted_exit_code(push.outcome));
  if (from_fork)
    github_.allow_only({"contents: write", "pull-requests: write", "issues: write", "checks: write",
                        "statuses: write"});
  if (pull.name == stacked) judge_stacked(pull);
}

/// Left alone where the workflow says so, else checked like any other.
void OnGitHub::judge_draft(github::PullRequest request) {
  request.draft = true;
  for (const std::string what : {"skip", "check"}) {
    Job job(SCHEMAGATE_BINARY, repository().path(), github_);
    job.set("INPUT_DRAFT", what);
    job.event("pull_request_target", {{"action", "opened"}, {"pull_request", shown(request)}});
    const ProgramRun run = job.run();
    say(fmt::format("(a draft, draft: {})\n", what));
    show_page(request, run, job);
    if (what == "skip") say(run.out);
    CHECK(run.exit_code == (what == "skip" ? 0 : 1));
    CHECK(github_.review_comments(request.number).empty() == (what == "skip"));
  }
}

/// The same branch once more, as a pull request into the branch that it was begun on.
void OnGitHub::judge_stacked(const PullRequest& pull) {
  const std::string below = "stack-below", above = "stack-above";
  repository().branch(below, repository().tip(pull.branch));
  repository().branch(above, repository().tip(pull.branch));
  const std::string file = "services/billing/migrations/000099_after_the_queue.up.sql";
  repository().commit(above, {{file, File("ALTER TABLE work_queue.jobs ALTER COLUMN tags SET NOT "
                                          "NULL;\nDROP TABLE work_queue.version;\n")}});
  PullRequest on_top = pull;
  on_top.branch = above;
  github::PullRequest request = request_of(on_top, below);
  Job job(SCHEMAGATE_BINARY, repository().path(), github_);
  job.event("pull_request_target", {{"action", "opened"}, {"pull_request", shown(request)}});
  const ProgramRun run = job.run();
  say("(stacked on it)\n");
  show_page(request, run, job);
  CHECK(run.exit_code == 1);
  // Of the branch below nothing is said again.
  for (const github::ReviewComment& comment : github_.review_comments(request.number))
    CHECK(comment.path == file);
}

/// "a.sql:3-5 (right)", or that its lines are in the diff no more.
std::string place_of(const github::ReviewComment& comment) {
  if (comment.on_file) return comment.path;
  if (comment.line == 0) return comment.path + " (outdated)";
  const std::string lines = comment.start_line == 0
                                ? std::to_string(comment.line)
                                : fmt::format("{}-{}", comment.start_line, comment.line);
  return fmt::format("{}:{} ({})", comment.path, lines,
                     comment.side == github::Side::left ? "left" : "right");
}

bool OnGitHub::is_news(std::int64_t id, const std::string& body) {
  std::string& before = shown_[id];
  if (before == body) return false;
  before = body;
  return true;
}

void OnGitHub::show_comments(const github::PullRequest& request) {
  for (const github::Review& review : github_.reviews(request.number))
    if (is_news(review.id, review.state + review.body)) {
      ++posted_;
      say(fmt::format("review {}: {}\n", review.state, scrubbed(review.body)));
    }
  for (const github::ReviewComment& comment : github_.review_comments(request.number))
    if (is_news(comment.id, comment.body))
      say(fmt::format("on {}:\n{}\n", place_of(comment), scrubbed(comment.body)));
  for (const github::Comment& comment : github_.comments(request.number))
    if (is_news(comment.id, comment.body)) {
      ++posted_;
      say(fmt::format("comment of {}:\n{}\n", comment.author, scrubbed(comment.body)));
    }
}

void OnGitHub::show_page(const github::PullRequest& request, const ProgramRun& run,
                         const Job& job) {
  say(fmt::format("#{} on {}, exit {}\n", request.number, request.base.ref, run.exit_code));
  if (!run.err.empty()) say(scrubbed(run.err));
  const github::Status status = github_.status(request.head.sha, "schemagate");
  if (!status.context.empty())
    say(fmt::format("status {}: {}\n", github::to_string(status.state), status.description));
  for (const github::CheckRun& check : github_.check_runs(request.head.sha))
    say(fmt::format("check run {}: {}, {} annotations\n", name_of(check.conclusion), check.title,
                    check.annotations.size()));
  show_comments(request);
  // What could not be posted is in the job's summary and its log.
  if (request.is_from_fork())
    say(fmt::format("summary:\n{}\nlog:\n{}", scrubbed(job.summary()), scrubbed(run.out)));
}

TEST_CASE("the week on GitHub shows what was read and found true", "[github]") {
  OnGitHub week;
  week.play_all();
  CHECK(week.pull_requests() > 30);
  CHECK(week.posted() > 10);
  week.compare("github.txt");
}

}  // namespace
}  // namespace schemagate::testing
