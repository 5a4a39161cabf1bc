// SPDX-License-Identifier: MIT
#include "tests/three_ways.h"

#include <algorithm>

namespace schemagate::testing {
Edits edits_between(const Statements& old, const Statements& now) {
  const std::size_t rows = old.size(), columns = now.size();
  std::vector<std::vector<int>> length(rows + 1, std::vector<int>(columns + 1, 0));
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t j = columns; j-- > 0;)
      length[i][j] = old[i] == now[j] ? length[i + 1][j + 1] + 1
                                      : std::max(length[i + 1][j], length[i][j + 1]);
  Edits edits{std::vector<bool>(rows, false), std::vector<Statements>(rows + 1)};
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && old[i] == now[j]) {
      edits.kept[i++] = true;
      ++j;
    } else if (j < columns && (i == rows || length[i][j + 1] >= length[i + 1][j])) {
      edits.before[i].push_back(now[j++]);
    } else {
      ++i;
    }
  }
  return edits;
}

std::optional<Statements> merge_statements(const Statements& ancestor, const Statements& ours,
                                           const Statements& theirs) {
  const Edits mine = edits_between(ancestor, ours), other = edits_between(ancestor, theirs);
  Statements merged;
  for (std::size_t i = 0; i <= ancestor.size(); ++i) {
    for (const Edits* side : {&other, &mine})
      merged.insert(merged.end(), side->before[i].begin(), side->before[i].end());
    if (i == ancestor.size()) break;
    const bool gone = !mine.kept[i] || !other.kept[i];
    if (!mine.kept[i] && !other.kept[i] && !mine.before[i].empty() && !other.before[i].empty())
      return std::nullopt;  // both have another statement in its place
    if (!gone) merged.push_back(ancestor[i]);
  }
  return merged;
}

std::string file_of(const Statements& statements) {
  std::string text;
  for (const std::string& statement : statements) text += statement + ";\n";
  return text;
}

std::vector<Statements> known_schemas(int major) {
  std::vector<Statements> schemas;
  for (const PlanCase& of : plan_cases()) {
    if (major < of.first_major || major > of.last_major) continue;
    schemas.push_back(statements_of(of.old_sql));
    schemas.push_back(statements_of(of.new_sql));
  }
  return schemas;
}

Judgement judge(const ThreeWays& sides, int major) {
  Judgement found;
  found.ancestor = read_schema(file_of(sides.ancestor), major);
  found.ours = read_schema(file_of(sides.ours), major);
  found.theirs = read_schema(file_of(sides.theirs), major);
  found.merge = merge(found.ancestor.loaded.catalog, {found.ours.loaded.catalog, {}, {}},
                      {found.theirs.loaded.catalog, {}, {}}, major);
  if (found.merge.grade > Grade::adjacent) {
    found.why_not =
        found.merge.interactions.empty() ? "broken" : found.merge.interactions[0].reason;
    return found;
  }
  if (!sides.merged) {
    found.why_not = "conflict";
    return found;
  }
  found.landing = read_schema(file_of(*sides.merged), major);
  const auto problems = [](const SchemaText& of) {
    return std::count_if(of.loaded.problems.begin(), of.loaded.problems.end(),
                         [](const ApplyProblem& problem) { return !problem.sqlstate.empty(); });
  };
  if (problems(found.landing) > std::max(problems(found.ours), problems(found.theirs)))
    found.why_not = "the merge does not resolve";
  else if (const auto differs = differences(found.merge.merged, found.landing.loaded.catalog);
           !differs.empty())
    found.why_not = "the merged files mean something else: " + differs.front().object;
  else if (!same_changes(diff(found.theirs.loaded.catalog, found.landing.loaded.catalog).changes,
                         found.merge.ours))
    found.why_not = "another change on the base's tip";
  found.is_independent = found.why_not.empty();
  return found;
}

}  // namespace schemagate::testing
