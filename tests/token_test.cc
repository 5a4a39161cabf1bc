// SPDX-License-Identifier: MIT
// The token goes to GitHub's interface and nowhere else, also when GitHub's own answers hold it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/git_server.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

const Files base{{".schemagate.yml",
                  File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n")},
                 {"m/1_users.sql", File("CREATE TABLE users (id bigint, email text);\n")}};

const char* const secret = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

/// Every text that a run leaves anywhere but in its requests' headers.
std::vector<std::string> left_behind(const StoryJob& job, const ProgramRun& run,
                                     const Story& story) {
  std::vector<std::string> texts{run.out, run.err, job.output(), job.summary()};
  for (const auto& file : std::filesystem::recursive_directory_iterator(story.repository().path()))
    if (file.is_regular_file()) texts.push_back(read_file(file.path()));
  for (const auto& one : story.github().comments(7)) texts.push_back(one.body);
  for (const auto& one : story.github().review_comments(7)) texts.push_back(one.body);
  for (const auto& one : story.github().check_runs(story.head())) texts.push_back(one.summary);
  for (const auto& one : story.github().statuses(story.head())) texts.push_back(one.description);
  for (const SentRequest& request : story.github().requests()) {
    texts.push_back(request.target);
    texts.push_back(request.body);
  }
  return texts;
}

void check_kept(const StoryJob& job, const ProgramRun& run, const Story& story) {
  const std::string token = story.github().token();
  REQUIRE(token == secret);
  for (const std::string& text : left_behind(job, run, story)) {
    INFO(text);
    CHECK(text.find(token) == std::string::npos);
  }
}

TEST_CASE("no text holds the token, whatever GitHub answers with it inside") {
  struct Echo {
    std::string method, path;
    int status;
  };
  const std::vector<Echo> echoes{{"", "", 401},
                                 {"", "", 403},
                                 {"GET", "", 404},
                                 {"POST", "/reviews", 422},
                                 {"POST", "/comments", 403},
                                 {"POST", "/check-runs", 403},
                                 {"POST", "/statuses", 422},
                                 {"", "/graphql", 401},
                                 {"POST", "/statuses", 302}};
  for (const Echo& echo : echoes) {
    Story story(base, {.token = secret});
    story.push({{"m/2.sql", File("CREATE INDEX ON users (email);\n")}});
    const std::string token = story.github().token();
    story.github().add_comment(7, "kim", "<!-- schemagate:v1 - -->\nmine?");  // who are we, then?
    Fault fault{.method = echo.method,
                .path = echo.path,
                .status = echo.status,
                .message = "Bad credentials: Bearer " + token + ", twice: " + token};
    if (echo.status == 302) fault.headers = {{"Location", "https://elsewhere.test/?t=" + token}};
    fault.times = 100;
    story.github().fail(fault);
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything();
    const ProgramRun run = job.run();
    INFO(echo.method << " " << echo.path << " " << echo.status);
    CHECK(run.exit_code != 0);
    const std::vector<SentRequest> sent = story.github().requests();
    CHECK(std::any_of(sent.begin(), sent.end(),
                      [&](const SentRequest& one) { return one.status == echo.status; }));
    check_kept(job, run, story);
  }
}

TEST_CASE("no text holds the token when nothing works: fetching, settings, an input with it") {
  Story story(base, {.token = secret});
  story.push({{"m/2.sql", File("CREATE INDEX ON users (email);\n")}});
  const std::string token = story.github().token();
  const TemporaryFolder empty;
  const GitServer git(story.repository().git_dir(), {.token = "another", .name = "acme/shop"});
  const std::vector<std::pair<std::string, std::string>> troubles{
      {"GITHUB_SERVER_URL", git.root()},
      {"GITHUB_SERVER_URL", "http://127.0.0.1:1"},
      {"GITHUB_API_URL", "http://127.0.0.1:1"},
      {"INPUT_FAIL-ON", "nothing"},
      {"GITHUB_EVENT_NAME", "none"}};
  for (const auto& [variable, value] : troubles) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything();
    if (variable == "GITHUB_SERVER_URL") job.set("GITHUB_WORKSPACE", empty.path().string());
    job.set(variable, value);
    job.set("INPUT_API-TIME-BUDGET", "2");
    const ProgramRun run = job.run();
    INFO(variable << "=" << value << "\n" << run.out << run.err);
    CHECK(run.exit_code != 0);
    check_kept(job, run, story);
  }
}

}  // namespace
}  // namespace schemagate::testing
