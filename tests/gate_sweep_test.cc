// SPDX-License-Identifier: MIT
// The gate's sweep over a real repository and a GitHub that remembers, limits and breaks.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>

#include "base/error.h"
#include "bot/gate_run.h"
#include "github/https_transport.h"
#include "tests/fake_github.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

const char* const context = "schemagate/gate";

FakeGitHubOptions big_pages() {
  FakeGitHubOptions options;
  options.page_size = 100;
  return options;
}

/// The process is gone.
struct Died {};

/// Leads to the fake until the process dies: before a request, or after it and before its answer.
class MortalTransport : public github::Transport {
 public:
  MortalTransport(github::Transport& to, int requests, bool after)
      : to_(to), left_(requests), after_(after) {}
  std::variant<github::Response, github::NetworkTrouble> exchange(
      const github::Request& request) override {
    const bool last = left_-- == 0;
    if (last && after_) (void)to_.exchange(request);
    if (last) throw Died();
    return to_.exchange(request);
  }

 private:
  github::Transport& to_;
  int left_;
  bool after_;
};

/// A repository whose pull requests are open on a GitHub.
class Team {
 public:
  explicit Team(const Files& base) : github_(big_pages()) {
    repository_.commit("main", base);
    tip_is(repository_.tip("main"));
  }

  template <class Work>
  auto with_run(const Work& work) {
    const github::Address address = github::parse_address(github_.url(), "X");
    github::HttpsTransport https(address, {});
    MortalTransport transport(https, dies_at, dies_after);
    github::Client client(
        transport,
        {.api = address,
         .graphql = {},
         .repository = "acme/shop",
         .token = github_.token(),
         .budget = 100h,
         .request_timeout = 2s},
        {[this] { return elapsed_; }, [] { return 0s; },
         [this](std::chrono::milliseconds time) { elapsed_ += time; }, [] { return 0.0; }});
    git::Repository repository = git::Repository::open(repository_.path());
    GateRun run{repository, client, {}, {}, {}, limits, ""};
    run.hub.branch = "main";
    run.hub.context = context;
    run.sweep.run = fmt::format("run{}", ++runs_);
    if (!config_path.empty()) run.where.config_path = config_path;
    return work(run);
  }

  void open(int number, const Files& changes) {
    const std::string branch = fmt::format("work{}", number);
    repository_.branch(branch, repository_.tip("main"));
    github::PullRequest one;
    one.number = number;
    one.title = "A change";
    one.author = "kim";
    one.head = {repository_.commit(branch, changes), branch, "acme/shop"};
    one.base = {repository_.tip("main"), "main", "acme/shop"};
    github_.add(one, {});
    heads[number] = one.head.sha;
  }
  void push(int number, const Files& changes) {
    heads[number] = repository_.commit(fmt::format("work{}", number), changes);
    github_.push(number, heads[number], {});
  }
  void tip_is(const std::string& commit) {
    github_.know_commit(commit);
    github_.set_ref("heads/main", commit);
  }

  gate::Swept sweep() {
    return with_run([](GateRun& run) {
      gate::Swept swept;
      run_sweep(run, swept);
      return swept;
    });
  }
  std::string comment(int number, const std::string& author, const std::string& body) {
    const std::int64_t id = github_.add_comment(number, author, body);
    return with_run([&](GateRun& run) {
      return run_command(run, {"created", number, true, id, body, author, "User",
                               "2026-11-28T00:00:00Z", "2026-11-28T00:00:00Z"});
    });
  }
  gate::Ledger ledger() {
    return with_run([](GateRun& run) { return GitHubHub(run.client, run.hub).read_ledger(); });
  }
  /// As if ten minutes had passed.
  void forget_lease() {
    with_run([](GateRun& run) {
      GitHubHub hub(run.client, run.hub);
      gate::Ledger ledger = hub.read_ledger();
      ledger.lease = {};
      return hub.swap_ledger(ledger);
    });
  }
  github::Status status(int number) const { return github_.status(heads.at(number), context); }
  bool green(const std::string& head) const {
    return github_.status(head, context).state == github::State::success &&
           !github_.status(head, context).context.empty();
  }
  std::string last_comment(int number) const { return github_.comments(number).back().body; }
  int writes() const {
    int count = 0;
    for (const SentRequest& one : github_.requests()) count += one.method != "GET" ? 1 : 0;
    return count;
  }

