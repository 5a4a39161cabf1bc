// SPDX-License-Identifier: MIT
// A job that dies: the program is killed at each of its requests in turn, before GitHub carried the
// request out and after it, and is run again. What is on GitHub then is what an undisturbed run
// leaves. Statuses can't be taken back: of each context the newest is compared, which is the one
// that GitHub shows and asks for.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "tests/begun.h"
#include "tests/faults.h"

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

struct Killed {
  Killed(const Begun& begun, const Inputs& inputs, int at, Fault::Kind kind)
      : played(begun, inputs) {
    Fault fault;
    fault.kind = kind;
    fault.skip = at - 1;
    FakeGitHub& github = played.story.github();
    github.fail(fault);
    killed = played.job.run_killed(github, at);
    github.forget_faults();
    status = played.status();
    played.play();
  }

  Played played;
  ProgramRun killed;
  github::Status status;  ///< as the killed run left it
};

/// Kills the last push's job at every request of it. Some at a time: they wait for each other.
void check_kills(const Begun& begun, const Played& undisturbed, const Inputs& inputs = {}) {
  const std::string wanted = undisturbed.story.github().everything();
  const std::size_t requests = undisturbed.story.github().requests().size();
  INFO(wanted);
  CHECK(requests >= 6);
  const auto at = [](std::size_t i) { return static_cast<int>(i / 2) + 1; };
  const auto kind = [](std::size_t i) {
    return i % 2 == 0 ? Fault::Kind::drop_before : Fault::Kind::drop_after;
  };
  run_all(
      2 * requests, 6,
      [&](std::size_t i) { return std::make_unique<Killed>(begun, inputs, at(i), kind(i)); },
      [&](std::size_t i, const Killed& ended) {
        const SentRequest hit = ended.played.story.github().requests().at(i / 2);
        INFO((i % 2 == 0 ? "before" : "after")
             << " request " << at(i) << ": " << hit.method << " " << hit.target);
        CHECK(ended.killed.exit_code == 128 + SIGKILL);
        // The status is the last thing that is said: before that there is none.
        CHECK(ended.status.context.empty() == (i < 2 * requests - 1));
        CHECK(ended.played.run.exit_code == undisturbed.run.exit_code);
        CHECK(ended.played.story.github().everything() == wanted);
      });
}

TEST_CASE("a first push's job, killed at any request and run again, posts everything once",
          "[github][killed]") {
  const Begun begun(Pushes{{}, first_push});
  Played told(begun);
  told.play();
  const FakeGitHub& github = told.story.github();
  CHECK(github.reviews(7).size() == 1);
  CHECK(github.review_comments(7).size() == 2);
  CHECK(github.comments(7).size() == 1);
  CHECK(github.statuses(told.story.head()).size() == 1);
  const auto checks = github.check_runs(told.story.head());
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].annotations.size() == 1);
  check_kills(begun, told);
}

TEST_CASE("a second push's job, killed at any request and run again, edits in place",
          "[github][killed]") {
  const Begun begun(Pushes{{first_push}, second_push});
  Played told(begun);
  told.play();
  const FakeGitHub& github = told.story.github();
  CHECK(github.reviews(7).size() == 1);
  CHECK(github.comments(7).size() == 1);
  CHECK(github.statuses(told.story.head()).size() == 1);
  CHECK(github.check_runs(told.story.head()).size() == 1);
  const auto comments = github.review_comments(7);
  REQUIRE(comments.size() == 2);
  CHECK(comments[0].body.find("Gone as of") != std::string::npos);
  CHECK(comments[1].body.find("Gone as of") == std::string::npos);
  check_kills(begun, told);
}

TEST_CASE("a job with annotations in batches, killed between them, doubles none",
          "[github][killed]") {
  std::string sql = "SET lock_timeout = '5s';\n";
  for (int i = 0; i < 120; ++i)
    sql += fmt::format("CREATE INDEX users_{} ON users (email, plan) WHERE id > {};\n", i, i);
  const Begun begun(Pushes{{}, {{"m/2_many.sql", File(sql)}}});
  const Inputs inputs{{"INPUT_REPORTERS", "check-run, status"}};
  Played told(begun, inputs);
  told.play();
  const auto checks = told.story.github().check_runs(told.story.head());
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].annotations.size() == 120);
  check_kills(begun, told, inputs);
}

}  // namespace
}  // namespace schemagate::testing
