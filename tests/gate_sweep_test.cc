// SPDX-License-Identifier: MIT
// The gate's sweep over a real repository and a GitHub that remembers, limits and breaks.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <csignal>

#include "base/error.h"
#include "tests/gate_team.h"
#include "tests/program.h"

namespace schemagate::testing {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

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

/// Fifty pull requests on one database: the first `meeting` ones drop a column, the next as many
/// index it, all others add a column to a table of their own.
struct OneDatabase : Team {
  explicit OneDatabase(int meeting, int open_at_once = 50) : Team(base()) {
    for (int i = 1; i <= open_at_once; ++i) {
      const std::string file = fmt::format("db/t{:02}.sql", i);
      if (i <= meeting)
        open(i, {{file, table(i, "b text")}});
      else if (i <= 2 * meeting)
        open(i, {{fmt::format("db/z{}.sql", i),
                  File(fmt::format("CREATE INDEX i{} ON t{} (a);\n", i, i - meeting))}});
      else
        open(i, {{file, table(i, "a text, b text, c int")}});
    }
  }
  static File table(int i, std::string_view columns) {
    return File(fmt::format("CREATE TABLE t{} (id bigint PRIMARY KEY, {});\n", i, columns));
  }
  static Files base() {
    Files files{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")}};
    for (int i = 1; i <= 50; ++i)
      files.emplace(fmt::format("db/t{:02}.sql", i), table(i, "a text, b text"));
    return files;
  }
};

double processor_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime})
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  }
  return seconds;
}

TEST_CASE("fifty pull requests on one database are told apart in seconds", "[github]") {
  OneDatabase team(5);
  const double before = processor_seconds();
  (void)team.sweep();
  INFO("seconds of processor time: " << processor_seconds() - before);
  CHECK(processor_seconds() - before < 20);
  int green = 0;
  for (const auto& [number, head] : team.heads) {
    CHECK(team.green(head) == (number <= 5 || number > 10));
    green += team.green(head) ? 1 : 0;
  }
  CHECK(green == 45);
  for (int number = 6; number <= 10; ++number)
    CHECK(team.status(number).description == fmt::format("waits: #{} has the slot", number - 5));
}

TEST_CASE("a base that moves rewrites no status on GitHub", "[github]") {
  OneDatabase team(1, 12);
  (void)team.sweep();
  team.tip_is(
      team.repository_.commit("main", {{"db/other.sql", File("CREATE TABLE other (id int);\n")}}));
  team.github_.forget_requests();
  CHECK(team.sweep().statuses == 0);
  for (const SentRequest& one : team.github_.requests())
    CHECK(one.target.find("/statuses/") == std::string::npos);
  CHECK(team.ledger().grants.at(0).base == team.github_.ref("heads/main"));
}

TEST_CASE("what loses data and is allowed takes no slot before somebody else approved it",
          "[github]") {
  Team team(shop);
  team.github_.set_access("kim", "write");  // the author
  team.github_.set_access("lee", "write");
  const std::string without = drops_email.at("db/users.sql")->text;
  const std::string why = "-- schemagate: allow drop-column users.email: nobody reads it (#3)\n";
  team.open(1, {{"db/users.sql", File(why + without)}});
  team.open(2, adds_price);
  const auto state_now = [&] {
    (void)team.sweep();
    return team.status(1).state;
  };
  CHECK(state_now() == github::State::pending);
  CHECK(team.status(1).description ==
        "judged ok, takes its slot when somebody else approves what it allows: drop-column "
        "public.users.email");
  CHECK(team.green(team.heads[2]));
  team.github_.add_review(1, "kim", "APPROVED");
  CHECK(state_now() == github::State::pending);
  team.github_.add_review(1, "lee", "APPROVED");
  CHECK(state_now() == github::State::success);
  team.push(1, {{"README.md", File("another word\n")}});
  CHECK(state_now() == github::State::success);
  SECTION("the approval is taken back") {
    team.github_.add_review(1, "lee", "CHANGES_REQUESTED");
    CHECK(state_now() == github::State::pending);
  }
  SECTION("the reason is another one") {
    team.push(1, {{"db/users.sql",
                   File("-- schemagate: allow drop-column users.email: why not\n" + without)}});
    CHECK(state_now() == github::State::pending);
  }
}

