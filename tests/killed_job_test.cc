// SPDX-License-Identifier: MIT
// A job that dies: the program is killed at each of its requests in turn, before GitHub carried the
// request out and after it, and is run again. What is on GitHub then is what an undisturbed run
// leaves. Statuses can't be taken back: of each context the newest is compared, which is the one
// that GitHub shows and asks for.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <future>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

/// Two findings that stand on lines, and a note that is an annotation.
const Files first_push{
    {"m/2_email.sql", File("SET lock_timeout = '5s';\nCREATE INDEX users_email_idx ON users "
                           "(email);\n")},
    {"m/3_plan.sql", File("SET lock_timeout = '5s';\nALTER TABLE users DROP plan;\n")},
    {"m/4_long.sql", File("CREATE TABLE a_name_of_which_PostgreSQL_keeps_the_first_sixty_three_"
                          "bytes_and_forgets_the_rest (id bigint PRIMARY KEY);\n")}};
/// One of them is mended, the other is a line further down.
const Files second_push{
    {"m/2_email.sql", File("SET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY users_email_idx ON "
                           "users (email);\n")},
    {"m/3_plan.sql", File("SET lock_timeout = '5s';\n\nALTER TABLE users DROP plan;\n")}};

struct Pushes {
  std::vector<Files> before;  ///< each judged by a run that nothing disturbs
  Files last;
  std::map<std::string, std::string> inputs = {};
};

/// The job for the last push, which is still to be run.
struct Told {
  explicit Told(const Pushes& pushes) : story(shop_with_users()) {
    for (const Files& files : pushes.before) {
      begin(files, pushes);
      job->run();
    }
    begin(pushes.last, pushes);
    requests_before = story.github().requests().size();
  }
  void begin(const Files& files, const Pushes& pushes) {
    story.push(files);
    story.repository().reference("refs/remotes/origin/main", story.base());
    job.emplace(SCHEMAGATE_BINARY, story);
    job->report_everything();
    for (const auto& [name, value] : pushes.inputs) job->set(name, value);
  }
  int requests() const {
    return static_cast<int>(story.github().requests().size() - requests_before);
  }

  Story story;
  std::optional<StoryJob> job;
  std::size_t requests_before = 0;
};

struct Killed {
  Killed(const Pushes& pushes, int at, Fault::Kind kind) : told(pushes) {
    Fault fault;
    fault.kind = kind;
    fault.skip = at - 1;
    FakeGitHub& github = told.story.github();
    github.fail(fault);
    killed = told.job->run_killed(github, at);
    github.forget_faults();
    status = github.status(told.story.head(), "schemagate");
    again = told.job->run();
  }

  Told told;
  ProgramRun killed, again;
  github::Status status;  ///< as the killed run left it
};

/// Kills the last push's job at every request of it. Some at a time: they wait for each other.
void check_kills(const Pushes& pushes) {
  constexpr int at_once = 6;
  const Told undisturbed(pushes);
  const ProgramRun run = undisturbed.job->run();
  const std::string wanted = undisturbed.story.github().everything();
  const int requests = undisturbed.requests();
  INFO(wanted);
  CHECK(requests >= 6);
  std::vector<std::pair<int, Fault::Kind>> all;
  for (int at = 1; at <= requests; ++at)
    for (const auto kind : {Fault::Kind::drop_before, Fault::Kind::drop_after})
      all.emplace_back(at, kind);
  for (std::size_t begin = 0; begin < all.size(); begin += at_once) {
    std::vector<std::future<std::unique_ptr<Killed>>> running;
    for (std::size_t i = begin; i < std::min(begin + at_once, all.size()); ++i)
      running.push_back(std::async(std::launch::async, [&, i] {
        return std::make_unique<Killed>(pushes, all[i].first, all[i].second);
      }));
    for (std::size_t i = 0; i < running.size(); ++i) {
      const std::unique_ptr<Killed> ended = running[i].get();
      const auto [at, kind] = all[begin + i];
      const SentRequest hit =
          ended->told.story.github().requests().at(ended->told.requests_before + at - 1);
      INFO((kind == Fault::Kind::drop_after ? "after" : "before")
           << " request " << at << ": " << hit.method << " " << hit.target);
      CHECK(ended->killed.exit_code == 128 + SIGKILL);
      // The status is the last thing that is said: before that there is none.
      CHECK(ended->status.context.empty() == (at < requests || kind == Fault::Kind::drop_before));
      CHECK(ended->again.exit_code == run.exit_code);
      CHECK(ended->told.story.github().everything() == wanted);
    }
  }
}

TEST_CASE("a first push's job, killed at any request and run again, posts everything once",
          "[github][killed]") {
  const Pushes pushes{{}, first_push};
  const Told told(pushes);
  told.job->run();
  const FakeGitHub& github = told.story.github();
  CHECK(github.reviews(7).size() == 1);
  CHECK(github.review_comments(7).size() == 2);
  CHECK(github.comments(7).size() == 1);
  CHECK(github.statuses(told.story.head()).size() == 1);
  const auto checks = github.check_runs(told.story.head());
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].annotations.size() == 1);
  check_kills(pushes);
}

TEST_CASE("a second push's job, killed at any request and run again, edits in place",
          "[github][killed]") {
  const Pushes pushes{{first_push}, second_push};
  const Told told(pushes);
  told.job->run();
  const FakeGitHub& github = told.story.github();
  CHECK(github.reviews(7).size() == 1);
  CHECK(github.comments(7).size() == 1);
  CHECK(github.statuses(told.story.head()).size() == 1);
  CHECK(github.check_runs(told.story.head()).size() == 1);
  const auto comments = github.review_comments(7);
  REQUIRE(comments.size() == 2);
  CHECK(comments[0].body.find("Gone as of") != std::string::npos);
  CHECK(comments[1].body.find("Gone as of") == std::string::npos);
  check_kills(pushes);
}

TEST_CASE("a job with annotations in batches, killed between them, doubles none",
          "[github][killed]") {
  std::string sql = "SET lock_timeout = '5s';\n";
  for (int i = 0; i < 120; ++i)
    sql += fmt::format("CREATE INDEX users_{} ON users (email, plan) WHERE id > {};\n", i, i);
  const Pushes pushes{
      {}, {{"m/2_many.sql", File(sql)}}, {{"INPUT_REPORTERS", "check-run, status"}}};
  const Told told(pushes);
  told.job->run();
  const auto checks = told.story.github().check_runs(told.story.head());
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].annotations.size() == 120);
  check_kills(pushes);
}

}  // namespace
}  // namespace schemagate::testing
