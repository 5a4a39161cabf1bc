// SPDX-License-Identifier: MIT
// Whose pull request it is, and with whose rights the job runs: forks with a token that only reads,
// pull_request_target on a checkout of the base, drafts, pull requests on top of others. What
// appears on the page, in the summary and in the log is golden.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/case_file.h"
#include "tests/git_server.h"
#include "tests/page.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const char* const config = "databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n";
const Files base{{".schemagate.yml", File(config)},
                 {"m/1_users.sql",
                  File("CREATE TABLE users (id bigint PRIMARY KEY, email text, plan text);\n")}};
const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";
const char* const harmless = "SET lock_timeout = '5s';\nALTER TABLE users ADD COLUMN note text;\n";

const std::set<std::string> read_only{"contents: read", "pull-requests: read", "checks: read",
                                      "statuses: read"};

json from_fork(json pull_request) {
  pull_request["head"]["repo"] = {{"full_name", "mallory/shop"}, {"fork", true}};
  pull_request["user"]["login"] = "mallory";
  return pull_request;
}

json event_of(const std::string& action, json pull_request) {
  return {{"action", action}, {"pull_request", std::move(pull_request)}};
}

/// A fork's pull request was opened, as GitHub starts a job for it: the event is pull_request, the
/// token only reads, the clone has the base's branch. Nothing is rehearsed, to be the same on every
/// machine.
ProgramRun run_of_fork(Story& story, StoryJob& job, const char* sql = blocking) {
  story.push({{"m/2_email.sql", File(sql)}});
  story.repository().reference("refs/remotes/origin/main", story.base());
  story.github().allow_only(read_only);
  job.report_everything();
  job.event("pull_request", event_of("opened", from_fork(job.pull_request())));
  return job.run();
}

Files not_rehearsed(const std::string& more = "") {
  Files files = base;
  files.insert_or_assign(".schemagate.yml",
                         File(std::string(config) + "    rehearsal: false\n" + more));
  return files;
}

/// Each write was refused, once: a permission does not come by asking again. Nothing is there.
void check_nothing_is_posted(const Story& story) {
  const FakeGitHub& github = story.github();
  std::set<std::string> written;
  for (const SentRequest& sent : github.requests()) {
    if (sent.method == "GET" || sent.target == "/graphql") continue;
    CHECK(sent.status == 403);
    CHECK(written.insert(sent.method + sent.target).second);
  }
  CHECK(written.size() >= 3);
  CHECK(github.comments(7).empty());
  CHECK(github.reviews(7).empty());
  CHECK(github.review_comments(7).empty());
  CHECK(github.check_runs(story.head()).empty());
  CHECK(github.statuses(story.head()).empty());
}

TEST_CASE("a fork's pull request loses nothing: annotations, summary, exit code, and why not more",
          "[github]") {
  Story story(not_rehearsed());
  StoryJob job(SCHEMAGATE_BINARY, story);
  const ProgramRun run = run_of_fork(story, job);
  CHECK(run.exit_code == 1);
  check_nothing_is_posted(story);
  CHECK_THAT(run.out, ContainsSubstring("::error file=m/2_email.sql,line=1,"));
  for (const char* reporter : {"review", "comment", "check-run", "status"}) {
    const std::size_t at = run.out.find(std::string("\n") + reporter + ": not posted: 403: ");
    REQUIRE(at != std::string::npos);
    CHECK_THAT(run.out.substr(at, run.out.find('\n', at + 1) - at),
               ContainsSubstring("for a pull request from a fork or from Dependabot GitHub makes "
                                 "every token read-only"));
  }
  CHECK_THAT(job.summary(),
             ContainsSubstring("blocking-index-build") &&
                 ContainsSubstring("Not posted: review, comment, check-run, status. Why: 403: "));
  CHECK_THAT(job.output(), ContainsSubstring("\nfail\n"));
  CHECK_THAT(job.workspace(".schemagate/report.json"), ContainsSubstring("blocking-index-build"));
  check_golden_page("fork-read-only", page_of(story, job, run));
}

TEST_CASE("a fork's pull request without findings passes, though nothing could be posted",
          "[github]") {
  Story story(not_rehearsed());
  StoryJob job(SCHEMAGATE_BINARY, story);
  const ProgramRun run = run_of_fork(story, job, harmless);
  CHECK(run.exit_code == 0);
  check_nothing_is_posted(story);
  check_golden_page("fork-passes", page_of(story, job, run));
}

TEST_CASE("a head whose fork was deleted is judged", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  json pull_request = from_fork(job.pull_request());
  pull_request["head"]["repo"] = nullptr;
  job.event("pull_request_target", event_of("synchronize", pull_request));
  CHECK(job.run().exit_code == 1);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
}