TEST_CASE("rows that are lost need a second person, too", "[github]") {
  Team team({{".schemagate.yml", File("databases:\n  - {name: shop, migrations: m}\n")},
             {"m/001_a.sql", File("CREATE TABLE a (id bigint);\n")}});
  team.open(1, {{"m/002_b.sql", File("-- schemagate: allow truncate: only a test wrote there\n"
                                     "TRUNCATE a;\n")}});
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::pending);
  CHECK_THAT(team.status(1).description, ContainsSubstring("truncate public.a"));
}

TEST_CASE("pull requests that crash, eat memory or never end leave the others judged", "[github]") {
  OneDatabase team(0);
  team.limits.memory = std::size_t{64} << 20;
  team.limits.processor = 1s;
  team.in_child = [&](const std::string& head) {
    if (head == team.heads[10]) std::raise(SIGSEGV);
    std::vector<std::string> hoard;
#if defined(__SANITIZE_ADDRESS__)
    if (head == team.heads[20]) throw std::bad_alloc();  // there, memory has no limit
#endif
    while (head == team.heads[20]) hoard.emplace_back(1 << 20, 'x');
    while (head == team.heads[30]) std::atomic_signal_fence(std::memory_order_seq_cst);
  };
  (void)team.sweep();
  const std::map<int, std::string> deaths{{10, "its evaluation crashed (signal 11)"},
                                          {20, "its evaluation needed more than 64 MB of memory"},
                                          {30, "its evaluation needed more than 1 s of processor"}};
  for (const auto& [number, head] : team.heads) {
    const auto death = deaths.find(number);
    INFO("#" << number << " " << team.status(number).description);
    CHECK(team.green(head) == (death == deaths.end()));
    if (death == deaths.end()) continue;
    CHECK(team.status(number).state == github::State::error);
    CHECK_THAT(team.status(number).description, ContainsSubstring(death->second));
  }
  // None is tried again before its head or the base changes.
  team.in_child = [&](const std::string& head) {
    for (const auto& [number, death] : deaths)
      if (head == team.heads[number]) std::raise(SIGKILL);
  };
  CHECK(team.sweep().statuses == 0);
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
  CHECK_THAT(team.last_comment(2),
             ContainsSubstring("once that has landed: public.users.email: the base drops"));
  const std::string old = team.heads[1];
  team.push(1, shop);
  (void)team.sweep();
  CHECK(!team.green(old));
  CHECK(team.status(2).state == github::State::success);
}

