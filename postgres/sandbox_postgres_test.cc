// SPDX-License-Identifier: MIT
// What a hostile pull request may try, and does not get (decisions D1).
#include <fmt/format.h>
#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "base/text.h"
#include "postgres/rehearsal.h"
#include "postgres/sandbox.h"

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

Sandbox sandbox_on(const EphemeralServer& server, const std::vector<std::string>& statements = {}) {
  auto sandbox = Sandbox::create(server, statements);
  if (const auto* refused = std::get_if<Refused>(&sandbox)) FAIL(refused->because);
  return std::get<Sandbox>(std::move(sandbox));
}

Session session_on(const Sandbox& sandbox) {
  auto opened = sandbox.connect();
  if (const auto* error = std::get_if<SqlError>(&opened)) FAIL(error->message);
  return std::get<Session>(std::move(opened));
}

/// A place that every process of this machine may write to, and that must stay empty.
struct OpenFolder {
  std::string path = "/tmp/sg-test-XXXXXX";
  OpenFolder() {
    REQUIRE(mkdtemp(path.data()));
    std::filesystem::permissions(path, std::filesystem::perms::all);
  }
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;
  ~OpenFolder() { std::filesystem::remove_all(path); }
};

/// Statements that reach out of the database. Each must fail for want of permission.
std::vector<std::string> attempts(const std::string& folder) {
  std::vector<std::string> statements{
      fmt::format("COPY (SELECT 1) TO PROGRAM 'env > {}/env'", folder),
      fmt::format("COPY (SELECT 1) TO '{}/copy'", folder),
      "COPY stolen FROM '/etc/passwd'",
      "COPY stolen FROM PROGRAM 'env'",
      "CREATE FUNCTION run(cstring) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' "
      "LANGUAGE C",
      "SELECT pg_read_file('/etc/passwd')",
      "SELECT pg_read_binary_file('/proc/self/environ')",
      "SELECT pg_ls_dir('/')",
      "SELECT pg_stat_file('/etc/passwd')",
      fmt::format("SELECT lo_export(lo_from_bytea(0, 'x'), '{}/lo')", folder),
      "SELECT lo_import('/etc/passwd')",
      "LOAD '/lib/x86_64-linux-gnu/libc.so.6'",
      "ALTER SYSTEM SET archive_command = 'env'",
      "GRANT pg_execute_server_program TO CURRENT_USER",
      "GRANT pg_read_server_files TO CURRENT_USER",
      "SET ROLE schemagate",
      "SET SESSION AUTHORIZATION schemagate",
      "ALTER ROLE CURRENT_USER SUPERUSER",
      "CREATE ROLE other SUPERUSER",
      "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
      "SELECT pg_reload_conf()",
      "CREATE EXTENSION file_fdw",
      "CREATE LANGUAGE plpython3u",
      "UPDATE pg_catalog.pg_authid SET rolsuper = true",
      "SELECT rolpassword FROM pg_catalog.pg_authid",
  };
  for (const std::size_t count = statements.size();
       const std::string& sql : std::vector<std::string>(
           statements.begin(), statements.begin() + static_cast<std::ptrdiff_t>(count)))
    statements.push_back("DO $do$ BEGIN EXECUTE " + quote_literal(sql) + "; END $do$");
  return statements;
}

}  // namespace

