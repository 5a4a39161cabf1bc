// SPDX-License-Identifier: MIT
// A week at a team: the pull requests of testdata/week, replayed on a real git repository through
// the built program. The transcript of everything printed is golden.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/week_replay.h"

namespace schemagate::testing {
namespace {

constexpr int most_silent_lines = 3;

/// Judged on the command line.
class AtHome : public WeekReplay {
 public:
  AtHome() : WeekReplay(SCHEMAGATE_BINARY) {}
  int checked() const { return checked_; }

 private:
  void judge(const PullRequest& pull, const Push& push) override {
    const ProgramRun run = run_program(
        SCHEMAGATE_BINARY, {"check", "--repo", repository().path(), "--base", "main", "--head",
                            pull.branch, "--no-rehearsal", "--color", "never"});
    say(scrubbed(shown_run("schemagate check --base main --head " + pull.branch, run)));
    ++checked_;
    const int expected = wanted_exit_code(push.outcome);
    // What the program says otherwise than wanted is a failure, and visible in the transcript.
    CHECK(run.exit_code == expected);
    if (run.exit_code != expected) say(fmt::format("!! wanted: exit {}\n", expected));
    const auto lines = std::count(run.out.begin(), run.out.end(), '\n');
    const bool too_loud = push.outcome == Outcome::silent && lines > most_silent_lines;
    CHECK_FALSE(too_loud);
    if (too_loud) say(fmt::format("!! wanted: at most {} lines\n", most_silent_lines));
  }

  int checked_ = 0;
};

TEST_CASE("a week at a team prints what was read and found true") {
  AtHome week;
  week.play_all();
  CHECK(week.pull_requests() > 30);
  CHECK(week.checked() > 40);
  week.compare("transcript.txt");
}

TEST_CASE("replacements fit exactly once") {
  const std::string text = "a\nb\nc\n";
  CHECK(with_replacements(text, " a\n-b\n+B\n") == "a\nB\nc\n");
  CHECK(with_replacements(text, "+d\n") == "a\nb\nc\nd\n");
  CHECK(with_replacements(text, "-a\n\n-c\n+C\n") == "b\nC\n");
  CHECK_THROWS(with_replacements(text, "-x\n"));
  CHECK_THROWS(with_replacements("a\na\n", "-a\n"));
}

}  // namespace
}  // namespace schemagate::testing
