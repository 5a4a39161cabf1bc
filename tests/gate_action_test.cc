// SPDX-License-Identifier: MIT
// The gate as a job: the program, started by each event that its workflow listens to.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}};
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};
const Files indexes_email{{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}};

/// With one pull request.
struct OneOpen : GateJob {
  explicit OneOpen(const Files& base = shop) : GateJob(base) { open(1, drops_email); }
  static json comment_on(json issue, const std::string& body) {
    return {{"action", "created"},
            {"issue", std::move(issue)},
            {"comment",
             {{"id", 1},
              {"body", body},
              {"user", {{"login", "kim"}, {"type", "User"}}},
              {"created_at", "2026-11-28T00:00:00Z"},
              {"updated_at", "2026-11-28T00:00:00Z"}}}};
  }
  static json on_pull_request() { return {{"number", 1}, {"pull_request", json::object()}}; }
};

TEST_CASE("each event of the gate's workflow sweeps the branch it is about", "[github]") {
  OneOpen job;
  std::string event;
  json payload;
  SECTION("workflow_dispatch") {
    event = "workflow_dispatch";
    payload = {{"ref", "refs/heads/main"}, {"inputs", nullptr}};
  }
  SECTION("schedule") {
    event = "schedule";
    payload = {{"schedule", "*/10 * * * *"}};
  }
  SECTION("push") {
    const std::string tip = job.repository_.tip("main");
    event = "push";
    payload = {{"ref", "refs/heads/main"}, {"before", tip}, {"after", tip}};
  }
  SECTION("pull_request_target") {
    event = "pull_request_target";
    payload = {{"action", "synchronize"}, {"pull_request", job.pull_request(1)}};
  }
  SECTION("pull_request") {
    event = "pull_request";
    payload = {{"action", "closed"}, {"pull_request", job.pull_request(1)}};
  }
  SECTION("issue_comment") {
    event = "issue_comment";
    payload = OneOpen::comment_on(OneOpen::on_pull_request(), "/schemagate recheck");
  }
  SECTION("pull_request_review") {
    event = "pull_request_review";
    payload = {{"action", "submitted"},
               {"review",
                {{"state", "approved"},
                 {"commit_id", job.heads[1]},
                 {"user", {{"login", "root"}, {"type", "User"}}}}},
               {"pull_request", job.pull_request(1)}};
  }
  const ProgramRun run = job.run(event, payload);
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK(job.green(job.heads[1]));
  CHECK_THAT(run.out, ContainsSubstring("#1 granted: ok: plan sg1:"));
}

/// The value of an output of the last job.
std::string output_of(const GateJob& job, const std::string& name) {
  const std::size_t at = job.output.rfind(name + "<<");
  if (at == std::string::npos) return "-";
  const std::size_t from = job.output.find('\n', at) + 1;
  return job.output.substr(from, job.output.find('\n', from) - from);
}

TEST_CASE("the gate's job tells its workflow and its readers where everybody stands", "[github]") {
  OneOpen job;
  job.open(2, indexes_email);
  const auto event_of = [&](int number) {
    return json{{"action", "synchronize"}, {"pull_request", job.pull_request(number)}};
  };
  job.run("pull_request_target", event_of(1));
  CHECK(output_of(job, "verdict") == "pass");
  CHECK(output_of(job, "gate") == "granted");
  CHECK(output_of(job, "overridden") == "false");
  CHECK_THAT(job.summary, ContainsSubstring("### Gate of `main` at ") &&
                              ContainsSubstring("| #1 | 🟢 granted | ok: plan ") &&
                              ContainsSubstring("| #2 | ⏳ waiting | waits: "));
  job.run("pull_request_target", event_of(2));
  CHECK(output_of(job, "verdict") == "fail");
  CHECK(output_of(job, "gate") == "waiting");
  const std::string checksum = output_of(job, "gate-checksum");
  CHECK(checksum.starts_with("sg1:"));

  job.say(2, "root", "/schemagate override " + checksum + " it can't wait");
  CHECK(output_of(job, "verdict") == "pass");
  CHECK(output_of(job, "gate") == "overridden");
  CHECK(output_of(job, "overridden") == "true");
  CHECK_THAT(job.summary, ContainsSubstring("| #2 | 🟢 overridden | OVERRIDDEN by @") &&
                              ContainsSubstring("@root overrides the gate for ") &&
                              ContainsSubstring("Reason: it can't wait"));
  job.sweep_job();
  CHECK(output_of(job, "verdict") == "pass");
  CHECK(output_of(job, "gate") == "-");

  job.github_.set_ref("heads/main", "");
  (void)job.run_any("schedule", {{"schedule", "*/10 * * * *"}});
  CHECK(output_of(job, "verdict") == "error");
}

