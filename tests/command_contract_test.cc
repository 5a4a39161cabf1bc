// SPDX-License-Identifier: MIT
// The contract of `impact`, `diff`, `inspect`, `facts`, `rules`, and the flags that all commands
// take.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "tests/json_contract.h"
#include "tests/read_file.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

ProgramRun run(const std::vector<std::string>& arguments) {
  return run_program(SCHEMAGATE_BINARY, arguments);
}

TEST_CASE("impact lists what each statement does, and exits 0") {
  TemporaryFolder folder;
  const std::string schema =
      folder.write("schema.sql", "CREATE TABLE users (id int PRIMARY KEY, email text);");
  const std::string file =
      folder.write("migration.sql",
                   "ALTER TABLE users ALTER COLUMN id TYPE bigint;\n"
                   "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n");
  const ProgramRun result = run({"impact", file, "--schema", schema, "--format", "json"});
  CHECK(result.exit_code == passed);
  const json report = document(result);
  CHECK(report.at("schema_version") == 1);
  const json& statements = report.at("statements");
  REQUIRE(statements.size() == 2);
  for (const json& statement : statements) check_statement(statement);
  CHECK(statements.at(0).at("line") == 1);
  CHECK(statements.at(0).at("rewrites") == json::array({"public.users"}));
  CHECK(statements.at(0).at("scans") == json::array({"public.users"}));
  CHECK(statements.at(0).at("transactional") == true);
  CHECK(statements.at(1).at("line") == 2);
  CHECK(statements.at(1).at("transactional") == false);
  CHECK(statements.at(1).at("index_builds") == json::array({"public.users_email_idx"}));
  const json& locks = statements.at(0).at("locks");
  CHECK(std::any_of(locks.begin(), locks.end(), [](const json& lock) {
    return lock ==
           json{{"relation", "public.users"}, {"kind", "table"}, {"mode", "AccessExclusiveLock"}};
  }));
}

TEST_CASE("the major is the flag's, else the facts', else 17") {
  TemporaryFolder folder;
  const std::string schema =
      folder.write("schema.sql", "CREATE TABLE t (a int); CREATE TABLE u (id int PRIMARY KEY);");
  const std::string file = folder.write(
      "migration.sql",
      "SET lock_timeout = '1s';\nALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID;");
  const std::string facts = folder.write("facts.json", snapshot_of(18));
  const auto fails = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"lint", file, "--schema", schema, "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramRun result = run(arguments);
    check_report(document(result), false);
    return result.exit_code == failed;
  };
  CHECK(fails({}));
  CHECK_FALSE(fails({"--facts", facts}));
  CHECK_FALSE(fails({"--postgres", "18"}));
  CHECK(fails({"--facts", facts, "--postgres", "17"}));
  for (const char* command : {"impact", "diff"}) {
    INFO(command);
    const std::string second = std::string(command) == "diff" ? file : "--schema=" + schema;
    CHECK(run({command, file, second, "--facts", facts}).exit_code == passed);
  }
  CHECK(document(run({"impact", file, "--facts", facts, "--format", "json"})).at("postgres") == 18);
  CHECK(document(run({"impact", file, "--format", "json"})).at("postgres") == 17);
}

TEST_CASE("every command takes the common flags, and writes its formats to files") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int);"}});
  TemporaryFolder folder;
  const std::string a = folder.write("a.sql", "CREATE TABLE t (a int);");
  const std::string b = folder.write("b.sql", "CREATE TABLE t (a int, b int);");
  const std::vector<std::vector<std::string>> commands{
      {"check", "--repo", repository.path(), "--base", "main", "--head", "main"},
      {"gate", "--repo", repository.path(), "--base", "main", "--head", "main"},
      {"lint", a},
      {"diff", a, b},
      {"impact", a},
      {"inspect", a},
      {"rules"}};
  for (const std::vector<std::string>& command : commands) {
    INFO(command.front());
    const std::string written = folder.path().string() + "/" + command.front() + ".json";
    std::vector<std::string> arguments = command;
    for (const std::string& flag :
         {std::string("--postgres=16"), std::string("--format=json"), "--output=json=" + written,
          std::string("--no-rehearsal"), std::string("--fail-on=never"),
          std::string("--color=never"), std::string("--quiet")})
      arguments.push_back(flag);
    const ProgramRun result = run(arguments);
    INFO(result.out << result.err);
    CHECK(result.exit_code == passed);
    CHECK(document(result).at("schema_version") == 1);
    CHECK(read_file(written) == result.out);
  }
  CHECK(run({"impact", a, "--output", "sarif=x"}).exit_code == could_not_judge);
  const std::vector<std::string> common{"--postgres=16", "--no-rehearsal", "--fail-on=never",
                                        "--color=never", "--quiet"};
  repository.checkout("main");
  std::vector<std::string> init{"init", repository.path(), "--format=terminal"};
  init.insert(init.end(), common.begin(), common.end());
  const ProgramRun made = run(init);
  INFO(made.out << made.err);
  CHECK(made.exit_code == passed);
  std::vector<std::string> facts{"facts", "postgresql://nobody@127.0.0.1:1/none", "--format=json",
                                 "--output=json=" + folder.path().string() + "/facts.json"};
  facts.insert(facts.end(), common.begin(), common.end());
  const ProgramRun refused = run(facts);
  CHECK(refused.exit_code == could_not_judge);  // of the connection, not of the flags
  CHECK(document(refused).at("error").at("kind") != "usage");
  CHECK(keys(document(run({"inspect", a, "--format", "json"}))) ==
        std::set<std::string>{"schema_version", "postgres", "checksum", "sql", "notes"});
}

