// SPDX-License-Identifier: MIT
// Two changes of one schema that were judged apart: do they mean the same when both land? Compares
// what they write and rely on, makes both in either order, and says where they meet. Text is not
// looked at here: whether the files merge is git's business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/catalog.h"
#include "schema/change.h"
#include "schema/plan.h"
#include "schema/statement.h"

namespace schemagate {

/// none: the pull request changes nothing. disjoint: no table in common. adjacent: a table in
/// common, nothing of it. interacting: one side writes what the other writes or relies on. broken:
/// what would land is no schema, or another one than both together.
enum class Grade { none, disjoint, adjacent, interacting, broken };
std::string_view to_string(Grade grade);

/// A place where the two meet.
struct Interaction {
  std::string object;  ///< "public.users.email"
  std::string ours;    ///< "add-index public.users_email_idx"; empty: nothing of ours alone
  std::string theirs;  ///< "drop-column public.users.email"
  std::string reason;  ///< a sentence without full stop
};

/// What one migration runs, in its order.
struct Script {
  std::vector<Statement> statements;
  std::vector<std::string> search_path{"public"};  ///< in force where it begins
};

/// One side of the merge: a schema, and how it came about.
struct MergeSide {
  const Catalog& catalog;
  std::vector<RenameHint> hints = {};
  std::vector<Script> scripts = {};  ///< its new migrations
};

struct Merge {
  Grade grade = Grade::none;
  std::vector<Change> ours, theirs;  ///< from the ancestor
  std::vector<Interaction> interactions;
  Catalog merged;  ///< both changes made; theirs alone when they interact
};

/// `ours` is the pull request, `theirs` what the base became since `ancestor`.
Merge merge(const Catalog& ancestor, const MergeSide& ours, const MergeSide& theirs, int postgres);

/// What two schemas differ in, whichever of them is wanted: one that says nothing of an owner has
/// no other.
std::vector<Change> differences(const Catalog& one, const Catalog& two);

/// The same changes, whatever lies around them: what lands is what was judged.
bool same_changes(const std::vector<Change>& one, const std::vector<Change>& two);

}  // namespace schemagate
