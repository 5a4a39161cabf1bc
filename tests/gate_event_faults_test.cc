// SPDX-License-Identifier: MIT
// The gate's jobs of each event while GitHub is in trouble, request by request: what landed, what a
// merge queue is about to land, a sweep by the clock, an administrator's command. Nothing is green
// that should not be, nobody gets words twice, the job says what it could not do, and the next run
// leaves what an undisturbed one leaves.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "bot/gate_hub.h"
#include "tests/fake_client.h"
#include "tests/faults.h"
#include "tests/job.h"
#include "tests/story.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const char* const gate_status = "schemagate/gate";

File index_on(const std::string& column) {
  return File("CREATE INDEX CONCURRENTLY users_idx ON users (" + column + ");\n");
}

/// An event, and the inputs of its job.
struct Event {
  std::string name;
  json payload;
};
const Event by_the_clock{"schedule", {{"schedule", "*/10 * * * *"}}};

/// A job of the gate on a copy of a repository's GitHub.
struct GatePlay {
  GatePlay(const Story& begun, const Event& event)
      : story(begun), job(SCHEMAGATE_BINARY, story.repository().path(), story.github()) {
    job.set("INPUT_COMMAND", "gate");
    job.event(event.name, event.payload);
  }
  const FakeGitHub& github() const { return story.github(); }
  github::Status status(const std::string& head) const {
    return github().status(head, gate_status);
  }
  bool green(const std::string& head) const {
    const github::Status now = status(head);
    return !now.context.empty() && now.state == github::State::success;
  }
  /// What each pull request was told by us, and each commit's statuses; not when.
  json state() const {
    json all = json::parse(github().everything());
    all.erase("references");
    return all;
  }
  bool says(const std::string& text) const { return run.out.find(text) != std::string::npos; }

  template <class Work>
  auto with_hub(const Work& work) {
    github::HttpsTransport transport(address_of(story.github()), {});
    std::chrono::milliseconds now{0};
    github::Client client = client_of(story.github(), transport, now);
    HubOptions options;
    options.branch = "main";
    GitHubHub hub(client, options);
    return work(hub);
  }
  gate::Ledger ledger() {
    return with_hub([](GitHubHub& hub) { return hub.read_ledger(); });
  }
  bool is_granted(const std::string& head) {
    const gate::Ledger now = ledger();
    return std::any_of(now.grants.begin(), now.grants.end(),
                       [&](const gate::Grant& grant) { return grant.head == head; });
  }
  /// As if ten minutes had passed and GitHub were well again.
  void recover() {
    story.github().forget_faults();
    with_hub([](GitHubHub& hub) {
      gate::Ledger now = hub.read_ledger();
      if (now.lease.run.empty()) return;
      now.lease = {};
      hub.swap_ledger(now);
    });
  }

  Story story;
  Job job;
  ProgramRun run;
  bool is_settled = true;  ///< the next run left what it should
  json left;               ///< … or that
};

/// #7 has the slot, #8 waits: both name an index alike. Then the base loses the column of #7's.
struct TwoMeet : Story {
  explicit TwoMeet(const char* mode = "slots") : Story(shop(mode)) {
    push({{"m/2_email.sql", index_on("email")}});
    repository().branch("other", base());
    other.number = 8;
    other.title = "Another change";
    other.author = "lee";
    other.head = {repository().commit("other", {{"m/2_plan.sql", index_on("plan")}}), "other",
                  "acme/shop"};
    other.base = {base(), "main", "acme/shop"};
    github().add(other, {});
    github().set_ref("heads/main", base());
    github().set_access("root", "admin");
    play(by_the_clock);
  }
  void play(const Event& event) {
    Job job(SCHEMAGATE_BINARY, repository().path(), github());
    job.set("INPUT_COMMAND", "gate");
    job.event(event.name, event.payload);
    const ProgramRun run = job.run();
    INFO(run.out << run.err);
    REQUIRE(run.exit_code == 0);
    github().forget_requests();
  }
  /// Somebody pushes to the branch. Returns the event.
  Event base_drops_email() {
    const std::string before = base();
    repository().commit("main", {{"m/3_drop.sql", File("ALTER TABLE users DROP email;\n")}});
    github().know_commit(base());
    github().set_ref("heads/main", base());
    return {"push", {{"ref", "refs/heads/main"}, {"before", before}, {"after", base()}}};
  }
  static Files shop(const std::string& mode) {
    Files files = shop_with_users();
    files.insert_or_assign(
        ".schemagate.yml",
        File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n"
             "gate: {mode: " +
             mode + "}\n"));
    return files;
  }
  github::PullRequest other;
};

