// SPDX-License-Identifier: MIT
// The configuration says `gate: {mode: strict}`: GitHub lets only what contains the tip land. The
// job looks whether that is so, and says aloud where it can't see it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/gate_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

/// #1 and #2 meet, #3 changes no schema.
struct Strict : GateJob {
  Strict()
      : GateJob({{".schemagate.yml",
                  File("databases:\n  - {name: shop, schema: db/*.sql}\ngate: {mode: strict}\n")},
                 {"db/users.sql", File("CREATE TABLE users (id bigint, email text);\n")}}) {
    open(1, {{"db/users.sql", File("CREATE TABLE users (id bigint);\n")}});
    open(2, {{"db/z.sql", File("CREATE INDEX e ON users (email);\n")}});
    open(3, {{"README.md", File("hello\n")}});
  }
  /// The log, when all three were judged; `are_green`: those that change a schema.
  std::string swept(bool are_green) {
    const std::string log = sweep_job().out;
    CHECK(green(heads[1]) == are_green);
    CHECK(green(heads[2]) == are_green);
    CHECK(green(heads[3]));
    return log;
  }
  std::string says() {
    const std::string log = swept(true);
    const std::size_t at = log.find("mode strict: ");
    const std::string line = at == std::string::npos ? "" : log.substr(at, log.find('\n', at) - at);
    CHECK_THAT(summary, ContainsSubstring(line));
    return line;
  }
};

TEST_CASE("mode strict, and a ruleset asks for the tip: nothing to say", "[github]") {
  Strict job;
  job.github_.require_up_to_date("main");
  CHECK(job.says() == "");
  // The second is red as soon as the first has landed, and GitHub would not have let it land.
  job.tip_is(job.repository_.merge("main", "work1"));
  (void)job.sweep_job();
  CHECK_FALSE(job.green(job.heads[2]));
}

TEST_CASE("mode strict, and no rule asks for the tip: nothing that changes a schema is green",
          "[github]") {
  Strict job;
  CHECK_THAT(job.swept(false), ContainsSubstring("mode strict: no rule of main requires branches "
                                                 "to be up to date: nothing that changes"));
  CHECK(job.status(1).description ==
        "judged ok, not green until the branch's rules require branches to be up to date, or "
        "`gate.mode` is another one");
  CHECK_THAT(job.last_comment(1),
             ContainsSubstring("Gate: waiting\n\nIt was judged well and is not green until the "));
  // A rule that comes later is enough.
  job.github_.require_up_to_date("main");
  CHECK(job.says() == "");
}

TEST_CASE("mode strict, and the branch has a merge queue: it sees to the tip, nothing to say",
          "[github]") {
  Strict job;
  job.github_.add_rule("main", "merge_queue");
  CHECK(job.says() == "");
}

TEST_CASE("mode strict closes no pull request to a branch that nothing protects", "[github]") {
  Strict job;
  job.github_.set_ref("heads/work1", job.heads[1]);
  job.repository_.branch("work5", job.heads[1]);
  github::PullRequest stacked;
  stacked.number = 5;
  stacked.author = "kim";
  job.heads[5] = job.repository_.commit("work5", {{"db/t.sql", File("CREATE TABLE t ();\n")}});
  stacked.head = {job.heads[5], "work5", "acme/shop"};
  stacked.base = {job.heads[1], "work1", "acme/shop"};
  job.github_.add(stacked, {});
  bool is_green = false;
  std::string says = "no rule of work1 requires branches to be up to date: nothing that changes";
  SECTION("no rule at all") {
    is_green = true;
    says = "work1 has no rule of what may land, so nothing keeps out what does not contain its tip";
  }
  SECTION("a rule of what may land, but none for the tip") {
    job.github_.add_rule("work1", "pull_request");
  }
  SECTION("older protection, which may ask for the tip") {
    job.github_.require_status("work1");
    is_green = true;
    says = "GitHub does not show this token whether work1 requires branches to be up to date";
  }
  const ProgramRun run = job.run("pull_request_target", job.event("opened", 5, "work1"));
  CHECK_THAT(run.out, ContainsSubstring("mode strict: " + says));
  const github::Status status = job.github_.status(job.heads[5], "schemagate/gate:work1");
  CHECK(status.state == (is_green ? github::State::success : github::State::pending));
}

TEST_CASE("mode strict, and older protection that this token can't see: believed, and said aloud",
          "[github]") {
  Strict job;
  job.github_.require_status("main");
  CHECK(job.says() ==
        "mode strict: GitHub does not show this token whether main requires branches to be up to "
        "date, and the configuration is believed: a ruleset would be shown");
}

TEST_CASE("mode strict, and the rules can't be read: believed, and said aloud", "[github]") {
  Strict job;
  Fault refused;
  refused.status = 404;
  refused.message = "Not Found";
  SECTION("rulesets") { refused.path = "/rules/branches/main"; }
  SECTION("older protection") { refused.path = "/branches/main"; }
  job.github_.fail(refused);
  CHECK_THAT(job.says(),
             ContainsSubstring("nobody could look whether main requires branches to "
                               "be up to date, and the configuration is believed: 404"));
}

TEST_CASE("mode strict without the right to write the ledger asks for the rule all the same",
          "[github]") {
  Strict job;
  job.github_.allow_only({"contents: read", "pull-requests: write", "statuses: write"});
  const std::string log = job.swept(false);
  CHECK_THAT(log, ContainsSubstring("the ledger can't be written: ") &&
                      !ContainsSubstring("slots are off"));
  CHECK_THAT(log, ContainsSubstring("mode strict: no rule of main requires"));
  SECTION("a ruleset") {
    job.github_.require_up_to_date("main");
    CHECK(job.says() == "");
  }
  SECTION("older protection, which this token can't see") {
    job.github_.require_status("main");
    CHECK_THAT(job.says(), ContainsSubstring("and the configuration is believed"));
  }
}

}  // namespace
}  // namespace schemagate::testing
