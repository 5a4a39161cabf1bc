// SPDX-License-Identifier: MIT
// The program's jobs on a ledger that somebody else wrote: an earlier version, a newer one, an
// accident.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "bot/must.h"
#include "github/git_data.h"
#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

/// #1 has the slot, #2 waits for it, and #3 has not been judged.
struct Ledgers : GateJob {
  Ledgers()
      : GateJob({{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}}) {
    open(1, {{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}});
    open(2, {{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}});
    (void)sweep_job();
    REQUIRE(green(heads[1]));
    open(3, {{"db/t.sql", File("CREATE TABLE t (id bigint);\n")}});
  }
  /// The ledger's next commit.
  void put(const std::string& text, const std::string& file = "ledger.json") {
    with_run([&](GateRun& run) {
      const std::string ref = "schemagate/ledger/main";
      github::TreeEntry entry;
      entry.path = file;
      entry.sha = must(github::create_blob(run.client, text), "blob");
      const std::string tree = must(github::create_tree(run.client, "", {entry}), "tree");
      const std::string commit =
          must(github::create_commit(run.client, "by somebody", tree, {github_.ref(ref)},
                                     "2026-11-28T00:00:00Z"),
               "commit");
      must(github::move_ref(run.client, ref, commit), "ref");
      return 0;
    });
  }
};

TEST_CASE("a ledger of an earlier version goes on where that one left it", "[github]") {
  Ledgers job;
  json old = json::parse(gate::to_json(job.ledger()));
  const std::int64_t since = old["grants"][0]["since"];
  for (json& grant : old["grants"]) grant.erase("pushed");
  job.put(old.dump());
  (void)job.sweep_job();
  CHECK(job.green(job.heads[1]));
  CHECK(job.github_.statuses(job.heads[1]).size() == 1);
  CHECK(job.status(2).description == "waits: #1 has the slot");
  CHECK(job.green(job.heads[3]));
  CHECK(job.ledger().grants.at(0).since == since);
  CHECK(job.ledger().grants.at(0).pushed == since);
}

TEST_CASE("what somebody wrote into the ledger by accident stops no sweep", "[github]") {
  Ledgers job;
  json odd = json::parse(gate::to_json(job.ledger()));
  SECTION("a lease for ever") {
    odd["lease"] = {{"run", "x"}, {"until", 9'000'000'000'000'000'000}};
  }
  SECTION("a slot passed to #0") { odd["preferred"] = {0}; }
  job.put(odd.dump());
  (void)job.sweep_job();
  CHECK(job.green(job.heads[1]));
  CHECK(job.green(job.heads[3]));
  CHECK(job.ledger().lease.run.empty());
}

TEST_CASE("a ledger that can't be read opens nothing, and each job names the next step",
          "[github]") {
  Ledgers job;
  job.github_.set_access("root", "admin");
  std::string said = "the gate's ledger can't be read", hint = "docs/emergency.md";
  SECTION("it is cut off") { job.put("{\"ledger_version\": 1,"); }
  SECTION("something is missing in it") { job.put("{\"ledger_version\": 1, \"grants\": []}"); }
  SECTION("it has another name") { job.put(gate::to_json({}), "ledger.txt"); }
  SECTION("a newer version wrote it") {
    job.put("{\"ledger_version\": 2}");
    said = "the gate's ledger was written by a newer version of schemagate";
    hint = "take that version in this workflow, too";
  }
  const std::string before = job.github_.ref("schemagate/ledger/main");
  const json recheck = job.written(2, "root", "/schemagate recheck"),
             yield = job.written(2, "root", "/schemagate yield #2");
  for (const auto& [event, payload] :
       {std::pair<std::string, json>{"pull_request_target", job.event("opened", 3)},
        {"schedule", {{"schedule", "*/10 * * * *"}}},
        {"issue_comment", recheck},
        {"issue_comment", yield}}) {
    const ProgramRun run = job.run_any(event, payload);
    INFO(event << ": " << run.out << run.err);
    CHECK(run.exit_code == 2);
    CHECK_THAT(run.err,
               ContainsSubstring(said) && ContainsSubstring("hint: ") && ContainsSubstring(hint));
    CHECK(job.output.find("\nerror\n") != std::string::npos);
  }
  CHECK_FALSE(job.green(job.heads[2]));
  CHECK_FALSE(job.green(job.heads[3]));
  CHECK(job.github_.ref("schemagate/ledger/main") == before);
}

}  // namespace
}  // namespace schemagate::testing
