// SPDX-License-Identifier: MIT
// The program as GitHub's runner starts it: no arguments, everything in variables and files.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bot/action_inputs.h"
#include "tests/case_file.h"
#include "tests/git_server.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files base{
    {".schemagate.yml",
     File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n")},
    {"m/1_users.sql", File("CREATE TABLE users (id bigint PRIMARY KEY, email text);\n")}};
const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

TEST_CASE("a job judges its pull request, sets the status and leaves outputs and files",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_SARIF-FILE", "out/report.sarif");
  job.set("INPUT_REPORTERS", "status, summary, annotations");
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
  CHECK_THAT(job.output(), ContainsSubstring("verdict<<ghadelimiter_"));
  CHECK_THAT(job.output(), ContainsSubstring("\nfail\n"));
  CHECK_THAT(job.summary(), ContainsSubstring("blocking-index-build"));
  CHECK(json::parse(job.workspace(".schemagate/report.json")).at("verdict") == "fail");
  CHECK(job.workspace(".schemagate/.gitignore") == "*\n");
  CHECK(json::parse(job.workspace("out/report.sarif")).at("version") == "2.1.0");
  // No check run shows the finding, so it is a workflow command; the report is none.
  CHECK_THAT(run.out, ContainsSubstring("::error file=m/2_email.sql,line=1"));
  CHECK_THAT(run.out, ContainsSubstring("::stop-commands::"));
  CHECK(run.out.find(story.github().token()) == std::string::npos);
}

TEST_CASE("a finding that stands beside its line is no workflow command, any other is",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)},
              {"m/3_id.sql", File("CREATE INDEX users_id_idx ON users (id);\n")}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything().set("INPUT_REPORTERS", "review, comment, status");
  job.set("INPUT_MAX-COMMENTS", "1");
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  REQUIRE(story.github().review_comments(7).size() == 1);
  const bool is_first = story.github().review_comments(7)[0].path == "m/2_email.sql";
  CHECK_THAT(run.out, ContainsSubstring(is_first ? "::error file=m/3_id.sql,line=1"
                                                 : "::error file=m/2_email.sql,line=1"));
  CHECK_THAT(run.out, !ContainsSubstring(is_first ? "file=m/2_email.sql" : "file=m/3_id.sql"));
}

