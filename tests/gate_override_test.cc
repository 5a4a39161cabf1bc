// SPDX-License-Identifier: MIT
// What an override does not survive, and that it takes one comment: the program's jobs.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")},
                 {"db/items.sql", File("CREATE TABLE items (id bigint);\n")}};
const Files unreadable{{"db/items.sql", File("CREATE TABLE items (id bigint,,;\n")}};
const Files also_unreadable{{"db/items.sql", File("CREATE TABLE items (id bigint,,,;\n")}};
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};

/// #1 can't be parsed.
struct Unreadable : GateJob {
  Unreadable() : GateJob(shop) {
    open(1, unreadable);
    (void)sweep_job();
    REQUIRE_FALSE(green(heads[1]));
    first_ = heads[1];
  }
  /// The command that the gate's own comment names.
  std::string command() const {
    const std::string told = github_.comments(1).front().body;
    const std::size_t at = told.find("/schemagate override sg1:");
    return told.substr(at, told.find(" <reason>", at) - at) + " it is 3 a.m. and the shop is down";
  }
  void override_it() {
    say(1, "root", command());
    CHECK(green(heads[1]));
    REQUIRE(status(1).description == "OVERRIDDEN by @root");
  }
  /// To another branch, or back.
  void retarget(const std::string& to, const std::string& from) {
    github::PullRequest one;
    one.number = 1;
    one.author = "kim";
    one.head = {heads[1], "work1", "acme/shop"};
    one.base = {github_.ref("heads/" + to), to, "acme/shop"};
    github_.add(one, {});
    json edited = event("edited", 1, to);
    edited["changes"] = {{"base", {{"ref", {{"from", from}}}, {"sha", {{"from", ""}}}}}};
    (void)run("pull_request_target", edited);
  }
  void push_and_tell(const std::string& head) {
    repository_.branch("work1", head);
    heads[1] = head;
    github_.push(1, head, {});
    (void)run("pull_request_target", event("synchronize", 1));
  }
  std::string first_;
};

TEST_CASE("an administrator alone has what can't be parsed green with one comment", "[github]") {
  Unreadable job;
  job.override_it();
  int by_people = 0;
  for (const github::Comment& one : job.github_.comments(1))
    by_people += one.author == "root" ? 1 : 0;
  CHECK(by_people == 1);
  CHECK(job.github_.reviews(1).empty());
  // It stays so while nothing changes.
  (void)job.sweep_job();
  CHECK(job.green(job.heads[1]));
  REQUIRE(job.ledger().overrides.size() == 1);
  CHECK_THAT(job.ledger().overrides[0].bypassed, ContainsSubstring("db/items.sql"));
}

TEST_CASE("an override survives no push, and no way back to its commit", "[github]") {
  Unreadable job;
  job.override_it();
  job.push_and_tell(job.repository_.commit("work1", also_unreadable));
  CHECK_FALSE(job.green(job.heads[1]));
  CHECK_FALSE(job.green(job.first_));
  CHECK(job.ledger().overrides.empty());
  job.push_and_tell(job.first_);
  CHECK_FALSE(job.green(job.first_));
  (void)job.sweep_job();
  CHECK_FALSE(job.green(job.first_));
}

TEST_CASE("an override holds on no other branch, and not when it comes back from there",
          "[github]") {
  Unreadable job;
  job.github_.set_ref("heads/release", job.repository_.tip("main"));
  job.repository_.branch("release", job.repository_.tip("main"));
  job.override_it();
  job.retarget("release", "main");
  const github::Status there = job.github_.status(job.heads[1], "schemagate/gate:release");
  CHECK(there.state == github::State::failure);
  CHECK_FALSE(job.green(job.heads[1]));
  job.retarget("main", "release");
  CHECK_FALSE(job.green(job.heads[1]));
  CHECK(job.github_.status(job.heads[1], "schemagate/gate:release").state !=
        github::State::success);
}

