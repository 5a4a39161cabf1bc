// SPDX-License-Identifier: MIT
// Pull requests that try to get out of the rehearsal, through the built program: no file appears,
// no variable is seen, and what was tried is named.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/read_file.h"
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

/// What a run printed, and what its notes and findings say.
struct Checked {
  ProgramRun run;
  std::string said;
};

/// The notes and the messages of findings: what only echoes a statement names nothing.
std::string said_in(const std::string& report) {
  std::string said;
  const nlohmann::json read = nlohmann::json::parse(report);
  for (const auto& database : read.at("databases")) {
    for (const auto& note : database.at("notes")) said += note.get<std::string>() + "\n";
    for (const auto& finding : database.at("findings"))
      said += finding.at("message").get<std::string>() + "\n";
  }
  return said;
}

Checked check(const Files& base, const Files& head, bool rehearse) {
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  ProgramSettings settings;
  settings.environment[canary_variable] = canary;
  const TemporaryFolder reports;
  const std::filesystem::path report = reports.path() / "report.json";
  Checked checked;
  std::vector<std::string> arguments{"check",
                                     "--repo",
                                     repository.path(),
                                     "--base",
                                     "main",
                                     "--head",
                                     "work",
                                     "--postgres",
                                     "15",
                                     "--output",
                                     "json=" + report.string()};
  if (!rehearse) arguments.emplace_back("--no-rehearsal");
  checked.run = run_program(SCHEMAGATE_BINARY, arguments, settings);
  checked.said = said_in(read_file(report));
  return checked;
}

Checked check_case(const Case& test, const std::string& folder, bool rehearse = true) {
  if (const std::string* schema = test.part("sql schema"))
    return check({{".schemagate.yml", "databases:\n  - name: it\n    schema: \"schema/*.sql\"\n"},
                  {"schema/base.sql", "CREATE TABLE base (a integer);"}},
                 {{"schema/hostile.sql", with_folder(*schema, folder)}}, rehearse);
  return check({{".schemagate.yml",
                 "databases:\n  - name: it\n    migrations: {path: migrations, format: plain}\n"},
                {"migrations/1_base.sql", "CREATE TABLE base (a integer);"}},
               {{"migrations/2_hostile.sql", with_folder(test.text("sql migration"), folder)}},
               rehearse);
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
        const auto [run, said] = check_case(test, folder.path().string());
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
          INFO("to be named: " << name << "\nsaid: " << said);
          CHECK(said.find(name) != std::string::npos);
        }
      }
    }
  }
  CHECK(tried >= 20);
}

TEST_CASE("what reaches out of a schema file is named without a rehearsal, too") {
  const CaseFile file(source_path("testdata/hostile/declarative.md"));
  for (const Case& test : file.cases()) {
    DYNAMIC_SECTION(test.title) {
      const auto [run, said] = check_case(test, "/nowhere", false);
      for (const std::string& name : lines_of(test.text("text named"))) {
        INFO("to be named: " << name << "\nsaid: " << said);
        CHECK(said.find(name) != std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace schemagate::testing