TEST_CASE("annotations that are asked for by name repeat no comment and no check run", "[github]") {
  const Files two{{"m/2_email.sql", File(blocking)},
                  {"m/3_id.sql", File("CREATE INDEX users_id_idx ON users (id);\n")}};
  const auto commands = [&](const char* reporters) {
    Story story(base);
    story.push(two);
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything().set("INPUT_REPORTERS", reporters);
    job.set("INPUT_MAX-COMMENTS", "1");
    const std::string out = "\n" + job.run().out;
    std::size_t count = 0;
    for (std::size_t at = 0; (at = out.find("\n::error ", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  CHECK(commands("annotations") == 2);
  CHECK(commands("status, summary") == 0);
  CHECK(commands("review, annotations") == 1);
  CHECK(commands("review, check-run, annotations") == 0);
}

TEST_CASE("a job that found nothing gives the runner no workflow commands", "[github]") {
  const char* const harmless = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";
  for (const Files& change :
       {Files{{"README.md", File("a shop\n")}},
        Files{{"m/2_email.sql", File("SET lock_timeout = '5s';\n" + std::string(harmless))}}}) {
    Story story(base);
    story.push(change);
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything().set("INPUT_REPORTERS", "review, comment, status");
    const ProgramRun run = job.run();
    INFO(run.out << run.err);
    CHECK(run.exit_code == 0);
    CHECK_THAT(run.out, ContainsSubstring("note: origin/main is not in this clone"));
    CHECK_THAT(run.out, !ContainsSubstring("::notice"));
  }
}

TEST_CASE("rules are links to their pages of the action's own version", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("GITHUB_ACTION_REPOSITORY", "schemagate/schemagate");
  job.set("GITHUB_ACTION_REF", "v0.1");
  job.run();
  CHECK_THAT(job.summary(),
             ContainsSubstring("[`blocking-index-build`](https://github.com/schemagate/schemagate/"
                               "blob/v0.1/docs/rules/blocking-index-build.md)"));
  CHECK_THAT(job.summary(), ContainsSubstring("schemagate 0."));
}

TEST_CASE("a job without the whole history fetches it with its token, also without any clone",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  TestRepository& repository = story.repository();
  repository.reference("refs/pull/7/head", story.head());
  const GitServer server(repository.git_dir(),
                         {.token = story.github().token(), .name = "acme/shop"});
  const TemporaryFolder folder;
  const std::string shallow = (folder.path() / "shallow").string(),
                    empty = (folder.path() / "empty").string();
  // As actions/checkout does by default: one commit of one reference.
  run_git(folder.path(), {"init", "--quiet", shallow});
  run_git(shallow, {"fetch", "--quiet", "--depth=1", "file://" + repository.path(),
                    "refs/pull/7/head:refs/remotes/pull/7/merge"});
  std::filesystem::create_directory(empty);
  for (const std::string& workspace : {shallow, empty}) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.set("GITHUB_SERVER_URL", server.root());
    job.set("GITHUB_WORKSPACE", workspace);
    job.set("INPUT_REPORTERS", "review, status");
    const ProgramRun run = job.run();
    INFO(workspace << "\n" << run.out << run.err);
    CHECK(run.exit_code == 1);
    const json report =
        json::parse(read_file(std::filesystem::path(workspace) / ".schemagate/report.json"));
    CHECK_THAT(report.at("notes").dump(), ContainsSubstring("refs/heads/main, refs/pull/7/head"));
    CHECK_THAT(report.at("notes").dump(), ContainsSubstring("`fetch-depth: 0`"));
    CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
  }
  // The lines of the diff were known: the finding stands on its line.
  CHECK(story.github().review_comments(7).size() == 1);
}

TEST_CASE("a server with a certificate of its own is fetched from, by SSL_CERT_FILE or ca-file",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.repository().reference("refs/pull/7/head", story.head());
  const GitServer server(story.repository().git_dir(),
                         {.token = story.github().token(), .name = "acme/shop", .https = true});
  for (const char* variable : {"", "SSL_CERT_FILE", "INPUT_CA-FILE"}) {
    const TemporaryFolder empty;
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.set("GITHUB_SERVER_URL", server.root());
    job.set("GITHUB_WORKSPACE", empty.path().string());
    if (*variable != '\0') job.set(variable, server.certificate());
    const ProgramRun run = job.run();
    INFO(variable << "\n" << run.out << run.err);
    CHECK(run.exit_code == (*variable != '\0' ? 1 : 2));
  }
}

TEST_CASE("a job that can't fetch the history sets the status to error and names the setting",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  const TemporaryFolder folder;
  run_git(folder.path(), {"init", "--quiet"});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("GITHUB_SERVER_URL", "http://127.0.0.1:1");
  job.set("GITHUB_WORKSPACE", folder.path().string());
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring("fetch-depth: 0"));
  CHECK_THAT(run.err, ContainsSubstring("can't fetch from http://127.0.0.1:1/acme/shop"));
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::error);
}

TEST_CASE("a job without a token judges, and says that nothing was posted", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_GITHUB-TOKEN", "");
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("no token was given: nothing was posted"));
  CHECK_THAT(run.out, ContainsSubstring("blocking-index-build"));
  CHECK(story.sent("POST") == 0);
}

TEST_CASE("with the base's rights nothing of the pull request is run", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.event("pull_request_target", {{"action", "opened"}, {"pull_request", job.pull_request()}});
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, !ContainsSubstring("rehearsed on"));
}

TEST_CASE("a merge group is judged and its head gets the status", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.event("merge_group",
            {{"action", "checks_requested"},
             {"merge_group",
              {{"head_sha", story.head()},
               {"head_ref", "refs/heads/gh-readonly-queue/main/pr-7-" + story.base()},
               {"base_sha", story.base()},
               {"base_ref", "refs/heads/main"},
               {"head_commit", {{"id", story.head()}, {"tree_id", std::string(40, 'e')}}}}}});
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
}

TEST_CASE("what is not judged says so and closes nothing", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  json draft = job.pull_request();
  draft["draft"] = true;
  job.event("pull_request", {{"action", "opened"}, {"pull_request", draft}});
  job.set("INPUT_DRAFT", "skip");
  CHECK(job.run().exit_code == 0);
  job.set("INPUT_COMMAND", "check");
  job.event("schedule", {{"schedule", "*/10 * * * *"}});
  CHECK(job.run().exit_code == 0);
  CHECK(story.sent("POST") == 0);
}

TEST_CASE("a job that can't be done sets the status to error and names the next step", "[github]") {
  Story story({{".schemagate.yml", File("databaes: []\n")},
               {"m/1_users.sql", File("CREATE TABLE users (id bigint);\n")}});
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::error);
  CHECK_THAT(run.err, ContainsSubstring("databaes"));
  CHECK_THAT(job.output(), ContainsSubstring("\nerror\n"));
}