/// Where and how GitHub fails.
struct Trouble {
  std::string name;
  Fault fault;
};

/// Of all the trouble so much is played each time, at each event other; everything with
/// SCHEMAGATE_FAULTS=all.
constexpr std::size_t one_of = 7;

/// Each read once, each write as often as it came; git's objects and the ledger's versions are
/// called otherwise each time.
std::vector<Trouble> all_trouble(const std::vector<SentRequest>& requests) {
  std::vector<Trouble> all;
  std::map<std::string, int> seen;
  for (SentRequest request : requests) {
    request.target = request.target.substr(0, request.target.find('?'));
    const bool is_object = request.target.find("/git/") != std::string::npos;
    const std::size_t name = request.target.find_last_of('/') + 1;
    if (is_object && request.target.size() - name == 40) request.target.resize(name);
    const std::string kind = request.method + " " + request.target;
    const int before = seen[kind]++;
    if (before > 0 && !takes_effect(request)) continue;
    for (const auto& list : {lasting_faults(), passing_faults()})
      for (const NamedFault& one : list) {
        if (!takes_effect(request) && comes_after_effect(one.fault)) continue;
        Fault fault = at_request(one.fault, request);
        fault.whole_path = request.target.back() != '/';
        fault.skip = before;
        all.push_back({fmt::format("{}{} at {} ({})", fault.times > 1 ? "lasting " : "", one.name,
                                   kind, before + 1),
                       fault});
      }
  }
  return all;
}

/// What the next run begins with, but for times.
std::string told_world(GatePlay& ended) {
  gate::Ledger ledger = ended.ledger();
  for (gate::Grant& grant : ledger.grants) grant.since = grant.pushed = 0;
  for (gate::Grant& grant : ledger.past) grant.since = grant.pushed = 0;
  for (gate::Override& one : ledger.overrides) one.at = 0;
  return ended.state().dump() + gate::to_json(ledger);
}

using Check = std::function<void(GatePlay&)>;

/// Runs the event's job with all trouble; then `next`, with none, once for each world that it
/// begins with, must leave `wanted`.
void play_all(const Story& begun, const Event& event, const Event& next,
              const std::function<bool(const json& left, const GatePlay& failed)>& is_wanted,
              const Check& undisturbed_is, const Check& check) {
  GatePlay undisturbed(begun, event);
  undisturbed.run = undisturbed.job.run();
  {
    INFO(undisturbed.run.out << undisturbed.run.err);
    undisturbed_is(undisturbed);
  }
  std::vector<Trouble> all = all_trouble(undisturbed.github().requests());
  CHECK(all.size() > 100);
  const char* wanted = std::getenv("SCHEMAGATE_FAULTS");
  std::size_t at = event.name.size();
  if (wanted == nullptr || std::string(wanted) != "all")
    std::erase_if(all, [&](const Trouble&) { return at++ % one_of != 0; });
  std::mutex mutex;
  std::set<std::string> tried;
  const auto play = [&](std::size_t i) {
    auto ended = std::make_unique<GatePlay>(begun, event);
    ended->job.set("INPUT_API-TIME-BUDGET", "8");
    ended->story.github().fail(all[i].fault);
    ended->run = ended->job.run();
    GatePlay again(ended->story, next);
    again.recover();
    {
      const std::string world = told_world(again);
      const std::lock_guard lock(mutex);
      if (!tried.insert(world).second) return ended;
    }
    again.run = again.job.run();
    ended->left = again.state();
    ended->is_settled = again.run.exit_code != 2 && is_wanted(ended->left, *ended);
    return ended;
  };
  run_all(all.size(), 24, play, [&](std::size_t i, GatePlay& ended) {
    INFO(all[i].name);
    INFO(ended.run.out << ended.run.err);
    ended.story.github().forget_faults();
    INFO(ended.state().dump(1) << "\nthen\n" << ended.left.dump(1));
    CHECK(ended.is_settled);
    const bool is_error = ended.run.exit_code == 2;
    if (is_error) CHECK_THAT(ended.run.err, ContainsSubstring("hint: "));
    CHECK((ended.job.output().rfind("\nerror\n") != std::string::npos) == is_error);
    check(ended);
  });
}

