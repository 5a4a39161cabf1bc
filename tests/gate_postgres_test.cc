// SPDX-License-Identifier: MIT
// What the gate calls independent is independent: the changes of both branches, made in either
// order on a real server, give one schema, and it is the one that the merged files declare.
#include <catch2/catch_test_macros.hpp>

#include "schema/merge.h"
#include "tests/gate_case.h"
#include "tests/plan_cases.h"
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
  return schema_dump(session, false);
}

void check_both_orders(Session& session, const Case& test, int major) {
  INFO(test.title << " on PostgreSQL " << major);
  const SchemaText ancestor = read_schema(declared_schema(test, "ancestor"), major),
                   ours = read_schema(declared_schema(test, "ours"), major),
                   theirs = read_schema(declared_schema(test, "theirs"), major);
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

bool is_independent(const Case& test) {
  const std::string answer = test.text("gate");
  return answer.find("disjoint") != std::string::npos ||
         answer.find("adjacent") != std::string::npos;
}

TEST_CASE("what the gate calls independent gives one schema in either order") {
  on_every_server([](Session& session, int major) {
    int compared = 0;
    for (const auto& path : case_files("testdata/gate")) {
      const CaseFile file(path);
      for (const Case& test : file.cases()) {
        const bool parses = test.title.find("did not parse") == std::string::npos;
        if (!is_independent(test) || !parses || declared_schema(test, "ancestor").empty()) continue;
        check_both_orders(session, test, major);
        ++compared;
      }
    }
    CHECK(compared >= 25);
  });
}

}  // namespace
}  // namespace schemagate::testing
