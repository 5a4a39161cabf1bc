// SPDX-License-Identifier: MIT
// Who gets the slot, with a clock that the test moves.
#include "gate/sweep.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <limits>
#include <set>

#include "base/error.h"

namespace schemagate::gate {
namespace {

constexpr std::int64_t hour = 3600;

/// A branch with pull requests, and whatever was written.
struct Branch : Hub, Judge {
  std::int64_t clock = 1'000'000;
  std::string tip = "base";
  std::vector<PullRequest> open;
  std::map<int, Readiness> not_ready;
  std::map<int, std::int64_t> words;  ///< of people; without one: whatever happened was theirs
  int asked = 0;                      ///< for these
  std::map<std::string, Verdict> verdicts;  ///< by head; without one it is granted
  std::set<std::string> meet;               ///< heads of which no two commute
  std::set<std::string> refuses;            ///< heads that take no status any more
  Ledger ledger;
  int version = 0, writes = 0;
  std::map<std::string, Shown> statuses;

  void add(int number) {
    open.push_back({number, "h" + std::to_string(number), false, clock + number, clock});
    meet.insert(open.back().head);
  }
  Swept sweep_now(Mode mode = Mode::slots, bool verify = false) {
    SweepOptions options;
    options.rules.mode = mode;
    options.run = "run" + std::to_string(++version);
    options.verify = verify;
    return sweep(*this, *this, options);
  }
  StatusState state(const std::string& head) const { return statuses.at(head).state; }
  std::string text(const std::string& head) const { return statuses.at(head).description; }

  std::int64_t now() override { return clock; }
  std::string base_tip() override { return tip; }
  std::vector<PullRequest> open_pull_requests() override { return open; }
  Readiness readiness(const PullRequest& one) override {
    if (one.draft) return {false, false, "it is no draft"};
    const auto at = not_ready.find(one.number);
    return at == not_ready.end() ? Readiness() : at->second;
  }
  std::int64_t last_word(const PullRequest& one) override {
    ++asked;
    const auto at = words.find(one.number);
    return at == words.end() ? one.active_at : at->second;
  }
  Ledger read_ledger() override { return ledger; }
  std::optional<std::string> swap_ledger(const Ledger& next) override {
    if (next.version != ledger.version) return std::nullopt;
    ledger = gate::read_ledger(to_json(next), std::to_string(++version));
    ++writes;
    return ledger.version;
  }
  void set_status(const std::string& head, const Shown& shown) override {
    CHECK(shown.state != StatusState::success);
    if (refuses.count(head) != 0) throw StatusRefused(ErrorKind::github, "1,000 statuses", "");
    statuses[head] = shown;
    ++writes;
  }
  bool grant(const std::string& head, const Shown& shown, std::int64_t deadline) override {
    CHECK(clock <= deadline);
    statuses[head] = shown;
    ++writes;
    return true;
  }
  std::optional<Shown> status(const std::string& head) override {
    const auto at = statuses.find(head);
    return at == statuses.end() ? std::nullopt : std::optional<Shown>(at->second);
  }
  Verdict evaluate(const std::string& base, const PullRequest& one, bool died) override {
    if (const auto at = verdicts.find(one.head); at != verdicts.end()) {
      Verdict verdict = at->second;
      if (died) verdict.reason = "not tried again";
      return verdict;
    }
    return {Answer::granted, "sg1:plan" + one.head, "sg1:" + base + one.head, "", true, false};
  }
  bool commute(const std::string&, const std::string& one, const std::string& other) override {
    return meet.count(one) == 0 || meet.count(other) == 0;
  }
};

TEST_CASE("independent pull requests are green together; a second sweep writes nothing") {
  Branch branch;
  for (int number = 1; number <= 50; ++number) branch.add(number);
  branch.meet.clear();
  CHECK(branch.sweep_now().statuses == 50);
  CHECK(branch.ledger.grants.size() == 50);
  CHECK(branch.ledger.lease == Lease());
  branch.writes = 0;
  CHECK(branch.sweep_now().settled);
  CHECK(branch.writes == 0);
}

TEST_CASE("several pull requests of one commit have one status, and no sweep writes it twice") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  branch.add(3);
  branch.open[1].head = branch.open[2].head = "h1";
  branch.not_ready[1] = {false, false, "approved"};
  const auto writes_nothing = [&] {
    const int before = branch.writes;
    for (const bool verify : {false, true}) CHECK(branch.sweep_now(Mode::slots, verify).settled);
    return branch.writes == before;
  };
  SECTION("none may land") {
    branch.open[1].draft = true;
    branch.not_ready[3] = {false, false, "its tests pass"};
    (void)branch.sweep_now();
    CHECK(branch.text("h1") == "judged ok, takes its slot when approved");
    CHECK(writes_nothing());
  }
  SECTION("one may land, and what meets it waits for that one") {
    branch.open[1].draft = true;
    branch.add(4);
    (void)branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::success);
    CHECK(branch.text("h4") == "waits: #3 has the slot");
    REQUIRE(branch.ledger.grants.size() == 1);
    CHECK(branch.ledger.grants[0].number == 3);
    CHECK(writes_nothing());
    branch.open.erase(branch.open.begin() + 2);
    (void)branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::pending);
    CHECK(branch.state("h4") == StatusState::success);
    CHECK(writes_nothing());
  }
  SECTION("it can't be taken back") {
    (void)branch.sweep_now();
    branch.refuses = {"h1"};
    branch.verdicts["h1"] = {Answer::stale, "", "sg1:h1", "moved", true, false};
    const Swept swept = branch.sweep_now();
    CHECK(swept.stuck == std::set<std::string>{"h1"});
    CHECK(writes_nothing());
  }
}