/// Of two that meet one is green at most, and the ledger has it if there is one.
void check_greens(GatePlay& ended, const std::vector<std::string>& heads) {
  int greens = 0;
  for (const std::string& head : heads)
    if (ended.green(head)) {
      ++greens;
      CHECK((ended.says("slots are off") || ended.is_granted(head)));
    }
  CHECK(greens <= 1);
}

/// Everybody gets the gate's words once; what GitHub did not let us edit is followed by new ones.
void check_words(const GatePlay& ended) {
  const auto requests = ended.github().requests();
  const bool is_followed =
      std::any_of(requests.begin(), requests.end(), [](const SentRequest& one) {
        return one.method == "PATCH" && (one.status == 403 || one.status == 404);
      });
  for (const int number : {7, 8}) {
    int ours = 0;
    for (const github::Comment& one : ended.github().comments(number))
      ours += one.body.starts_with("<!-- schemagate:v1") ? 1 : 0;
    CHECK(ours <= (is_followed ? 2 : 1));
  }
}

/// Statuses as after an undisturbed run; words that a job did not get posted stay away, and it says
/// so or has failed.
auto wanted_as(const json& undisturbed) {
  return [undisturbed](const json& left, const GatePlay& failed) {
    if (left.at("statuses") != undisturbed.at("statuses")) return false;
    const bool is_told = failed.run.exit_code == 2 || failed.says("no comment: ");
    const auto requests = failed.github().requests();
    const bool is_followed =
        std::any_of(requests.begin(), requests.end(), [](const SentRequest& one) {
          return one.method == "PATCH" && (one.status == 403 || one.status == 404);
        });
    return is_told || is_followed || left.at("comments") == undisturbed.at("comments");
  };
}

json left_undisturbed(const Story& begun, const Event& event) {
  GatePlay undisturbed(begun, event);
  undisturbed.run = undisturbed.job.run();
  return undisturbed.state();
}

TEST_CASE("a sweep by the clock, whatever fails at whatever request of it", "[github][faults]") {
  TwoMeet begun;
  begun.base_drops_email();
  const std::string seven = begun.head(), eight = begun.other.head.sha;
  play_all(
      begun, by_the_clock, by_the_clock, wanted_as(left_undisturbed(begun, by_the_clock)),
      [&](GatePlay& undisturbed) {
        CHECK(undisturbed.status(seven).state == github::State::failure);
        CHECK(undisturbed.green(eight));
      },
      [&](GatePlay& ended) {
        check_greens(ended, {seven, eight});
        check_words(ended);
        if (ended.run.exit_code != 0) return;
        CHECK_FALSE(ended.green(seven));
        CHECK((ended.green(eight) || ended.says("slots are off") ||
               ended.says(eight + ": the status can't be set")));
      });
}

TEST_CASE("what landed is never green, whatever fails at whatever request of its job",
          "[github][faults]") {
  TwoMeet begun;
  const Event pushed = begun.base_drops_email();
  const std::string seven = begun.head(), eight = begun.other.head.sha, tip = begun.base();
  play_all(
      begun, pushed, pushed, wanted_as(left_undisturbed(begun, pushed)),
      [&](GatePlay& undisturbed) {
        CHECK(undisturbed.status(seven).state == github::State::failure);
        CHECK(undisturbed.green(eight));
        CHECK(undisturbed.status(tip).description.find("landed without a grant") !=
              std::string::npos);
      },
      [&](GatePlay& ended) {
        check_greens(ended, {seven, eight});
        check_words(ended);
        CHECK_FALSE(ended.green(tip));
        if (ended.run.exit_code != 0) return;
        CHECK_FALSE(ended.green(seven));
        CHECK((ended.says("slots are off") || ended.status(tip).state == github::State::failure));
      });
}

