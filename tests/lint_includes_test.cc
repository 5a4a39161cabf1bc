// SPDX-License-Identifier: MIT
// Files that were named on the command line: psql's includes are followed in their place, inside
// the repository only; a tool's marks in them count.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/json_contract.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

ProgramRun run_in(const std::string& directory, const std::vector<std::string>& arguments) {
  ProgramSettings settings;
  settings.directory = directory;
  return run_program(std::filesystem::absolute(SCHEMAGATE_BINARY).string(), arguments, settings);
}

/// "file:line rule" of every finding, in order of the statements.
std::vector<std::string> found(const ProgramRun& result) {
  const json report = document(result);
  check_report(report, false);
  std::vector<std::string> lines;
  for (const json& finding : report.at("databases").at(0).at("findings"))
    lines.push_back(finding.at("file").get<std::string>() + ":" +
                    std::to_string(finding.at("line").get<int>()) + " " +
                    finding.at("rule").get<std::string>());
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_CASE("lint judges an included file where it is included") {
  TemporaryFolder folder;
  folder.write("db/all.sql",
               "BEGIN;\nSET LOCAL lock_timeout = '1s';\n\\i db/new.sql\n\\ir parts/drop.sql\n"
               "CREATE INDEX ON users (email);\nCOMMIT;\n");
  folder.write("db/new.sql", "CREATE TABLE fresh (id int);\n\\ir parts/index.sql\n");
  folder.write("db/parts/index.sql", "CREATE INDEX ON fresh (id);\n\\ir ../all.sql\n");
  folder.write("db/parts/drop.sql", "DROP TABLE logs;\n");
  const std::vector<std::string> expected{"db/all.sql:5 blocking-index-build",
                                          "db/parts/drop.sql:1 drop-table"};
  const std::string here = folder.path().string();
  CHECK(found(run_in(here, {"lint", "db/all.sql", "--format", "json"})) == expected);
  CHECK(found(run_in(here, {"lint", "./db/all.sql", "--format", "json"})).size() == 2);
  CHECK(found(run_in(here + "/db", {"lint", here + "/db/all.sql", "--format", "json"})).size() ==
        3);
}

TEST_CASE("an include that leads out of the repository, or to nothing, is a finding") {
  TemporaryFolder outside, folder;
  const std::string secret = outside.write("secret.sql", "SECRET WORDS;");
  folder.write("a.sql", "\\i " + secret + "\n\\ir ../../../../../../" + secret +
                            "\n\\ir link.sql\n\\ir nothing.sql\n");
  std::filesystem::create_symlink(secret, folder.path() / "link.sql");
  const ProgramRun result = run_in(folder.path().string(), {"lint", "a.sql", "--format", "json"});
  CHECK(result.exit_code == failed);
  CHECK(found(result) == std::vector<std::string>{"a.sql:1 syntax-error", "a.sql:2 syntax-error",
                                                  "a.sql:3 syntax-error", "a.sql:4 syntax-error"});
  CHECK(result.out.find("SECRET") == std::string::npos);
}

TEST_CASE("a changelog is no script, and who reads it is named") {
  TemporaryFolder folder;
  for (const char* name : {"changelog.xml", "changelog.yaml", "changelog.yml", "1_a.json"}) {
    folder.write(name, "DROP TABLE a;\n");
    for (const char* command : {"lint", "impact"}) {
      const ProgramRun result = run_in(folder.path().string(), {command, name});
      CHECK(result.exit_code == 2);
      CHECK(result.err.find(std::string(name) + " is no script of SQL") != std::string::npos);
      CHECK(result.err.find("`check` reads changelogs of Liquibase") != std::string::npos);
    }
  }
}

TEST_CASE("lint reads a file as the tool runs it whose marks it has") {
  TemporaryFolder folder;
  folder.write("001_index.sql",
               "-- migrate:up\nCREATE INDEX CONCURRENTLY i ON users (email);\n-- migrate:down\n"
               "DROP INDEX i;\n");
  folder.write("002_index.sql",
               "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON users "
               "(email);\n-- +goose Down\nDROP TABLE users;\n");
  folder.write("003_drop.sql",
               "-- +migrate Up\n-- schemagate: allow drop-table: archived\nDROP TABLE users;\n"
               "DROP TABLE logs;\n-- +migrate Down\nDROP TABLE orders;\n");
  const auto lint = [&](const std::string& file) {
    return found(run_in(folder.path().string(), {"lint", file, "--format", "json"}));
  };
  CHECK(lint("001_index.sql") ==
        std::vector<std::string>{"001_index.sql:2 concurrent-command-in-transaction"});
  CHECK(lint("002_index.sql").empty());
  CHECK(lint("003_drop.sql") == std::vector<std::string>{"003_drop.sql:3 missing-lock-timeout",
                                                         "003_drop.sql:4 drop-table"});
}

TEST_CASE("a schema's includes belong to it, each once") {
  TestRepository repository;
  repository.commit("main", {{"db/schema.sql", "CREATE TABLE a (id int);\n\\ir tables/b.sql\n"},
                             {"db/tables/b.sql", "CREATE TABLE b (id int);\n\\i db/schema.sql\n"}});
  TemporaryFolder folder;
  folder.write("db/schema.sql", "CREATE TABLE a (id int);\n\\ir tables/b.sql\n");
  folder.write("db/tables/b.sql", "CREATE TABLE b (id int);\n\\i db/schema.sql\n");
  const std::string here = folder.path().string();
  for (const std::string& target :
       {std::string("db/schema.sql"), std::string("./db"), here + "/db/schema.sql"}) {
    INFO(target);
    const ProgramRun result = run_in(here, {"inspect", target});
    CHECK(result.out.find("public.a ") != std::string::npos);
    CHECK(result.out.find("public.b ") != std::string::npos);
    CHECK(result.err.empty());
  }
  const ProgramRun committed = run_in(repository.path(), {"inspect", "git:main:db/schema.sql"});
  CHECK(committed.out.find("public.b ") != std::string::npos);
  CHECK(committed.err.empty());
}

}  // namespace
}  // namespace schemagate::testing
