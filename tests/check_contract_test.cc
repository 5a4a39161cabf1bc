// SPDX-License-Identifier: MIT
// The command line's contract, to the letter: what others script against. Keys, types, lines that
// start at 1, exit codes.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/case_file.h"
#include "tests/json_contract.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

ProgramRun run(const std::vector<std::string>& arguments) {
  return run_program(SCHEMAGATE_BINARY, arguments);
}

/// The files of one side of the demo's pull request; its facts come from a server, here there is
/// none.
Files demo(const std::string& side) {
  const std::filesystem::path folder = source_path("testdata/pull_requests/shop/" + side);
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.emplace(entry.path().lexically_relative(folder).string(), read_file(entry.path()));
  files.insert_or_assign(
      ".schemagate.yml",
      File("postgres: 15\ndatabases:\n  - name: shop\n    schema: db/shop/**/*.sql\n"));
  return files;
}

ProgramRun check_json(const TestRepository& repository, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{
      "check",  "--repo", repository.path(), "--base", "main",
      "--head", "work",   "--format",        "json",   "--no-rehearsal"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

const json* finding_of(const json& database, const std::string& object_end,
                       const std::string& severity) {
  for (const json& finding : database.at("findings"))
    if (finding.at("object").get<std::string>().ends_with(object_end) &&
        finding.at("severity") == severity)
      return &finding;
  return nullptr;
}

TEST_CASE("check prints the contract's JSON, each of the demo's five changes on its line") {
  TestRepository repository;
  repository.commit("main", demo("base"));
  repository.branch("work", repository.tip("main"));
  repository.commit("work", demo("head"));
  const ProgramRun result = check_json(repository);
  CHECK(result.exit_code == failed);
  const json report = document(result);
  check_report(report, true);
  CHECK(report.at("verdict") == "fail");
  REQUIRE(report.at("databases").size() == 1);
  const json& shop = report.at("databases").at(0);
  CHECK(shop.at("name") == "shop");
  CHECK(shop.at("base_checksum").get<std::string>().starts_with("sg1:"));
  CHECK(shop.at("base_checksum") != shop.at("head_checksum"));
  CHECK(shop.at("changes").size() == 5);

  struct Expected {
    std::string object, file, side;
    int line;
  };
  for (const Expected& expected :
       {Expected{"users.full_name", "db/shop/customers.sql", "old", 6},
        Expected{"users.phone", "db/shop/customers.sql", "new", 5},
        Expected{"users.loyalty_points", "db/shop/customers.sql", "new", 6},
        Expected{"users_email_key", "db/shop/customers.sql", "new", 4},
        Expected{"orders_user_id_fkey", "db/shop/orders.sql", "new", 3}}) {
    INFO(expected.object << "\n" << shop.at("findings").dump(2));
    const json* finding = finding_of(shop, expected.object, "error");
    REQUIRE(finding);
    CHECK(finding->at("file") == expected.file);
    CHECK(finding->at("line") == expected.line);
    CHECK(finding->at("side") == expected.side);
  }
}

TEST_CASE("without facts the findings about rows say that the size is unknown") {
  TestRepository repository;
  repository.commit("main", demo("base"));
  repository.branch("work", repository.tip("main"));
  repository.commit("work", demo("head"));
  const json report = document(check_json(repository));
  const json& shop = report.at("databases").at(0);
  for (const char* object : {"users.phone", "users_email_key", "users.loyalty_points"}) {
    INFO(object << "\n" << shop.at("findings").dump(2));
    const json* finding = finding_of(shop, object, "error");
    REQUIRE(finding);
    CHECK(finding->at("evidence").contains("size_unknown"));
  }
}

TEST_CASE("the demo's change on tables of the same pull request: exit 0 and no finding") {
  TestRepository repository;
  repository.commit("main", {{"README.md", "shop"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", demo("base"));
  repository.commit("work", demo("head"));
  const ProgramRun result = check_json(repository);
  CHECK(result.exit_code == passed);
  const json report = document(result);
  check_report(report, true);
  CHECK(report.at("verdict") == "pass");
  CHECK(report.at("databases").at(0).at("findings").empty());
}

TEST_CASE("a fingerprint does not move with its line") {
  const auto fingerprints = [](const std::string& before_it) {
    TestRepository repository;
    repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int, b int);"}});
    repository.branch("work", repository.tip("main"));
    repository.commit("work", {{"schema.sql", before_it + "CREATE TABLE t (a int);"}});
    std::set<std::string> found;
    const json report = document(check_json(repository));
    for (const json& finding : report.at("databases").at(0).at("findings"))
      found.insert(finding.at("fingerprint"));
    return found;
  };
  CHECK_FALSE(fingerprints("").empty());
  CHECK(fingerprints("") == fingerprints("-- a comment\n\n"));
}

TEST_CASE("--fail-on decides what fails") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work",
                    {{"schema.sql", "CREATE TABLE t (\n-- schemagate: renamed from a\nb int);"}});
  CHECK(check_json(repository).exit_code == passed);  // a rename is a warning
  CHECK(check_json(repository, {"--fail-on", "warning"}).exit_code == failed);
  repository.commit("work", {{"schema.sql", ""}});
  CHECK(check_json(repository).exit_code == failed);
  CHECK(check_json(repository, {"--fail-on", "never"}).exit_code == passed);
}

TEST_CASE("a new statement that does not parse is a finding, not a failure to judge") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"schema.sql", "CREATE TABLE t (a int);\nCREATE TABL u ();\n"}});
  const ProgramRun result = check_json(repository);
  CHECK(result.exit_code == failed);
  const json report = document(result);
  check_report(report, true);
  const json& finding = report.at("databases").at(0).at("findings").at(0);
  CHECK(finding.at("line") == 2);
  CHECK(finding.at("severity") == "error");
}

