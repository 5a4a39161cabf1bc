// SPDX-License-Identifier: MIT
// What a merge queue is about to land and what landed on the branch, held against the grants.
#include "bot/gate_audit.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "base/error.h"
#include "tests/gate_team.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")},
                 {"db/items.sql", File("CREATE TABLE items (id bigint);\n")}};
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};
const Files indexes_email{{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}};
const Files adds_price{{"db/items.sql", File("CREATE TABLE items (id bigint, price int);\n")}};

/// Pull requests in a merge queue: each group is the one before it with one more.
struct Queue : Team {
  Queue() : Team(shop) {
    open(1, drops_email);
    open(2, indexes_email);
    open(3, adds_price);
    begin();
  }
  /// Gives out the tickets; nobody is in the queue.
  void begin() {
    with_run([](GateRun& run) {
      run.sweep.rules.mode = gate::Mode::queue;
      gate::Swept swept;
      return run_sweep(run, swept);
    });
    last_ = repository_.tip("main");
    repository_.branch("queue", last_);
  }
  /// Puts it behind the others and returns whether its group may land.
  bool passes(int number) {
    const std::string base = last_;
    last_ = repository_.merge("queue", fmt::format("work{}", number));
    github_.know_commit(last_);
    bool may = false;
    log = with_run([&](GateRun& run) -> std::string {
      github::MergeGroupEvent group;
      group.head_sha = last_;
      group.base_sha = base;
      group.pull_request = number;
      try {
        return run_group(run, group, may);
      } catch (const Error& error) {
        return fmt::format("could not judge: {}", error.what());
      }
    });
    CHECK((github_.status(last_, gate_context).state == github::State::success) == may);
    return may;
  }
  std::string log;

 private:
  std::string last_;
};

TEST_CASE("a group lands with everything in front of it, and only if all of that may land",
          "[github]") {
  SECTION("independent ones") {
    Queue queue;
    CHECK(queue.passes(1));
    CHECK(queue.passes(3));
  }
  SECTION("the second meets the first") {
    Queue queue;
    CHECK(queue.passes(1));
    CHECK(!queue.passes(2));
    CHECK_THAT(queue.log, ContainsSubstring("email"));
    // A green group behind a red one would take it along.
    CHECK(!queue.passes(3));
    CHECK_THAT(queue.log, ContainsSubstring("in front of it must not land"));
  }
  SECTION("one in front that nobody judged, though its status is green") {
    Queue queue;
    queue.repository_.commit("queue", {{"db/y.sql", File("CREATE TABLE y (id int);\n")}});
    queue.github_.know_commit(queue.repository_.tip("queue"));
    CHECK(!queue.passes(3));
  }
  SECTION("commits in front that change no schema") {
    Queue queue;
    queue.repository_.commit("queue", {{"README.md", File("hello\n")}});
    CHECK(queue.passes(3));
  }
  SECTION("the branch moved on under the queue") {
    Queue queue;
    queue.tip_is(queue.repository_.commit("main", {{"README.md", File("hello\n")}}));
    CHECK(!queue.passes(3));
    CHECK_THAT(queue.log, ContainsSubstring("could not judge"));
  }
}

TEST_CASE("what was overridden passes the queue where it lands as it was overridden", "[github]") {
  Queue queue;
  queue.github_.set_access("root", "admin");
  queue.open(4, {{"db/z.sql", File("CREATE INDEX e ON users (email);\n"
                                   "CREATE INDEX f ON items (id);\n")}});
  queue.tip_is(queue.repository_.commit("main", drops_email));
  queue.open(5, {{"db/items.sql", File("CREATE TABLE items (price int);\n")}});
  queue.open(6, {{"README.md", File("hello\n")}});
  queue.open(7, {{"db/w.sql", File("CREATE TABLE w (id int);\n")}});
  const auto checksum = [&] {
    for (const gate::Standing& one : queue.sweep().standings)
      if (one.pull_request.number == 4) return one.verdict.checksum;
    return std::string();
  };
  queue.comment(4, "root", "/schemagate override " + checksum() + " nobody asks for e now");
  REQUIRE(queue.green(queue.heads[4]));
  queue.begin();
  SECTION("alone, and behind what changes no schema") {
    CHECK(queue.passes(6));
    CHECK(queue.passes(4));
    CHECK(queue.passes(7));
  }
  SECTION("behind one that it meets, too") {
    CHECK(queue.passes(5));
    CHECK(!queue.passes(4));
    CHECK_THAT(queue.log, ContainsSubstring("the override was for another checksum"));
    CHECK(!queue.passes(7));
    CHECK_THAT(queue.log, ContainsSubstring("in front of it must not land"));
  }
}

TEST_CASE("a group asks for the second person whom its pull request waits for", "[github]") {
  Queue queue;
  queue.github_.set_access("lee", "write");
  queue.open(4, {{"db/users.sql", File("-- schemagate: allow drop-column users.email: nobody "
                                       "reads it (#3)\nCREATE TABLE users (id bigint);\n")}});
  bool passes = false;
  SECTION("who has not approved") {}
  SECTION("who has") {
    queue.github_.add_review(4, "lee", "APPROVED");
    passes = true;
  }
  CHECK(queue.passes(4) == passes);
  CHECK_THAT(queue.log,
             ContainsSubstring(passes ? "ok with everything" : "somebody else approves"));
}

