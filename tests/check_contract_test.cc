// SPDX-License-Identifier: MIT
// The command line's contract, to the letter: what others script against. Keys, types, lines that
// start at 1, exit codes.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

constexpr int passed = 0;
constexpr int failed = 1;
constexpr int could_not_judge = 2;

ProgramRun run(const std::vector<std::string>& arguments) {
  return run_program(SCHEMAGATE_BINARY, arguments);
}

json document(const ProgramRun& result) {
  INFO(result.out << result.err);
  return json::parse(result.out);
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

bool is_one_of(const json& value, const std::set<std::string>& words) {
  return value.is_string() && words.count(value.get<std::string>()) > 0;
}

/// A file and 1-based numbers, or null for what is nowhere.
void check_place(const json& item, const std::vector<std::string>& numbers) {
  CHECK((item.at("file").is_string() || item.at("file").is_null()));
  for (const std::string& number : numbers) {
    if (item.at(number).is_null()) continue;
    REQUIRE(item.at(number).is_number_integer());
    CHECK(item.at(number) >= 1);
  }
}

void check_finding(const json& finding, std::size_t statements) {
  INFO(finding.dump(2));
  std::set<std::string> expected{"rule",     "severity", "message",     "file",     "line",
                                 "column",   "end_line", "end_column",  "side",     "object",
                                 "evidence", "remedy",   "fingerprint", "statement"};
  if (finding.contains("allowed")) expected.insert("allowed");
  CHECK(keys(finding) == expected);
  CHECK(finding.at("rule").is_string());
  CHECK(is_one_of(finding.at("severity"), {"error", "warning", "note"}));
  CHECK(is_one_of(finding.at("side"), {"new", "old"}));
  CHECK_FALSE(finding.at("message").get<std::string>().empty());
  CHECK_FALSE(finding.at("fingerprint").get<std::string>().empty());
  CHECK(finding.at("object").is_string());
  CHECK(finding.at("evidence").is_object());
  check_place(finding, {"line", "column", "end_line", "end_column"});
  if (!finding.at("statement").is_null()) {
    REQUIRE(finding.at("statement").is_number_integer());
    CHECK(finding.at("statement").get<std::size_t>() < statements);
  }
  if (finding.at("remedy").is_null()) return;
  CHECK(keys(finding.at("remedy")) == std::set<std::string>{"explanation", "sql"});
  CHECK(finding.at("remedy").at("explanation").is_string());
  for (const json& sql : finding.at("remedy").at("sql")) CHECK(sql.is_string());
}

void check_statement(const json& statement) {
  INFO(statement.dump(2));
  for (const char* key : {"sql", "file", "line", "transactional", "fails", "locks", "rewrites",
                          "scans", "index_builds"})
    REQUIRE(statement.contains(key));
  CHECK(statement.at("sql").is_string());
  CHECK(statement.at("transactional").is_boolean());
  check_place(statement, {"line"});
  if (!statement.at("fails").is_null()) {
    CHECK(keys(statement.at("fails")) == std::set<std::string>{"sqlstate", "reason"});
    CHECK(statement.at("fails").at("sqlstate").get<std::string>().size() == 5);
  }
  for (const json& lock : statement.at("locks")) {
    CHECK(keys(lock) == std::set<std::string>{"relation", "kind", "mode"});
    CHECK(lock.at("mode").get<std::string>().ends_with("Lock"));
  }
  for (const char* key : {"rewrites", "scans", "index_builds"})
    for (const json& name : statement.at(key))
      CHECK(name.get<std::string>().find('.') != std::string::npos);
}

void check_change(const json& change) {
  INFO(change.dump(2));
  CHECK(keys(change) ==
        std::set<std::string>{"kind", "object", "file", "line", "side", "before", "after"});
  CHECK(change.at("kind").is_string());
  CHECK(change.at("object").is_string());
  CHECK(is_one_of(change.at("side"), {"new", "old"}));
  check_place(change, {"line"});
}

/// What `check` and `lint` print, complete.
void check_report(const json& report, bool with_statements) {
  CHECK(report.at("schema_version") == 1);
  CHECK(is_one_of(report.at("verdict"), {"pass", "fail", "error"}));
  REQUIRE(report.at("databases").is_array());
  for (const json& database : report.at("databases")) {
    CHECK(database.at("name").is_string());
    CHECK((database.at("base_checksum").is_string() || database.at("base_checksum").is_null()));
    CHECK((database.at("head_checksum").is_string() || database.at("head_checksum").is_null()));
    CHECK(database.contains("statements") == with_statements);
    const std::size_t statements = with_statements ? database.at("statements").size() : 1000;
    for (const json& change : database.at("changes")) check_change(change);
    for (const json& finding : database.at("findings")) check_finding(finding, statements);
    for (const json& note : database.at("notes")) CHECK(note.is_string());
    if (!with_statements) continue;
    for (const json& statement : database.at("statements")) check_statement(statement);
  }
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
  CHECK(document(rules).is_object());
}

}  // namespace
}  // namespace schemagate::testing
