// SPDX-License-Identifier: MIT
// `check` asks a real server what the change meets there: exact counts on the changed lines; and
// what it says where the server can't be asked.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "postgres/server.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

constexpr const char* old_schema = R"(CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text,
    phone text,
    age int
);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    user_id bigint
);
)";
constexpr const char* new_schema = R"(CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text UNIQUE,
    phone text NOT NULL,
    age int CHECK (age > 0)
);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    user_id bigint REFERENCES users (id)
);
)";

/// The server that holds the data, with a role that may only read.
class Production {
 public:
  Production() {
    const auto installed = postgres::installed_servers(SCHEMAGATE_SOURCE_DIR);
    REQUIRE_FALSE(installed.empty());
    auto started = postgres::EphemeralServer::start(*postgres::nearest(installed, 17));
    if (const auto* refused = std::get_if<postgres::Refused>(&started)) FAIL(refused->because);
    server_.emplace(std::get<postgres::EphemeralServer>(std::move(started)));
    run(old_schema);
    run("INSERT INTO users SELECT i, 'u' || i % 19000, CASE WHEN i % 2000 > 0 THEN 'p' END, i - 4 "
        "FROM generate_series(1, 20000) i");
    run("INSERT INTO orders SELECT i, i FROM generate_series(19991, 20007) i");
    run("CREATE ROLE reader LOGIN PASSWORD 'right'; GRANT pg_read_all_data, pg_read_all_stats TO "
        "reader; GRANT CONNECT ON DATABASE postgres TO reader; ANALYZE");
  }
  void run(const std::string& sql) {
    auto opened = server_->administer();
    REQUIRE(std::holds_alternative<postgres::Session>(opened));
    const auto answer = std::get<postgres::Session>(opened).run(sql);
    INFO(sql);
    if (answer.error) FAIL(answer.error->message);
  }
  std::string url(const std::string& password = "right") const {
    return "postgresql://reader:" + password + "@/postgres?host=" + server_->folder();
  }
  std::string major() const { return std::to_string(server_->installation().major); }

 private:
  std::optional<postgres::EphemeralServer> server_;
};

struct Change : TestRepository {
  Change() {
    commit("main", {{"schema.sql", old_schema}});
    branch("work", tip("main"));
    commit("work", {{"schema.sql", new_schema}});
  }
};

ProgramRun check(const TestRepository& repository, std::vector<std::string> more) {
  std::vector<std::string> arguments{
      "check",  "--repo", repository.path(), "--base", "main",
      "--head", "work",   "--format",        "json",   "--no-rehearsal"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(SCHEMAGATE_BINARY, arguments);
}

const json* find(const json& report, const std::string& rule) {
  for (const json& finding : report.at("databases").at(0).at("findings"))
    if (finding.at("rule") == rule) return &finding;
  return nullptr;
}

struct Expected {
  const char* rule;
  int line;
  const char* count;
};
/// 1,000 addresses are there twice; every 2,000th phone is missing; ages -3 to 0; orders of users
/// 20,001 to 20,007.
constexpr Expected expected[] = {{"unique-over-duplicates", 3, "1,000"},
                                 {"not-null-over-nulls", 4, "10 "},
                                 {"check-over-violations", 5, "4 "},
                                 {"foreign-key-over-orphans", 9, "7 "}};

TEST_CASE("with the server's facts each change that rows refuse is an error with the exact count") {
  const Production production;
  const Change change;
  const ProgramRun run =
      check(change, {"--facts", production.url(), "--postgres", production.major()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  const json report = json::parse(run.out);
  for (const Expected& one : expected) {
    INFO(one.rule);
    const json* finding = find(report, one.rule);
    REQUIRE(finding);
    CHECK(finding->at("severity") == "error");
    CHECK(finding->at("file") == "schema.sql");
    CHECK(finding->at("line") == one.line);
    CHECK_THAT(finding->at("message").get<std::string>(), ContainsSubstring(one.count));
  }
  CHECK(run.out.find("right@") == std::string::npos);
}

TEST_CASE("rows that are put right silence the errors, in the same change") {
  Production production;
  production.run(
      "UPDATE users SET email = id, phone = 'p', age = abs(age) + 1; DELETE FROM orders "
      "WHERE user_id > 20000; ANALYZE");
  const Change change;
  const json report = json::parse(
      check(change, {"--facts", production.url(), "--postgres", production.major()}).out);
  for (const Expected& one : expected) {
    const json* finding = find(report, one.rule);
    INFO(one.rule << "\n" << report.dump(1));
    CHECK((!finding || finding->at("severity") != "error"));
  }
}

TEST_CASE("without facts the same changes say that the size is unknown, and no count") {
  const Change change;
  const ProgramRun run = check(change, {});
  CHECK(run.exit_code == 1);
  const json report = json::parse(run.out);
  for (const int line : {3, 4, 5, 9}) {
    bool is_unknown = false;
    for (const json& finding : report.at("databases").at(0).at("findings"))
      is_unknown = is_unknown || (finding.at("line") == line && finding.at("severity") == "error" &&
                                  finding.at("evidence").contains("size_unknown"));
    INFO(line << "\n" << run.out);
    CHECK(is_unknown);
  }
}

TEST_CASE("a wrong password, a database that is not there and an address that is none are named") {
  const Production production;
  const Change change;
  std::string no_database = production.url();
  no_database.replace(no_database.find("/postgres?"), 10, "/nowhere?");
  const struct {
    std::string url, named;
  } cases[] = {{production.url("wr0ng"), "password authentication failed"},
               {no_database, "nowhere"},
               {"postgresql://reader:wr0ng@127.0.0.1:1/shop", "Connection refused"},
               {"postgresql://reader:wr0ng@[::1/shop", "can't be reached"}};
  for (const auto& one : cases) {
    const ProgramRun run = check(change, {"--facts", one.url});
    INFO(run.out << run.err);
    CHECK(run.exit_code == 1);
    const std::string said = json::parse(run.out).at("databases").at(0).dump();
    CHECK_THAT(said, ContainsSubstring(one.named));
    CHECK(said.find("size_unknown") != std::string::npos);
    CHECK((run.out + run.err).find("wr0ng") == std::string::npos);
    CHECK((run.out + run.err).find("right@") == std::string::npos);
  }
}

}  // namespace
}  // namespace schemagate::testing