TEST_CASE("a merge group is green only when it was judged, whatever fails at whatever request",
          "[github][faults]") {
  TwoMeet begun("queue");
  const std::string base = begun.base();
  begun.repository().branch("queue", base);
  const auto group_of = [&](int number, const std::string& branch, const std::string& before) {
    const std::string head = begun.repository().merge("queue", branch);
    begun.github().know_commit(head);
    return Event{
        "merge_group",
        {{"action", "checks_requested"},
         {"merge_group",
          {{"head_sha", head},
           {"head_ref", fmt::format("refs/heads/gh-readonly-queue/main/pr-{}-{}", number, before)},
           {"base_sha", before},
           {"base_ref", "refs/heads/main"}}}}};
  };
  const Event first = group_of(7, "work", base);
  const std::string of_first = first.payload["merge_group"]["head_sha"];
  const Event second = group_of(8, "other", of_first);
  for (const auto& [event, is_good] : {std::pair{first, true}, {second, false}}) {
    const std::string head = event.payload["merge_group"]["head_sha"];
    const bool good = is_good;
    GatePlay earlier(begun, first);
    earlier.run = earlier.job.run();
    CHECK(earlier.green(of_first));
    earlier.story.github().forget_requests();
    // The first one's group was judged by an earlier attempt, which left it green.
    play_all(
        earlier.story, event, event, wanted_as(left_undisturbed(earlier.story, event)),
        [&](GatePlay& undisturbed) {
          CHECK(undisturbed.run.exit_code == (good ? 0 : 1));
          CHECK(undisturbed.green(head) == good);
        },
        [&](GatePlay& ended) {
          if (!good) CHECK_FALSE(ended.green(head));
          if (ended.run.exit_code == 0) CHECK(ended.green(head));
          if (ended.run.exit_code != 2 || !ended.green(head)) return;
          // Nobody judged it, and it is green: only because GitHub took no other status.
          CHECK(ended.run.out.find("the status can't be set: ") != std::string::npos);
        });
  }
}

TEST_CASE("an override is told as it is, whatever fails at whatever request of its job",
          "[github][faults]") {
  TwoMeet begun;
  begun.base_drops_email();
  const std::string seven = begun.head(), eight = begun.other.head.sha;
  begun.play(by_the_clock);
  std::string told;
  for (const github::Comment& one : begun.github().comments(7)) told += one.body;
  const std::size_t at = told.find("sg1:");
  REQUIRE(at != std::string::npos);
  const std::string command = fmt::format("/schemagate override {} the shop is down",
                                          told.substr(at, told.find(' ', at) - at));
  const std::int64_t id = begun.github().add_comment(7, "root", command);
  const Event event{"issue_comment",
                    {{"action", "created"},
                     {"issue", {{"number", 7}, {"pull_request", json::object()}}},
                     {"comment",
                      {{"id", id},
                       {"body", command},
                       {"user", {{"login", "root"}, {"type", "User"}}},
                       {"created_at", "2026-11-28T00:00:00Z"},
                       {"updated_at", "2026-11-28T00:00:00Z"}}}}};
  const auto replies = [](const json& state) {
    int count = 0;
    for (const json& one : state.at("comments"))
      count += one.at("body").get<std::string>().find("overrides the gate for") != std::string::npos
                   ? 1
                   : 0;
    return count;
  };
  const json undisturbed = left_undisturbed(begun, event);
  const json without = left_undisturbed(begun, by_the_clock);
  // The next sweep does what was written down, and nothing else.
  const auto is_wanted = [&](const json& left, const GatePlay&) {
    return replies(left) <= 1 && (left.at("statuses") == undisturbed.at("statuses") ||
                                  left.at("statuses") == without.at("statuses"));
  };
  play_all(
      begun, event, by_the_clock, is_wanted,
      [&](GatePlay& alone) {
        CHECK(alone.run.exit_code == 0);
        CHECK(alone.green(seven));
        CHECK_FALSE(alone.green(eight));
        CHECK(replies(alone.state()) == 1);
      },
      [&](GatePlay& ended) {
        check_greens(ended, {seven, eight});
        check_words(ended);
        const gate::Ledger ledger = ended.ledger();
        const bool is_written = !ledger.overrides.empty();
        const bool is_replied = replies(ended.state()) == 1;
        if (ended.green(seven) || is_replied) CHECK(is_written);
        if (ended.run.exit_code != 0) return;
        // Whoever asked has an answer, on the page or in the log.
        CHECK((is_written || ended.says("Nothing was done") || ended.says("slots are off") ||
               ended.says("Only an administrator")));
        CHECK((!is_written || is_replied || ended.says("no reply: ")));
      });
}

}  // namespace
}  // namespace schemagate::testing
