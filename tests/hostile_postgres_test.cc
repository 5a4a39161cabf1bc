// SPDX-License-Identifier: MIT
// Pull requests that try to get out of the rehearsal, through the built program: no file appears,
// no variable is seen, and what was tried is named.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

constexpr const char* canary_variable = "SCHEMAGATE_TEST_CANARY";
constexpr const char* canary = "canary-3f9d2c71";

std::string with_folder(std::string sql, const std::string& folder) {
  const std::string word = "{folder}";
  for (std::size_t at = sql.find(word); at != std::string::npos; at = sql.find(word))
    sql.replace(at, word.size(), folder);
  return sql;
}

ProgramRun check(const Files& base, const Files& head) {
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  ProgramSettings settings;
  settings.environment[canary_variable] = canary;
  return run_program(SCHEMAGATE_BINARY,
                     {"check", "--repo", repository.path(), "--base", "main", "--head", "work",
                      "--postgres", "15"},
                     settings);
}

ProgramRun check_case(const Case& test, const std::string& folder) {
  if (const std::string* schema = test.part("sql schema"))
    return check({{".schemagate.yml", "databases:\n  - name: it\n    schema: \"schema/*.sql\"\n"},
                  {"schema/base.sql", "CREATE TABLE base (a integer);"}},
                 {{"schema/hostile.sql", with_folder(*schema, folder)}});
  return check({{".schemagate.yml",
                 "databases:\n  - name: it\n    migrations: {path: migrations, format: plain}\n"},
                {"migrations/1_base.sql", "CREATE TABLE base (a integer);"}},
               {{"migrations/2_hostile.sql", with_folder(test.text("sql migration"), folder)}});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST_CASE("a hostile pull request writes no file, sees no variable, and is named") {
  int tried = 0;
  for (const auto& path : case_files("testdata/hostile")) {
    const CaseFile file(path);
    for (const Case& test : file.cases()) {
      ++tried;
      DYNAMIC_SECTION(path.stem().string() << ": " << test.title) {
        const TemporaryFolder folder;
        // Whoever the server runs as could write here.
        std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
        const ProgramRun run = check_case(test, folder.path().string());
        const std::string printed = run.out + run.err;
        INFO(printed);
        CHECK((run.exit_code == 0 || run.exit_code == 1));
        CHECK(std::filesystem::is_empty(folder.path()));
        CHECK(printed.find(canary) == std::string::npos);
        CHECK(printed.find("root:x:0") == std::string::npos);
        // Data in a schema file is no step of a plan: there may be nothing to rehearse.
        if (!test.part("sql schema"))
          CHECK(printed.find("rehearsed on PostgreSQL 15") != std::string::npos);
        for (const std::string& name : lines_of(test.text("text named"))) {
          INFO("to be named: " << name);
          CHECK(printed.find(name) != std::string::npos);
        }
      }
    }
  }
  CHECK(tried >= 20);
}

}  // namespace
}  // namespace schemagate::testing
