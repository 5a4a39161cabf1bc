// SPDX-License-Identifier: MIT
// What each change of a schema writes and what it relies on, as names: two sets of changes that
// don't meet here can be made in either order and mean the same. A change writes the names it
// claims, drops or alters (relations, indexes and sequences share one name space, as on the
// server), attribute by attribute where an object stays the same object; it reads what its object
// uses on the side where it exists, through views, functions and domains to the bottom.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/change.h"
#include "schema/statement.h"

namespace schemagate {

/// A name that is written or read: "r:public.users", "c:public.users.email",
/// "c:public.users.email#default", "k:public.users.users_pkey". For comparison, not for people.
using AccessKey = std::string;

struct ChangeAccess {
  std::set<AccessKey> writes;   ///< conflict with the other side's writes and reads
  std::set<AccessKey> signals;  ///< conflict with the other side's reads only: a new overload
  std::set<AccessKey> reads;
};

/// One per change, in their order. `before` and `after` are the catalogs the changes lie between.
std::vector<ChangeAccess> accesses(const Catalog& before, const Catalog& after,
                                   const std::vector<Change>& changes);

/// What a statement does to the rows of the relations that it names. none: nothing, it does not
/// look either.
enum class RowWork { none, reads, inserts, updates, removes, everything };

/// A statement of a migration that works on rows, locks, maintains or is a block of code.
struct StatementUse {
  References references;             ///< the names in it, with the columns that it writes
  QualifiedName target;              ///< the table whose rows it makes or changes; empty: none
  std::vector<std::string> columns;  ///< of `target`, those that get a value; empty: all
  bool makes_rows = false;           ///< INSERT, COPY FROM
  bool looks_for_conflicts = false;  ///< ON CONFLICT: one of its unique keys is relied on
  bool truncates = false, cascades = false;
  bool refreshes = false;  ///< the one relation, a materialized view
  bool concurrently = false, with_no_data = false;
  /// The sequences that it names, or that `references.columns` (all, if there are none) of its
  /// relations own, start anew.
  bool restarts = false;
  std::string body;                        ///< of a block: whatever it names may be meant
  std::optional<DoBlock> block = {};       ///< the same, as it was read
  std::optional<DataStatement> data = {};  ///< INSERT, UPDATE, DELETE: with the values
  RowWork work = RowWork::none;            ///< on `target`, or on what is named to be written
  std::vector<std::string> literals = {};  ///< string constants in it
  std::string text = {};                   ///< as written, where that says more than the rest
  bool changes_schema = false;  ///< what it names must be there, or not, even if it changes nothing
  std::vector<AccessKey> names = {};  ///< of what is no relation, then
  bool other_path = false;  ///< run under a search path of its own: bodies may mean any schema
  bool other_role = false;  ///< run as somebody who is under row security
};
/// Nothing for a statement that relies on nothing of the schema.
std::optional<StatementUse> use_of(const Statement& statement);
/// The same under the session's search path: names without a schema get the one they are found in.
std::optional<StatementUse> use_of(const Statement& statement, const Catalog& catalog,
                                   const std::vector<std::string>& search_path);
/// Or locks, maintains, runs a block: it does something besides changing the schema.
inline bool works_on_rows(const StatementUse& use) {
  return !use.changes_schema || use.work != RowWork::none || use.restarts;
}
ChangeAccess access_of(const Catalog& catalog, const StatementUse& use);

/// The table or view that a change is about: of an index, its table. Empty where there is none.
QualifiedName relation_of(const Catalog& before, const Catalog& after, const Change& change);

/// The key stands for a value that new rows need: whoever makes rows without it relies on that.
bool is_requirement(const AccessKey& key);
/// The key stands for what a column's values must fulfil: whoever writes some relies on that.
bool is_restriction(const AccessKey& key);

/// The key stands for the triggers and rules of a relation: whoever writes its rows relies on them.
bool is_fired(const AccessKey& key);
/// The key stands for a name that only one relation has: a body relies on what it finds by it.
bool is_bare_name(const AccessKey& key);

/// A key as people read it: "public.users.email".
std::string to_words(const AccessKey& key);

/// The write that stands for everything: something not modelled was changed.
inline constexpr const char* everything = "*";

}  // namespace schemagate
