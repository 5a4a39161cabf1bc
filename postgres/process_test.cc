// SPDX-License-Identifier: MIT
#include "postgres/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/sleepers.h"

namespace schemagate::postgres {
namespace {

using testing::long_sleep;
using testing::sleepers;

Command shell(const std::string& script) {
  const auto identity = unprivileged_identity();
  REQUIRE(std::holds_alternative<Identity>(identity));
  return {"/bin/sh",
          {"-c", script},
          {"PATH=/usr/local/bin:/usr/bin:/bin"},
          std::get<Identity>(identity)};
}

/// Waits, for a minute at most, for what takes as long as the kernel likes.
bool becomes_true(const auto& condition) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    usleep(10000);
  }
  return true;
}

constexpr std::chrono::seconds enough{300};

TEST_CASE("what a program leaves behind ends with it") {
  const std::string sleep = long_sleep();
  const Finished finished =
      run(shell(sleep + " > /dev/null 2>&1 & setsid " + sleep + " > /dev/null 2>&1 & echo done"),
          enough);
  CHECK(finished.succeeded);
  CHECK_FALSE(finished.timed_out);
  CHECK(finished.output == "done\n");
  CHECK(sleepers() == 0);
}

TEST_CASE("what a program leaves behind with its output does not hold up the end") {
  const Finished finished = run(shell(long_sleep() + " & echo done"), enough);
  CHECK(finished.succeeded);
  CHECK(finished.output == "done\n");
  CHECK(sleepers() == 0);
}

TEST_CASE("at the limit a program ends with what it started, in whatever session") {
  const std::string sleep = long_sleep();
  const Finished finished = run(
      shell("setsid " + sleep + " & (setsid setsid " + sleep + " > /dev/null 2>&1 &) ; " + sleep),
      std::chrono::seconds(1));
  CHECK(finished.timed_out);
  CHECK_FALSE(finished.succeeded);
  CHECK(sleepers() == 0);
}

TEST_CASE("a parent that is killed leaves nothing of a program that it waits for") {
  const Command command = shell("setsid " + long_sleep() + " & " + long_sleep());
  const pid_t parent = fork();
  if (parent == 0) {
    run(command, enough);
    _exit(0);
  }
  REQUIRE(parent > 0);
  CHECK(becomes_true([] { return sleepers() >= 2; }));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  CHECK(becomes_true([] { return sleepers() == 0; }));
}

TEST_CASE("a program that runs as another user can't end its keeper") {
  const Command command =
      shell("setsid " + long_sleep() + " > /dev/null 2>&1 & kill -KILL $PPID; exit 0");
  if (!command.identity.switch_user) SKIP("only root can run a program as another user");
  CHECK(run(command, enough).succeeded);
  CHECK(sleepers() == 0);
}

TEST_CASE("a program succeeds when it ends with code 0 only") {
  CHECK(run(shell("exit 0"), enough).succeeded);
  for (const char* script : {"exit 3", "kill -ALRM $$", "kill -KILL $$"}) {
    INFO(script);
    const Finished finished = run(shell(script), enough);
    CHECK_FALSE(finished.succeeded);
    CHECK_FALSE(finished.timed_out);
  }
  Command missing = shell("");
  missing.program = "/no/such/program";
  CHECK_FALSE(run(missing, enough).succeeded);
}

TEST_CASE("a program of which nobody knows how it ended has not succeeded") {
  const auto before = signal(SIGCHLD, SIG_IGN);
  const Finished finished = run(shell("exit 3"), enough);
  signal(SIGCHLD, before);
  CHECK_FALSE(finished.succeeded);
}

}  // namespace
}  // namespace schemagate::postgres