TEST_CASE("an override survives no base that changes what would land, and no way back from it",
          "[github]") {
  Unreadable job;
  job.override_it();
  const std::string before = job.repository_.tip("main");
  SECTION("another schema") { job.tip_is(job.repository_.commit("main", drops_email)); }
  SECTION("what nobody can read") {
    job.tip_is(job.repository_.commit("main", {{"db/x.sql", File("CREATE TABEL x (id int);\n")}}));
  }
  (void)job.sweep_job();
  CHECK_FALSE(job.green(job.heads[1]));
  job.repository_.branch("main", before);
  job.tip_is(before);
  (void)job.sweep_job();
  CHECK_FALSE(job.green(job.heads[1]));
}

TEST_CASE("an override survives no closing", "[github]") {
  Unreadable job;
  job.override_it();
  const auto turn = [&](bool is_open) {
    github::PullRequest one;
    one.number = 1;
    one.author = "kim";
    one.open = is_open;
    one.head = {job.heads[1], "work1", "acme/shop"};
    one.base = {job.repository_.tip("main"), "main", "acme/shop"};
    job.github_.add(one, {});
    json told = job.event(is_open ? "reopened" : "closed", 1);
    told["pull_request"]["state"] = is_open ? "open" : "closed";
    (void)job.run("pull_request_target", told);
  };
  turn(false);
  CHECK_FALSE(job.green(job.heads[1]));
  turn(true);
  CHECK_FALSE(job.green(job.heads[1]));
}

TEST_CASE("a command that is edited, or gone before its job runs, does nothing", "[github]") {
  Unreadable job;
  json told = job.written(1, "root", job.command());
  const std::int64_t id = told["comment"]["id"];
  std::string answer = "An edited comment is no command";
  SECTION("edited before the job looks") { job.github_.change_comment(id, "never mind"); }
  SECTION("edited in white space, which GitHub tells by the time") {
    job.github_.change_comment(id, job.command() + " ");
  }
  SECTION("the event says so") { told["comment"]["updated_at"] = "2026-11-28T00:01:00Z"; }
  SECTION("deleted") {
    job.github_.change_comment(id, "");
    answer = "Nothing was done: the comment is gone.";
  }
  (void)job.run("issue_comment", told);
  CHECK_THAT(job.last_comment(1), ContainsSubstring(answer));
  CHECK_FALSE(job.green(job.heads[1]));
  CHECK(job.ledger().overrides.empty());
}

TEST_CASE("the event of an edited comment is no command, whatever it says", "[github]") {
  Unreadable job;
  json told = job.written(1, "root", job.command());
  told["action"] = "edited";
  (void)job.run("issue_comment", told);
  CHECK_FALSE(job.green(job.heads[1]));
  CHECK(job.ledger().overrides.empty());
}

TEST_CASE("in the queue an override counts for the commit and the base it was made for",
          "[github]") {
  Files queued = shop;
  queued.insert_or_assign(
      ".schemagate.yml",
      File("databases:\n  - {name: shop, schema: db/*.sql}\ngate: {mode: queue}\n"));
  Unreadable job;
  job.tip_is(job.repository_.commit("main", queued));
  (void)job.sweep_job();
  job.override_it();
  job.open(2, drops_email);
  (void)job.sweep_job();
  std::string base = job.repository_.tip("main");
  job.repository_.branch("queue", base);
  const auto lands = [&](int number) {
    const std::string head = job.repository_.merge("queue", fmt::format("work{}", number));
    job.github_.know_commit(head);
    const std::string ref = fmt::format("refs/heads/gh-readonly-queue/main/pr-{}-{}", number, base);
    const ProgramRun run = job.run("merge_group", {{"action", "checks_requested"},
                                                   {"merge_group",
                                                    {{"head_sha", head},
                                                     {"head_ref", ref},
                                                     {"base_sha", base},
                                                     {"base_ref", "refs/heads/main"}}}});
    base = head;
    return run.exit_code == 0;
  };
  SECTION("first in it") {
    CHECK(lands(1));
    CHECK(lands(2));
  }
  SECTION("behind another change") {
    CHECK(lands(2));
    CHECK_FALSE(lands(1));
  }
}

}  // namespace
}  // namespace schemagate::testing