TEST_CASE("two open pull requests of one migrations folder: numbers and edited files", "[github]") {
  Team team(
      {{".schemagate.yml",
        File("databases:\n  - name: shop\n    migrations: {path: m, format: golang-migrate}\n")},
       {"m/000001_a.up.sql", File("CREATE TABLE a (id bigint);\n")}});
  const auto adds = [](const char* file, const char* column) {
    return Files{{file, File(fmt::format("ALTER TABLE a ADD {} int;\n", column))}};
  };
  team.open(1, adds("m/000003_x.up.sql", "x"));
  SECTION("the same number") {
    team.open(2, adds("m/000003_y.up.sql", "y"));
    (void)team.sweep();
    CHECK_THAT(team.last_comment(2), ContainsSubstring("has a version 3"));
  }
  SECTION("a lower number, which the tool would never run after the other") {
    team.open(2, adds("m/000002_y.up.sql", "y"));
    (void)team.sweep();
    CHECK_THAT(team.last_comment(2), ContainsSubstring("later version"));
  }
  SECTION("a higher number, which the other one could not follow") {
    team.open(2, adds("m/000004_y.up.sql", "y"));
    (void)team.sweep();
  }
  SECTION("a file that may have run was edited: that is nobody else's matter") {
    team.open(2, {{"m/000001_a.up.sql", File("CREATE TABLE a (id int);\n")}});
    (void)team.sweep();
    CHECK(team.green(team.heads[1]));
    CHECK_THAT(team.status(2).description, ContainsSubstring("may have run already"));
    return;
  }
  CHECK(team.green(team.heads[1]));
  CHECK(team.status(2).description == "waits: #1 has the slot");
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

TEST_CASE("a change waits until its database contains it, where the configuration says so",
          "[github]") {
  Files asks = shop;
  asks.insert_or_assign(
      ".schemagate.yml",
      File("databases:\n  - {name: shop, schema: db/*.sql, applied: $SHOP_DEPLOYED}\n"));
  Team team(asks);
  team.open(1, adds_price);
  const TemporaryFolder folder;
  const auto deployed = [&](const Files& files) {
    std::string sql;
    for (const auto& [path, file] : files)
      if (path.ends_with(".sql")) sql += file->text;
    const std::string schema = folder.write("schema.sql", sql);
    const ProgramRun report =
        run_program(SCHEMAGATE_BINARY, {"inspect", schema, "--checksum", "--format", "json"});
    setenv("SHOP_DEPLOYED", folder.write("report.json", report.out).c_str(), 1);
  };
  deployed(asks);
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::pending);
  CHECK(team.status(1).description ==
        "judged ok, takes its slot when shop has the change (it lacks column "
        "public.items.price)");
  asks.insert_or_assign("db/items.sql", adds_price.at("db/items.sql"));
  deployed(asks);
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::success);
  unsetenv("SHOP_DEPLOYED");
  team.open(2, indexes_email);
  (void)team.sweep();
  CHECK(team.status(2).state == github::State::error);
  CHECK_THAT(team.status(2).description, ContainsSubstring("SHOP_DEPLOYED"));
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

TEST_CASE("a person's last word is a comment or a review, not what programs say", "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  const auto last_word = [&] {
    return team.with_run([](GateRun& run) {
      GitHubHub hub(run.client, run.hub);
      return hub.last_word(hub.open_pull_requests().at(0));
    });
  };
  (void)team.sweep();
  team.github_.add_comment(1, "dependabot[bot]", "A new version");
  team.github_.add_comment(1, "github-actions[bot]", "What the gate says");
  team.github_.add_review(1, "copilot[bot]", "COMMENTED");
  CHECK(last_word() == 0);
  team.github_.add_comment(1, "kim", "Please look");
  CHECK(last_word() == seconds_of(team.github_.comments(1).back().created_at));
  team.github_.add_comment(1, "dependabot[bot]", "A newer version");
  team.github_.add_review(1, "lee", "COMMENTED");
  CHECK(last_word() == seconds_of(team.github_.reviews(1).back().submitted_at));
  // What can't be read is no reason to take a slot.
  Fault broken;
  broken.path = "/reviews";
  broken.status = 404;
  broken.times = 100;
  team.github_.fail(broken);
  CHECK(last_word() > 0);
}

/// The token may do all but write the repository's contents.
void take_the_ledger(Team& team) {
  team.github_.allow_only({"contents: read", "pull-requests: write", "statuses: write",
                           "statuses: read", "pull-requests: read"});
}

TEST_CASE("a token that may not write the ledger: strict, where the branch's rules are strict",
          "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  team.open(2, indexes_email);
  team.github_.require_up_to_date("main");
  take_the_ledger(team);
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::success);
  CHECK(team.status(2).state == github::State::success);
  team.tip_is(team.repository_.commit("main", adds_price));
  (void)team.sweep();
  CHECK(team.status(1).state == github::State::failure);
}

