// SPDX-License-Identifier: MIT
// What a job leaves behind has a size, an owner and a number that the runner and GitHub can take.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files base{
    {".schemagate.yml",
     File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n")},
    {"m/1_users.sql", File("CREATE TABLE users (id bigint, a text, b text, c text, d text);\n")}};
const char* const four_indexes =
    "SET lock_timeout = '5s';\nCREATE INDEX ON users (a);\nCREATE INDEX ON users (b);\n"
    "CREATE INDEX ON users (c);\nALTER TABLE users DROP COLUMN d;\n";

TEST_CASE("max-comments: so many stand on lines, the worst first; all are in the table") {
  for (const auto& [most, shown] : {std::pair<std::string, std::size_t>{"2", 2}, {"0", 0}}) {
    Story story(base);
    story.push({{"m/2.sql", File(four_indexes)}});
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything().set("INPUT_MAX-COMMENTS", most);
    const ProgramRun run = job.run();
    INFO(most << run.out << run.err);
    CHECK(run.exit_code == 1);
    CHECK(story.github().review_comments(7).size() == shown);
    const std::string page = story.github().comments(7).at(0).body;
    for (const char* line : {"`m/2.sql:2`", "`m/2.sql:3`", "`m/2.sql:4`", "`m/2.sql:5`"})
      CHECK_THAT(page, ContainsSubstring(line));
  }
  Story story(base);
  story.push({{"m/2.sql", File(four_indexes)}});
  for (const char* wrong : {"-1", "101", "many", "2.5", "99999999999"}) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.set("INPUT_MAX-COMMENTS", wrong);
    const ProgramRun run = job.run();
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.err, ContainsSubstring(std::string("input max-comments can't be '") + wrong));
    CHECK_THAT(run.err, ContainsSubstring("it is a number from 0 to 100"));
  }
}

/// What GitHub takes of one step.
constexpr std::size_t mebibyte = 1 << 20;