  FakeGitHub github_;
  TestRepository repository_;
  std::map<int, std::string> heads;
  Limits limits;
  std::string config_path;  ///< empty: where it is usually
  int dies_at = -1;         ///< so many requests later; -1: never
  bool dies_after = false;

 private:
  std::chrono::milliseconds elapsed_{0};
  int runs_ = 0;
};

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text, note text);\n")},
                 {"db/items.sql", File("CREATE TABLE items (id bigint);\n")}};
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint, note text);\n")}};
const Files indexes_email{{"db/index.sql", File("CREATE INDEX e ON users (email);\n")}};
const Files adds_price{{"db/items.sql", File("CREATE TABLE items (id bigint, price int);\n")}};
/// On top of drops_email.
const Files keeps_email{
    {"db/users.sql", File("CREATE TABLE users (id bigint, email text, note text, age int);\n")}};
const Files unreadable{{"db/items.sql", File("CREATE TABLE items (id bigint,,;\n")}};

TEST_CASE("fifty pull requests are swept within the budget, and a second sweep writes nothing",
          "[github]") {
  Files base;
  std::string config = "databases:\n";
  for (int i = 1; i <= 50; ++i) {
    config += fmt::format("  - {{name: d{0}, schema: d{0}/*.sql}}\n", i);
    base.emplace(fmt::format("d{}/a.sql", i), File("CREATE TABLE a (id bigint);\n"));
  }
  base.emplace(".schemagate.yml", File(config));
  Team team(base);
  for (int i = 1; i <= 50; ++i)
    team.open(i, {{fmt::format("d{}/a.sql", i), File("CREATE TABLE a (id bigint, b int);\n")}});
  team.github_.forget_requests();
  const gate::Swept swept = team.sweep();
  CHECK(swept.settled);
  CHECK(swept.statuses == 50);
  for (const auto& [number, head] : team.heads) CHECK(team.green(head));
  CHECK(team.writes() < 60);
  CHECK(team.github_.requests().size() < 100);
  team.github_.forget_requests();
  CHECK(team.sweep().settled);
  CHECK(team.writes() == 0);
}

TEST_CASE("who meets another waits, is told so, and turns green when the other is gone",
          "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  team.open(2, indexes_email);
  team.open(3, adds_price);
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::success);
  CHECK_THAT(team.status(2).description, ContainsSubstring("waits: #1"));
  CHECK(team.status(3).state == github::State::success);
  CHECK_THAT(team.last_comment(2), ContainsSubstring("It waits for #1"));
  const std::string old = team.heads[1];
  team.push(1, shop);
  (void)team.sweep();
  CHECK(!team.green(old));
  CHECK(team.status(2).state == github::State::success);
}

