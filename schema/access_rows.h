// SPDX-License-Identifier: MIT
// What the statements of migrations do to rows: two lists of statements that don't meet here leave
// the same rows in either order. Rather too much than too little: a trigger, a rule, a called
// function and a block work on all rows of what they name. Which numbers a sequence hands out
// counts for nothing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "schema/access.h"

namespace schemagate {

/// "rows added:public.users", "rows removed:…", "values:public.users.email", "key:…", "sequence:…".
struct RowAccess {
  std::set<AccessKey> writes;   ///< conflict with the other side's writes and reads
  std::set<AccessKey> signals;  ///< conflict with the other side's reads only: rows come or go
  std::set<AccessKey> reads;
};

/// `ancestor` has what the side has dropped in the end.
RowAccess row_access_of(const Catalog& catalog, const Catalog& ancestor,
                        const std::vector<StatementUse>& statements);

/// Where two sides meet.
struct RowMeeting {
  std::string object;  ///< "public.users.email"
  std::string ours, theirs;
  std::string reason;
};
/// One for each relation.
std::vector<RowMeeting> meetings_of(const RowAccess& ours, const RowAccess& theirs);

}  // namespace schemagate