TEST_CASE("the configuration may stand elsewhere, and is read from the base there as well",
          "[github]") {
  Files elsewhere = base;
  elsewhere.insert_or_assign("ops/gate.yml", elsewhere.at(".schemagate.yml"));
  elsewhere.erase(".schemagate.yml");
  Story story(elsewhere);
  story.push({{"m/2_email.sql", File(blocking)},
              {"ops/gate.yml", File(elsewhere.at("ops/gate.yml")->text + "fail_on: never\n")}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_CONFIG", "ops/gate.yml");
  CHECK(job.run().exit_code == 1);
  job.set("INPUT_CONFIG", "ops/gates.yml");
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.out + run.err, ContainsSubstring("there is no ops/gates.yml in the repository"));
}

TEST_CASE("a check run that failed is a success once its commit has nothing to say", "[github]") {
  Story story(base);
  story.repository().commit("main", {{".schemagate.yml", File("databases: [\n")}});
  story.push({{"README.md", File("a shop\n")}});
  const auto judge = [&] {
    story.repository().reference("refs/remotes/origin/main", story.base());
    StoryJob job(SCHEMAGATE_BINARY, story);
    const ProgramRun run = job.report_everything().run();
    UNSCOPED_INFO(run.out << run.err);
    return run.exit_code;
  };
  const auto newest = [&] { return story.github().check_runs(story.head()).back(); };
  CHECK(judge() == 2);
  REQUIRE(story.github().check_runs(story.head()).size() == 1);
  CHECK(newest().conclusion == github::Conclusion::failure);
  // The base is mended, and the job run again.
  story.repository().commit("main", {{".schemagate.yml", base.at(".schemagate.yml")}});
  for (int i = 0; i < 2; ++i) {
    CHECK(judge() == 0);
    CHECK(story.github().status(story.head(), "schemagate").state == github::State::success);
    CHECK(newest().conclusion == github::Conclusion::success);
    CHECK(newest().title == "no schema change");
    CHECK(story.github().check_runs(story.head()).size() == 1);
  }
}

TEST_CASE("a job that may not read check runs has none to mend", "[github]") {
  Story story(base);
  story.push({{"README.md", File("a shop\n")}});
  Fault refused = Fault::no_permission();
  refused.method = "GET";
  refused.path = "/check-runs";
  refused.times = 100;
  story.github().fail(refused);
  StoryJob job(SCHEMAGATE_BINARY, story);
  const ProgramRun run = job.report_everything().run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, !ContainsSubstring("check-run"));
}

TEST_CASE("schema names the files of a repository without a configuration", "[github]") {
  Story story({{"sql/a/users.sql", File("CREATE TABLE users (id bigint, email text);\n")},
               {"other/x.sql", File("CREATE TABLE x (id bigint);\n")}});
  story.push({{"sql/a/users.sql", File("CREATE TABLE users (id bigint);\n")}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  CHECK(job.run().exit_code == 2);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::error);
  job.set("INPUT_SCHEMA", "sql/b/*.sql\nsql/a/*.sql");
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("drop-column"));
}

