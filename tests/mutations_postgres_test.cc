// SPDX-License-Identifier: MIT
// The promise of `diff` for pairs that nobody wrote: random changes to the schemas of
// testdata/plans/. SCHEMAGATE_MUTATIONS=500 runs that many pairs instead of the usual few,
// SCHEMAGATE_SEED=7 begins with another seed, SCHEMAGATE_MAJOR=15 takes only that server.
#include <catch2/catch_test_macros.hpp>

#include "base/text.h"
#include "tests/options.h"
#include "tests/plan_cases.h"
#include "tests/schema_dump.h"
#include "tests/schema_mutations.h"

namespace schemagate {
namespace {

using postgres::Session;
using testing::SchemaText;
using testing::Statements;

/// The database is made of the statements that the server takes; the others are left out.
std::string accepted(Session& session, const Statements& statements) {
  testing::reset_database(session);
  std::string sql;
  for (const std::string& statement : statements) {
    // What a file does not say about owners stays as it is: no two sides of that.
    if (statement.find(" OWNER TO ") != std::string::npos) continue;
    if (session.run(statement).ok()) sql += statement + ";\n";
  }
  session.run("RESET ALL");
  return sql;
}

/// A key of a partitioned table that not all partitions have: half a dump. No plan leads to one, or
/// away from it.
bool has_partial_key(Session& session) {
  const auto keys = session.run(
      "SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_constraint c ON c.conindid = "
      "i.indexrelid WHERE NOT i.indisvalid");
  return !keys.rows.empty();
}

void check_pair(Session& session, const std::string& old_sql, const std::string& new_sql,
                const std::vector<std::string>& wanted, int major) {
  const SchemaText before = testing::read_schema(old_sql, major),
                   after = testing::read_schema(new_sql, major);
  const Diff difference = diff(before.loaded.catalog, after.loaded.catalog);
  for (const Strategy strategy : {Strategy::direct, Strategy::online}) {
    const std::string script =
        to_sql(make_plan(before.loaded.catalog, after.loaded.catalog, difference, strategy, major));
    INFO("-- @v\n" << old_sql << "-- @v\n" << new_sql << "-- plan\n" << script);
    testing::reset_database(session);
    REQUIRE(testing::run_script(session, old_sql) == "");
    const std::string error = testing::run_script(session, script);
    CHECK(error == "");
    if (error.empty())
      CHECK(testing::difference(wanted, testing::schema_dump(session, false)) == "");
  }
}

std::vector<Statements> known_schemas(int major) {
  std::vector<Statements> schemas;
  for (const testing::PlanCase& of : testing::plan_cases()) {
    if (major < of.first_major || major > of.last_major) continue;
    schemas.push_back(testing::statements_of(of.old_sql));
    schemas.push_back(testing::statements_of(of.new_sql));
  }
  return schemas;
}

TEST_CASE("a plan for schemas that are changed at random") {
  const std::uint32_t pairs = testing::option("SCHEMAGATE_MUTATIONS", 36),
                      seed = testing::option("SCHEMAGATE_SEED", 1);
  testing::on_every_server([&](Session& session, int major) {
    const std::vector<Statements> schemas = known_schemas(major);
    for (std::uint32_t i = 0; i < pairs; ++i) {
      testing::SchemaMutator mutator(seed + i, schemas);
      const Statements base = mutator.any_schema();
      const std::string old_sql = accepted(session, base);
      if (has_partial_key(session)) continue;
      const std::string new_sql = accepted(session, mutator.mutated(base));
      if (has_partial_key(session)) continue;
      INFO("seed " << seed + i << " on PostgreSQL " << major);
      check_pair(session, old_sql, new_sql, testing::schema_dump(session, false), major);
    }
  });
}

}  // namespace
}  // namespace schemagate