TEST_CASE("a base that moves rewrites no status of those who are judged as before") {
  Branch branch;
  for (int number = 1; number <= 50; ++number) branch.add(number);
  branch.meet = {"h1", "h2"};
  CHECK(branch.sweep_now().statuses == 50);
  const auto before = branch.statuses;
  branch.tip = "base and somebody else's";
  CHECK(branch.sweep_now().statuses == 0);
  CHECK(branch.statuses == before);
  CHECK(branch.ledger.grants.at(0).base == branch.tip);
}

TEST_CASE("who waits turns green by itself when the holder is gone") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  (void)branch.sweep_now();
  CHECK(branch.state("h1") == StatusState::success);
  CHECK(branch.text("h2") == "waits: #1 has the slot");
  branch.open.erase(branch.open.begin());
  (void)branch.sweep_now();
  CHECK(branch.state("h1") == StatusState::pending);
  CHECK(branch.state("h2") == StatusState::success);
  CHECK(branch.ledger.past.size() == 1);
}

TEST_CASE("an idle holder, a draft and a stranger's fork keep nobody waiting") {
  Branch branch;
  branch.add(1);
  (void)branch.sweep_now();
  branch.add(2);
  branch.clock += 23 * hour;
  (void)branch.sweep_now();
  CHECK(branch.state("h1") == StatusState::success);
  branch.clock += hour;
  const Swept swept = branch.sweep_now();
  CHECK(branch.text("h1") == "waits: #2 has the slot");
  CHECK(branch.state("h2") == StatusState::success);
  CHECK(swept.standings[0].yielded);

  SECTION("a sign of people keeps the slot") {
    branch.clock += 25 * hour;
    branch.open[1].active_at = branch.clock - hour;
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::success);
  }
  SECTION("nor does one whose database lacks the change") {
    branch.verdicts["h2"] = branch.evaluate("base", branch.open[1], false);
    branch.verdicts["h2"].waits_for = "shop has the change";
    (void)branch.sweep_now();
    CHECK(branch.text("h2") == "judged ok, takes its slot when shop has the change");
    CHECK(branch.state("h1") == StatusState::success);
    // In the other modes, too, where there are no slots.
    (void)branch.sweep_now(Mode::queue);
    CHECK(branch.state("h2") == StatusState::pending);
    CHECK(branch.text("h2") == "judged ok, not green until shop has the change");
  }
  SECTION("a draft gives it back at once") {
    branch.open[1].draft = true;
    (void)branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::success);
    CHECK(branch.text("h2") == "judged ok, takes its slot when it is no draft");
  }
  SECTION("a fork without an approval never gets it") {
    branch.not_ready[1] = {false, false, "approved"};
    branch.clock += 25 * hour;
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::success);
    CHECK(branch.text("h1") == "judged ok, takes its slot when approved");
  }
}

