// SPDX-License-Identifier: MIT
// What the statements of migrations do to rows, and what changes of a schema ask of rows: two lists
// of statements that don't meet here leave the same rows in either order, and rows meet a change
// where the one would fail, or give something else, after the other. Rather too much than too
// little: where a body is not understood, it works on all rows of what it names. Which numbers a
// sequence hands out counts for nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/access.h"

namespace schemagate {

/// What one of the columns of a unique key has in new rows.
struct KeyColumn {
  enum class Kind {
    unknown,
    literal,  ///< `literals`, one for each row
    drawn,    ///< a number of the column's own sequence
    fresh,    ///< a random UUID
    empty     ///< NULL, and two of them are not the same
  };
  Kind kind = Kind::unknown;
  std::vector<std::string> literals = {};
};
/// New rows, or rows with new values, under a unique key.
struct KeyedRows {
  AccessKey key;  ///< "key:public.users (email)"
  std::vector<KeyColumn> columns;
};

/// "rows added:public.users", "rows removed:…", "values:public.users.email", "sequence:…": see
/// access_row_keys.h.
struct RowAccess {
  std::set<AccessKey> writes;   ///< conflict with the other side's writes and reads
  std::set<AccessKey> signals;  ///< conflict with the other side's reads only: rows come or go
  std::set<AccessKey> reads;
  std::vector<KeyedRows> keys;  ///< conflict where they may be one row
};

/// As if one side did both.
void unite(RowAccess& all, RowAccess more);

/// `ancestor` has what the side has dropped in the end.
RowAccess row_access_of(const Catalog& catalog, const Catalog& ancestor,
                        const std::vector<StatementUse>& statements);
/// A change of the schema: the rows it looks at, and what it changes for those who write rows.
/// Meant for the statements of another side, not for another change.
RowAccess row_access_of(const Catalog& before, const Catalog& after, const Change& change);

/// Rows of a table that statements keep to: by unique keys, the values of their columns.
struct KeptRows {
  std::string relation;  ///< "public.users"
  std::map<AccessKey, std::set<std::vector<std::string>>> keys;
};
/// Nothing for a statement whose text doesn't tell, or that reaches for other rows of its table.
std::optional<KeptRows> kept_rows_of(const Catalog& catalog, const Catalog& ancestor,
                                     const StatementUse& use);

/// What the statements of a side do to rows.
struct SideRows {
  RowAccess all;
  RowAccess loose;  ///< of those that keep to no rows
  std::vector<std::pair<KeptRows, RowAccess>> kept;

  /// `keeps`: the rows of one table that the statement keeps to, if so.
  void add(RowAccess&& rows, const std::optional<KeptRows>& keeps);
};

/// Where two sides meet.
struct RowMeeting {
  std::string object;  ///< "public.users.email"
  std::string ours, theirs;
  std::string reason;
};
/// One for each relation.
std::vector<RowMeeting> meetings_of(const SideRows& ours, const SideRows& theirs);

/// Where a change meets the statements of the other side. The words say who is who: "the base",
/// "the pull request".
struct ChangeMeeting {
  std::string object, reason;
};
std::optional<ChangeMeeting> meeting_of(const RowAccess& change, std::string_view changing,
                                        const RowAccess& statements, std::string_view working);

}  // namespace schemagate
