// SPDX-License-Identifier: MIT
// The five ways of sending a file: what testdata/sending/ says is what a server says, and what is
// predicted for a migration that a tool sends so.
#include <dlfcn.h>
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "bot/judge.h"
#include "postgres/server.h"
#include "tests/case_file.h"
#include "tests/options.h"

namespace schemagate::testing {
namespace {

using postgres::Session;

constexpr std::string_view schema_sql =
    "CREATE TYPE e AS ENUM ('a');\n"
    "CREATE TABLE t (a int, b int);\n"
    "CREATE INDEX t_b ON t (b);\n"
    "CREATE TABLE p (k int) PARTITION BY RANGE (k);\n"
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);\n"
    "CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;\n"
    "CREATE UNIQUE INDEX m_x ON m (x);\n";

std::vector<std::string> statements_of(const std::string& script) {
  std::vector<std::string> found;
  for (const Statement& statement : parse_text(script).statements)
    found.push_back(script.substr(statement.span.begin, statement.span.end - statement.span.begin));
  return found;
}

/// libpq's pipeline mode: extended protocol, one Sync at the end. Returns the first SQLSTATE.
class Pipeline {
 public:
  Pipeline() : library_(dlopen("libpq.so.5", RTLD_NOW)) { REQUIRE(library_ != nullptr); }
  ~Pipeline() { dlclose(library_); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  std::string run(const std::string& conninfo, const std::vector<std::string>& statements) {
    auto* connect = find<void* (*)(const char*)>("PQconnectdb");
    void* connection = connect(conninfo.c_str());
    REQUIRE(find<int (*)(void*)>("PQenterPipelineMode")(connection) == 1);
    auto* send = find<int (*)(void*, const char*, int, const unsigned*, const char* const*,
                              const int*, const int*, int)>("PQsendQueryParams");
    for (const std::string& sql : statements)
      REQUIRE(send(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 1);
    REQUIRE(find<int (*)(void*)>("PQpipelineSync")(connection) == 1);
    std::string failed;
    for (std::size_t i = 0; i <= statements.size(); ++i) read_results(connection, failed);
    find<void (*)(void*)>("PQfinish")(connection);
    return failed;
  }

 private:
  template <class Function>
  Function find(const char* name) {
    void* found = dlsym(library_, name);
    REQUIRE(found != nullptr);
    return reinterpret_cast<Function>(found);
  }

  /// Of one statement, to the null result that ends them; a Sync has no null behind it.
  void read_results(void* connection, std::string& failed) {
    constexpr int pipeline_sync = 10, sqlstate = 'C';
    auto* get = find<void* (*)(void*)>("PQgetResult");
    while (void* result = get(connection)) {
      const int status = find<int (*)(const void*)>("PQresultStatus")(result);
      const char* state = find<char* (*)(const void*, int)>("PQresultErrorField")(result, sqlstate);
      if (state != nullptr && failed.empty()) failed = state;
      find<void (*)(void*)>("PQclear")(result);
      if (status == pipeline_sync) return;
    }
  }

  void* library_;
};

/// The SQLSTATE of the first statement that failed.
std::string one_by_one(Session& session, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements)
    if (const auto answer = session.run(sql); !answer.ok()) return answer.error->sqlstate;
  return {};
}

struct Server {
  const postgres::EphemeralServer& server;
  std::string conninfo;

  Session open() const {
    auto opened = Session::open(conninfo);
    REQUIRE(std::holds_alternative<Session>(opened));
    return std::get<Session>(std::move(opened));
  }

  void make_database() const {
    auto opened = server.administer();
    Session& session = std::get<Session>(opened);
    session.run("DROP DATABASE IF EXISTS sending");
    CHECK(session.run("CREATE DATABASE sending").ok());
    Session inside = open();
    CHECK(inside.run(std::string(schema_sql)).ok());
  }

