// SPDX-License-Identifier: MIT
// `-- schemagate: renamed from old_name` (decisions D3); private to the diff* and plan* files.
#pragma once

#include <string>
#include <vector>

#include "schema/plan.h"

namespace schemagate::diffing {

struct Renames {
  std::vector<Change> changes;  ///< rename_*, in an order in which they can be applied
  std::vector<RenameHint> unused;
};
Renames find_renames(const Catalog& before, const Catalog& after,
                     const std::vector<RenameHint>& hints);

bool is_rename(ChangeKind kind);
/// The SQL of one rename change: ALTER … RENAME …, with SET SCHEMA where the schema differs.
std::vector<std::string> rename_sql(const Change& change);

/// A name that the server derived from the old name of a table or column, and would derive from the
/// new one: users_pkey to people_pkey.
struct DerivedRename {
  int change = -1;  ///< index of the rename that it follows
  std::string sql;
};
/// `before` with the renames among `changes` done, derived ones included.
struct Renamed {
  Catalog catalog;
  std::vector<DerivedRename> derived;
};
Renamed apply_renames(const Catalog& before, const Catalog& after,
                      const std::vector<Change>& changes, int postgres = 17);

}  // namespace schemagate::diffing
