// SPDX-License-Identifier: MIT
// What statements do to a running server, as a server shows it: the oracle that predict() is held
// against.
//
// The schema is loaded into a sandbox, every table gets two rows (rows.h), and the statements run
// one after the other. What each did is read from the server, in the words of the STATEMENT
// contract:
//
// - locks: pg_locks at the end of the statement's own transaction. Relations that existed before
// it, with
//   the strongest mode each; system catalogs and TOAST left out; temporary relations have the
//   schema pg_temp.
// - rewrites: tables and materialized views that have new storage and rows in it. A relation that
// was emptied
//   (TRUNCATE, REFRESH … WITH NO DATA) is not rewritten, nor are its indexes built.
// - scans: tables read from the first row to the last (pg_stat_get_xact_numscans), and all that is
// rewritten
//   or gets an index built.
// - index_builds: indexes with new storage on tables that existed before; a new index by its new
// name.
//
// Inside BEGIN … COMMIT of the script, a lock that an earlier statement holds already would not
// show as this statement's. So the statement also runs in a second database where everything before
// it is committed, and its locks are read there; only if it fails there (a new enum value, SET
// CONSTRAINTS …) are they what was added to the transaction's locks. Failures, rewrites, scans and
// builds always come from the real order.
//
// A statement that refuses a transaction block runs in autocommit on a server that waits at each
// commit, with the locks still held, for a standby that does not exist; the locks are read there.
// A transaction that changed nothing does not wait. So VACUUM, CLUSTER, REINDEX and what showed no
// lock at all run again while another session holds one relation, for each relation in turn, and
// the mode that is waited for is read.
//
// `fails` is what holds for any rows. A failure that depends on the values (a CHECK, a cast, a
// duplicate) makes the statement run again on rows with the statement's own constants, on rows full
// of NULLs, and then on empty tables; `notes` says so. A statement that fails has no locks,
// rewrites, scans and builds.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "postgres/server.h"
#include "schema/impact.h"

namespace schemagate::postgres {

struct Measured {
  /// Not empty: nothing else in here means anything. The sandbox's role may not run the statement
  /// (superuser may), the server had trouble, or the transaction had ended for such a reason.
  std::string not_measured_because;
  bool transactional = true;
  std::optional<Failure> fails;
  std::vector<RelationLock> locks;                           ///< sorted by name
  std::vector<QualifiedName> rewrites, scans, index_builds;  ///< sorted
  std::vector<QualifiedName> built_on;                       ///< the table of each of index_builds
  std::vector<std::string> notes;
};

struct MeasuredScript {
  std::vector<Measured> statements;  ///< one for each statement
  std::vector<std::string> notes;    ///< schema statements that failed, tables without rows
};

/// Loads `schema` (one SQL statement each, in order) and measures `statements`. Every statement
/// runs as the script says: autocommit, or in the transaction of its BEGIN … COMMIT.
std::variant<MeasuredScript, Refused> measure(const EphemeralServer& server,
                                              const std::vector<std::string>& schema,
                                              const std::vector<std::string>& statements);

/// The same, but every statement finds the schema as it was loaded: each is rolled back before the
/// next runs. Much faster than measuring them one by one.
std::variant<MeasuredScript, Refused> measure_each(const EphemeralServer& server,
                                                   const std::vector<std::string>& schema,
                                                   const std::vector<std::string>& statements);

}  // namespace schemagate::postgres
