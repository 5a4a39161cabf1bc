// SPDX-License-Identifier: MIT
// From two catalogs to SQL: diff() finds the changes, make_plan() orders the statements that make
// them. Applying the plan to the old catalog gives the new one; psql can run its SQL as it is
// printed.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/change.h"
#include "schema/parse.h"

namespace schemagate {

/// `-- schemagate: renamed from old_name` above a table, column, type, index or constraint of the
/// new schema.
struct RenameHint {
  Span where;       ///< the comment
  Span definition;  ///< what it stands above (a column's or statement's span)
  std::string old_name;
};

/// The hints of all files. A hint that stands above nothing has its own place as definition.
std::vector<RenameHint> rename_hints(const SourceSet& sources,
                                     const std::vector<ParsedFile>& files);

struct Diff {
  std::vector<Change> changes;
  std::vector<RenameHint> unused_hints;
  std::vector<std::string>
      notes;  ///< "column order of public.users differs; PostgreSQL can't reorder columns"
};

/// The changes from `before` to `after`. Objects that are equal by meaning are no change (design
/// §5).
Diff diff(const Catalog& before, const Catalog& after, const std::vector<RenameHint>& hints = {});

/// direct: what a tool would run. online: the safe way, in several steps and transactions.
enum class Strategy { direct, online };

/// One statement of a plan. Consecutive steps with the same `group` run in one transaction (BEGIN …
/// COMMIT); group -1 runs outside a transaction block.
struct Step {
  std::string sql;  ///< one statement without semicolon
  int change = -1;  ///< index into Plan::changes, the one it is for
  int group = 0;
  Span where;  ///< where a finding about it goes: new side if it has a place there, else old side
  bool old_side = false;  ///< `where` points into the base's sources
};

struct Plan {
  Strategy strategy = Strategy::direct;
  int postgres = 17;
  std::vector<Change> changes;
  std::vector<Step> steps;
  std::vector<std::string>
      notes;  ///< "backfill public.users.token in batches before the next step"
};

/// Orders by dependency. `online` differs from `direct` in how a change is made, never in the
/// schema it reaches.
Plan make_plan(const Catalog& before, const Catalog& after, const Diff& difference,
               Strategy strategy, int postgres);

/// The plan as a script for psql: comments, BEGIN and COMMIT around groups where more than one
/// statement needs it.
std::string to_sql(const Plan& plan);

/// The whole schema as canonical, ordered SQL (what `inspect` prints; loading it gives an equal
/// catalog).
std::string to_sql(const Catalog& catalog);

}  // namespace schemagate