  std::string send(Sending sending, const std::string& script) const {
    make_database();
    if (sending == Sending::pipeline) return Pipeline().run(conninfo, statements_of(script));
    Session session = open();
    std::vector<std::string> statements = statements_of(script);
    if (sending == Sending::simple_query) {
      const auto answer = session.run(script);
      return answer.ok() ? "" : answer.error->sqlstate;
    }
    if (sending == Sending::transaction) {
      statements.insert(statements.begin(), "BEGIN");
      statements.push_back("COMMIT");
    }
    return one_by_one(session, statements);
  }
};

/// A tool's folder whose second file is sent so.
DatabaseReport judged(Sending sending, const std::string& script, int major) {
  DatabaseText text;
  const auto add = [&](const std::string& path, const std::string& sql) {
    return text.sources.add({path, sql, path + std::to_string(sql.size())});
  };
  DatabaseConfig config;
  config.name = "sending";
  config.migrations.path = "m";
  std::string first = "m/1_a.sql", second = "m/2_b.sql", before, behind;
  switch (sending) {
    case Sending::transaction:
      config.migrations.format = "sqlx";
      break;
    case Sending::statements:
      config.migrations.format = "goose";
      before = "-- +goose NO TRANSACTION\n-- +goose Up\n";
      break;
    case Sending::simple_query:
      config.migrations.format = "golang-migrate";
      first = "m/1_a.up.sql";
      second = "m/2_b.up.sql";
      break;
    case Sending::pipeline:
      config.migrations.format = "liquibase";
      before =
          "--liquibase formatted sql\n"
          "--changeset a:1 runInTransaction:false splitStatements:false\n";
      break;
    case Sending::psql:
      config.migrations.format = "plain";
      break;
  }
  text.migrations_before = {add(first, before + std::string(schema_sql))};
  text.migrations_after = {text.migrations_before.front(), add(second, before + script)};
  JudgeOptions options;
  options.postgres = major;
  return judge_database(text, config, options);
}

bool is_refused(const DatabaseReport& report) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [](const ReportedFinding& found) {
                       return found.finding.rule == "concurrent-command-in-transaction" ||
                              found.finding.rule == "impossible-concurrent-command";
                     });
}

/// What one server says of a script, however it is sent; the prediction says the same.
std::string measured(const Server& sender, const Case& test, int major) {
  std::string lines;
  for (const Sending sending : {Sending::transaction, Sending::statements, Sending::simple_query,
                                Sending::pipeline, Sending::psql}) {
    const std::string script = test.text("sql script");
    const std::string failed = sender.send(sending, script);
    const bool legal = failed != "25001";
    INFO(test.title << ", " << to_string(sending) << ": " << failed);
    CHECK(is_refused(judged(sending, script, major)) == !legal);
    lines +=
        fmt::format("{}: {}\n", to_string(sending), failed.empty() ? "legal" : "fails " + failed);
  }
  return lines;
}

constexpr int usual_major = 17;

/// Writes what the usual server says, and what another one says where it differs.
void measure_all(const Server& sender, int major, std::set<std::string>& scripts) {
  for (const auto& path : case_files("testdata/sending")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const std::string said = measured(sender, file.cases()[i], major);
      CHECK(scripts.insert(file.cases()[i].text("sql script")).second);
      if (major == usual_major)
        file.check_golden(i, "measured", said);
      else
        file.check_golden(i, fmt::format("measured on {}", major),
                          said == file.cases()[i].text("measured") ? "" : said);
    }
    file.save();
  }
}

/// 17 alone, or SCHEMAGATE_MAJOR; each with SCHEMAGATE_TEST_ALL=true.
std::vector<int> tried_majors() {
  const int wanted =
      static_cast<int>(option("SCHEMAGATE_MAJOR", all_is_wanted() ? 0 : usual_major));
  if (wanted != 0) return {wanted};
  return {usual_major, 14, 15, 16, 18};
}

TEST_CASE("whether CONCURRENTLY is legal is predicted for the five ways of sending a file") {
  const auto installed = postgres::installed_servers(source_path("").string());
  for (const int major : tried_majors()) {
    INFO("PostgreSQL " << major);
    const postgres::Installation* found = postgres::nearest(installed, major);
    REQUIRE(found != nullptr);
    CHECK((found->major == major || !all_is_wanted()));
    auto started = postgres::EphemeralServer::start(*found);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    auto& server = std::get<postgres::EphemeralServer>(started);
    auto opened = server.administer();
    Session& session = std::get<Session>(opened);
    REQUIRE(session.run("CREATE ROLE sender SUPERUSER LOGIN PASSWORD 'sender'").ok());
    const Server sender{
        server, fmt::format("host={} user=sender password=sender dbname=sending",
                            session.run("SHOW unix_socket_directories").value().value_or(""))};
    std::set<std::string> scripts;
    measure_all(sender, major, scripts);
    CHECK(scripts.size() >= 40);
  }
}

}  // namespace
}  // namespace schemagate::testing
