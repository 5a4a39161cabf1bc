// SPDX-License-Identifier: MIT
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "base/text.h"
#include "postgres/rehearsal.h"

namespace schemagate::postgres {
namespace {

std::vector<EphemeralServer> all_servers() {
  std::vector<EphemeralServer> servers;
  for (const Installation& installation : installed_servers(SCHEMAGATE_SOURCE_DIR)) {
    auto server = EphemeralServer::start(installation);
    if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
    servers.push_back(std::get<EphemeralServer>(std::move(server)));
  }
  REQUIRE_FALSE(servers.empty());
  return servers;
}

Plan plan_of(const std::vector<std::pair<int, std::string>>& steps) {
  Plan plan;
  for (const auto& [group, sql] : steps)
    plan.steps.push_back(
        {.sql = sql, .change = -1, .group = group, .where = {}, .old_side = false});
  return plan;
}

const std::string base =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text);"
    "CREATE VIEW emails AS SELECT email FROM users;";

}  // namespace

TEST_CASE("a plan runs as its groups say, and a failing step stops the rest") {
  for (const EphemeralServer& server : all_servers()) {
    INFO(server.installation().version);
    const Rehearsal rehearsal =
        rehearse(server, base,
                 plan_of({{0, "ALTER TABLE users ADD COLUMN phone text"},
                          {-1, "CREATE INDEX CONCURRENTLY i ON users (phone)"},
                          {1, "GRANT SELECT ON users TO reporting"},
                          {2, "ALTER TABLE users ADD COLUMN fax text"},
                          {2, "ALTER TABLE users DROP COLUMN email"},
                          {2, "ALTER TABLE users DROP COLUMN fax"},
                          {3, "ALTER TABLE users DROP COLUMN phone"}}));
    CHECK(rehearsal.summary == "rehearsed on PostgreSQL " + server.installation().version);
    CHECK(rehearsal.notes.empty());
    REQUIRE(rehearsal.steps.size() == 7);
    for (int i : {0, 1, 2, 3}) {
      CHECK(rehearsal.steps[i].ran);
      CHECK(rehearsal.steps[i].message.empty());
    }
    CHECK(rehearsal.steps[4].ran);
    CHECK(rehearsal.steps[4].sqlstate == "2BP01");
    CHECK(rehearsal.steps[4].message ==
          "cannot drop column email of table users because other objects depend on it");
    for (int i : {5, 6}) {
      CHECK_FALSE(rehearsal.steps[i].ran);
      CHECK(rehearsal.steps[i].not_run_because == "an earlier step failed");
    }
  }
}

TEST_CASE("a constraint checked at commit fails the last step of its group") {
  const auto servers = all_servers();
  const Rehearsal rehearsal =
      rehearse(servers.back(),
               "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p DEFERRABLE "
               "INITIALLY DEFERRED);",
               plan_of({{0, "INSERT INTO c VALUES (7)"}, {0, "COMMENT ON TABLE c IS 'x'"}}));
  REQUIRE(rehearsal.steps.size() == 2);
  CHECK(rehearsal.steps[1].sqlstate == "23503");
}

TEST_CASE("a base schema that does not load is not rehearsed, and the first reason is named") {
  const auto servers = all_servers();
  const Rehearsal rehearsal =
      rehearse(servers.back(), "CREATE TABLE a (b nonsense); CREATE TABLE c (d nonsense2);",
               plan_of({{0, "SELECT 1"}}));
  CHECK(rehearsal.summary ==
        "not rehearsed: the base schema does not load: type \"nonsense\" does not exist: CREATE "
        "TABLE a (b nonsense)");
  CHECK(rehearsal.steps.empty());
}

TEST_CASE("an extension that is not installed is left out with what depends on it") {
  const auto servers = all_servers();
  const Rehearsal rehearsal = rehearse(servers.back(),
                                       "CREATE EXTENSION nowhere_to_be_found; CREATE TABLE a (id "
                                       "int, b nowhere_type); CREATE TABLE c (id int);",
                                       plan_of({{0, "ALTER TABLE c ADD COLUMN x int"},
                                                {0, "ALTER TABLE a ADD COLUMN x int"},
                                                {1, "ALTER TABLE c DROP COLUMN nope"}}));
  REQUIRE(rehearsal.steps.size() == 3);
  CHECK(rehearsal.steps[0].ran);
  CHECK(rehearsal.steps[0].message.empty());
  CHECK_FALSE(rehearsal.steps[1].ran);
  CHECK(rehearsal.steps[1].not_run_because ==
        "depends on what was left out: relation \"a\" does not exist");
  CHECK_FALSE(rehearsal.notes.empty());
}

TEST_CASE("roles that do not exist are made, also in the middle of a transaction") {
  const auto servers = all_servers();
  const Rehearsal rehearsal = rehearse(servers.front(),
                                       "CREATE TABLE a (id int); ALTER TABLE a OWNER TO \"the "
                                       "Owner\"; CREATE POLICY p ON a TO app USING (true);",
                                       plan_of({{0, "ALTER TABLE a ADD COLUMN x int"},
                                                {0, "ALTER TABLE a OWNER TO other"},
                                                {0, "GRANT ALL ON a TO third"}}));
  CHECK(rehearsal.notes.empty());
  REQUIRE(rehearsal.steps.size() == 3);
  for (const Rehearsed& step : rehearsal.steps) {
    CHECK(step.ran);
    CHECK(step.message.empty());
  }
}

TEST_CASE("a step that never ends is stopped and not held against the plan") {
  ServerOptions options;
  options.limits.lifetime = std::chrono::seconds(6);
  const auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  auto server = EphemeralServer::start(installed.back(), options);
  REQUIRE(std::holds_alternative<EphemeralServer>(server));
  const Rehearsal rehearsal = rehearse(
      std::get<EphemeralServer>(server), "CREATE TABLE a (id int);",
      plan_of(
          {{0, "SET statement_timeout = 0"}, {1, "SELECT pg_sleep(3600)"}, {2, "DROP TABLE a"}}));
  REQUIRE(rehearsal.steps.size() == 3);
  CHECK_FALSE(rehearsal.steps[1].ran);
  CHECK(rehearsal.steps[1].message.empty());
  CHECK(rehearsal.steps[1].not_run_because == "the server ran longer than 6 seconds");
  CHECK(rehearsal.steps[2].not_run_because == "an earlier step could not be rehearsed");
  // Never shown as rehearsed.
  REQUIRE(rehearsal.notes.size() == 1);
  CHECK(rehearsal.notes[0] ==
        "the rehearsal stopped at \"SELECT pg_sleep(3600)\": the server ran longer than 6 seconds; "
        "this statement and those after it were not rehearsed");
  CHECK(rehearsal.summary.starts_with("rehearsed in part on PostgreSQL "));
}

}  // namespace schemagate::postgres
