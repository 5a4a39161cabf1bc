// SPDX-License-Identifier: MIT
// Thousands of random pairs of changes, without a server: the gate gives both sides the same
// answer, and what it calls independent has the same change and the same checksums wherever it
// lands. SCHEMAGATE_MUTATIONS=5000 and SCHEMAGATE_SEED=7 as in the other random tests.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>

#include "schema/fingerprint.h"
#include "schema/impact.h"
#include "tests/options.h"
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

TEST_CASE("the gate's answer about random pairs of changes does not depend on who comes first") {
  const std::uint32_t pairs = option("SCHEMAGATE_MUTATIONS", 1500),
                      seed = option("SCHEMAGATE_SEED", 1);
  const std::vector<Statements> schemas = known_schemas(major);
  std::map<std::string, int> answers;
  int independent = 0;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    SchemaMutator mutator(seed + i, schemas);
    ThreeWays sides;
    Statements base = mutator.any_schema();
    const Statements more = mutator.any_schema();
    base.insert(base.end(), more.begin(), more.end());
    sides.ancestor = accepted(base);
    sides.ours = accepted(mutator.touched(sides.ancestor));
    sides.theirs = accepted(mutator.touched(sides.ancestor));
    sides.merged = merge_statements(sides.ancestor, sides.ours, sides.theirs);
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
