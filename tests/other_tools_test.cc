// SPDX-License-Identifier: MIT
// The comments of other linters go on working, each for its statement only: lint of a script that
// was written for them.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/json_contract.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

struct Written {
  std::string comment, statement, rule;
  bool honoured;
};

/// The finding of `rule` in the script is allowed by the comment; a second statement like it is
/// not.
void check_comment(const Written& written) {
  INFO(written.comment << "\n" << written.statement);
  TemporaryFolder folder;
  const std::string script = "SET lock_timeout = '1s';\n\n" + written.comment + "\n" +
                             written.statement + ";\n\n" + written.statement + ";\n";
  const std::string file = folder.write("migration.sql", script);
  const ProgramRun result =
      run_program(SCHEMAGATE_BINARY, {"lint", file, "--format", "json", "--fail-on", "never"});
  const json report = document(result);
  check_report(report, false);
  int allowed = 0, said = 0;
  const json& database = report.at("databases").at(0);
  for (const json& finding : database.at("findings"))
    if (finding.at("rule") == written.rule) ++said;
  for (const json& finding : database.value("allowed", json::array())) {
    if (finding.at("rule") != written.rule) continue;
    ++allowed;
    CHECK(finding.at("line") == 4);
  }
  CHECK(allowed == (written.honoured ? 1 : 0));
  CHECK(said == (written.honoured ? 1 : 2));
}

TEST_CASE("an ignore comment of another tool covers its statement and no other") {
  const std::string drop = "DROP TABLE a", column = "ALTER TABLE a DROP COLUMN b";
  const std::string index = "CREATE INDEX ON a (b)";
  const std::vector<Written> all{
      {"-- squawk-ignore ban-drop-table", drop, "drop-table", true},
      {"-- squawk-ignore ban-drop-table, ban-drop-column", column, "drop-column", true},
      {"-- squawk-ignore ban-drop-table -- nobody reads it", drop, "drop-table", true},
      {"/* squawk-ignore ban-drop-table */", drop, "drop-table", true},
      {"-- squawk-ignore require-concurrent-index-creation", index, "blocking-index-build", true},
      {"-- squawk-ignore ban-drop-column -- not ban-drop-table", drop, "drop-table", false},
      {"-- squawk-ignore", drop, "drop-table", false},
      {"-- squawk-ignore no-such-rule", drop, "drop-table", false},
      {"-- eugene: ignore", index, "blocking-index-build", true},
      {"-- eugene: ignore E6, E9", index, "blocking-index-build", true},
      {"-- eugene: ignore E1", index, "blocking-index-build", false},
      {"-- atlas:nolint", drop, "drop-table", true},
      {"-- atlas:nolint destructive", drop, "drop-table", true},
      {"-- atlas:nolint DS103", drop, "drop-table", false},
      {"-- atlas:nolint DS103", column, "drop-column", true},
      {"-- pgfence-ignore", drop, "drop-table", true},
      {"-- pgfence-ignore: drop-table", drop, "drop-table", true},
  };
  for (const Written& written : all) check_comment(written);
}

TEST_CASE("a comment for a whole file of another tool covers all of it") {
  TemporaryFolder folder;
  for (const char* comment : {"-- squawk-ignore-file\n", "-- squawk-ignore-file ban-drop-table\n",
                              "-- atlas:nolint\n\n"}) {
    INFO(comment);
    const std::string file = folder.write(
        "migration.sql", std::string(comment) + "DROP TABLE a;\nDROP TABLE b;\nDROP TABLE c;\n");
    CHECK(run_program(SCHEMAGATE_BINARY, {"lint", file}).exit_code == passed);
  }
}

}  // namespace
}  // namespace schemagate::testing