TEST_CASE("a summary that would be too long leaves out details, never the verdict or a finding") {
  const auto function = [](const std::string& what) {
    std::string body;
    for (int i = 0; i < 30000; ++i) body += "-- why this is so is a long story, and it goes on\n";
    return "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n" + body + "SELECT '" + what +
           "'\n$$;\n";
  };
  Story story(
      {{"schema.sql", File("CREATE TABLE users (id bigint, a text);\n" + function("one"))}});
  story.push(
      {{"schema.sql", File("CREATE TABLE users (id bigint, a text UNIQUE);\n" + function("two"))}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  const ProgramRun run = job.run();
  INFO(run.err);
  CHECK(run.exit_code == 1);
  const std::string summary = job.summary();
  CHECK(summary.size() > 500);
  CHECK(summary.size() < mebibyte);
  CHECK(summary.starts_with("### 🔴 schemagate: "));
  CHECK_THAT(summary, ContainsSubstring("unique-constraint-without-index") &&
                          ContainsSubstring("<sub>plan ") && !ContainsSubstring("The safe way"));
  CHECK(story.github().comments(7).at(0).body.size() < 65536);
  // The file has no such limit.
  CHECK(job.workspace(".schemagate/report.json").size() > mebibyte);
}

TEST_CASE("the gate's answer in the summary has a limit as well") {
  std::string columns, drops;
  for (int i = 0; i < 1200; ++i) {
    columns +=
        ", a_column_with_quite_a_long_name_so_that_the_page_grows_" + std::to_string(i) + " text";
    drops += std::string(i == 0 ? "" : ", ") +
             "DROP COLUMN a_column_with_quite_a_long_name_so_that_the_page_grows_" +
             std::to_string(i);
  }
  Files many = base;
  many.insert_or_assign("m/1_users.sql", File("CREATE TABLE users (id bigint" + columns + ");\n"));
  Story story(many);
  story.push({{"m/2_view.sql", File("CREATE VIEW v AS SELECT * FROM users;\n")}});
  TestRepository& repository = story.repository();
  repository.commit("main", {{"m/3_drop.sql", File("ALTER TABLE users " + drops + ";\n")}});
  repository.reference("refs/remotes/origin/main", repository.tip("main"));
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_COMMAND", "gate");
  job.set("INPUT_GITHUB-TOKEN", "");
  const ProgramRun run = job.run();
  INFO(run.err);
  CHECK(run.exit_code == 1);
  CHECK(run.out.size() > mebibyte / 5);
  const std::string summary = job.summary();
  CHECK(summary.size() < mebibyte);
  CHECK_THAT(summary, ContainsSubstring("schemagate gate: ") &&
                          ContainsSubstring("… more in the job's log\n"));
}

TEST_CASE("a step's summary has a limit for all that is appended to it") {
  Story story(base);
  story.push({{"m/2.sql", File(four_indexes)}});
  TemporaryFolder folder;
  for (const std::size_t used : {std::size_t{999'990}, std::size_t{1'048'300}}) {
    const std::string path = folder.write("summary", std::string(used, 'x'));
    for (int run = 0; run < 3; ++run) {
      StoryJob job(SCHEMAGATE_BINARY, story);
      job.set("GITHUB_STEP_SUMMARY", path);
      CHECK(job.run().exit_code == 1);
    }
    const std::string summary = read_file(path);
    INFO(summary.substr(used));
    CHECK(summary.size() > used);
    CHECK(summary.size() < mebibyte);
    const bool has_room = used < 1'000'000;
    CHECK((summary.find("schemagate: ") != std::string::npos) == has_room);
    CHECK((summary.find("More has no room here: it is in the job's log.") != std::string::npos) ==
          !has_room);
  }
}

TEST_CASE("a full disk is said: the summary is left out, without outputs nothing is judged") {
  Story story(base);
  story.push({{"m/2.sql", File(four_indexes)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  SECTION("the summary") {
    job.set("GITHUB_STEP_SUMMARY", "/dev/full");
    const ProgramRun run = job.run();
    CHECK(run.exit_code == 1);
    CHECK_THAT(run.out, ContainsSubstring("the job's summary can't be written to /dev/full: No "
                                          "space left on device"));
    CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
  }
  SECTION("an output") {
    job.set("GITHUB_OUTPUT", "/dev/full");
    const ProgramRun run = job.run();
    INFO(run.out);
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.err, ContainsSubstring("the output verdict can't be written to /dev/full: No "
                                          "space left on device"));
    CHECK(story.github().status(story.head(), "schemagate").state == github::State::error);
  }
  SECTION("the standard output") {
    for (const char* arguments : {"rules", "rules --format json"}) {
      const std::string command = std::string(SCHEMAGATE_BINARY) + " " + arguments + " > /dev/full";
      const ProgramRun run = run_program("/bin/sh", {"-c", command});
      CHECK(run.exit_code == 2);
      CHECK_THAT(run.err, ContainsSubstring("can't write to the standard output: No space left"));
    }
  }
}

TEST_CASE("files for later steps belong to the workspace's owner and group, and others may read") {
  Story story(base);
  story.push({{"m/2.sql", File(four_indexes)}});
  const std::filesystem::path workspace = story.repository().path();
  struct stat owner {};
  if (geteuid() == 0) REQUIRE(chown(workspace.c_str(), 1001, 1002) == 0);
  REQUIRE(stat(workspace.c_str(), &owner) == 0);
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything().set("INPUT_SARIF-FILE", "out/deep/report.sarif");
  CHECK(job.run().exit_code == 1);
  for (const auto& [path, mode] : {std::pair<std::string, mode_t>{".schemagate", 0755},
                                   {".schemagate/report.json", 0644},
                                   {".schemagate/.gitignore", 0644},
                                   {"out", 0755},
                                   {"out/deep", 0755},
                                   {"out/deep/report.sarif", 0644}}) {
    struct stat found {};
    INFO(path);
    REQUIRE(stat((workspace / path).c_str(), &found) == 0);
    CHECK(found.st_uid == owner.st_uid);
    CHECK(found.st_gid == owner.st_gid);
    CHECK((found.st_mode & 07777) == mode);
  }
}

TEST_CASE("an event whose pull request has no number that GitHub gives is refused") {
  Story story(base);
  story.push({{"m/2.sql", File(four_indexes)}});
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-7}, std::int64_t{4294967303}}) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    json payload = job.pull_request();
    payload["number"] = number;
    job.event("pull_request", {{"action", "opened"}, {"pull_request", payload}});
    const ProgramRun run = job.run();
    INFO(number << run.out << run.err);
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.err,
               ContainsSubstring("pull_request.number is not a number that GitHub gives: " +
                                 std::to_string(number)));
    CHECK(story.github().requests().empty());
  }
}

}  // namespace
}  // namespace schemagate::testing
