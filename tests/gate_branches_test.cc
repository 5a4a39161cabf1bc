// SPDX-License-Identifier: MIT
// One commit and several branches: each branch has its own status, and a branch that is gone or in
// trouble keeps no other one from being swept.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files shop{{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}};
const Files adds_items{{"db/items.sql", File("CREATE TABLE items (id bigint);\n")}};
const Files indexes_email{{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}};
const Files drops_email{{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}};

/// A pull request of one commit to a branch.
void wants(GateJob& job, int number, const std::string& head, const std::string& base,
           const std::string& from = "acme/shop", bool draft = false) {
  github::PullRequest one;
  one.number = number;
  one.author = "kim";
  one.draft = draft;
  one.head = {head, fmt::format("work{}", number), from};
  one.base = {job.github_.ref("heads/" + base), base, "acme/shop"};
  job.github_.add(one, {});
  job.heads[number] = head;
}

json edited(GateJob& job, int number, const std::string& base, const std::string& before) {
  return {{"action", "edited"},
          {"pull_request", job.pull_request(number, base)},
          {"changes", {{"base", {{"ref", {{"from", before}}}, {"sha", {{"from", ""}}}}}}}};
}

bool open_for(const GateJob& job, int number, const std::string& context) {
  const github::Status status = job.github_.status(job.heads.at(number), context);
  return !status.context.empty() && status.state == github::State::success;
}

TEST_CASE("the status of another branch than the default one names it", "[github]") {
  GateJob job(shop);
  const std::string release = job.repository_.commit("main", adds_items);
  job.repository_.branch("release/1", release);
  job.github_.know_commit(release);
  job.github_.set_ref("heads/release/1", release);
  job.open(1, indexes_email);
  wants(job, 2, job.heads[1], "release/1");
  (void)job.sweep_job();
  CHECK(open_for(job, 1, "schemagate/gate"));
  CHECK(open_for(job, 2, "schemagate/gate:release/1"));
}

TEST_CASE("a stranger's draft of the same commit to another branch takes nothing back",
          "[github]") {
  GateJob job(shop);
  job.github_.know_commit(job.repository_.tip("main"));
  job.github_.set_ref("heads/old", job.repository_.tip("main"));
  job.open(1, indexes_email);
  (void)job.sweep_job();
  REQUIRE(job.green(job.heads[1]));
  wants(job, 66, job.heads[1], "old", "stranger/shop", true);
  (void)job.sweep_job();
  CHECK(job.green(job.heads[1]));
  CHECK(job.github_.statuses(job.heads[1]).front().context == "schemagate/gate:old");
  CHECK_FALSE(open_for(job, 66, "schemagate/gate:old"));
}

TEST_CASE("a stacked pull request whose base has landed and is gone is judged on the new one",
          "[github]") {
  GateJob job(shop);
  job.repository_.branch("feature", job.repository_.tip("main"));
  const std::string feature = job.repository_.commit("feature", adds_items);
  job.github_.know_commit(feature);
  job.github_.set_ref("heads/feature", feature);
  job.repository_.branch("work2", feature);
  wants(job, 2, job.repository_.commit("work2", indexes_email), "feature");
  (void)job.run("pull_request_target",
                {{"action", "opened"}, {"pull_request", job.pull_request(2, "feature")}});
  CHECK(open_for(job, 2, "schemagate/gate:feature"));
  CHECK_FALSE(job.green(job.heads[2]));
  // The base moves into it, its own base lands, and GitHub puts it on main.
  (void)job.repository_.commit("main", drops_email);
  job.tip_is(job.repository_.merge("main", "feature"));
  wants(job, 2, job.heads[2], "main");
  job.github_.set_ref("heads/feature", "");
  const ProgramRun run = job.run("pull_request_target", edited(job, 2, "main", "feature"));
  INFO(run.out);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, ContainsSubstring("there is no branch feature any more: nothing to do"));
  CHECK(job.status(2).state == github::State::failure);
  CHECK_THAT(job.status(2).description, ContainsSubstring("email"));
}

TEST_CASE("a retarget opens nothing on the new branch that was not judged there", "[github]") {
  GateJob job(shop);
  const std::string tip = job.repository_.tip("main");
  job.repository_.branch("aaa", tip);
  job.tip_is(job.repository_.tip("main"));
  job.github_.set_ref("heads/aaa", tip);
  job.open(1, indexes_email);
  (void)job.sweep_job();
  REQUIRE(job.green(job.heads[1]));
  wants(job, 1, job.heads[1], "aaa");
  (void)job.run("pull_request_target", edited(job, 1, "aaa", "main"));
  CHECK(open_for(job, 1, "schemagate/gate:aaa"));
  CHECK_FALSE(job.green(job.heads[1]));
}

TEST_CASE("a branch that can't be swept stops no other one, and the job fails all the same",
          "[github]") {
  GateJob job(shop);
  job.github_.set_ref("heads/aaa", job.repository_.tip("main"));
  job.open(1, indexes_email);
  wants(job, 2, job.heads[1], "aaa");
  Fault refused;
  refused.method = "GET";
  refused.path = "/git/ref/schemagate/ledger/aaa";
  refused.status = 422;
  job.github_.fail(refused);
  const ProgramRun run = job.run_any("schedule", {{"schedule", "*/10 * * * *"}});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.out, ContainsSubstring("aaa could not be swept: the ledger can't be read"));
  CHECK(job.green(job.heads[1]));
}

}  // namespace
}  // namespace schemagate::testing