TEST_CASE("pull_request_target on a checkout of the base judges the head's files and runs none",
          "[github]") {
  Story story(base);
  // What a build or a hook would run, a database that would be asked, SQL that would be executed.
  story.push(
      {{"m/2_email.sql", File(blocking)},
       {"m/3_run.sql", File("COPY users FROM PROGRAM 'touch ran';\n\\! touch ran\n")},
       {".schemagate.yml",
        File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n    facts: "
             "{url: \"postgresql://127.0.0.1:1/x\"}\nfail_on: never\n")},
       {".gitattributes", File("*.sql filter=ran\n")},
       {".githooks/post-checkout", File("#!/bin/sh\ntouch ran\n", 0100755)}});
  const GitServer server(story.repository().git_dir(),
                         {.token = story.github().token(), .name = "acme/shop"});
  story.repository().reference("refs/pull/7/head", story.head());
  // As actions/checkout leaves it: the base branch, nothing of the pull request.
  const TemporaryFolder workspace;
  run_git(workspace.path(), {"init", "--quiet", "--initial-branch=main"});
  run_git(workspace.path(), {"fetch", "--quiet", "file://" + story.repository().path(),
                             "refs/heads/main:refs/remotes/origin/main"});
  run_git(workspace.path(), {"checkout", "--quiet", "-B", "main", "origin/main"});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  job.set("GITHUB_WORKSPACE", workspace.path().string());
  job.set("GITHUB_SERVER_URL", server.root());
  job.set("INPUT_FAIL-ON", "");
  job.event("pull_request_target", event_of("opened", from_fork(job.pull_request())));
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(workspace.path() / "ran"));
  CHECK_FALSE(std::filesystem::exists(workspace.path() / "m/2_email.sql"));
  CHECK_THAT(run.out, ContainsSubstring("blocking-index-build"));
  CHECK_THAT(run.out, !ContainsSubstring("rehearsed on"));
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
  CHECK(story.github().comments(7).size() == 1);
}

TEST_CASE("the base's secrets are not asked for when the pull request is a fork's", "[github]") {
  // The base's own configuration names a secret, which a fork's job does not get.
  Story story(not_rehearsed("    facts: {url: $SHOP_READONLY_URL}\n"));
  StoryJob job(SCHEMAGATE_BINARY, story);
  const ProgramRun run = run_of_fork(story, job);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("blocking-index-build"));
  CHECK_THAT(run.out, ContainsSubstring("SHOP_READONLY_URL"));
  check_golden_page("fork-without-secrets", page_of(story, job, run));
}

TEST_CASE("a server that only the pull request names is not asked with the base's rights",
          "[github]") {
  Story story(base);
  story.push({{".schemagate.yml",
               File(std::string(config) +
                    "  - {name: other, schema: other/*.sql, facts: {url: $SHOP_READONLY_URL}}\n")},
              {"other/a.sql", File("CREATE TABLE a (id bigint);\nTRUNCATE a;\n")}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  job.set("SHOP_READONLY_URL", "postgresql://127.0.0.1:1/x");
  job.event("pull_request_target", event_of("opened", from_fork(job.pull_request())));
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK_THAT(run.out, ContainsSubstring("only the pull request's own configuration names"));
  CHECK_THAT(run.out, !ContainsSubstring("127.0.0.1"));
}

TEST_CASE("a draft is checked, or left alone", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  json draft = job.pull_request();
  draft["draft"] = true;
  job.event("pull_request_target", event_of("opened", draft));
  job.set("INPUT_DRAFT", "skip");
  const ProgramRun skipped = job.run();
  CHECK(skipped.exit_code == 0);
  CHECK(story.github().requests().empty());
  check_golden_page("draft-skipped", page_of(story, job, skipped));
  // Ready for review: the event comes without a push.
  job.event("pull_request_target", event_of("ready_for_review", job.pull_request()));
  const ProgramRun ready = job.run();
  CHECK(ready.exit_code == 1);
  check_golden_page("draft-ready", page_of(story, job, ready));
  Story other(base);
  other.push({{"m/2_email.sql", File(blocking)}});
  StoryJob checked(SCHEMAGATE_BINARY, other);
  checked.report_everything();
  checked.event("pull_request_target", event_of("opened", draft));
  CHECK(checked.run().exit_code == 1);
  CHECK(other.github().comments(7).size() == 1);
}

TEST_CASE("a pull request on top of another is judged against that branch, then against main",
          "[github]") {
  Story story(base);
  TestRepository& repository = story.repository();
  repository.branch("below", repository.tip("main"));
  repository.commit("below", {{"m/2_email.sql", File(blocking)}});
  repository.branch("work", repository.tip("below"));
  story.push({{"m/3_plan.sql", File("ALTER TABLE users DROP COLUMN plan;\n")}});
  repository.reference("refs/remotes/origin/below", repository.tip("below"));
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  json stacked = job.pull_request();
  stacked["base"]["ref"] = "below";
  stacked["base"]["sha"] = repository.tip("below");
  job.event("pull_request_target", event_of("opened", stacked));
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  // What the branch below does is that one's matter.
  CHECK_THAT(run.out, !ContainsSubstring("blocking-index-build"));
  CHECK_THAT(run.out, ContainsSubstring("drop-column"));
  check_golden_page("stacked", page_of(story, job, run));
  // The one below was merged; GitHub changes the base and says edited.
  repository.merge("main", "below");
  repository.reference("refs/remotes/origin/main", repository.tip("main"));
  json edited = event_of("edited", job.pull_request());
  edited["changes"] = {{"base", {{"ref", {{"from", "below"}}}}}};
  job.event("pull_request_target", edited);
  const ProgramRun again = job.run();
  INFO(again.out << again.err);
  CHECK(again.exit_code == 1);
  CHECK_THAT(again.out, !ContainsSubstring("blocking-index-build"));
  CHECK(story.github().comments(7).size() == 1);
  CHECK(story.github().review_comments(7).size() == 2);
}

}  // namespace
}  // namespace schemagate::testing