TEST_CASE("schema is not used where a configuration says where the schema is", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_SCHEMA", "nothing/*.sql");
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("input `schema` was not used: .schemagate.yml says"));
}

/// A repository of many projects; one has a configuration, one is found without.
Files many_projects() {
  return {{"services/billing/.schemagate.yml", base.at(".schemagate.yml")},
          {"services/billing/m/1.sql", base.at("m/1_users.sql")},
          {"services/shop/db/schema.sql", File("CREATE TABLE users (id bigint, email text);\n")}};
}

TEST_CASE(
    "working-directory is a folder of the repository: paths start there, nothing else is "
    "judged",
    "[github]") {
  Story story(many_projects());
  story.push({{"services/billing/m/2_email.sql", File(blocking)},
              {"services/shop/db/schema.sql", File("CREATE TABLE users (id bigint);\n")}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_WORKING-DIRECTORY", "./services/billing/");
  const ProgramRun billing = job.run();
  INFO(billing.out << billing.err);
  CHECK(billing.exit_code == 1);
  CHECK_THAT(billing.out, ContainsSubstring("services/billing/m/2_email.sql"));
  CHECK_THAT(billing.out, !ContainsSubstring("drop-column"));
  job.set("INPUT_WORKING-DIRECTORY", "services/shop");
  const ProgramRun shop = job.run();
  INFO(shop.out << shop.err);
  CHECK(shop.exit_code == 1);
  CHECK_THAT(shop.out, ContainsSubstring("drop-column"));
  CHECK_THAT(shop.out, !ContainsSubstring("blocking-index-build"));
}

TEST_CASE("working-directory is where the clone lies in the workspace", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  const TemporaryFolder workspace;
  std::filesystem::create_directory(workspace.path() / "code");
  run_git(workspace.path(), {"clone", "--quiet", "--no-checkout",
                             "file://" + story.repository().path(), "code/shop"});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("GITHUB_WORKSPACE", workspace.path().string());
  job.set("INPUT_WORKING-DIRECTORY", "code/shop");
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  // Files that leave the job are named from the workspace, whatever the working directory is.
  CHECK(std::filesystem::exists(workspace.path() / ".schemagate/report.json"));
}

TEST_CASE("working-directory leads nowhere out of the workspace", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  const std::filesystem::path workspace = story.repository().path();
  const TemporaryFolder elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(), workspace / "link");
  for (const char* path : {"/etc", "../x", "m/../..", "link", "link/x", ".git"}) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.set("INPUT_WORKING-DIRECTORY", path);
    const ProgramRun run = job.run();
    INFO(path << run.out << run.err);
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.err, ContainsSubstring("input working-directory can't be"));
  }
}

TEST_CASE("command gate without a token says whether the head may land on the base as it is now",
          "[github]") {
  Story story(base);
  story.push(
      {{"m/2_email.sql", File("CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n")}});
  TestRepository& repository = story.repository();
  repository.reference("refs/remotes/origin/main", repository.tip("main"));
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_COMMAND", "gate");
  job.set("INPUT_GITHUB-TOKEN", "");
  const ProgramRun granted = job.run();
  INFO(granted.out << granted.err);
  CHECK(granted.exit_code == 0);
  CHECK_THAT(job.output(), ContainsSubstring("\ngranted\n") && ContainsSubstring("sg1:"));
  CHECK(json::parse(job.workspace(".schemagate/report.json")).at("gate") == "granted");
  // Meanwhile the column has gone from the base.
  repository.commit("main", {{"m/2_drop.sql", File("ALTER TABLE users DROP COLUMN email;\n")}});
  repository.reference("refs/remotes/origin/main", repository.tip("main"));
  const ProgramRun closed = job.run();
  INFO(closed.out << closed.err);
  CHECK(closed.exit_code == 1);
  // The gate's status is the sweep's, and the findings' status is check's.
  CHECK(story.github().statuses(story.head()).empty());
}

TEST_CASE("command check and auto judge; a command that there is not is named", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  for (const char* command : {"check", "auto", ""}) {
    job.set("INPUT_COMMAND", command);
    CHECK(job.run().exit_code == 1);
  }
  job.set("INPUT_COMMAND", "chek");
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring("did you mean 'check'?"));
}

TEST_CASE("a wrong input is named with what is right", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.set("INPUT_FAIL-ON", "warnings");
  const ProgramRun run = job.run();
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring("input fail-on can't be 'warnings'"));
  CHECK_THAT(run.err, ContainsSubstring("did you mean 'warning'?"));
}

TEST_CASE("a report file leads nowhere out of the workspace", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  const TemporaryFolder elsewhere;
  std::filesystem::create_directory_symlink(
      elsewhere.path(), std::filesystem::path(story.repository().path()) / ".schemagate");
  StoryJob job(SCHEMAGATE_BINARY, story);
  CHECK(job.run().exit_code == 2);
  CHECK(std::filesystem::is_empty(elsewhere.path()));
  job.set("INPUT_REPORT-FILE", "../report.json");
  CHECK(job.run().exit_code == 2);
}

TEST_CASE(
    "action.yml lists the inputs that the program reads, and no other; docs/github.md has them "
    "all",
    "[github]") {
  const std::string text = read_file(source_path("action.yml"));
  const std::size_t begin = text.find("\ninputs:\n"), end = text.find("\noutputs:\n");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  std::set<std::string> listed;
  for (std::size_t at = begin + 9; at < end;) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.size() > 3 && line.starts_with("  ") && line[2] != ' ')
      listed.insert(line.substr(2, line.find(':') - 2));
    at += line.size() + 1;
  }
  const std::vector<std::string> read = input_names();
  CHECK(listed == std::set<std::string>(read.begin(), read.end()));
  const std::string page = read_file(source_path("docs/github.md"));
  for (const std::string& name : read) CHECK_THAT(page, ContainsSubstring("`" + name + "`"));
}

}  // namespace
}  // namespace schemagate::testing
