// SPDX-License-Identifier: MIT
// Random pairs of changes of one random schema, and what the gate says about them: the three sides
// and the merge of their statements.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/merge.h"
#include "tests/plan_cases.h"
#include "tests/schema_mutations.h"

namespace schemagate::testing {

struct ThreeWays {
  Statements ancestor, ours, theirs;
  std::optional<Statements> merged;  ///< nothing: the text is in conflict
};

/// What a side made of the ancestor: which statements stay, and what is new before each of them
/// (and at the end).
struct Edits {
  std::vector<bool> kept;
  std::vector<Statements> before;
};
/// By the longest common subsequence.
Edits edits_between(const Statements& old, const Statements& now);

/// Statement by statement, as if each stood in a file of its own.
std::optional<Statements> merge_statements(const Statements& ancestor, const Statements& ours,
                                           const Statements& theirs);

/// The statements as a file.
std::string file_of(const Statements& statements);

/// The schemas of testdata/plans/ that servers of this major take.
std::vector<Statements> known_schemas(int major);

/// What `schemagate gate` finds out about the three and their merge.
struct Judgement {
  SchemaText ancestor, ours, theirs, landing;
  Merge merge;
  bool is_independent = false;  ///< granted
  std::string why_not;
};
Judgement judge(const ThreeWays& sides, int major);

}  // namespace schemagate::testing
