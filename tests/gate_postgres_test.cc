// SPDX-License-Identifier: MIT
// What the gate calls independent is independent: the changes of both branches, made in either
// order on a real server, give one schema and the same rows, and they are what the merged files
// give.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "schema/merge.h"
#include "tests/gate_case.h"
#include "tests/plan_cases.h"
#include "tests/program.h"
#include "tests/schema_dump.h"

namespace schemagate::testing {
namespace {

using postgres::Session;

using Lines = std::vector<std::string>;

Lines made_by(Session& session, const std::vector<std::string>& scripts) {
  reset_database(session);
  for (const std::string& script : scripts) {
    const std::string refused = run_script(session, script);
    INFO(refused);
    CHECK(refused.empty());
  }
  Lines lines = schema_dump(session, false);
  // What is drawn from a sequence or the clock counts for nothing.
  for (std::string& row : rows_dump(session, "drawn")) lines.push_back(std::move(row));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// The schema of a side as SQL.
std::string sql_of(const Case& test, const std::string& side) {
  const std::string text = declared_schema(test, side);
  if (test.text("yaml").find(".hcl") == std::string::npos) return text;
  const TemporaryFolder folder;
  const ProgramRun run = run_program(
      SCHEMAGATE_BINARY, {"inspect", folder.write("schema.hcl", text), "--format", "sql"});
  REQUIRE(run.exit_code == 0);
  return run.out;
}

void check_declared(Session& session, const Case& test, int major) {
  const SchemaText ancestor = read_schema(sql_of(test, "ancestor"), major),
                   ours = read_schema(sql_of(test, "ours"), major),
                   theirs = read_schema(sql_of(test, "theirs"), major);
  const auto plan_to = [&](const SchemaText& side) {
    const Diff difference = diff(ancestor.loaded.catalog, side.loaded.catalog, side.hints);
    return to_sql(make_plan(ancestor.loaded.catalog, side.loaded.catalog, difference,
                            Strategy::direct, major));
  };
  const std::string start = to_sql(ancestor.loaded.catalog);
  const Lines one = made_by(session, {start, plan_to(ours), plan_to(theirs)}),
              other = made_by(session, {start, plan_to(theirs), plan_to(ours)});
  CHECK(difference(one, other) == "");
  const Merge both = merge(ancestor.loaded.catalog, {ours.loaded.catalog, ours.hints},
                           {theirs.loaded.catalog, theirs.hints}, major);
  CHECK(both.grade <= Grade::adjacent);
  CHECK(difference(made_by(session, {to_sql(both.merged)}), one) == "");
}

/// File by file: what one side added where the other one's files have run, and both in a new
/// database.
void check_versioned(Session& session, const Case& test) {
  const auto made_in_order = [&](const std::vector<std::vector<MigrationFile>>& sides) {
    std::vector<std::string> scripts;
    for (const auto& side : sides)
      for (const MigrationFile& file : side) scripts.push_back(file.sql);
    return made_by(session, scripts);
  };
  const auto ancestor = migrations_of(test, "ancestor"), ours = migrations_of(test, "ours"),
             theirs = migrations_of(test, "theirs");
  const Lines ours_last = made_in_order({ancestor, theirs, ours});
  CHECK(difference(ours_last, made_in_order({ancestor, ours, theirs})) == "");
  CHECK(difference(ours_last, made_in_order({merged_migrations(test)})) == "");
}

/// What the gate calls no change of a schema is none: the pull request's files, as they stand, give
/// what the ancestor's give.
void check_no_change(Session& session, const Case& test) {
  REQUIRE(migrations_of(test, "ancestor").empty());
  CHECK(difference(made_by(session, {sql_of(test, "ours")}),
                   made_by(session, {sql_of(test, "ancestor")})) == "");
}

TEST_CASE("what the gate calls independent gives one schema in either order") {
  on_every_server([](Session& session, int major) {
    int granted = 0, versioned = 0, not_applicable = 0;
    for (const auto& path : case_files("testdata/gate")) {
      const CaseFile file(path);
      for (const Case& test : file.cases()) {
        const std::string answer = test.text("gate");
        const bool is_no_change = answer.starts_with("not-applicable, ");
        if (!is_no_change && !answer.starts_with("granted, ")) continue;
        INFO(test.title << " on PostgreSQL " << major);
        ++(is_no_change ? not_applicable : granted);
        if (is_no_change) check_no_change(session, test);
        if (declared_schema(test, "ancestor").empty()) {
          ++versioned;
          check_versioned(session, test);
        } else {
          check_declared(session, test, major);
        }
      }
    }
    // None is left out: a case more is a number more here.
    CHECK(not_applicable == 3);
    CHECK(granted == 223);
    CHECK(versioned == 175);
  });
}

}  // namespace
}  // namespace schemagate::testing
