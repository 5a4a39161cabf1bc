// SPDX-License-Identifier: MIT
// The promise of `diff`: psql runs the plan against a database made from the old schema and gets
// the schema of the new one. Every pair of testdata/plans/, both strategies, every server major
// that is there.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "postgres/introspect.h"
#include "report/runner_text.h"
#include "tests/plan_cases.h"
#include "tests/schema_dump.h"

namespace schemagate {
namespace {

using postgres::Session;
using testing::PlanCase;
using testing::SchemaText;

struct Outcome {
  std::string error;
  std::vector<std::string> dump;
};

Outcome reached(Session& session, const std::vector<std::string>& scripts, bool column_order) {
  testing::reset_database(session);
  for (const std::string& script : scripts) {
    const std::string error = testing::run_script(session, script);
    if (!error.empty()) return {error, {}};
  }
  return {"", testing::schema_dump(session, column_order)};
}

std::string listed(const Diff& difference) {
  std::string text;
  for (const Change& change : difference.changes) {
    text += std::string(to_string(change.kind)) + " " + change.object + " " + change.detail + ": " +
            change.before + " -> " + change.after + "\n";
  }
  return text;
}

/// What the file says and what the server says about itself are the same, seen from either side.
void check_equality(Session& session, const SchemaText& file, int major) {
  const auto read = postgres::introspect(session, {.grants = true, .owners = true});
  REQUIRE(std::holds_alternative<postgres::Introspected>(read));
  const std::string sql = std::get<postgres::Introspected>(read).sql();
  const SchemaText live = testing::read_schema(sql, major);
  INFO("the server says:\n" << sql);
  CHECK(listed(diff(live.loaded.catalog, file.loaded.catalog)) == "");
  CHECK(listed(diff(file.loaded.catalog, live.loaded.catalog)) == "");
}

void check_pair(Session& session, const PlanCase& of, int major) {
  INFO(of.title << " on PostgreSQL " << major);
  const SchemaText before = testing::read_schema(of.old_sql, major),
                   after = testing::read_schema(of.new_sql, major);
  // The statements of a declarative schema may stand in any order; the server wants a good one.
  Outcome wanted = reached(session, {of.new_sql}, of.column_order);
  if (!wanted.error.empty())
    wanted = reached(session, {to_sql(after.loaded.catalog)}, of.column_order);
  CHECK(wanted.error == "");
  if (!wanted.error.empty()) return;
  if (of.server_spelling) check_equality(session, after, major);
  const Diff difference = diff(before.loaded.catalog, after.loaded.catalog, after.hints);
  for (const Strategy strategy : {Strategy::direct, Strategy::online}) {
    const Plan plan =
        make_plan(before.loaded.catalog, after.loaded.catalog, difference, strategy, major);
    const std::string script = sql_without_workflow_commands(to_sql(plan));  // as it is printed
    INFO((strategy == Strategy::online ? "online" : "direct") << "\n" << script);
    const Outcome got = reached(session, {of.old_sql, script}, of.column_order);
    CHECK(got.error == "");
    if (got.error.empty()) CHECK(testing::difference(wanted.dump, got.dump) == "");
  }
}

TEST_CASE("psql runs the plan against the old schema and gets the new one") {
  const std::vector<PlanCase> cases = testing::plan_cases();
  const char* only = std::getenv("SCHEMAGATE_CASE");
  testing::on_every_server([&](Session& session, int major) {
    for (const PlanCase& of : cases) {
      if (only != nullptr && of.title.find(only) == std::string::npos) continue;
      if (major >= of.first_major && major <= of.last_major) check_pair(session, of, major);
    }
  });
}

}  // namespace
}  // namespace schemagate