TEST_CASE("labels and programs are no sign of people, a push and a word are") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  branch.add(3);
  (void)branch.sweep_now();
  const std::int64_t start = branch.clock;
  CHECK(branch.asked == 0);

  SECTION("a label each hour keeps no slot") {
    branch.words[1] = start;
    branch.clock = branch.open[0].active_at = start + 23 * hour;
    (void)branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::success);
    branch.clock = branch.open[0].active_at = start + 24 * hour;
    (void)branch.sweep_now();
    CHECK(branch.text("h1") == "waits: #2 has the slot");
    CHECK(branch.state("h2") == StatusState::success);
    CHECK(branch.text("h3") == "waits: #2 has the slot");
  }
  SECTION("a comment does, and the end is said by it") {
    branch.words[1] = start + 20 * hour;
    branch.clock = branch.open[0].active_at = start + 40 * hour;
    const Swept swept = branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::success);
    CHECK(swept.standings[1].holder_until == start + 44 * hour);
    CHECK(branch.asked == 1);
  }
  SECTION("so does a push") {
    branch.words[1] = 0;
    branch.clock = start + 20 * hour;
    branch.open[0].head = "h1 again";
    branch.meet.insert("h1 again");
    (void)branch.sweep_now();
    CHECK(branch.state("h1 again") == StatusState::success);
    branch.clock = branch.open[0].active_at = start + 43 * hour;
    (void)branch.sweep_now();
    CHECK(branch.state("h1 again") == StatusState::success);
    branch.clock = branch.open[0].active_at = start + 44 * hour;
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::success);
  }
  SECTION("nobody is asked about whom nobody waits for") {
    branch.meet.clear();
    branch.clock = branch.open[0].active_at = start + 40 * hour;
    (void)branch.sweep_now();
    CHECK(branch.asked == 0);
  }
}

TEST_CASE("an administrator passes the slot on") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  branch.add(3);
  (void)branch.sweep_now();
  branch.ledger.preferred = {3};
  (void)branch.sweep_now();
  CHECK(branch.state("h3") == StatusState::success);
  CHECK(branch.text("h1") == "waits: #3 has the slot");
  CHECK(branch.ledger.preferred.empty());
  branch.clock += hour;
  (void)branch.sweep_now();
  CHECK(branch.state("h3") == StatusState::success);
}

TEST_CASE(
    "an override is green, takes the slot, and survives no other head and no other checksum") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  branch.verdicts["h2"] = {Answer::unjudged,         "",    "sg1:unjudged",
                           "its files are too many", false, true};
  (void)branch.sweep_now();
  CHECK(branch.text("h2") == "could not judge: its files are too many");
  branch.ledger.overrides.push_back({2, "h2", "sg1:unjudged", "root", "it is 3 a.m.", "", 7, 8});
  (void)branch.sweep_now();
  CHECK(branch.text("h2") == "OVERRIDDEN by @root");
  CHECK(branch.text("h1") == "waits: #2 has the slot");
  CHECK(branch.ledger.grants.at(0).overridden);

  SECTION("another head") {
    branch.open[1].head = "h2b";
    branch.verdicts["h2b"] = branch.verdicts["h2"];
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::pending);
    CHECK(branch.state("h2b") == StatusState::error);
    branch.open[1].head = "h2";
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::error);
  }
  SECTION("another checksum, and the old one again") {
    branch.verdicts["h2"].checksum = "sg1:other";
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::error);
    branch.verdicts["h2"].checksum = "sg1:unjudged";
    (void)branch.sweep_now();
    CHECK(branch.state("h2") == StatusState::error);
  }
}

