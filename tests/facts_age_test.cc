// SPDX-License-Identifier: MIT
// A snapshot of statistics is believed for a week, unless the configuration says otherwise.
#include <fmt/chrono.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

/// A table of twelve rows, as it was so many hours ago.
std::string snapshot(int hours) {
  const auto then = std::chrono::system_clock::now() - std::chrono::hours(hours);
  return fmt::format(R"({{"schema_version": 1, "database": "shop",
    "taken_at": "{:%Y-%m-%dT%H:%M:%SZ}", "postgres": 17, "standby": false, "settings": {{}},
    "tables": [{{"schema": "public", "name": "zones", "rows": 12, "bytes": 8192,
      "total_bytes": 24576, "writes_per_second": 0.0, "reads_per_second": 1.0,
      "oldest_transaction_seconds": 0}}], "probes": [], "notes": []}})",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(then)));
}

ProgramRun checked(int hours, const std::string& setting) {
  TestRepository repository;
  repository.commit("main", {{".schemagate.yml", File("databases:\n  - name: shop\n    schema: "
                                                      "schema.sql\n    facts: {file: f.json}\n" +
                                                      setting)},
                             {"f.json", File(snapshot(hours))},
                             {"schema.sql", File("CREATE TABLE zones (id bigint, a text);\n")}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work",
                    {{"schema.sql", File("CREATE TABLE zones (id bigint, a text UNIQUE);\n")}});
  return run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(), "--base", "main",
                                         "--head", "work", "--no-rehearsal"});
}

TEST_CASE("a snapshot softens for seven days; an older one is said to be old and softens nothing") {
  constexpr int day = 24;
  const std::string note = "older than 7 days, it may make a finding worse, never better";
  const ProgramRun fresh = checked(7 * day - 1, ""), old = checked(7 * day + 1, "");
  INFO(fresh.out << old.out);
  CHECK(fresh.exit_code == 0);
  CHECK_THAT(fresh.out, !ContainsSubstring("older than"));
  CHECK(old.exit_code == 1);
  CHECK_THAT(old.out, ContainsSubstring(note));
  CHECK(checked(7 * day + 1, "facts_max_age: 9 days\n").exit_code == 0);
  CHECK(checked(2 * day, "facts_max_age: 1\n").exit_code == 1);
}

}  // namespace
}  // namespace schemagate::testing
