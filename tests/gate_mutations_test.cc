// SPDX-License-Identifier: MIT
// Thousands of random pairs of changes, without a server: the gate gives both sides the same
// answer, and what it calls independent has the same change and the same checksums wherever it
// lands. SCHEMAGATE_MUTATIONS=5000 and SCHEMAGATE_SEED=7 as in the other random tests.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "schema/fingerprint.h"
#include "schema/impact.h"
#include "tests/options.h"
#include "tests/program.h"
#include "tests/repository.h"
#include "tests/three_ways.h"

namespace schemagate::testing {
namespace {

constexpr int major = 17;

/// Statements in an order and of a kind that a server would take.
Statements accepted(const Statements& statements) {
  Catalog catalog;
  Session session;
  session.postgres = major;
  Statements taken;
  for (const std::string& statement : statements) {
    // What a file does not say about owners stays as it is: no two sides of that.
    if (statement.find(" OWNER TO ") != std::string::npos) continue;
    const ParsedFile parsed = parse_text(statement);
    Catalog before = catalog;
    bool refused = !parsed.problems.empty();
    for (const Statement& one : parsed.statements)
      if (predict_and_apply(catalog, session, one).impact.fails) refused = true;
    if (refused)
      catalog = std::move(before);
    else
      taken.push_back(statement);
  }
  return taken;
}

ThreeWays any_three_ways(std::uint32_t seed, const std::vector<Statements>& schemas) {
  SchemaMutator mutator(seed, schemas);
  ThreeWays sides;
  Statements base = mutator.any_schema();
  const Statements more = mutator.any_schema();
  base.insert(base.end(), more.begin(), more.end());
  sides.ancestor = accepted(base);
  sides.ours = accepted(mutator.touched(sides.ancestor));
  sides.theirs = accepted(mutator.touched(sides.ancestor));
  sides.merged = merge_statements(sides.ancestor, sides.ours, sides.theirs);
  return sides;
}

/// Whatever differs but where columns stand.
std::vector<ObjectText> comparable(const Catalog& catalog) {
  std::vector<ObjectText> objects = object_texts(catalog);
  for (ObjectText& object : objects)
    std::erase_if(object.properties,
                  [](const auto& property) { return property.first == "columns"; });
  return objects;
}

std::string objects_apart(const Catalog& one, const Catalog& two) {
  const std::vector<ObjectText> first = comparable(one), second = comparable(two);
  std::string text;
  const auto only = [&](const auto& here, const auto& there, const std::string& side) {
    for (const ObjectText& object : here) {
      if (std::find(there.begin(), there.end(), object) != there.end()) continue;
      text += side + object.kind + " " + object.name + "\n";
      for (const auto& [property, value] : object.properties)
        text += "    " + property + ": " + value + "\n";
    }
  };
  only(first, second, "- ");
  only(second, first, "+ ");
  return text;
}

/// One file in which other lines stand between any two statements, so that git merges it as if each
/// had a file of its own.
std::string file_for_git(const Statements& ancestor, const Statements& side) {
  const Edits edits = edits_between(ancestor, side);
  std::string text;
  for (std::size_t i = 0; i <= ancestor.size(); ++i) {
    for (const char* which : {"a", "b", "c"}) text += fmt::format("-- place {}{}\n", i, which);
    text += file_of(edits.before[i]);
    if (i < ancestor.size() && edits.kept[i]) text += ancestor[i] + ";\n";
  }
  return text + "-- end\n";
}

/// The program's answer about the three commits.
nlohmann::json answer_of_program(TestRepository& repository, const ThreeWays& sides) {
  const auto commit = [&](const std::string& branch, const Statements& side) {
    return repository.commit(branch, {{"schema.sql", File(file_for_git(sides.ancestor, side))}});
  };
  const std::string ancestor = commit("main", sides.ancestor);
  for (const char* branch : {"ours", "theirs"}) repository.branch(branch, ancestor);
  const std::string ours = commit("ours", sides.ours), theirs = commit("theirs", sides.theirs);
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"gate", "--repo", repository.path(), "--merge-base", ancestor,
                                      "--base", theirs, "--head", ours, "--format", "json"});
  INFO(run.out << run.err);
  REQUIRE(run.err == "");
  const auto answer = nlohmann::json::parse(run.out);
  const bool open = answer.at("gate") == "granted" || answer.at("gate") == "not-applicable";
  CHECK(run.exit_code == (open ? 0 : 1));
  return answer;
}