/// Says what the audit says when the branch goes to `tip`, after the sweep that sees it.
std::string landed(Team& team, const std::string& tip, bool forced = false) {
  github::PushEvent push;
  push.forced = forced;
  push.before = team.github_.ref("heads/main");
  push.after = tip;
  team.tip_is(tip);
  (void)team.sweep();
  return team.with_run([&](GateRun& run) { return audit_landing(run, push); });
}

TEST_CASE("the audit knows what was granted, however it landed", "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  team.open(3, adds_price);
  (void)team.sweep();
  SECTION("by merge commits") {
    CHECK(landed(team, team.repository_.merge("main", "work1")) == "");
    CHECK(landed(team, team.repository_.merge("main", "work3")) == "");
  }
  SECTION("both in one push, squashed") {
    team.repository_.commit("main", drops_email);
    CHECK(landed(team, team.repository_.commit("main", adds_price)) == "");
  }
  SECTION("rebased as two commits, behind one that is no schema") {
    team.repository_.commit("main", {{"README.md", File("hello\n")}});
    team.repository_.commit("main",
                            {{"db/users.sql", File("CREATE TABLE users (id bigint, email text, "
                                                   "half text);\n")}});
    CHECK(landed(team, team.repository_.commit("main", drops_email)) == "");
  }
  SECTION("by hand: told, with a red status") {
    const std::string tip =
        team.repository_.commit("main", {{"db/by_hand.sql", File("CREATE TABLE h (id int);\n")}});
    CHECK_THAT(landed(team, tip), ContainsSubstring(tip));
    CHECK(team.github_.status(tip, gate_context).state == github::State::failure);
  }
}

TEST_CASE("the audit knows what was overridden, whatever it means where it lands", "[github]") {
  Team team(shop);
  team.github_.set_access("root", "admin");
  team.open(2, indexes_email);
  team.tip_is(team.repository_.commit("main", drops_email));
  const gate::Swept swept = team.sweep();
  const gate::Standing& red = swept.standings.at(0);
  REQUIRE(red.place == gate::Place::stale);
  team.comment(2, "root", "/schemagate override " + red.verdict.checksum + " it is 3 a.m. again");
  REQUIRE(team.green(team.heads[2]));
  CHECK(landed(team, team.repository_.merge("main", "work2")) == "");
}

TEST_CASE("a forced push and very many commits are one step, and what nobody can compare is red",
          "[github]") {
  Team team(shop);
  (void)team.sweep();
  const std::string fork = team.repository_.tip("main");
  const auto description = [&](const std::string& tip) {
    CHECK(team.github_.status(tip, gate_context).state == github::State::failure);
    return team.github_.status(tip, gate_context).description;
  };
  SECTION("forced") {
    const std::string before = team.repository_.commit("main", adds_price);
    team.tip_is(before);
    team.repository_.branch("other", fork);
    const std::string tip = team.repository_.commit("other", indexes_email);
    CHECK_THAT(landed(team, tip, true), ContainsSubstring("landing audit"));
    CHECK(description(tip) ==
          "a forced push from " + before.substr(0, 12) + " changes the schema without a grant");
    // Back again without a word of schema.
    team.repository_.branch("other", tip);
    const std::string same = team.repository_.commit("other", {{"README.md", File("a\n")}});
    CHECK(landed(team, same, true) == "");
  }
  SECTION("many") {
    std::string tip;
    for (int i = 0; i < 101; ++i)
      tip = team.repository_.commit("main", {{"README.md", File(std::to_string(i))}});
    CHECK(landed(team, tip) == "");
    for (int i = 0; i < 101; ++i)
      tip = team.repository_.commit("main", {{"README.md", File(std::to_string(i))}});
    tip = team.repository_.commit("main", indexes_email);
    CHECK_THAT(landed(team, tip), ContainsSubstring("landing audit"));
    CHECK(description(tip) == tip.substr(0, 12) + " landed without a grant");
  }
  SECTION("from a commit that is gone") {
    team.github_.set_ref("heads/main", std::string(40, 'b'));
    const std::string tip = team.repository_.commit("main", indexes_email);
    CHECK_THAT(landed(team, tip, true), ContainsSubstring("landing audit"));
    CHECK(description(tip) ==
          tip.substr(0, 12) + " landed, and what it changes could not be judged");
  }
}

TEST_CASE("other rows than those that were judged are noticed", "[github]") {
  Team team({{".schemagate.yml", File("databases:\n  - {name: shop, migrations: m}\n")},
             {"m/001_a.sql", File("CREATE TABLE a (id bigint, x int);\n")}});
  const Files judged{{"m/002_b.sql", File("UPDATE a SET x = 1 WHERE id = 7;\n")}};
  team.open(1, judged);
  (void)team.sweep();
  REQUIRE(team.green(team.heads[1]));
  SECTION("those") { CHECK(landed(team, team.repository_.merge("main", "work1")) == ""); }
  SECTION("those, squashed") { CHECK(landed(team, team.repository_.commit("main", judged)) == ""); }
  SECTION("others") {
    const std::string tip =
        team.repository_.commit("main", {{"m/003_c.sql", File("UPDATE a SET x = 2;\n")}});
    CHECK_THAT(landed(team, tip), ContainsSubstring("landing audit"));
  }
}

TEST_CASE("without a ledger nothing is audited, and that is said", "[github]") {
  Team team(shop);
  github::PushEvent push;
  push.before = team.repository_.tip("main");
  push.after = team.repository_.commit("main", adds_price);
  CHECK_THAT(team.with_run([&](GateRun& run) {
    run.hub.without_ledger = true;
    return audit_landing(run, push);
  }),
             ContainsSubstring("there is no ledger"));
}

}  // namespace
}  // namespace schemagate::testing
