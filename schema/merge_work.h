// SPDX-License-Identifier: MIT
// What the new migrations of one side of a merge do, each statement read against the schema as it
// was when it ran: what a side drops or replaces behind its row work still ran with it, and what it
// makes only to drop it again looked at rows meanwhile. Private to the merge files.
#pragma once

#include <vector>

#include "schema/access_rows.h"
#include "schema/merge.h"

namespace schemagate::merging {

/// A change on the way that the side's schema does not show in the end.
struct PassingChange {
  Change change;
  ChangeAccess names;
  RowAccess rows;  ///< what it looked at, and did to rows; what it had others do is over
};

struct SideWork {
  std::vector<StatementUse> statements;
  std::vector<ChangeAccess> relied;  ///< by name, one for each of `statements`
  SideRows rows;
  std::vector<PassingChange> passing;
};

/// `changes`: what the side's schema shows in the end.
SideWork work_of(const Catalog& ancestor, const MergeSide& side, const std::vector<Change>& changes,
                 int postgres);

}  // namespace schemagate::merging