/// #1 is overridden and has the slot; #2 meets it.
struct Overridden : Branch {
  Overridden() {
    add(1);
    add(2);
    verdicts["h1"] = {Answer::failed, "sg1:p", "sg1:broken", "it is broken", true, false};
    ledger.overrides.push_back({1, "h1", "sg1:broken", "root", "it is 3 a.m.", "", 7, clock});
    (void)sweep_now();
    CHECK(text("h1") == "OVERRIDDEN by @root");
    CHECK(text("h2") == "waits: #1 has the slot");
  }
};

TEST_CASE("what was overridden keeps nobody waiting for ever, and is not forgotten") {
  Overridden branch;
  SECTION("idle") {
    const std::int64_t until = branch.clock + 24 * hour;
    CHECK(branch.sweep_now().standings[1].holder_until == until);
    branch.clock = until - 1;
    (void)branch.sweep_now();
    CHECK(branch.state("h1") == StatusState::success);
    branch.clock = until;
    for (int sweeps = 0; sweeps < 2; ++sweeps) {
      (void)branch.sweep_now();
      CHECK(branch.text("h1") == "waits: #2 has the slot");
      CHECK(branch.state("h2") == StatusState::success);
    }
  }
  SECTION("a draft") {
    branch.open[0].draft = true;
    (void)branch.sweep_now();
    CHECK(branch.text("h1") == "OVERRIDDEN by @root, takes its slot when it is no draft");
    CHECK(branch.state("h2") == StatusState::success);
    branch.open[0].draft = false;
  }
  SECTION("an administrator passes its slot on") {
    branch.ledger.preferred = {2};
    for (int sweeps = 0; sweeps < 3; ++sweeps) {
      (void)branch.sweep_now();
      CHECK(branch.text("h1") == "waits: #2 has the slot");
      CHECK(branch.state("h2") == StatusState::success);
    }
  }
  branch.open.erase(branch.open.begin() + 1);
  (void)branch.sweep_now();
  CHECK(branch.text("h1") == "OVERRIDDEN by @root");
  CHECK(branch.ledger.preferred.empty());
}

TEST_CASE("who changes no schema keeps nobody waiting who does") {
  Branch branch;
  branch.add(1);
  branch.verdicts["h1"] = {Answer::not_applicable, "", "sg1:c", "", true, false};
  (void)branch.sweep_now();
  CHECK(branch.state("h1") == StatusState::success);
  branch.add(2);
  (void)branch.sweep_now();
  CHECK(branch.text("h1") == "waits: #2 has the slot");
  CHECK(branch.state("h2") == StatusState::success);
  SECTION("but an idle one does not keep it waiting") {
    branch.open[0].active_at = branch.clock += 24 * hour;
    (void)branch.sweep_now();
    CHECK(branch.text("h1") == "no schema change");
    CHECK(branch.text("h2") == "waits: #1 has the slot");
  }
  SECTION("unless it is a draft") {
    branch.open[0].draft = true;
    branch.clock += 24 * hour;
    (void)branch.sweep_now();
    CHECK(branch.text("h1") == "waits: #2 has the slot");
  }
}

TEST_CASE("green that can't be taken back stops no sweep, and nothing lands that meets it") {
  Branch branch;
  for (const int number : {1, 2, 3, 4}) branch.add(number);
  branch.meet = {"h1", "h2"};
  (void)branch.sweep_now();
  REQUIRE(branch.state("h1") == StatusState::success);
  REQUIRE(branch.state("h2") == StatusState::pending);
  REQUIRE(branch.state("h3") == StatusState::success);
  branch.refuses = {"h1"};
  branch.tip = "next";
  branch.add(5);
  branch.meet.erase("h5");
  for (const char* head : {"h1", "h4"})
    branch.verdicts[head] = {Answer::stale, "", std::string("sg1:") + head, "moved", true, false};
  for (int sweeps = 0; sweeps < 2; ++sweeps) {
    const Swept swept = branch.sweep_now();
    CHECK(swept.settled);
    CHECK(swept.refused.count("h1") == 1);
    CHECK(swept.stuck == std::set<std::string>{"h1"});
    CHECK(branch.state("h1") == StatusState::success);
    CHECK(branch.state("h2") == StatusState::pending);
    CHECK(branch.state("h3") == StatusState::success);
    CHECK(branch.state("h4") == StatusState::failure);
    CHECK(branch.state("h5") == StatusState::success);
  }
  CHECK(branch.text("h2") == "waits: #1 is green and takes no status");
  const int writes = branch.writes;
  (void)branch.sweep_now();
  CHECK(branch.writes == writes);
  SECTION("until it is pushed") {
    branch.open[0].head = "h1b";
    branch.verdicts["h1b"] = branch.verdicts["h1"];
  }
  SECTION("or closed") { branch.open.erase(branch.open.begin()); }
  CHECK(branch.sweep_now().stuck.empty());
  CHECK(branch.state("h2") == StatusState::success);
}