TEST_CASE("a pull request that could not be judged has not passed", "[github]") {
  OneOpen job;
  (void)job.sweep_job();
  job.repository_.reference("refs/pull/1/head", job.heads[1]);
  job.clone_now();
  json event{{"action", "synchronize"}, {"pull_request", job.pull_request(1)}};
  SECTION("nothing can be: the tip is nowhere") { job.tip_is(std::string(40, 'd')); }
  SECTION("its head is nowhere") {
    job.heads[1] = std::string(40, 'e');
    job.github_.push(1, job.heads[1], {});
    event["pull_request"] = job.pull_request(1);
  }
  const ProgramRun run = job.run_any("pull_request_target", event);
  INFO(run.out << run.err);
  CHECK_THAT(run.out, ContainsSubstring("could not be fetched"));
  CHECK(run.exit_code == 0);
  CHECK(output_of(job, "verdict") == "fail");
  CHECK(output_of(job, "gate") == "-");
}

TEST_CASE("the job of a pull request that is closed passes", "[github]") {
  OneOpen job;
  github::PullRequest closed;
  closed.number = 2;
  closed.author = "kim";
  closed.open = false;
  closed.head = {job.heads[1], "work2", "acme/shop"};
  closed.base = {job.repository_.tip("main"), "main", "acme/shop"};
  job.github_.add(closed, {});
  json event{{"action", "closed"}, {"pull_request", shown(closed)}};
  event["pull_request"]["state"] = "closed";
  job.run("pull_request_target", event);
  CHECK(output_of(job, "verdict") == "pass");
  CHECK(output_of(job, "gate") == "-");
}

TEST_CASE("the ledger is written with a token of its own, if there is one", "[github]") {
  OneOpen job;
  job.inputs["INPUT_LEDGER-TOKEN"] = "ghs_ledger";
  job.github_.know_token("ghs_ledger", {"contents: write"});
  job.github_.allow_only({"contents: read", "pull-requests: write", "pull-requests: read",
                          "statuses: write", "statuses: read"});
  job.sweep_job();
  CHECK(job.github_.status(job.heads[1], gate_context).state == github::State::success);
  CHECK(!job.github_.ref("schemagate/ledger/main").empty());
  for (const SentRequest& one : job.github_.requests()) {
    const bool is_ledger = one.method != "GET" && one.target.find("/git/") != std::string::npos;
    CHECK((one.headers.at("authorization") == "Bearer ghs_ledger") == is_ledger);
  }
}

TEST_CASE("a command that GitHub's trouble leaves undone fails its job, and nobody is called less",
          "[github]") {
  OneOpen job;
  job.github_.set_access("kim", "admin");
  Fault refused;
  refused.method = "GET";
  refused.status = 403;
  refused.message = "Forbidden";
  refused.times = 1000;
  const auto command =
      job.written(1, "kim", "/schemagate override sg1:123456789abc the shop is down");
  std::string said;
  SECTION("the pull request can't be read") {
    refused.path = "/repos/acme/shop/pulls/1";
    refused.whole_path = true;
    said = "#1 can't be read: 403: Forbidden";
  }
  SECTION("whether its author is an administrator") {
    refused.path = "/collaborators/kim/permission";
    said = "GitHub does not say whether @kim is an administrator: 403: Forbidden";
  }
  job.github_.fail(refused);
  const ProgramRun run = job.run_any("issue_comment", command);
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring(said));
  CHECK(output_of(job, "verdict") == "error");
  for (const auto& comment : job.github_.comments(1))
    CHECK_THAT(comment.body, !ContainsSubstring("Only an administrator"));
}

TEST_CASE("a pull request in a state that nobody knows keeps no green, and stops no sweep",
          "[github]") {
  OneOpen job;
  job.open(2, {{"db/t.sql", File("CREATE TABLE t (id bigint);\n")}});
  (void)job.sweep_job();
  REQUIRE(job.green(job.heads[2]));
  job.github_.set_state(2, "ajar");
  job.open(3, {{"db/u.sql", File("CREATE TABLE u (id bigint);\n")}});
  SECTION("with the ledger") {}
  SECTION("without it") {
    job.github_.require_up_to_date("main");
    job.github_.allow_only({"contents: read", "pull-requests: write", "statuses: write"});
  }
  const ProgramRun run = job.sweep_job();
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, ContainsSubstring("#2 error: could not judge: GitHub calls it neither open "
                                        "nor closed but ajar"));
  CHECK_THAT(job.last_comment(2), ContainsSubstring("neither open nor closed but ajar"));
  CHECK(job.status(2).state == github::State::error);
  CHECK(job.green(job.heads[3]));
}

TEST_CASE("an event that can't be read closes the gate, and the next step is named", "[github]") {
  OneOpen job;
  json event = job.event("synchronize", 1);
  std::string said;
  SECTION("a state that nobody knows") {
    event["pull_request"]["state"] = "ajar";
    said = "a pull request's state is neither open nor closed: ajar";
  }
  SECTION("something is missing") {
    event["pull_request"].erase("head");
    said = "pull_request.head is missing";
  }
  SECTION("more than GitHub sends") {
    event["pull_request"]["title"] = std::string(std::size_t{33} << 20U, 'x');
    said = "the event's file has 33 MB";
  }
  const ProgramRun run = job.run_any("pull_request_target", event);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring(said) && ContainsSubstring("hint: did GitHub's runner"));
  CHECK(output_of(job, "verdict") == "error");
  CHECK(job.writes() == 0);
}

