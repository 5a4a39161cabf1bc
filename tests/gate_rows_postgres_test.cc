// SPDX-License-Identifier: MIT
// What the gate calls independent, for migrations that nobody wrote and that work on rows: run in
// either order on a real server both succeed and leave the same schema and the same rows.
// SCHEMAGATE_MUTATIONS=500 takes that many schemas, SCHEMAGATE_SEED=7 begins with another seed,
// SCHEMAGATE_MAJOR=15 takes only that server; SCHEMAGATE_SHOW=1 says what waits for nothing.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>

#include "base/text.h"
#include "schema/apply.h"
#include "schema/merge.h"
#include "schema/parse.h"
#include "tests/options.h"
#include "tests/row_mutations.h"
#include "tests/schema_dump.h"
#include "tests/trial.h"

namespace schemagate::testing {
namespace {

using PostgresSession = postgres::Session;
using Lines = std::vector<std::string>;

/// What is there; numbers that a sequence gave count for nothing.
Lines state_of(Trial& trial) {
  Lines lines = schema_dump(trial.session(), false);
  for (std::string& row : rows_dump(trial.session(), "drawn")) lines.push_back(std::move(row));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// A folder of migrations with one more file.
struct Side {
  Statements text;
  Catalog catalog;
  std::vector<Script> scripts;
};

Side read(Catalog catalog, const Statements& text, int major) {
  Side side{text, std::move(catalog), {}};
  Session session;
  session.postgres = major;
  Script& script = side.scripts.emplace_back();
  for (const std::string& one : text) {
    for (Statement& statement : parse_text(one).statements) {
      apply(side.catalog, session, statement);
      script.statements.push_back(std::move(statement));
    }
  }
  return side;
}

/// Why the gate lets them wait; nothing where they are independent.
std::string why_not(const Catalog& ancestor, const Side& ours, const Side& theirs, int major) {
  const Merge both = merge(ancestor, {ours.catalog, {}, ours.scripts},
                           {theirs.catalog, {}, theirs.scripts}, major);
  if (both.grade > Grade::adjacent)
    return both.interactions.empty() ? "broken" : both.interactions.front().reason;
  const Side landing = read(theirs.catalog, ours.text, major);
  const auto differs = differences(both.merged, landing.catalog);
  return differs.empty() ? "" : "the merge is another one: " + differs.front().object;
}

struct Tally {
  std::uint32_t pairs = 0, independent = 0;
  std::map<std::string, int> needless;  ///< reasons why pairs wait that would agree
};

/// The states after one side and the other, and after the other and the one: the same, or why not.
std::string disagreement(Trial& trial, const Side& ours, const Side& theirs) {
  const auto in_order = [&](const Side& first, const Side& second) {
    return trial.undone([&]() -> Lines {
      std::string refused = trial.run(first.text);
      if (refused.empty()) refused = trial.run(second.text);
      return refused.empty() ? state_of(trial) : Lines{"refused: " + refused};
    });
  };
  const Lines one = in_order(theirs, ours);
  if (one.size() == 1) return one.front();
  const Lines other = in_order(ours, theirs);
  return other.size() == 1 ? other.front() : difference(one, other);
}

void check_schema(PostgresSession& session, std::uint32_t seed, int major, bool show,
                  Tally& tally) {
  constexpr int sides_of_each = 14;
  RowSteps random(seed);
  Trial trial(session);
  Statements ancestor;
  for (const std::string& statement : random.ancestor())
    if (trial.run(statement).empty()) ancestor.push_back(statement);
  const Side base = read(Catalog{}, ancestor, major);
  std::vector<Side> sides;
  for (int i = 0; i < sides_of_each; ++i) {
    const Statements text = random.side(i % 2 == 0);
    // What fails by itself, alone, is nobody's combination.
    const auto refused = trial.undone([&] { return trial.run(text); });
    if (refused.empty()) sides.push_back(read(base.catalog, text, major));
  }
  for (std::size_t i = 0; i < sides.size(); ++i) {
    for (std::size_t j = i + 1; j < sides.size(); ++j) {
      const std::string waits = why_not(base.catalog, sides[i], sides[j], major);
      ++tally.pairs;
      if (waits.empty()) ++tally.independent;
      if (!waits.empty() && !show) continue;
      const std::string differs = disagreement(trial, sides[i], sides[j]);
      if (differs.empty() && !waits.empty()) ++tally.needless[waits];
      if (!waits.empty()) continue;
      INFO("seed " << seed << " on PostgreSQL " << major << "\n-- ancestor\n"
                   << join(ancestor, ";\n") << "\n-- ours\n"
                   << join(sides[i].text, ";\n") << "\n-- theirs\n"
                   << join(sides[j].text, ";\n"));
      CHECK(differs == "");
    }
  }
}

TEST_CASE("random migrations that the gate calls independent leave the same rows in either order") {
  const bool thousands = all_is_wanted();
  const std::uint32_t schemas = option("SCHEMAGATE_MUTATIONS", thousands ? 500 : 80);
  std::uint32_t seed = option("SCHEMAGATE_SEED", 1);
  const bool show = std::getenv("SCHEMAGATE_SHOW") != nullptr;
  on_every_server([&](PostgresSession& session, int major) {
    Tally tally;
    for (std::uint32_t i = 0; i < schemas; ++i) {
      // What was undone is still in the way of the server's own look-ups.
      constexpr std::uint32_t often = 20;
      if (i % often == 0) session.run("VACUUM");
      check_schema(session, seed + i, major, show, tally);
    }
    if (show)
      for (const auto& [reason, count] : tally.needless)
        WARN(count << " wait needlessly: " << reason);
    if (show) WARN(tally.independent << " independent of " << tally.pairs);
    INFO(tally.independent << " independent of " << tally.pairs << " on PostgreSQL " << major);
    CHECK(tally.independent >= 20 * schemas);
    if (thousands) seed += schemas;
  });
}

}  // namespace
}  // namespace schemagate::testing
