// SPDX-License-Identifier: MIT
// What the gate calls independent, for pairs of changes that nobody wrote: both made in either
// order on a real server give one schema, and it is the one that the merged files declare.
// SCHEMAGATE_MUTATIONS=500 tries that many pairs on each server, SCHEMAGATE_SEED=7 begins with
// another seed, SCHEMAGATE_MAJOR=15 takes only that server. With SCHEMAGATE_TEST_ALL=true there are
// thousands, other ones on each server.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "postgres/server.h"
#include "tests/options.h"
#include "tests/schema_dump.h"
#include "tests/three_ways.h"
#include "tests/trial.h"

namespace schemagate::testing {
namespace {

using postgres::Session;
using Lines = std::vector<std::string>;

/// The statements that the server takes.
Statements accepted(Trial& trial, const Statements& statements) {
  return trial.undone([&] {
    Statements taken;
    for (const std::string& statement : statements) {
      // What a file does not say about owners stays as it is: no two sides of that.
      if (statement.find(" OWNER TO ") != std::string::npos) continue;
      // How long a statement may take is no schema, and a millisecond is not the same one twice.
      if (statement.find("_timeout") != std::string::npos) continue;
      if (trial.run(statement).empty()) taken.push_back(statement);
    }
    return taken;
  });
}

/// What the server has after the scripts, or what it refused.
Lines made_by(Trial& trial, const std::vector<std::string>& scripts) {
  return trial.undone([&]() -> Lines {
    for (const std::string& script : scripts)
      if (const std::string refused = trial.run(statements_of(script)); !refused.empty())
        return {"refused: " + refused};
    return schema_dump(trial.session(), false);
  });
}

bool is_refused(const Lines& lines) {
  return lines.size() == 1 && lines.front().starts_with("refused: ");
}

std::string plan_between(const SchemaText& before, const SchemaText& after, int major) {
  const Diff difference = diff(before.loaded.catalog, after.loaded.catalog);
  return to_sql(
      make_plan(before.loaded.catalog, after.loaded.catalog, difference, Strategy::direct, major));
}

/// Schemas that the files name no more and that no plan drops: the database keeps them, and a
/// search_path finds them there.
std::string kept_schemas(const ThreeWays& sides, const std::string& plans) {
  std::string kept;
  for (const std::string& statement : sides.ancestor) {
    const auto& merged = *sides.merged;
    if (statement.starts_with("CREATE SCHEMA ") &&
        plans.find("DROP SCHEMA ") == std::string::npos &&
        std::find(merged.begin(), merged.end(), statement) == merged.end())
      kept += statement + ";\n";
  }
  return kept;
}

/// What the merged files declare. They are a set: where a server refuses them as they stand they
/// are run in the order of `schemagate inspect`.
Lines declared_by(Trial& trial, const ThreeWays& sides, const Judgement& gate,
                  const std::string& plans) {
  const std::string kept = kept_schemas(sides, plans);
  const Lines as_they_stand = made_by(trial, {kept + file_of(*sides.merged)});
  if (!is_refused(as_they_stand)) return as_they_stand;
  return made_by(trial, {kept + to_sql(gate.landing.loaded.catalog)});
}

/// Whether both sides change something and the gate lets them pass.
bool check_pair(Trial& trial, const ThreeWays& sides, int major) {
  const Judgement gate = judge(sides, major);
  if (!gate.is_independent || gate.merge.ours.empty() || gate.merge.theirs.empty()) return false;
  const std::string start = file_of(sides.ancestor),
                    ours = plan_between(gate.ancestor, gate.ours, major),
                    theirs = plan_between(gate.ancestor, gate.theirs, major);
  INFO("-- ancestor\n"
       << start << "-- ours\n"
       << ours << "-- theirs\n"
       << theirs << "-- merged files\n"
       << file_of(*sides.merged));
  const Lines declared = declared_by(trial, sides, gate, ours + theirs),
              ours_last = made_by(trial, {start, theirs, ours}),
              theirs_last = made_by(trial, {start, ours, theirs});
  // Whether a plan runs at all, without another one, is the tests of plans' business.
  if (is_refused(ours_last) || is_refused(theirs_last))
    for (const std::string& alone : {ours, theirs})
      if (is_refused(made_by(trial, {start, alone}))) return false;
  CHECK(difference(declared, ours_last) == "");
  CHECK(difference(declared, theirs_last) == "");
  return true;
}

TEST_CASE("random changes that the gate calls independent give one schema in either order") {
  const auto servers = postgres::installed_servers(source_path(".").string());
  REQUIRE(!servers.empty());
  const bool thousands = all_is_wanted();
  const std::uint32_t pairs = option("SCHEMAGATE_MUTATIONS", thousands ? 1500 : 300);
  std::uint32_t seed = option("SCHEMAGATE_SEED", 1);
  const int only = static_cast<int>(option("SCHEMAGATE_MAJOR", 0));
  for (const postgres::Installation& installation : servers) {
    if (only != 0 && installation.major != only) continue;
    auto started = postgres::EphemeralServer::start(installation);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    auto opened = std::get<postgres::EphemeralServer>(started).administer();
    REQUIRE(std::holds_alternative<Session>(opened));
    Session& session = std::get<Session>(opened);
    for (const char* role : {"plans_a", "plans_b", "plans_reader"})
      REQUIRE(session.run("CREATE ROLE " + std::string(role)).ok());
    const std::vector<Statements> schemas = known_schemas(installation.major);
    std::uint32_t compared = 0;
    for (std::uint32_t i = 0; i < pairs; ++i) {
      // What was undone is still in the way of the server's own look-ups.
      constexpr std::uint32_t often = 20;
      if (i % often == 0) session.run("VACUUM");
      Trial trial(session);
      SchemaMutator mutator(seed + i, schemas);
      Statements base = mutator.any_schema();
      const Statements more = mutator.any_schema();
      base.insert(base.end(), more.begin(), more.end());
      ThreeWays sides;
      sides.ancestor = accepted(trial, base);
      sides.ours = accepted(trial, mutator.touched(sides.ancestor));
      sides.theirs = accepted(trial, mutator.touched(sides.ancestor));
      sides.merged = merge_statements(sides.ancestor, sides.ours, sides.theirs);
      INFO("seed " << seed + i << " on PostgreSQL " << installation.major);
      if (check_pair(trial, sides, installation.major)) ++compared;
    }
    INFO(compared << " of " << pairs << " on PostgreSQL " << installation.major);
    CHECK(compared * 6 > pairs);
    if (thousands) seed += pairs;
  }
}

}  // namespace
}  // namespace schemagate::testing
