// SPDX-License-Identifier: MIT
// What a reader is told about where a change was rehearsed.
#include <unistd.h>

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

/// The program as root who may not become anybody else: a container without these rights.
/// `home` is where a cluster may be kept from an earlier run.
ProgramRun check_as_bound_root(const std::string& old_text, const std::string& new_text,
                               const std::string& format, const std::string& home) {
  ProgramSettings settings;
  settings.environment = {{"HOME", home}};
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File(old_text)}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"schema.sql", File(new_text)}});
  return run_program("/usr/bin/setpriv",
                     {"--bounding-set", "-setuid,-setgid", SCHEMAGATE_BINARY, "check", "--repo",
                      repository.path(), "--base", "main", "--head", "work", "--format", format},
                     settings);
}

TEST_CASE("root whose privileges can't be dropped rehearses nothing, and every page says so") {
  if (geteuid() != 0) SKIP("only root has privileges to drop");
  const std::string one = "CREATE TABLE t (id bigint);\n",
                    two = "CREATE TABLE t (id bigint, name text);\n";
  const TemporaryFolder home;
  const std::string why = "root's privileges can't be dropped here";
  for (const char* format : {"terminal", "markdown", "markdown"}) {
    const ProgramRun clean = check_as_bound_root(one, two, format, home.path().string());
    INFO(clean.out << clean.err);
    CHECK(clean.exit_code == 0);
    CHECK_THAT(clean.out, ContainsSubstring("not rehearsed: ") && ContainsSubstring(why));
    const ProgramRun lossy = check_as_bound_root(two, one, format, "/root");
    INFO(lossy.out << lossy.err);
    CHECK(lossy.exit_code == 1);  // the prediction stands
    CHECK_THAT(lossy.out, ContainsSubstring("not rehearsed: ") && ContainsSubstring(why));
    CHECK_THAT(lossy.out, ContainsSubstring("drop-column"));
  }
}

}  // namespace
}  // namespace schemagate::testing