TEST_CASE("green that no sweep wrote is taken back and told") {
  Branch branch;
  branch.add(1);
  branch.verdicts["h1"] = {Answer::stale, "sg1:p", "sg1:c", "#7 dropped users", false, false};
  (void)branch.sweep_now();
  branch.statuses["h1"] = {StatusState::success, "all fine"};
  const Swept swept = branch.sweep_now(Mode::slots, true);
  CHECK(swept.forged == std::vector<std::string>{"h1"});
  CHECK(branch.text("h1") == "update the branch: #7 dropped users");
}

TEST_CASE("modes: strict asks for the tip, queue gives tickets, off does nothing") {
  Branch branch;
  branch.add(1);
  branch.add(2);
  branch.verdicts["h1"] = {Answer::granted, "sg1:p", "sg1:c", "", false, false};
  (void)branch.sweep_now(Mode::off);
  CHECK(branch.statuses.empty());
  (void)branch.sweep_now(Mode::strict);
  CHECK(branch.state("h1") == StatusState::failure);
  CHECK(branch.state("h2") == StatusState::success);
  (void)branch.sweep_now(Mode::queue);
  CHECK(branch.state("h1") == StatusState::success);
  CHECK(branch.state("h2") == StatusState::success);
}

TEST_CASE("a ledger that another sweep is writing stops the sweep") {
  Branch branch;
  branch.add(1);
  branch.ledger.lease = {"other", branch.clock + 60};
  CHECK(branch.sweep_now().busy);
  CHECK(branch.writes == 0);
  branch.clock += 60;
  CHECK(branch.sweep_now().settled);
}

TEST_CASE("a lease that no sweep can have taken stops none") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                         lease = SweepOptions().lease;
  Branch branch;
  branch.add(1);
  // Its sweep's clock may have been ahead.
  branch.ledger.lease = {"other", branch.clock + lease + 30};
  CHECK(branch.sweep_now().busy);
  branch.ledger.lease.until = GENERATE_COPY(most, branch.clock + 3 * lease, -most);
  const Swept swept = branch.sweep_now();
  CHECK(swept.settled);
  CHECK_FALSE(swept.busy);
  CHECK(branch.state("h1") == StatusState::success);
  CHECK(branch.ledger.lease == Lease());
}

TEST_CASE("one of which nobody knows what it is is not judged, and keeps no green") {
  Branch branch;
  for (int number = 1; number <= 3; ++number) branch.add(number);
  (void)branch.sweep_now();
  CHECK(branch.state("h1") == StatusState::success);
  CHECK(branch.text("h2") == "waits: #1 has the slot");
  branch.open[0].unclear = "GitHub calls it neither open nor closed but ajar";
  for (const Mode mode : {Mode::slots, Mode::queue, Mode::strict}) {
    const Swept swept = branch.sweep_now(mode);
    CHECK(swept.settled);
    CHECK(branch.state("h1") == StatusState::error);
    CHECK(branch.text("h1") == "could not judge: GitHub calls it neither open nor closed but ajar");
    CHECK(branch.state("h2") == StatusState::success);
  }
  branch.open[0].unclear.clear();
  (void)branch.sweep_now();
  CHECK(branch.text("h1") == "waits: #2 has the slot");
}

}  // namespace
}  // namespace schemagate::gate
