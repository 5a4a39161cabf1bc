// SPDX-License-Identifier: MIT
// Applying statements to a Catalog, as the server would. Two ways in: a declarative schema is a set
// (references may be satisfied by a later file), a script is a list (each statement sees the ones
// before).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/catalog.h"
#include "schema/parse.h"
#include "schema/undo.h"

namespace schemagate {

/// What a session has set and done so far; starts as a fresh connection.
struct Session {
  int postgres = 17;  ///< server major, 14 to 18
  std::vector<std::string> search_path{"public"};
  std::map<std::string, std::string> settings;  ///< by lower-case name: "timezone", "lock_timeout"
  std::map<std::string, std::string> local_settings;  ///< SET LOCAL, gone at the transaction's end
  bool in_transaction = false;
  /// Strongest lock held since BEGIN, per relation (1..8); empty outside a transaction.
  std::map<QualifiedName, int> held_locks;
  /// Enum values added in this transaction to types that are older than it: using one is an error.
  std::set<std::pair<QualifiedName, std::string>> uncommitted_enum_values;
  /// True: only part of the schema is known. A name that is not in the catalog is taken to exist in
  /// the database; a statement about it is a problem `ignored` and changes nothing.
  bool partial = false;
  /// False: the script holds no ROLLBACK, so apply() need not remember how the catalog was at
  /// BEGIN.
  bool can_roll_back = true;
  /// Relations and types created in this transaction / in this session's script.
  NameSet created_in_transaction, created;

  /// Tables that the script has made and put no row into: kept by predict_and_apply(), empty
  /// without it. All other tables are taken to hold rows.
  NameSet empty_tables;

  /// What COMMIT forgets and ROLLBACK brings back; kept by apply().
  struct AtBegin {
    std::vector<std::string> search_path;
    std::map<std::string, std::string> settings;
  };
  std::optional<AtBegin> at_begin;
  std::optional<std::vector<std::string>> path_before_local;  ///< SET LOCAL search_path
  Undo undo;
  /// Marks of `undo`, by the savepoints' names.
  std::vector<std::pair<std::string, std::size_t>> savepoints;

  struct Cursor {
    std::string query;
    bool holds = false;  ///< WITH HOLD: it outlives the transaction
    bool read = false;
  };
  /// What PREPARE and DECLARE made, by name; kept by predict_and_apply().
  std::map<std::string, std::string> prepared;  ///< "PREPARE a AS SELECT 1"
  std::map<std::string, Cursor> cursors;

  /// True: a failure refuses the rest of the transaction, as on a server. Without it, what stands
  /// behind a failure is looked at as if it had not been there.
  bool stops_at_failures = false;
  bool aborted = false;  ///< a statement of the open transaction has failed

  /// The value in force ("" when not set).
  std::string setting(const std::string& name) const;
};

/// history: not a statement's, but a migration file's that may have run and is another one now.
enum class ProblemKind {
  duplicate,
  missing,
  invalid,
  ignored,
  history,  ///< a migration that may have run was edited or is gone
  order,    ///< a migration that its tool would not run, or refuses, because of the others
  down,     ///< the way down does not lead back
  unread,   ///< a migration without SQL that can be read
};
/// A statement that the server would refuse, or that a declarative schema may ignore.
struct ApplyProblem {
  ProblemKind kind = ProblemKind::invalid;
  Span where;
  Span other;            ///< the first definition, for duplicates
  std::string sqlstate;  ///< "42P07"; empty where the server would not mind
  std::string message;   ///< the server's words where it has some: relation "users" already exists
};

/// Applies one statement of a script to `catalog` and `session`; data statements change nothing.
/// A refused statement leaves the catalog as it was.
std::vector<ApplyProblem> apply(Catalog& catalog, Session& session, const Statement& statement);

struct LoadedSchema {
  Catalog catalog;
  std::vector<ApplyProblem> problems;
};

/// Builds the catalog of a declarative schema: the statements of all files as a set.
/// Statements whose subject is not there yet are tried again after all files were read; what is
/// never satisfied is a problem `missing` at its place, and so is a reference (foreign key, type,
/// view source).
LoadedSchema load_schema(const std::vector<ParsedFile>& files, int postgres);

/// The name `written` means for an existing relation, type or function, or nothing.
std::optional<QualifiedName> resolve_relation(const Catalog& catalog,
                                              const std::vector<std::string>& search_path,
                                              const QualifiedName& written);
std::optional<QualifiedName> resolve_type(const Catalog& catalog,
                                          const std::vector<std::string>& search_path,
                                          const QualifiedName& written);
inline std::optional<QualifiedName> resolve_relation(const Catalog& catalog, const Session& session,
                                                     const QualifiedName& written) {
  return resolve_relation(catalog, session.search_path, written);
}
inline std::optional<QualifiedName> resolve_type(const Catalog& catalog, const Session& session,
                                                 const QualifiedName& written) {
  return resolve_type(catalog, session.search_path, written);
}
/// Where a new object of that name goes.
QualifiedName creation_name(const Session& session, const QualifiedName& written);
QualifiedName creation_name(const std::vector<std::string>& search_path,
                            const QualifiedName& written);

}  // namespace schemagate