TEST_CASE("a comment on an issue and talk about commands sweep nothing", "[github]") {
  OneOpen job;
  const json issue{{"number", 9}};
  (void)job.run("issue_comment", OneOpen::comment_on(issue, "/schemagate recheck"));
  (void)job.run("issue_comment",
                OneOpen::comment_on(OneOpen::on_pull_request(), "try /schemagate recheck"));
  CHECK(job.writes() == 0);
}

TEST_CASE("a direct push is reported by the job that it starts", "[github]") {
  OneOpen job;
  const std::string before = job.repository_.tip("main");
  const std::string after =
      job.repository_.commit("main", {{"db/h.sql", File("CREATE TABLE h (id int);\n")}});
  job.tip_is(after);
  const ProgramRun run =
      job.run("push", {{"ref", "refs/heads/main"}, {"before", before}, {"after", after}});
  CHECK_THAT(run.out, ContainsSubstring("landing audit: " + after));
  CHECK(job.github_.status(after, gate_context).state == github::State::failure);
}

TEST_CASE("what landed and could not be audited is red, and that is said", "[github]") {
  OneOpen job;
  const std::string tip = job.repository_.tip("main");
  Fault refused;
  refused.method = "GET";
  refused.path = "/git/ref/schemagate/ledger/main";
  refused.status = 422;
  refused.skip = 1;  // the sweep's
  job.github_.fail(refused);
  const ProgramRun run =
      job.run("push", {{"ref", "refs/heads/main"}, {"before", tip}, {"after", tip}});
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, ContainsSubstring("what landed could not be audited: the ledger"));
  CHECK(job.github_.status(tip, gate_context).state == github::State::failure);
  CHECK_THAT(job.github_.status(tip, gate_context).description,
             ContainsSubstring("could not be audited"));
}

TEST_CASE("a commit that takes no status keeps no other one from its own", "[github]") {
  OneOpen job;
  job.open(2, {{"db/a.sql", File("CREATE TABLE a (id int);\n")}});
  job.open(3, {{"db/b.sql", File("CREATE TABLE b (id int,,;\n")}});
  for (const int number : {1, 3}) {
    Fault refused;
    refused.method = "POST";
    refused.path = "/statuses/" + job.heads[number];
    refused.status = 422;
    refused.times = 9;
    job.github_.fail(refused);
  }
  const ProgramRun run = job.sweep_job();
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK(job.green(job.heads[2]));
  for (const int number : {1, 3})
    CHECK_THAT(run.out, ContainsSubstring(job.heads[number] + ": the status can't be set: 422"));
}

TEST_CASE("green that can't be taken back fails the job, and the others are swept", "[github]") {
  OneOpen job;
  (void)job.sweep_job();
  REQUIRE(job.green(job.heads[1]));
  job.tip_is(job.repository_.commit(
      "main", {{"db/v.sql", File("CREATE VIEW v AS SELECT email FROM users;\n")}}));
  job.open(2, {{"db/a.sql", File("CREATE TABLE a (id int);\n")}});
  Fault refused;
  refused.method = "POST";
  refused.path = "/statuses/" + job.heads[1];
  refused.status = 422;
  refused.times = 9;
  job.github_.fail(refused);
  const ProgramRun run = job.run_any("schedule", {{"schedule", "*/10 * * * *"}});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring(job.heads[1] + " is green, must not be"));
  CHECK_THAT(run.out, ContainsSubstring("#1 stale: ") && ContainsSubstring("#2 "));
  CHECK(output_of(job, "verdict") == "error");
  CHECK(job.green(job.heads[1]));
  CHECK(job.github_.status(job.heads[2], gate_context).context == gate_context);
}

TEST_CASE("a merge group's job says no by its exit code and its status", "[github]") {
  Files queued = shop;
  queued.insert_or_assign(
      ".schemagate.yml",
      File("databases:\n  - {name: shop, schema: db/*.sql}\ngate: {mode: queue}\n"));
  OneOpen job(queued);
  job.open(2, indexes_email);
  (void)job.run("workflow_dispatch", {{"ref", "refs/heads/main"}, {"inputs", nullptr}});
  CHECK(job.green(job.heads[2]));  // its ticket
  job.repository_.branch("queue", job.repository_.tip("main"));
  std::string base = job.repository_.tip("main");
  for (const int number : {1, 2}) {
    const std::string head = job.repository_.merge("queue", fmt::format("work{}", number));
    job.github_.know_commit(head);
    const ProgramRun run = job.run(
        "merge_group",
        {{"action", "checks_requested"},
         {"merge_group",
          {{"head_sha", head},
           {"head_ref", fmt::format("refs/heads/gh-readonly-queue/main/pr-{}-{}", number, base)},
           {"base_sha", base},
           {"base_ref", "refs/heads/main"}}}});
    INFO(run.out);
    CHECK(run.exit_code == (number == 1 ? 0 : 1));
    CHECK(job.github_.status(head, gate_context).state ==
          (number == 1 ? github::State::success : github::State::failure));
    base = head;
  }
}

}  // namespace
}  // namespace schemagate::testing
