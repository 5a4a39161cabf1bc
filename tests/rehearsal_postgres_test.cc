// SPDX-License-Identifier: MIT
// What a reader is told about where a change was rehearsed.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

ProgramRun check_for(const std::string& major) {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File("CREATE TABLE t (id bigint, name text);\n")}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"schema.sql", File("CREATE TABLE t (id bigint);\n")}});
  return run_program(SCHEMAGATE_BINARY,
                     {"check", "--repo", repository.path(), "--base", "main", "--head", "work",
                      "--format", "markdown", "--postgres", major});
}

TEST_CASE("a rehearsal on another major than the one that is judged for says so") {
  const std::string note =
      "there is no server of 18 here, so what fails there is a note and no "
      "error";
  const ProgramRun other = check_for("18"), same = check_for("15");
  INFO(other.out << other.err << same.out << same.err);
  CHECK_THAT(other.out, ContainsSubstring("rehearsed on PostgreSQL 15") &&
                            ContainsSubstring(note) &&
                            ContainsSubstring("judged for PostgreSQL 18"));
  CHECK_THAT(same.out, ContainsSubstring("rehearsed on PostgreSQL 15") &&
                           !ContainsSubstring("there is no server") &&
                           ContainsSubstring("judged for PostgreSQL 15"));
}

}  // namespace
}  // namespace schemagate::testing
