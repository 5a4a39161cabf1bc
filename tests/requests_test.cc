// SPDX-License-Identifier: MIT
// The whole exchange with GitHub, request by request, of the pull requests that there are every
// day: golden in testdata/github/requests. What stands there was read: each request is needed.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <regex>

#include "tests/page.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

const char* const blocking =
    "SET lock_timeout = '5s';\nCREATE INDEX users_email_idx ON users (email);\n";
const char* const harmless =
    "SET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";
const char* const dropping = "SET lock_timeout = '5s';\nALTER TABLE users DROP plan;\n";
const char* const dropping_lower = "SET lock_timeout = '5s';\n\nALTER TABLE users DROP plan;\n";

/// Pages as long as GitHub's.
FakeGitHubOptions long_pages() {
  FakeGitHubOptions options;
  options.page_size = 100;
  return options;
}

class Exchange {
 public:
  Exchange() : story_(with_readme(), long_pages()) {}

  /// What the job of a push sends.
  int judge(const std::string& golden, const Files& changes) {
    story_.push(changes);
    story_.repository().reference("refs/remotes/origin/main", story_.base());
    StoryJob job(SCHEMAGATE_BINARY, story_);
    return run(golden, job.report_everything());
  }
  /// The same for a fork's push: the event is pull_request, and the token only reads.
  int judge_fork(const std::string& golden, const Files& changes) {
    story_.github().allow_only(
        {"contents: read", "pull-requests: read", "checks: read", "statuses: read"});
    story_.push(changes);
    story_.repository().reference("refs/remotes/origin/main", story_.base());
    StoryJob job(SCHEMAGATE_BINARY, story_);
    nlohmann::json request = job.report_everything().pull_request();
    request["head"]["repo"] = {{"full_name", "mallory/shop"}, {"fork", true}};
    job.event("pull_request", {{"action", "synchronize"}, {"pull_request", request}});
    return run(golden, job);
  }
  /// What the gate's job of that event sends.
  int gate(const std::string& golden) {
    story_.github().set_ref("heads/main", story_.base());
    StoryJob job(SCHEMAGATE_BINARY, story_);
    job.report_everything().set("INPUT_COMMAND", "gate");
    return run(golden, job);
  }
  Story& story() { return story_; }

 private:
  static Files with_readme() {
    Files base = shop_with_users();
    base.insert_or_assign("README.md", File("shop\n"));
    // The same on every machine, whatever the event is.
    base.at(".schemagate.yml")->text += "    rehearsal: false\n";
    return base;
  }
  int run(const std::string& golden, StoryJob& job) {
    story_.github().forget_requests();
    const ProgramRun run = job.run();
    INFO(run.out << run.err);
    std::string sent = scrubbed(story_.github().transcript(), story_);
    sent = std::regex_replace(sent, std::regex("\\b[0-9a-f]{40}\\b"), "…");
    sent = std::regex_replace(sent, std::regex("`[0-9a-f]{7}`"), "`…`");  // of earlier pushes
    sent = std::regex_replace(sent, std::regex("date: [0-9TZ:-]+"), "date: …");
    sent = std::regex_replace(sent, std::regex("\"(pushed|since|until)\": [0-9]+"), "\"$1\": …");
    sent = std::regex_replace(sent, std::regex("\"run\": \"[^\"]*\""), "\"run\": …");
    check_golden_page("requests/" + golden, sent);
    CHECK((run.exit_code == 0 || run.exit_code == 1));
    return static_cast<int>(story_.github().requests().size());
  }

  Story story_;
};

TEST_CASE("what is sent for a first push, and for a second one that mends and moves",
          "[github][requests]") {
  Exchange exchange;
  CHECK(exchange.judge("first-push",
                       {{"m/2_email.sql", File(blocking)}, {"m/3_plan.sql", File(dropping)}}) == 9);
  CHECK(exchange.judge("second-push", {{"m/2_email.sql", File(harmless)},
                                       {"m/3_plan.sql", File(dropping_lower)}}) == 10);
}

TEST_CASE("what is sent for a change without findings", "[github][requests]") {
  CHECK(Exchange().judge("no-findings", {{"m/2_email.sql", File(harmless)}}) == 8);
}

TEST_CASE("what is sent when no schema changes", "[github][requests]") {
  CHECK(Exchange().judge("no-schema-change", {{"README.md", File("a shop\n")}}) == 5);
}

TEST_CASE("what is sent for a fork's pull request", "[github][requests]") {
  CHECK(Exchange().judge_fork("fork", {{"m/2_email.sql", File(blocking)}}) == 8);
}

TEST_CASE("what is sent by a gate that stays closed, and when nothing changed since",
          "[github][requests]") {
  Exchange exchange;
  Story& story = exchange.story();
  story.push({{"m/2_email.sql", File(harmless)}});
  story.repository().commit("main",
                            {{"m/2_other.sql", File("ALTER TABLE users DROP COLUMN email;\n")}});
  CHECK(exchange.gate("gate-closed") == 15);
  CHECK(exchange.gate("gate-unchanged") == 8);
}

TEST_CASE("what is sent by a gate that closes below findings, and by one that opens again",
          "[github][requests]") {
  Exchange exchange;
  Story& story = exchange.story();
  exchange.judge("no-findings", {{"m/2_email.sql", File(harmless)}});
  const auto headline = [&] {
    const std::string body = story.github().comments(7).at(0).body;
    return body.substr(body.find("###"), body.find('\n', body.find("###")) - body.find("###"));
  };
  CHECK(headline() == "### 🟢 schemagate: no findings");
  story.repository().commit("main",
                            {{"m/2_other.sql", File("ALTER TABLE users DROP COLUMN email;\n")}});
  exchange.gate("gate-closes");
  CHECK(headline() == "### 🟠 schemagate: no findings · gate **stale**");
  story.push({{"m/2_email.sql", std::nullopt},
              {"m/5_plan.sql", File("CREATE INDEX CONCURRENTLY plans ON users (plan);\n")}});
  exchange.gate("gate-opens");
  CHECK(headline() == "### 🟢 schemagate: no findings · gate **granted**");
  CHECK(story.github().comments(7).size() == 1);
}

}  // namespace
}  // namespace schemagate::testing