TEST_CASE("what can't be judged is exit 2, and one JSON document") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int);"}});
  const ProgramRun result = check_json(repository);  // there is no branch "work"
  CHECK(result.exit_code == could_not_judge);
  const json report = document(result);
  CHECK(report.at("schema_version") == 1);
  CHECK(report.at("verdict") == "error");
  CHECK(keys(report.at("error")) == std::set<std::string>{"kind", "message", "hint"});
}

TEST_CASE("a changed database that can't be judged is exit 2, the others are judged") {
  TestRepository repository;
  repository.commit("main",
                    {{".schemagate.yml",
                      "databases:\n  - name: a\n    schema: a/*.sql\n  - name: b\n    schema: "
                      "b/*.sql\n"},
                     {"a/a.sql", "CREATE TABLE t (a int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"a/a.sql", "CREATE TABLE t (a int, b int);"}});
  const ProgramRun result = check_json(repository);
  CHECK(result.exit_code == could_not_judge);
  const json report = document(result);
  check_report(report, true);
  CHECK(report.at("verdict") == "error");
  CHECK(report.at("databases").dump().find("add-column") != std::string::npos);
  CHECK(report.at("databases").dump().find("b/*.sql") != std::string::npos);
}

TEST_CASE("lint has one database named - without checksums, statements only when asked for") {
  TemporaryFolder folder;
  const std::string schema =
      folder.write("schema.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text);");
  const std::string file =
      folder.write("migration.sql",
                   "SET lock_timeout = '1s';\nCREATE INDEX users_email_idx ON users (email);\n");
  const ProgramRun result = run({"lint", file, "--schema", schema, "--format", "json"});
  CHECK(result.exit_code == failed);
  const json report = document(result);
  check_report(report, false);
  REQUIRE(report.at("databases").size() == 1);
  const json& database = report.at("databases").at(0);
  CHECK(database.at("name") == "-");
  CHECK(database.at("base_checksum").is_null());
  CHECK(database.at("head_checksum").is_null());
  const json& finding = database.at("findings").at(0);
  CHECK(finding.at("line") == 2);
  CHECK(finding.at("column") == 1);
  CHECK(finding.at("statement") == 1);
  CHECK(finding.at("remedy").at("sql").at(0).get<std::string>().find("CONCURRENTLY") !=
        std::string::npos);

  const json with =
      document(run({"lint", file, "--schema", schema, "--format", "json", "--statements"}));
  check_report(with, true);
  CHECK(with.at("databases").at(0).at("statements").size() == 2);
}

TEST_CASE("check judges for the facts' major, and says so") {
  TestRepository repository;
  TemporaryFolder folder;
  repository.commit("main", {{"schema.sql", "CREATE TABLE t (a int, b int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"schema.sql", "CREATE TABLE t (a int);"}});
  const std::string facts = folder.write("facts.json", snapshot_of(15));
  const json report = document(check_json(repository, {"--facts", facts}));
  check_report(report, true);
  CHECK(report.at("databases").at(0).at("notes").dump().find("judged for PostgreSQL 15, not 17") !=
        std::string::npos);
}

}  // namespace
}  // namespace schemagate::testing
