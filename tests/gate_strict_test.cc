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
        "judged ok, takes its slot when the branch's rules require branches to be up to date, or "
        "`gate.mode` is another one");
  // A rule that comes later is enough.
  job.github_.require_up_to_date("main");
  CHECK(job.says() == "");
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
  job.github_.require_status("main");
  CHECK_THAT(job.swept(false), ContainsSubstring("slots are off"));
  job.github_.require_up_to_date("main");
  (void)job.swept(true);
}

}  // namespace
}  // namespace schemagate::testing