TEST_CASE("the sweep judges by the configuration that the job names", "[github]") {
  // Without it nothing here looks like a schema.
  Team team({{"ops/gate.yml", File("databases:\n  - {name: shop, schema: made/of/*.sql}\n")},
             {"made/of/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}});
  team.config_path = "ops/gate.yml";
  team.open(1, {{"made/of/users.sql", File("CREATE TABLE users (id bigint);\n")}});
  team.open(2, {{"made/of/i.sql", File("CREATE INDEX e ON users (email);\n")}});
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::success);
  CHECK_THAT(team.status(2).description, ContainsSubstring("waits: #1"));
}

TEST_CASE("a crash between any two requests leaves nothing green that shouldn't be", "[github]") {
  // Before the next request is the same: what the dead one had read is gone.
  bool died = true;
  for (int at = 0; died; ++at) {
    Team team(shop);
    team.open(1, drops_email);
    team.open(2, indexes_email);
    (void)team.sweep();
    const std::string old = team.heads[1];
    team.push(1, keeps_email);
    team.dies_at = at;
    team.dies_after = true;
    died = false;
    try {
      (void)team.sweep();
    } catch (const Died&) {
      died = true;
    }
    team.dies_at = -1;
    INFO("after " << at << " requests");
    CHECK(!(team.green(old) && team.green(team.heads[2])));
    // The next one finishes what it began, when the lease of the dead one is over.
    team.forget_lease();
    (void)team.sweep();
    CHECK(!team.green(old));
    CHECK(team.ledger().grants.size() == 2);
    CHECK(team.green(team.heads[1]));
    CHECK(team.green(team.heads[2]));
    REQUIRE(at < 100);
  }
}

TEST_CASE("an administrator overrides what can't be parsed, with one comment, for one head",
          "[github]") {
  Team team(shop);
  team.github_.set_access("root", "admin");
  team.github_.set_access("kim", "write");
  team.open(1, unreadable);
  const gate::Swept swept = team.sweep();
  const std::string checksum = swept.standings.at(0).verdict.checksum;
  CHECK(!team.green(team.heads[1]));
  CHECK_THAT(team.last_comment(1), ContainsSubstring("/schemagate override " + checksum));
  const std::string command = "/schemagate override " + checksum.substr(0, 20);

  team.comment(1, "kim", command + " because I say so");
  CHECK_THAT(team.last_comment(1), ContainsSubstring("Only an administrator"));
  team.comment(1, "root", command + " short");
  CHECK(!team.green(team.heads[1]));
  team.comment(1, "root", "/schemagate override sg1:aaaaaaaaaaaaaaaa it is 3 a.m.");
  CHECK(!team.green(team.heads[1]));
  team.comment(1, "root", command + " it is 3 a.m. and the shop is down");
  CHECK(team.green(team.heads[1]));
  CHECK(team.status(1).description == "OVERRIDDEN by @root");
  CHECK_THAT(team.last_comment(1), ContainsSubstring("the shop is down"));
  CHECK(team.ledger().overrides.at(0).by == "root");

  SECTION("another head") {
    team.push(1, {{"db/items.sql", File("CREATE TABLE items (id bigint,,,;\n")}});
    (void)team.sweep();
    CHECK(!team.green(team.heads[1]));
  }
  SECTION("a base that changes what would land") {
    team.tip_is(team.repository_.commit("main", drops_email));
    (void)team.sweep();
    CHECK(!team.green(team.heads[1]));
  }
}

TEST_CASE("a token that may not write the ledger: strict instead of slots", "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  team.open(2, indexes_email);
  team.github_.allow_only({"contents: read", "pull-requests: write", "statuses: write",
                           "statuses: read", "pull-requests: read"});
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::success);
  CHECK(team.status(2).state == github::State::success);
  team.tip_is(team.repository_.commit("main", adds_price));
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::failure);
}

TEST_CASE("one whose evaluation dies leaves the others judged, and is not tried again",
          "[github]") {
  Team team(shop);
  team.open(1, adds_price);
  team.limits.wall = 1ms;
  (void)team.sweep();
  CHECK_THAT(team.status(1).description, ContainsSubstring("could not judge"));
  CHECK(team.ledger().unjudged.size() == 1);
  team.limits = {};
  team.open(2, drops_email);
  (void)team.sweep();
  CHECK(!team.green(team.heads[1]));
  CHECK(team.green(team.heads[2]));
  team.tip_is(team.repository_.commit("main", {{"README.md", File("hello\n")}}));
  (void)team.sweep();
  CHECK(team.green(team.heads[1]));
}

}  // namespace
}  // namespace schemagate::testing