TEST_CASE("the program says of random pairs of commits what the merge of their schemas says") {
  const std::uint32_t pairs = option("SCHEMAGATE_MUTATIONS", all_is_wanted() ? 500 : 30),
                      seed = option("SCHEMAGATE_SEED", 1);
  const std::vector<Statements> schemas = known_schemas(major);
  TestRepository repository;
  repository.commit("main", {{".schemagate.yml",
                              File(fmt::format("postgres: {}\ndatabases:\n  - {{name: crm, schema: "
                                               "schema.sql}}\n",
                                               major))}});
  std::map<std::string, int> answers;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    const ThreeWays sides = any_three_ways(seed + i, schemas);
    INFO("seed " << seed + i << "\n-- ancestor\n"
                 << file_of(sides.ancestor) << "-- ours\n"
                 << file_of(sides.ours) << "-- theirs\n"
                 << file_of(sides.theirs));
    const Judgement judged = judge(sides, major);
    const auto answer = answer_of_program(repository, sides);
    INFO(judged.why_not << "\n" << answer.dump(1));
    const std::string gate = answer.at("gate");
    const bool is_open = gate == "granted" || gate == "not-applicable";
    // Two changes at one place are git's to refuse; statement by statement they may have merged.
    const bool is_conflict =
        answer.dump().find("is in conflict with the base") != std::string::npos;
    if (is_conflict)
      CHECK(gate != "granted");
    else
      CHECK(is_open == judged.is_independent);
    if (judged.merge.ours.empty()) CHECK(gate == "not-applicable");
    ++answers[is_conflict ? "conflict" : gate];
  }
  for (const char* one : {"granted", "stale"}) {
    INFO(one);
    CHECK(answers[one] * 10 > static_cast<int>(pairs));
  }
}

TEST_CASE("the gate's answer about random pairs of changes does not depend on who comes first") {
  const std::uint32_t pairs = option("SCHEMAGATE_MUTATIONS", 1500),
                      seed = option("SCHEMAGATE_SEED", 1);
  const std::vector<Statements> schemas = known_schemas(major);
  std::map<std::string, int> answers;
  int independent = 0;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    ThreeWays sides = any_three_ways(seed + i, schemas);
    INFO("seed " << seed + i << "\n-- ancestor\n"
                 << file_of(sides.ancestor) << "-- ours\n"
                 << file_of(sides.ours) << "-- theirs\n"
                 << file_of(sides.theirs));
    const Judgement one = judge(sides, major);
    std::swap(sides.ours, sides.theirs);
    const Judgement other = judge(sides, major);
    INFO(one.why_not << " | " << other.why_not);
    const bool has_two = !one.merge.ours.empty() && !one.merge.theirs.empty();
    if (has_two) CHECK(one.is_independent == other.is_independent);
    if (!one.is_independent || !has_two) {
      if (has_two) ++answers[one.why_not.substr(0, 40)];
      continue;
    }
    ++independent;
    const auto texts = [](const SchemaText& of) { return object_texts(of.loaded.catalog); };
    CHECK(plan_checksum(texts(one.ancestor), texts(one.ours), one.merge.ours) ==
          plan_checksum(texts(one.theirs), texts(one.landing), one.merge.ours));
    CHECK(objects_apart(one.merge.merged, other.merge.merged) == "");
  }
  if (std::getenv("SCHEMAGATE_SHOW") != nullptr)
    for (const auto& [answer, count] : answers) WARN(count << " " << answer);
  INFO(independent << " of " << pairs);
  CHECK(independent * 4 > static_cast<int>(pairs));
}

}  // namespace
}  // namespace schemagate::testing