TEST_CASE(
    "without the ledger and without strict rules of the branch no change of a schema is green",
    "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  team.open(2, indexes_email);
  team.open(3, {{"README.md", File("hello\n")}});
  take_the_ledger(team);
  (void)team.sweep();
  // Both contain the tip: nothing would stop the second when the first has landed.
  CHECK(!team.green(team.heads[1]));
  CHECK(!team.green(team.heads[2]));
  CHECK(team.green(team.heads[3]));
  CHECK(team.status(1).state == github::State::pending);
  CHECK(team.status(1).description ==
        "judged ok, not green until the gate may write its ledger (`contents: write`), or the "
        "branch's rules require branches to be up to date");
  CHECK_THAT(team.last_comment(1),
             ContainsSubstring("or the branch's rules require branches to be up to date."));
}

TEST_CASE("what was green when the ledger could be written is taken back, old heads too, and once",
          "[github]") {
  Team team(shop);
  team.open(1, drops_email);
  (void)team.sweep();
  const std::string old = team.heads[1];
  REQUIRE(team.green(old));
  team.push(1, adds_price);
  take_the_ledger(team);
  (void)team.sweep();
  CHECK(!team.green(old));
  CHECK(!team.green(team.heads[1]));
  team.github_.forget_requests();
  (void)team.sweep();
  CHECK(std::ranges::none_of(team.github_.requests(), [](const SentRequest& one) {
    return one.target.find("/statuses/") != std::string::npos && one.method == "POST";
  }));
}

TEST_CASE("one whose evaluation dies leaves the others judged, and is not tried again",
          "[github]") {
  Team team(shop);
  team.open(1, adds_price);
  team.limits.wall = 0ms;
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

TEST_CASE("who may say what in a comment", "[github]") {
  Team team(shop);
  team.github_.set_access("kim", "write");
  team.github_.set_access("root", "admin");
  team.open(1, drops_email);
  team.open(2, indexes_email);
  (void)team.sweep();
  const auto is_as_before = [&] {
    return team.green(team.heads[1]) && team.status(2).description == "waits: #1 has the slot";
  };
  REQUIRE(is_as_before());
  SECTION("everybody may ask for a sweep and for the reasons") {
    team.comment(2, "stranger", "/schemagate explain");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("waits for #1"));
    team.comment(2, "kim", "/schemagate recheck");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("waits for #1"));
  }
  SECTION("a recheck takes back what no sweep made green") {
    team.github_.add_statuses(team.heads[2], gate_context, 1);
    team.comment(2, "stranger", "/schemagate recheck");
    CHECK(!team.green(team.heads[2]));
    CHECK(team.status(2).description == "waits: #1 has the slot");
  }
  SECTION("only an administrator passes the slot on") {
    for (const char* author : {"stranger", "kim"}) {
      team.comment(2, author, "/schemagate yield #2");
      CHECK_THAT(team.last_comment(2), ContainsSubstring("Only an administrator"));
      CHECK(is_as_before());
    }
    team.comment(2, "root", "/schemagate yield #2", true);
    CHECK_THAT(team.last_comment(2), ContainsSubstring("edited comment"));
    CHECK(is_as_before());
    team.comment(2, "root", "/schemagate yield #2");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("#2 has the slot"));
    CHECK(team.green(team.heads[2]));
    CHECK(team.status(1).description == "waits: #2 has the slot");
  }
  SECTION("a slot that can't be passed on: the answer says why") {
    team.open(3, unreadable);
    team.comment(2, "root", "/schemagate yield #3");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("the gate is closed for #3: db/items.sql"));
    team.comment(2, "root", "/schemagate yield #9");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("no open pull request #9"));
    CHECK(is_as_before());
  }
  SECTION("a wrong word is told the right ones") {
    team.comment(2, "stranger", "/schemagate merge");
    CHECK_THAT(team.last_comment(2), ContainsSubstring("override, yield, recheck, explain"));
  }
}

}  // namespace
}  // namespace schemagate::testing
