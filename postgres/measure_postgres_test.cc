// SPDX-License-Identifier: MIT
// The oracle itself, held against what PostgreSQL's manual and source say.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "base/text.h"
#include "postgres/measure.h"

namespace schemagate::postgres {
namespace {

const std::vector<std::string> schema{
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE TABLE p (id bigint PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE t (id bigint PRIMARY KEY, a int, email text, status text NOT NULL CHECK (status "
    "IN ('new', 'done')),"
    " at timestamp, small varchar(50), p_id bigint, m mood, flag boolean, d positive)",
    "CREATE INDEX t_a ON t (a)",
    "CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM p",
    "CREATE TABLE part (id bigint, k date NOT NULL) PARTITION BY RANGE (k)",
    "CREATE TABLE part_24 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
};

std::string_view short_mode(LockMode mode) {
  constexpr std::string_view names[] = {"?", "AS", "RS", "RE", "SUE", "S", "SRE", "E", "AE"};
  return names[static_cast<int>(mode)];
}

std::string names(const std::vector<QualifiedName>& list) {
  std::vector<std::string> texts;
  for (const QualifiedName& name : list) texts.push_back(name.name);
  return join(texts, " ");
}

/// "t AE, t_a AE | rewrites t | scans t | builds t_a", without what is empty.
std::string shown(const Measured& measured) {
  if (!measured.not_measured_because.empty()) return "not measured";
  if (measured.fails) return "fails " + measured.fails->sqlstate;
  std::vector<std::string> locks, parts;
  for (const RelationLock& lock : measured.locks) {
    // Minor versions differ in which indexes they only look at.
    if (lock.kind == RelationKind::index && lock.mode == LockMode::access_share) continue;
    locks.push_back(fmt::format("{} {}", lock.relation.name, short_mode(lock.mode)));
  }
  parts.push_back(join(locks, ", "));
  if (!measured.rewrites.empty()) parts.push_back("rewrites " + names(measured.rewrites));
  if (!measured.scans.empty()) parts.push_back("scans " + names(measured.scans));
  if (!measured.index_builds.empty()) parts.push_back("builds " + names(measured.index_builds));
  if (!measured.transactional) parts.push_back("own transaction");
  return join(parts, " | ");
}

struct Case {
  std::vector<std::string> script;
  std::string last;  ///< of its last statement
};

const std::vector<Case> cases{
    {{"CREATE INDEX i ON t (email)"}, "t S | scans t | builds i"},
    {{"CREATE INDEX CONCURRENTLY i ON t (email)"}, "t SUE | scans t | builds i | own transaction"},
    {{"DROP INDEX CONCURRENTLY t_a"}, "t SUE, t_a AE | own transaction"},
    {{"REINDEX TABLE t"}, "t S, t_a AE, t_pkey AE | scans t | builds t_a t_pkey"},
    {{"ALTER TABLE t ADD UNIQUE (email)"}, "t AE | scans t | builds t_email_key"},
    {{"ALTER TABLE t ALTER email SET NOT NULL"}, "t AE | scans t"},
    {{"ALTER TABLE t ADD CHECK (email IS NOT NULL)", "ALTER TABLE t ALTER email SET NOT NULL"},
     "t AE"},
    {{"ALTER TABLE t ADD COLUMN z int NOT NULL"}, "fails 23502"},
    {{"ALTER TABLE t ADD COLUMN z int DEFAULT 5 NOT NULL"}, "t AE"},
    {{"ALTER TABLE t ADD COLUMN z int CHECK (z > 0)"}, "t AE | scans t"},
    {{"ALTER TABLE t ADD COLUMN z uuid DEFAULT gen_random_uuid()"},
     "t AE, t_a AE, t_pkey AE | rewrites t | scans t | builds t_a t_pkey"},
    {{"ALTER TABLE p ADD COLUMN z positive"},
     "p AE, p_pkey AE | rewrites p | scans p | builds p_pkey"},
    {{"ALTER TABLE t ALTER small TYPE varchar(100)"}, "t AE"},
    {{"ALTER TABLE t ALTER a TYPE bigint"},
     "t AE, t_a AE, t_pkey AE | rewrites t | scans t | builds t_a t_pkey"},
    {{"ALTER TABLE t ALTER at TYPE timestamptz"}, "t AE"},
    {{"SET timezone = 'Europe/Berlin'", "ALTER TABLE t ALTER at TYPE timestamptz"},
     "t AE, t_a AE, t_pkey AE | rewrites t | scans t | builds t_a t_pkey"},
    {{"ALTER TABLE t ADD CHECK (status <> 'gone')"}, "t AE | scans t"},
    {{"ALTER TABLE t ADD CHECK (a > 1000)"}, "t AE | scans t"},
    {{"ALTER TABLE t ADD CHECK (a > 1000) NOT VALID"}, "t AE"},
    {{"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
      "ALTER TABLE t VALIDATE CONSTRAINT c"},
     "t SUE | scans t"},
    {{"ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID"}, "p SRE, t SRE"},
    {{"ALTER DOMAIN positive ADD CHECK (VALUE < 1000)"}, "t S | scans t"},
    {{"ALTER TABLE t ALTER flag TYPE int"}, "fails 42804"},
    {{"ALTER TABLE t DROP COLUMN nothing"}, "fails 42703"},
    {{"TRUNCATE t"}, "t AE, t_a AE, t_pkey AE"},
    {{"VACUUM t"}, "t SUE, t_a RE, t_pkey RE | own transaction"},
    {{"VACUUM FULL t"},
     "t AE, t_a AE, t_pkey AE | rewrites t | scans t | builds t_a t_pkey | own transaction"},
    {{"REFRESH MATERIALIZED VIEW mv"}, "mv AE, p AS | rewrites mv | scans mv p"},
    {{"REFRESH MATERIALIZED VIEW mv WITH NO DATA"}, "mv AE"},
    {{"CREATE TABLE part_25 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"},
     "part AE"},
    {{"ALTER TABLE part DETACH PARTITION part_24 CONCURRENTLY"},
     "part SUE, part_24 AE | own transaction"},
    {{"LOCK TABLE t"}, "fails 25P01"},
    {{"BEGIN", "LOCK TABLE t IN SHARE MODE"}, "t S"},
    // Locks already held in the transaction are this statement's as well.
    {{"BEGIN", "ALTER TABLE t ADD COLUMN z int", "CREATE INDEX i ON t (z)"},
     "t S | scans t | builds i"},
    {{"BEGIN", "CREATE INDEX CONCURRENTLY i ON t (a)"}, "fails 25001"},
    {{"BEGIN", "ALTER TYPE mood ADD VALUE 'fine'", "ALTER TABLE t ALTER m SET DEFAULT 'fine'"},
     "fails 55P04"},
    {{"BEGIN", "SET LOCAL timezone = 'Europe/Berlin'", "ALTER TABLE t ALTER at TYPE timestamptz"},
     "t AE, t_a AE, t_pkey AE | rewrites t | scans t | builds t_a t_pkey"},
    {{"BEGIN", "ALTER TABLE t DROP COLUMN nothing", "ALTER TABLE t DROP COLUMN a"}, "fails 25P02"},
    // What only a superuser may do says nothing about production.
    {{"ALTER TABLE t DISABLE TRIGGER ALL"}, "t SRE"},
    {{"CREATE PUBLICATION everything FOR ALL TABLES"}, "not measured"},
    {{"BEGIN", "CREATE PUBLICATION everything FOR ALL TABLES", "DROP TABLE t"}, "not measured"},
    {{"BEGIN", "CREATE PUBLICATION everything FOR ALL TABLES", "ROLLBACK", "DROP TABLE p CASCADE"},
     "mv AE, p AE, p_pkey AE"},
    // What one statement needed other rows for does not change the rows of the next.
    {{"ALTER TABLE t ADD CHECK (a > 1000)", "ALTER TABLE t ADD COLUMN z int NOT NULL"},
     "fails 23502"},
    {{"GRANT SELECT ON t TO somebody", "ALTER TABLE t OWNER TO somebody"},
     "t AE, t_a AE, t_pkey AE"},
    {{"BEGIN", "ALTER TABLE t OWNER TO somebody"}, "t AE, t_a AE, t_pkey AE"},
    {{"ALTER TABLE p SET TABLESPACE fast"}, "p AE | rewrites p | scans p"},
};

}  // namespace

TEST_CASE("what statements do is seen on every installed major") {
  const auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  for (const Installation& installation : installed) {
    auto server = EphemeralServer::start(installation);
    if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
    for (const Case& one : cases) {
      const auto result = measure(std::get<EphemeralServer>(server), schema, one.script);
      if (const auto* refused = std::get_if<Refused>(&result)) FAIL(refused->because);
      const auto& script = std::get<MeasuredScript>(result);
      INFO("PostgreSQL " << installation.version << ": " << one.script.back());
      CHECK(join(script.notes, "; ").empty());
      REQUIRE(script.statements.size() == one.script.size());
      CHECK(shown(script.statements.back()) == one.last);
    }
  }
}

TEST_CASE("each statement finds the schema as it was") {
  const auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  auto server = EphemeralServer::start(installed.back());
  if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
  const std::vector<std::string> alone = {
      "ALTER TABLE t ADD COLUMN z int", "CREATE INDEX CONCURRENTLY ON t (a)",
      "DROP TABLE t CASCADE", "ALTER TABLE t ADD CHECK (a > 1000)",
      "ALTER TABLE t ALTER a TYPE bigint"};
  std::vector<std::string> both = alone;
  both.insert(both.end(), alone.begin(), alone.end());
  const auto result = measure_each(std::get<EphemeralServer>(server), schema, both);
  REQUIRE(std::holds_alternative<MeasuredScript>(result));
  const auto& statements = std::get<MeasuredScript>(result).statements;
  REQUIRE(statements.size() == both.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    INFO(alone[i]);
    const auto single = measure(std::get<EphemeralServer>(server), schema, {alone[i]});
    REQUIRE(std::holds_alternative<MeasuredScript>(single));
    const std::string expected = shown(std::get<MeasuredScript>(single).statements.front());
    CHECK(shown(statements[i]) == expected);
    CHECK(shown(statements[i + alone.size()]) == expected);
  }
}

TEST_CASE("a schema that does not load and tables without rows are noted") {
  const auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  auto server = EphemeralServer::start(installed.back());
  REQUIRE(std::holds_alternative<EphemeralServer>(server));
  const auto result =
      measure(std::get<EphemeralServer>(server),
              {"CREATE TABLE a (b nonsense)", "CREATE TABLE never (x int CHECK (x > 1 AND x < 1))"},
              {"SELECT 1"});
  REQUIRE(std::holds_alternative<MeasuredScript>(result));
  const auto& notes = std::get<MeasuredScript>(result).notes;
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].find("type \"nonsense\" does not exist") != std::string::npos);
  CHECK(notes[1] == "public.never has no rows");
}

}  // namespace schemagate::postgres