TEST_CASE("a pull request's SQL writes no file, reads no file and sees no variable") {
  setenv("SCHEMAGATE_TEST_SECRET", "hush", 1);
  const OpenFolder folder;
  for (const EphemeralServer& server : all_servers()) {
    const Sandbox sandbox = sandbox_on(server);
    Session session = session_on(sandbox);
    REQUIRE(session.run("CREATE TABLE stolen (line text)").ok());
    REQUIRE(session.run("CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
                .ok());
    for (const std::string& sql : attempts(folder.path)) {
      INFO("PostgreSQL " << server.installation().version << ": " << sql);
      const Answer answer = session.run(sql);
      REQUIRE(answer.error);
      // Not installed here, and ALTER SYSTEM inside a DO block, are refused before it comes to
      // permission.
      const std::set<std::string> refusals{"42501", "0A000", "25001"};
      CHECK(refusals.count(answer.error->sqlstate) == 1);
    }
    CHECK(session.run("SELECT count(*) FROM stolen").value() == "0");
    CHECK(
        session
            .run("SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
                 " FROM pg_roles WHERE rolname = session_user")
            .value() == "f");
  }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("what reaches out of the database is named in a note, and the rest is rehearsed") {
  const OpenFolder folder;
  for (const EphemeralServer& server : all_servers()) {
    Plan plan;
    plan.steps.push_back({.sql = "ALTER TABLE a ADD COLUMN x int",
                          .change = -1,
                          .group = 0,
                          .where = {},
                          .old_side = false});
    plan.steps.push_back({.sql = fmt::format("COPY a TO PROGRAM 'env > {}/env'", folder.path),
                          .change = -1,
                          .group = 0,
                          .where = {},
                          .old_side = false});
    const Rehearsal rehearsal =
        rehearse(server,
                 "CREATE TABLE a (id int);"
                 "CREATE FUNCTION run(cstring) RETURNS int AS 'libc.so.6', 'system' LANGUAGE C;",
                 plan);
    REQUIRE(rehearsal.steps.size() == 2);
    CHECK(rehearsal.steps[0].ran);
    CHECK(rehearsal.steps[0].message.empty());
    CHECK_FALSE(rehearsal.steps[1].ran);
    CHECK(rehearsal.steps[1].not_run_because.starts_with("needs superuser: "));
    REQUIRE(rehearsal.notes.size() == 2);
    CHECK(rehearsal.notes[0].find("LANGUAGE C") != std::string::npos);
    CHECK(rehearsal.notes[1].find("COPY a TO PROGRAM") != std::string::npos);
  }
  CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("extensions that are harmless and installed are made beforehand, others are missing") {
  for (const EphemeralServer& server : all_servers()) {
    INFO(server.installation().version);
    Sandbox sandbox =
        sandbox_on(server, {"CREATE EXTENSION IF NOT EXISTS pg_trgm", "CREATE EXTENSION file_fdw",
                            "CREATE SCHEMA tools", "CREATE EXTENSION hstore WITH SCHEMA tools"});
    Session session = session_on(sandbox);
    const bool available =
        session
            .run("SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'hstore')")
            .value() == "2";
    CHECK(sandbox.missing_extensions().count("file_fdw") == 1);
    if (!available) continue;
    CHECK(sandbox.run(session, "CREATE SCHEMA tools").ok());
    CHECK(sandbox.run(session, "CREATE EXTENSION hstore WITH SCHEMA tools").ok());
    CHECK(sandbox.run(session, "CREATE EXTENSION IF NOT EXISTS pg_trgm").ok());
    CHECK(session.run("CREATE TABLE t (h tools.hstore)").ok());
    CHECK(session.run("COMMENT ON EXTENSION hstore IS 'ours'").ok());
  }
}

TEST_CASE("a sandbox is gone when its object is, and the next one is empty") {
  const auto servers = all_servers();
  const EphemeralServer& server = servers.back();
  {
    const Sandbox sandbox = sandbox_on(server);
    Session session = session_on(sandbox);
    REQUIRE(session.run("CREATE TABLE a (id int)").ok());
    REQUIRE(
        session.run("ALTER DATABASE " + sandbox.database() + " SET search_path = nowhere").ok());
  }
  const Sandbox sandbox = sandbox_on(server);
  Session session = session_on(sandbox);
  CHECK(session.run("CREATE TABLE a (id int)").ok());
  auto opened = server.administer();
  REQUIRE(std::holds_alternative<Session>(opened));
  CHECK(std::get<Session>(opened)
            .run("SELECT count(*) FROM pg_database WHERE datname LIKE 'sandbox%'")
            .value() == "1");
}

TEST_CASE("the first words of a statement, comments left out") {
  CHECK(first_words("-- note\n/* a /* b */ c */ Create  EXTENSION x", 2) == "create extension");
  CHECK(first_words("(SELECT 1)", 1).empty());
  CHECK(first_words("BEGIN;", 2) == "begin");
  CHECK(first_words("/* never ends", 1).empty());
}

}  // namespace schemagate::postgres
