// SPDX-License-Identifier: MIT
// The branch and the pull requests move while a gate's job is at work: its clone is older than what
// GitHub says.
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
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};
const Files adds_price{{"db/items.sql", File("CREATE TABLE items (id bigint, price int);\n")}};
const Files adds_carts{{"db/carts.sql", File("CREATE TABLE carts (id bigint);\n")}};

/// Calls `what` once, at the `nth` request for `target`.
void at_request(FakeGitHub& github, const std::string& target, int nth,
                const std::function<void()>& what) {
  github.on_request([&github, target, nth, what, seen = std::make_shared<int>(0)](int number) {
    const SentRequest request = github.requests().at(static_cast<std::size_t>(number) - 1);
    if (request.target.find(target) != std::string::npos && ++*seen == nth) what();
  });
}

/// Two green ones; then a third comes, and while it is judged the branch moves.
struct Moving : GateJob {
  Moving() : GateJob(shop) {
    open(1, drops_email);
    open(2, adds_price);
    (void)sweep_job();
    REQUIRE(green(heads[1]));
    REQUIRE(green(heads[2]));
    open(3, adds_carts);
    for (const auto& [number, head] : heads)
      repository_.reference(fmt::format("refs/pull/{}/head", number), head);
    clone_now();
    github_.forget_requests();
  }
  ProgramRun opened(int number) {
    ProgramRun ended =
        run("pull_request_target", {{"action", "opened"}, {"pull_request", pull_request(number)}});
    github_.on_request({});
    return ended;
  }
};

TEST_CASE(
    "somebody lands something else during a sweep: that is fetched, and nothing is taken back",
    "[github]") {
  Moving job;
  at_request(job.github_, "/git/ref/heads/main", 3, [&] {
    job.tip_is(job.repository_.commit("main", {{"README.md", File("hello\n")}}));
  });
  const ProgramRun run = job.opened(3);
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, ContainsSubstring(job.repository_.tip("main").substr(0, 12)));
  for (const int number : {1, 2, 3}) CHECK(job.green(job.heads[number]));
  for (const int number : {1, 2}) {
    CHECK(job.github_.statuses(job.heads[number]).size() == 1);
    CHECK(job.github_.comments(number).empty());
  }
}

TEST_CASE("a tip that can't be fetched ends the sweep without a word", "[github]") {
  Moving job;
  const std::string nowhere(40, 'd');
  at_request(job.github_, "/git/ref/heads/main", 3, [&] { job.tip_is(nowhere); });
  const ProgramRun run = job.opened(3);
  INFO(run.out);
  CHECK_THAT(run.out, ContainsSubstring("not settled") &&
                          ContainsSubstring(nowhere + " could not be fetched: nothing was judged"));
  for (const int number : {1, 2}) {
    CHECK(job.green(job.heads[number]));
    CHECK(job.github_.comments(number).empty());
  }
  CHECK_FALSE(job.green(job.heads[3]));
  // The next one judges.
  job.tip_is(job.repository_.tip("main"));
  (void)job.opened(3);
  CHECK(job.green(job.heads[3]));
}

TEST_CASE("a pull request that comes during a sweep is fetched, or waits for its own job",
          "[github]") {
  Moving job;
  SECTION("fetched") {
    at_request(job.github_, "/pulls", 3, [&] {
      job.open(4, {{"db/later.sql", File("CREATE TABLE later (id bigint);\n")}});
      job.repository_.reference("refs/pull/4/head", job.heads[4]);
    });
    (void)job.opened(3);
    CHECK(job.green(job.heads[4]));
  }
  SECTION("its head is not on the server yet") {
    at_request(job.github_, "/pulls", 3, [&] {
      github::PullRequest one;
      one.number = 4;
      one.author = "kim";
      one.head = {std::string(40, 'e'), "work4", "acme/shop"};
      one.base = {job.repository_.tip("main"), "main", "acme/shop"};
      job.github_.add(one, {});
    });
    const ProgramRun run = job.opened(3);
    CHECK_THAT(run.out, ContainsSubstring(std::string(40, 'e') + " could not be fetched"));
    CHECK(job.github_.statuses(std::string(40, 'e')).empty());
    CHECK(job.github_.comments(4).empty());
  }
  for (const int number : {1, 2, 3}) CHECK(job.green(job.heads[number]));
}

}  // namespace
}  // namespace schemagate::testing