TEST_CASE("diff: exit 0, 1 with --exit-code and a difference, 2 on error; SQL when piped") {
  TemporaryFolder folder;
  const std::string old_file = folder.write("old.sql", "CREATE TABLE t (a int);");
  const std::string new_file = folder.write("new.sql", "CREATE TABLE t (a int, b text);");
  CHECK(run({"diff", old_file, new_file}).exit_code == passed);
  CHECK(run({"diff", old_file, new_file, "--exit-code"}).exit_code == failed);
  CHECK(run({"diff", old_file, old_file, "--exit-code"}).exit_code == passed);
  CHECK(run({"diff", old_file, folder.path().string() + "/none.sql"}).exit_code == could_not_judge);

  CHECK(run({"diff", old_file, new_file}).out ==
        run({"diff", old_file, new_file, "--format", "sql"}).out);
  CHECK(run({"diff", old_file, old_file}).out.empty());

  const json report = document(run({"diff", old_file, new_file, "--format", "json"}));
  CHECK(report.at("schema_version") == 1);
  for (const json& change : report.at("changes")) check_change(change);
  CHECK(report.at("changes").at(0).at("kind") == "add-column");
  CHECK(report.at("changes").at(0).at("object") == "public.t.b");
  REQUIRE(report.at("statements").size() == 1);
  check_statement(report.at("statements").at(0));
}

TEST_CASE("an object is quoted only where SQL needs it") {
  TemporaryFolder folder;
  const std::string old_file = folder.write("old.sql", "CREATE TABLE \"Orders\" (a int);");
  const std::string new_file =
      folder.write("new.sql", "CREATE TABLE \"Orders\" (a int, \"select\" int, plain int);");
  const json report = document(run({"diff", old_file, new_file, "--format", "json"}));
  std::set<std::string> objects;
  for (const json& change : report.at("changes")) objects.insert(change.at("object"));
  CHECK(objects ==
        std::set<std::string>{"public.\"Orders\".\"select\"", "public.\"Orders\".plain"});
}

TEST_CASE("inspect, facts and rules: exit 0 or 2") {
  TemporaryFolder folder;
  const std::string file = folder.write("a.sql", "create table b (x int4);create table a ()");
  CHECK(run({"inspect", file}).exit_code == passed);
  CHECK(run({"inspect", folder.path().string() + "/none.sql"}).exit_code == could_not_judge);
  CHECK(run({"facts", "postgresql://nobody@127.0.0.1:1/none"}).exit_code == could_not_judge);
  CHECK(run({"rules"}).exit_code == passed);
  CHECK(run({"rules", "drop-column"}).exit_code == passed);
  CHECK(run({"rules", "no-such-rule"}).exit_code == could_not_judge);
  const ProgramRun rules = run({"rules", "--format", "json"});
  CHECK(rules.exit_code == passed);
  CHECK(keys(document(rules)) == std::set<std::string>{"schema_version", "rules"});
  for (const json& rule : document(rules).at("rules")) {
    CHECK(keys(rule) == std::set<std::string>{"name", "severity", "on_by_default", "summary",
                                              "when", "effect", "instead", "reference"});
    const std::set<std::string> severities{"error", "warning", "note"};
    CHECK(severities.count(rule.at("severity")) == 1);
    CHECK(rule.at("on_by_default").is_boolean());
    for (const char* text : {"name", "summary", "when", "effect", "instead", "reference"})
      CHECK_FALSE(rule.at(text).get<std::string>().empty());
  }
  const json one = document(run({"rules", "drop-column", "--format", "json"}));
  CHECK(keys(one) == std::set<std::string>{"schema_version", "rules"});
  REQUIRE(one.at("rules").size() == 1);
  CHECK(one.at("rules").at(0).at("name") == "drop-column");
}

TEST_CASE("gate: its keys, types and exit codes") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int);"}});
  for (const char* branch : {"feature", "landed"})
    repository.branch(branch, repository.tip("main"));
  repository.commit("feature", {{"schema.sql", "CREATE TABLE t (a int, b int);"}});
  repository.commit("landed", {{"schema.sql", "CREATE TABLE t (a int, c int);"}});
  const auto gate = [&](const std::string& base) {
    return run({"gate", "--repo", repository.path(), "--merge-base", "main", "--base", base,
                "--head", "feature", "--format", "json"});
  };
  for (const std::string base : {"main", "landed"}) {
    INFO(base);
    const ProgramRun result = gate(base);
    const json report = document(result);
    CHECK(keys(report) == std::set<std::string>{"schema_version", "gate", "grade", "checksum",
                                                "plan_checksum", "merge_base", "base", "head",
                                                "databases", "notes"});
    CHECK(report.at("schema_version") == 1);
    CHECK(report.at("checksum").get<std::string>().starts_with("sg1:"));
    CHECK(report.at("notes").is_array());
    REQUIRE(report.at("databases").size() == 1);
    const json& database = report.at("databases").at(0);
    CHECK(keys(database) == std::set<std::string>{"name", "grade", "interactions",
                                                  "merged_checksum", "plan_checksum", "notes"});
    for (const json& interaction : database.at("interactions")) {
      CHECK(keys(interaction) == std::set<std::string>{"object", "ours", "theirs", "reason"});
      for (const char* key : {"object", "reason"}) CHECK(interaction.at(key).is_string());
    }
    CHECK(report.at("gate") == (result.exit_code == passed ? "granted" : "stale"));
    CHECK(report.at("grade") == database.at("grade"));
  }
  CHECK(gate("main").exit_code == passed);
  const ProgramRun none = gate("no-such-revision");
  CHECK(none.exit_code == could_not_judge);
  CHECK(keys(document(none)) == std::set<std::string>{"schema_version", "verdict", "error"});
}

}  // namespace
}  // namespace schemagate::testing
