// SPDX-License-Identifier: MIT
// Nobody is kept waiting for longer than the gate says: the program's jobs, by the clock of a
// GitHub that goes where the test puts it. Between two sweeps by the clock are ten minutes at most.
#include <catch2/catch_test_macros.hpp>

#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

constexpr std::int64_t start = 1'790'000'000, minute = 60, hour = 60 * minute;

const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};
const Files indexes_email{{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}};
const Files renames_email{{"db/users.sql", File("CREATE TABLE users (id bigint, mail text);\n")}};

Files shop_with(const std::string& gate = "") {
  return {{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n" + gate)},
          {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}};
}

/// The time that stands in the text after these words; 0: none.
std::int64_t time_after(const std::string& text, const std::string& words) {
  const std::size_t at = text.find(words);
  return at == std::string::npos ? 0 : seconds_of(text.substr(at + words.size(), 20));
}

/// Within the minute that a job may take: it counts on from GitHub's first answer.
bool is_about(std::int64_t time, std::int64_t expected) {
  return time >= expected && time < expected + minute;
}

/// #1 and #2 meet. What is to be seen at a time is looked for a minute before and a minute after.
struct Clocked : GateJob {
  explicit Clocked(const std::string& gate = "") : GateJob(shop_with(gate)) { at(0); }
  void at(std::int64_t seconds) { github_.set_clock(start + seconds); }
  void sweep_at(std::int64_t seconds) {
    at(seconds);
    (void)sweep_job();
  }
  bool has_slot(int number) const { return green(heads.at(number)); }
  std::string text(int number) const { return status(number).description; }
  /// The holder has it a minute before, and the other one with a sweep after. Returns since when.
  std::int64_t check_passed_on(int from, int to, std::int64_t end) {
    sweep_at(end - minute);
    CHECK(has_slot(from));
    CHECK(text(to) == fmt::format("waits: #{} has the slot", from));
    sweep_at(end + minute);
    CHECK(has_slot(to));
    CHECK(text(from) == fmt::format("waits: #{} has the slot", to));
    return end + minute;
  }
};

/// #1 has the slot from the start, #2 waits.
struct Held : Clocked {
  explicit Held(const std::string& gate = "") : Clocked(gate) {
    open(1, drops_email);
    open(2, indexes_email);
    sweep_at(0);
    REQUIRE(has_slot(1));
  }
};

TEST_CASE("an idle holder keeps nobody waiting for longer than a day, and its end is said",
          "[github]") {
  Held job;
  const std::string told = job.last_comment(2);
  CHECK(is_about(time_after(told, "It waits for #1, which has the slot since "), start));
  CHECK(is_about(time_after(told, "if nothing happens there, until "), start + 24 * hour));
  // What programs say is no sign of people.
  job.at(20 * hour);
  job.github_.add_comment(1, "dependabot[bot]", "A new version");
  const std::int64_t then = job.check_passed_on(1, 2, 24 * hour);
  // The other one has as long from then on.
  job.check_passed_on(2, 1, then + 24 * hour);
}

TEST_CASE("a holder of whom people speak has a day from their last word on", "[github]") {
  Held job;
  job.at(20 * hour);
  SECTION("a comment") { job.github_.add_comment(1, "kim", "I am on it"); }
  SECTION("a review") { job.github_.add_review(1, "root", "COMMENTED"); }
  SECTION("a push") {
    job.push(1, renames_email);
    (void)job.run("pull_request_target", job.event("synchronize", 1));
    CHECK(job.has_slot(1));
  }
  job.check_passed_on(1, 2, 44 * hour);
}

TEST_CASE("the time that a holder may be idle is the configuration's", "[github]") {
  Held job("gate: {slot_ttl: 2h}\n");
  job.check_passed_on(1, 2, 2 * hour);
}

TEST_CASE("a holder that turns into a draft keeps nobody waiting from its own job on", "[github]") {
  Held job;
  job.at(minute);
  job.github_.set_draft(1, true);
  (void)job.run("pull_request_target", job.event("converted_to_draft", 1));
  CHECK(job.has_slot(2));
  CHECK(job.text(1) == "judged ok, takes its slot when it is no draft any more");
  // Ready again it waits like any other.
  job.github_.set_draft(1, false);
  (void)job.run("pull_request_target", job.event("ready_for_review", 1));
  CHECK(job.text(1) == "waits: #2 has the slot");
  job.check_passed_on(2, 1, minute + 24 * hour);
}

TEST_CASE("drafts and strangers' forks that came first keep nobody waiting at all", "[github]") {
  Clocked job;
  job.open(1, drops_email, "stranger/shop");
  job.open(2, renames_email);
  job.github_.set_draft(2, true);
  job.sweep_at(0);
  CHECK(job.text(1) == "judged ok, takes its slot when approved");
  job.at(minute);
  job.open(3, indexes_email);
  (void)job.run("pull_request_target", job.event("opened", 3));
  CHECK(job.has_slot(3));
  // Its author and other strangers don't approve it.
  for (const char* login : {"kim", "stranger"}) {
    job.github_.set_access(login, "read");
    job.github_.add_review(1, login, "APPROVED");
  }
  job.sweep_at(2 * minute);
  CHECK(job.text(1) == "judged ok, takes its slot when approved");
  job.github_.add_review(1, "root", "APPROVED");
  job.sweep_at(3 * minute);
  CHECK(job.text(1) == "waits: #3 has the slot");
  job.check_passed_on(3, 1, minute + 24 * hour);
}

TEST_CASE("an overridden one that nobody lands keeps nobody waiting for longer than a day",
          "[github]") {
  Held job;
  job.at(hour);
  std::string told = job.last_comment(2);
  const std::size_t at = told.find("sg1:");
  job.say(2, "root",
          "/schemagate override " + told.substr(at, told.find(' ', at) - at) + " the shop is down");
  CHECK(job.text(2) == "OVERRIDDEN by @root");
  job.check_passed_on(2, 1, 25 * hour);
}

TEST_CASE("an administrator passes the slot on at once", "[github]") {
  Held job;
  job.at(minute);
  job.say(2, "root", "/schemagate yield #2");
  CHECK(job.has_slot(2));
  job.check_passed_on(2, 1, minute + 24 * hour);
}

TEST_CASE("a sweep that died while it was writing keeps nobody waiting for longer than ten minutes",
          "[github]") {
  Held job;
  job.at(hour);
  job.with_run([](GateRun& run) {
    GitHubHub hub(run.client, run.hub);
    gate::Ledger ledger = hub.read_ledger();
    ledger.lease = {"dead", hub.now() + 600};
    return hub.swap_ledger(ledger);
  });
  CHECK(is_about(job.ledger().lease.until, start + hour + 600));
  job.open(3, {{"db/t.sql", File("CREATE TABLE t (id bigint);\n")}});
  job.at(hour + 600 + minute);
  (void)job.run("pull_request_target", job.event("opened", 3));
  CHECK(job.has_slot(3));
}

}  // namespace
}  // namespace schemagate::testing
