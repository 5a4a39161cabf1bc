// SPDX-License-Identifier: MIT
// Days of a team that nobody planned: pull requests are pushed, forced back, closed, turned into
// drafts, overridden and landed while events are lost, jobs are killed and time passes. Whatever
// GitHub lets land was judged for where it lands. SCHEMAGATE_SEED=7 begins with another seed,
// SCHEMAGATE_MUTATIONS=500 makes each story that long.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/gate_job.h"
#include "tests/options.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

const char* const users = "CREATE TABLE users (id bigint, email text, note text);\n";
const char* const items = "CREATE TABLE items (id bigint);\n";

/// What somebody may want: some of them meet, textually or in what they mean.
std::vector<Files> wishes() {
  return {{{"db/users.sql", File("CREATE TABLE users (id bigint, note text);\n")}},
          {{"db/index.sql", File("CREATE INDEX e ON users (email);\n")}},
          {{"db/view.sql", File("CREATE VIEW v AS SELECT email FROM users;\n")}},
          {{"db/items.sql", File("CREATE TABLE items (id bigint, price int);\n")}},
          {{"db/items.sql", File("CREATE TABLE items (id bigint,,;\n")}},
          {{"db/more.sql", File("ALTER TABLE items ADD COLUMN price int;\n")}},
          {{"README.md", File("hello\n")}}};
}

class Days : public GateJob {
 public:
  explicit Days(std::uint32_t seed)
      : GateJob({{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"README.md", File("one\n")},
                 {"db/users.sql", File(users)},
                 {"db/items.sql", File(items)}}),
        random_(seed) {
    pass(0);
    for (int number = 1; number <= most; ++number) begin(number);
    show(twin);
  }

  void go_on() {
    const int number = static_cast<int>(below(most)) + 1;
    constexpr std::array<int, 16> usual{0, 0, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 8};
    switch (usual.at(below(usual.size()))) {
      case 0:
        return push(number, somewhere(number), 4);
      case 1:
        return push(number, earlier_[number][below(earlier_[number].size())], 1);
      case 2:
        return turn(below(2) == 0 ? number : twin, closed_);
      case 3:
        return turn(below(2) == 0 ? number : twin, draft_);
      case 4:
        return command(number);
      case 5:
        return pass(below(2) == 0 ? 600 : 90'000);
      case 6:
        return killed();
      case 7:
        return land();
      default:
        tell("schedule", {{"schedule", "*/10 * * * *"}});
    }
  }
  int landed() const { return landed_; }

 private:
  static constexpr int most = 3, twin = 9;  ///< the twin is of the first one's branch

  std::size_t below(std::size_t count) { return random_() % count; }
  static int branch_of(int number) { return number == twin ? 1 : number; }
  void pass(std::int64_t seconds) { github_.set_clock(clock_ += seconds); }
  void tell(const std::string& name, const json& payload) {
    const ProgramRun ended = run_any(name, payload);
    log_ = ended.out;
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == 0);
  }
  /// So many of five events come, the others are lost.
  void tell_or_not(const std::string& action, int number, std::size_t come) {
    if (below(5) < come) tell("pull_request_target", event(action, number));
  }

