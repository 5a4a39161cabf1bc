// SPDX-License-Identifier: MIT
// Several databases are rehearsed at once on one server, and none is in another's way: they name
// the same roles, tables and types.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

int times(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST_CASE("databases that are rehearsed at once don't disturb each other") {
  constexpr int count = 8;
  Files base, head;
  std::string config =
      "postgres: 15\ndatabases:\n  - name: \"{service}\"\n    schema: \"{service}/*.sql\"\n";
  base[".schemagate.yml"] = File(config);
  for (int i = 0; i < count; ++i) {
    const std::string path = "s" + std::to_string(i) + "/schema.sql";
    const std::string old = "CREATE TYPE kind AS ENUM ('a');\nCREATE TABLE t (k kind, id ";
    base[path] = File(old + "bigint);\n");
    head[path] = File(old + "text);\nGRANT SELECT ON t TO app_reader;\n");
  }
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(),
                                                         "--base", "main", "--head", "work"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(times(run.out, "rehearsed on PostgreSQL 15") == count);
  CHECK(times(run.out, "failed") == 0);
  for (int i = 0; i + 1 < count; ++i)  // in the configuration's order
    CHECK(run.out.find("\ns" + std::to_string(i) + ":") <
          run.out.find("\ns" + std::to_string(i + 1) + ":"));
}

}  // namespace
}  // namespace schemagate::testing
