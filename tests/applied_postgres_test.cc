// SPDX-License-Identifier: MIT
// `schemagate gate --applied`: only what the target database contains already may land. By a
// connection to a real server, and by what a deployment reports about it.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "postgres/server.h"
#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"
#include "tests/schema_dump.h"
#include "tests/schema_mutations.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

constexpr const char* base = "CREATE TABLE t (a int, gone int);\n";
constexpr const char* head =
    "CREATE TABLE t (a int NOT NULL, b text DEFAULT 'x');\nCREATE INDEX t_b ON t (b);\n"
    "GRANT SELECT ON t TO reader;\n";

struct Row {
  const char* title;
  const char* database;  ///< how the database was made
  bool applied;
};
const std::vector<Row> rows{
    {"nothing applied", "CREATE TABLE t (a int, gone int);", false},
    {"all applied",
     "CREATE TABLE t (a int NOT NULL, b text DEFAULT 'x'); CREATE INDEX t_b ON t (b); GRANT SELECT "
     "ON t TO reader;",
     true},
    {"made by hand in another order, with more beside it",
     "CREATE TABLE t (b text DEFAULT 'x'::text, a integer NOT NULL, extra int); CREATE INDEX t_b "
     "ON "
     "t USING btree (b); CREATE INDEX by_hand ON t (extra); CREATE TABLE other (x int); GRANT "
     "SELECT, INSERT ON t TO reader;",
     true},
    {"the index is missing",
     "CREATE TABLE t (a int NOT NULL, b text DEFAULT 'x'); GRANT SELECT ON t TO reader;", false},
    {"the column has another default",
     "CREATE TABLE t (a int NOT NULL, b text DEFAULT 'y'); CREATE INDEX t_b ON t (b); GRANT SELECT "
     "ON t TO reader;",
     false},
    {"the old column is still there",
     "CREATE TABLE t (a int NOT NULL, gone int, b text DEFAULT 'x'); CREATE INDEX t_b ON t (b); "
     "GRANT SELECT ON t TO reader;",
     false},
    {"the grant is missing",
     "CREATE TABLE t (a int NOT NULL, b text DEFAULT 'x'); CREATE INDEX t_b ON t (b);", false},
    {"NOT NULL is missing",
     "CREATE TABLE t (a int, b text DEFAULT 'x'); CREATE INDEX t_b ON t (b); GRANT SELECT ON t TO "
     "reader;",
     false},
    {"there is no table", "CREATE TABLE other (x int);", false}};

json gate(const TestRepository& repository, const std::string& source, int exit_code) {
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"gate", "--repo", repository.path(), "--base", "main",
                                      "--head", "ours", "--applied", source, "--format", "json"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == exit_code);
  return json::parse(run.out);
}

TEST_CASE("what the target database does not contain yet may not land") {
  const auto servers = postgres::installed_servers(source_path(".").string());
  REQUIRE(!servers.empty());
  auto started = postgres::EphemeralServer::start(servers.back());
  REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
  const auto& server = std::get<postgres::EphemeralServer>(started);
  auto opened = server.administer();
  REQUIRE(std::holds_alternative<postgres::Session>(opened));
  auto& session = std::get<postgres::Session>(opened);
  REQUIRE(session.run("CREATE ROLE reader LOGIN PASSWORD 'right'").ok());
  REQUIRE(session.run("GRANT CONNECT ON DATABASE postgres TO reader").ok());
  const std::string url = "postgresql://reader:right@/postgres?host=" + server.folder();
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File(base)}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{"schema.sql", File(head)}});
  for (const Row& row : rows) {
    INFO(row.title);
    reset_database(session);
    for (const std::string& statement : statements_of(row.database))
      REQUIRE(session.run(statement).ok());
    const json answer = gate(repository, url, row.applied ? 0 : 1);
    CHECK(answer.at("gate") == (row.applied ? "granted" : "stale"));
    CHECK(answer.at("databases").front().at("not_applied").empty() == row.applied);
    const ProgramRun report =
        run_program(SCHEMAGATE_BINARY, {"inspect", url, "--checksum", "--format", "json"});
    const TemporaryFolder folder;
    const json reported =
        gate(repository, folder.write("report.json", report.out), row.applied ? 0 : 1);
    INFO(reported.dump(1));
    CHECK(reported.at("databases").front().at("not_applied").empty() == row.applied);
  }
}

TEST_CASE("a bare checksum is that of the merged schema, or the change is not applied") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File(base)}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{"schema.sql", File(head)}});
  const TemporaryFolder folder;
  const auto checksum_of = [&](const char* sql) {
    return run_program(SCHEMAGATE_BINARY,
                       {"inspect", folder.write("schema.sql", sql), "--checksum"})
        .out;
  };
  gate(repository, folder.write("sum", checksum_of(head)), 0);
  gate(repository, folder.write("sum", checksum_of(base)), 1);
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"gate", "--repo", repository.path(), "--base", "main",
                                      "--head", "ours", "--applied", folder.write("sum", "hello")});
  CHECK(run.exit_code == 2);
  CHECK(run.err.find("is no report of a schema's checksum") != std::string::npos);
}

}  // namespace
}  // namespace schemagate::testing