  void show(int number) {
    github::PullRequest one;
    const std::string branch = fmt::format("work{}", branch_of(number));
    one.number = number;
    one.author = "kim";
    one.open = !closed_.contains(number);
    one.draft = draft_.contains(number);
    one.head = {repository_.tip(branch), branch, "acme/shop"};
    one.base = {repository_.tip("main"), "main", "acme/shop"};
    heads[number] = one.head.sha;
    github_.add(one, {});
  }
  void begin(int number) {
    const std::string branch = fmt::format("work{}", number);
    repository_.branch(branch, repository_.tip("main"));
    const auto all = wishes();
    earlier_[number] = {repository_.commit(branch, all[below(all.size())])};
    closed_.erase(number);
    show(number);
  }
  /// Something else on top of the tip, or of what is there.
  std::string somewhere(int number) {
    const std::string branch = fmt::format("work{}", number);
    if (below(2) == 0) repository_.branch(branch, repository_.tip("main"));
    const auto all = wishes();
    earlier_[number].push_back(repository_.commit(branch, all[below(all.size())]));
    return earlier_[number].back();
  }
  void push(int number, const std::string& head, std::size_t come) {
    repository_.branch(fmt::format("work{}", number), head);
    heads[number] = head;
    github_.push(number, head, {});
    if (number == branch_of(twin)) {
      github_.push(twin, head, {});
      heads[twin] = head;
    }
    tell_or_not("synchronize", number, come);
  }
  /// `off` has those that are closed, or drafts.
  void turn(int number, std::set<int>& off) {
    if (off.erase(number) == 0) off.insert(number);
    show(number);
    if (!closed_.contains(number)) tell_or_not("edited", number, 2);
  }
  void command(int number) {
    if (closed_.contains(number)) return;
    if (below(3) == 0)
      return tell("issue_comment",
                  written(number, "root", fmt::format("/schemagate yield #{}", below(most) + 1)));
    const auto comments = github_.comments(number);
    for (auto at = comments.rbegin(); at != comments.rend(); ++at) {
      const std::size_t from = at->body.find("/schemagate override sg1:");
      if (from == std::string::npos) continue;
      const std::string text = at->body.substr(from, at->body.find(" <reason>", from) - from);
      return tell("issue_comment", written(number, "root", text + " it can't wait any longer"));
    }
  }
  void killed() {
    Job job(SCHEMAGATE_BINARY, repository_.path(), github_);
    job.set("INPUT_COMMAND", "gate");
    job.event("schedule", {{"schedule", "*/10 * * * *"}});
    (void)job.run_killed(github_, static_cast<int>(below(25)) + 1);
    pass(660);  // others wait for its lease, and a job takes less than a minute
  }

  /// What may land does: GitHub wants it open, no draft, green and without a conflict.
  void land() {
    for (int number : {1, 2, 3, twin}) {
      if (closed_.contains(number) || draft_.contains(number) || !green(heads[number])) continue;
      const std::string before = repository_.tip("main");
      repository_.branch("try", before);
      try {
        repository_.merge("try", fmt::format("work{}", branch_of(number)));
      } catch (const std::exception&) {
        continue;
      }
      check_judged(number, before);
      const std::string after = repository_.tip("try");
      if (std::string(before) == after) continue;
      ++landed_;
      repository_.branch("main", after);
      tip_is(after);
      if (below(2) == 0) {
        tell("push", {{"ref", "refs/heads/main"}, {"before", before}, {"after", after}});
        INFO(log_);
        CHECK(log_.find("landing audit") == std::string::npos);
      }
      begin(branch_of(number));
      if (branch_of(number) == branch_of(twin)) show(twin);
      return;
    }
  }
  void check_judged(int number, const std::string& tip) {
    const ProgramRun ended =
        run_program(SCHEMAGATE_BINARY, {"gate", "--repo", repository_.path(), "--base", tip,
                                        "--head", heads[number], "--format", "json"});
    INFO("#" << number << " " << status(number).description << "\n" << ended.out << ended.err);
    const json answer = json::parse(ended.out);
    bool may = ended.exit_code == 0;
    for (const gate::Override& one : ledger().overrides)
      may = may || (one.head == heads[number] && one.checksum == answer.at("checksum"));
    CHECK(may);
  }

  std::mt19937 random_;
  std::int64_t clock_ = 1'790'000'000;
  std::map<int, std::vector<std::string>> earlier_;
  std::set<int> closed_, draft_;
  std::string log_;  ///< of the last job
  int landed_ = 0;
};

TEST_CASE("whatever lands in days that nobody planned was judged for where it lands", "[github]") {
  const bool many = all_is_wanted();
  const std::uint32_t seed = option("SCHEMAGATE_SEED", 10),
                      steps = option("SCHEMAGATE_MUTATIONS", many ? 300 : 30);
  int landed = 0;
  for (std::uint32_t story = 0; story < (many ? 10U : 2U); ++story) {
    Days days(seed + story);
    for (std::uint32_t step = 0; step < steps; ++step) {
      INFO("seed " << seed + story << ", step " << step);
      days.go_on();
    }
    landed += days.landed();
  }
  UNSCOPED_INFO(landed << " landed");
  CHECK(landed > 0);
}

}  // namespace
}  // namespace schemagate::testing
