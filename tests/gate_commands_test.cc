// SPDX-License-Identifier: MIT
// The override at 3 a.m.: while a dead sweep holds the ledger, for what no judge survives, and
// where the configuration forbids it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>

#include "bot/reviewed_judge.h"
#include "tests/gate_team.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/items.sql", File("CREATE TABLE items (id bigint);\n")}};
const Files unreadable{{"db/items.sql", File("CREATE TABLE items (id bigint,,;\n")}};
const Files adds_price{{"db/items.sql", File("CREATE TABLE items (id bigint, price int);\n")}};

std::string override_of(const gate::Verdict& verdict) {
  return "/schemagate override " + verdict.checksum + " it is 3 a.m. and the shop is down";
}

/// A sweep died while it was writing.
void die_writing(Team& team) {
  team.with_run([](GateRun& run) {
    GitHubHub hub(run.client, run.hub);
    gate::Ledger ledger = hub.read_ledger();
    ledger.lease = {"dead", hub.now() + 600};
    return hub.swap_ledger(ledger);
  });
}

TEST_CASE("an override is written down while a dead sweep holds the ledger, and says until when",
          "[github]") {
  Team team(shop);
  team.github_.set_access("root", "admin");
  team.busy_looks = 0;
  team.open(1, unreadable);
  const std::string command = override_of(team.sweep().standings.at(0).verdict);
  die_writing(team);
  const std::int64_t until = team.ledger().lease.until;
  team.comment(1, "root", command);
  CHECK_THAT(team.last_comment(1), ContainsSubstring("@root overrides the gate") &&
                                       ContainsSubstring("until " + iso_of(until)));
  CHECK(team.ledger().overrides.size() == 1);
  CHECK(team.ledger().lease.run == "dead");
  CHECK_FALSE(team.green(team.heads[1]));
  team.comment(1, "root", "/schemagate explain");
  CHECK_THAT(team.last_comment(1), ContainsSubstring("until " + iso_of(until)));
  team.forget_lease();
  (void)team.sweep();
  CHECK(team.green(team.heads[1]));
}

TEST_CASE("what dies in the second judge has the checksum that it has in the next sweep",
          "[github]") {
  Team team(shop);
  team.open(1, adds_price);
  team.with_run([&](GateRun& run) {
    GitJudge judge(run.repository, run.where, run.common, run.limits);
    Limits none;
    none.wall = std::chrono::milliseconds(0);
    ReviewedJudge reviewed(judge, run.repository, run.client, {}, run.where, run.common, none);
    const std::string tip = team.repository_.tip("main");
    const gate::PullRequest one{1, team.heads[1], false, 0, 0};
    const gate::Verdict now = reviewed.evaluate(tip, one, false);
    CHECK(now.answer == gate::Answer::unjudged);
    CHECK(now.remember);
    CHECK(now.checksum == reviewed.evaluate(tip, one, true).checksum);
    return 0;
  });
}

TEST_CASE("where the configuration forbids it, what does not parse can't be overridden",
          "[github]") {
  Team team(shop);
  team.github_.set_access("root", "admin");
  team.open(1, unreadable);
  const gate::Swept swept = team.sweep();
  const std::string command = override_of(swept.standings.at(0).verdict);
  REQUIRE(swept.standings.at(0).place == gate::Place::failed);
  team.override_unparsed = false;
  team.comment(1, "root", command);
  CHECK_THAT(team.last_comment(1), ContainsSubstring("`gate.override.unparsed: false`"));
  CHECK_FALSE(team.green(team.heads[1]));
}

}  // namespace
}  // namespace schemagate::testing
