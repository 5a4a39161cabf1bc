// SPDX-License-Identifier: MIT
// The contract of `impact --measure`.
#include <catch2/catch_test_macros.hpp>

#include "tests/json_contract.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

ProgramRun run(const std::vector<std::string>& arguments) {
  return run_program(SCHEMAGATE_BINARY, arguments);
}

TEST_CASE("impact --measure names the server, and what it saw in the words of the prediction") {
  TemporaryFolder folder;
  const std::string schema = folder.write(
      "schema.sql",
      "CREATE TABLE users (id int PRIMARY KEY, email text);\n"
      "CREATE TABLE days (at date) PARTITION BY RANGE (at);\n"
      "CREATE TABLE days_2026 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO "
      "('2027-01-01');\n"
      // Constants of a schema are offered to its rows, however long they are.
      "CREATE TABLE words (word text DEFAULT '" +
          std::string(300'000, 'x') + "' CHECK (word <> '" + std::string(300'000, 'y') + "'));\n");
  const std::string file = folder.write("migration.sql",
                                        "CREATE INDEX days_idx ON days (at);\n"
                                        "ALTER TABLE users ALTER COLUMN id TYPE bigint;\n"
                                        "CREATE INDEX CONCURRENTLY ON users (email);\n"
                                        "ALTER TABLE nothing ADD COLUMN a int;\n"
                                        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE "
                                        "FUNCTION f();\n");
  const std::vector<std::string> arguments{"impact", file, "--schema", schema, "--format", "json"};
  std::vector<std::string> measuring = arguments;
  measuring.push_back("--measure");
  const ProgramRun result = run(measuring);
  CHECK(result.exit_code == passed);
  const json measured = document(result), predicted = document(run(arguments));
  for (const json& report : {measured, predicted})
    CHECK(keys(report) == std::set<std::string>{"schema_version", "postgres", "measured_on",
                                                "statements", "notes"});
  CHECK(predicted.at("measured_on").is_null());
  CHECK(measured.at("measured_on").is_string());
  REQUIRE(measured.at("statements").size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    const json& saw = measured.at("statements").at(i);
    const json& said = predicted.at("statements").at(i);
    INFO(saw.dump(2));
    check_statement(saw);
    CHECK(saw.at("differs").is_null());
    for (const char* key : {"transactional", "fails", "locks", "rewrites", "scans", "index_builds"})
      CHECK(saw.at(key) == said.at(key));
  }
  const json& not_measured = measured.at("statements").at(4);
  CHECK_FALSE(not_measured.contains("differs"));
  CHECK(not_measured.at("conditions").dump().find("not measured: ") != std::string::npos);
}

}  // namespace
}  // namespace schemagate::testing
