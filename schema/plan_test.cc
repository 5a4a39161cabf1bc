// SPDX-License-Identifier: MIT
// The pairs of testdata/plans/ without a server: applied to the old catalog, the plan gives the new
// one. That the server agrees is tested beside it, on servers.
#include "schema/plan.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/plan_cases.h"

namespace schemagate {
namespace {

using testing::PlanCase;
using testing::read_schema;
using testing::SchemaText;

std::string listed(const Diff& difference) {
  std::string text;
  for (const Change& change : difference.changes) {
    text += std::string(to_string(change.kind)) + " " + change.object + " " + change.detail + ": " +
            change.before + " -> " + change.after + "\n";
  }
  return text;
}

/// What is still different after the plan, and what apply() refused.
std::string remaining(const SchemaText& before, const SchemaText& after, const Plan& plan) {
  Catalog catalog = before.loaded.catalog;
  Session session;
  session.postgres = plan.postgres;
  std::string text;
  for (const Step& step : plan.steps) {
    const ParsedFile parsed = parse_text(step.sql);
    if (parsed.statements.size() != 1) text += "not one statement: " + step.sql + "\n";
    for (const ParseProblem& problem : parsed.problems)
      text += problem.message + ": " + step.sql + "\n";
    for (const Statement& statement : parsed.statements) {
      for (const ApplyProblem& problem : apply(catalog, session, statement)) {
        if (!problem.sqlstate.empty()) text += problem.message + ": " + step.sql + "\n";
      }
    }
  }
  return text + listed(diff(catalog, after.loaded.catalog));
}

void check_plan(const PlanCase& of, int postgres, Strategy strategy) {
  const SchemaText before = read_schema(of.old_sql, postgres),
                   after = read_schema(of.new_sql, postgres);
  const Diff difference = diff(before.loaded.catalog, after.loaded.catalog, after.hints);
  const Plan plan =
      make_plan(before.loaded.catalog, after.loaded.catalog, difference, strategy, postgres);
  const std::string rest = remaining(before, after, plan);
  INFO(of.title << " on " << postgres << (strategy == Strategy::online ? " online" : " direct"));
  INFO(listed(difference) << "\n" << to_sql(plan));
  CHECK(rest == "");
  CHECK(difference.unused_hints.empty());
}

TEST_CASE("a plan applied to the old catalog gives the new one") {
  for (const PlanCase& of : testing::plan_cases()) {
    for (const int postgres : {14, 17, 18}) {
      if (postgres < of.first_major || postgres > of.last_major) continue;
      for (const Strategy strategy : {Strategy::direct, Strategy::online})
        check_plan(of, postgres, strategy);
    }
  }
}

TEST_CASE("a schema does not differ from itself") {
  for (const PlanCase& of : testing::plan_cases()) {
    for (const std::string& sql : {of.old_sql, of.new_sql}) {
      const SchemaText text = read_schema(sql, 17);
      INFO(of.title);
      CHECK(listed(diff(text.loaded.catalog, text.loaded.catalog)) == "");
    }
  }
}

TEST_CASE("what is in public is not what has its name in another schema") {
  const std::string both =
      "CREATE SCHEMA app; CREATE TABLE public.q (id int); CREATE TABLE app.q (id int);"
      "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 2';";
  const auto with = [&](const std::string& schema) {
    const SchemaText text = read_schema(both + "CREATE VIEW v AS SELECT id FROM " + schema +
                                            "q; CREATE TABLE t (n int DEFAULT " + schema + "f());",
                                        17);
    return text.loaded.catalog;
  };
  CHECK(listed(diff(with("public."), with("app."))) ==
        "set-default public.t.n : public.f() -> app.f()\n"
        "replace-view public.v : CREATE VIEW public.v AS SELECT id FROM public.q -> CREATE VIEW "
        "public.v AS SELECT id FROM app.q\n");
  CHECK(listed(diff(with("public."), with(""))) == "");
}

}  // namespace
}  // namespace schemagate
