// SPDX-License-Identifier: MIT
// What a statement does to a running server: the locks it takes on relations that existed before
// it, what it rewrites, reads in full and builds, whether it may run in a transaction block,
// whether it must fail. Measured counterpart: postgres/measure.h; a test holds one against the
// other. https://www.postgresql.org/docs/current/explicit-locking.html
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/apply.h"
#include "schema/catalog.h"

namespace schemagate {

/// The eight table-level lock modes, numbered as in the server's lock.h.
enum class LockMode {
  access_share = 1,
  row_share,
  row_exclusive,
  share_update_exclusive,
  share,
  share_row_exclusive,
  exclusive,
  access_exclusive
};
std::string_view to_string(LockMode mode);  ///< "AccessExclusiveLock", as pg_locks
std::string_view to_sql(LockMode mode);     ///< "ACCESS EXCLUSIVE"
bool blocks_reads(LockMode mode);           ///< conflicts with ACCESS SHARE
bool blocks_writes(LockMode mode);          ///< conflicts with ROW EXCLUSIVE

struct RelationLock {
  QualifiedName relation;
  RelationKind kind = RelationKind::table;
  LockMode mode = LockMode::access_share;
  friend bool operator==(const RelationLock&, const RelationLock&) = default;
};

enum class WorkKind { rewrite, scan, index_build };

/// Why work is done: what the rules ask for.
enum class Cause {
  volatile_default,
  serial_column,
  identity_column,
  stored_generated,
  constrained_domain,
  column_type,
  set_expression,
  set_logged,
  tablespace,
  access_method,
  check_validation,
  column_check,
  foreign_key_validation,
  not_null,
  unique_constraint,
  primary_key,
  exclusion_constraint,
  create_index,
  reindex,
  cluster,
  vacuum_full,
  refresh,
  attach_partition,
  default_partition,
  domain_constraint,
  truncate,
  recheck,
  query,
  other,
};

/// One piece of work that grows with a relation.
struct Work {
  WorkKind kind = WorkKind::scan;
  Cause cause = Cause::other;
  QualifiedName relation;  ///< the table or materialized view that is read, rewritten or indexed
  QualifiedName index;     ///< of an index build
  int command = -1;        ///< which ALTER TABLE command, from 0
  std::string detail;      ///< what makes it necessary: "gen_random_uuid()", "integer → bigint"
  friend bool operator==(const Work&, const Work&) = default;
};

struct Failure {
  std::string sqlstate;
  std::string reason;  ///< the server's message
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// The server refuses it because of rows that a table is taken to hold: where it holds none, the
/// statement passes.
bool depends_on_rows(const Failure& failure);

struct Impact {
  bool transactional = true;        ///< may run inside a transaction block
  std::optional<Failure> fails;     ///< certain, from the catalog alone
  std::vector<RelationLock> locks;  ///< existing relations, strongest mode each, sorted by name
  std::vector<Work> work;
  bool known = true;  ///< false: dynamic SQL, a procedure call, a statement not modelled
  std::vector<std::string>
      conditions;  ///< "no rewrite only while TimeZone is UTC": what the answer hangs on

  std::vector<QualifiedName> rewrites() const;
  std::vector<QualifiedName> scans() const;
  std::vector<QualifiedName> index_builds() const;
  LockMode strongest() const;  ///< access_share when there is none
  const Work* find(Cause cause, int command = -1) const;
};

/// Predicts `statement` run in `session` on a server with `before`; does not change either.
/// Tables are taken to hold rows. Fails only where the catalog proves it.
Impact predict(const Catalog& before, const Session& session, const Statement& statement);

/// predict(), then what the session will remember of it (held locks), then apply().
struct Applied {
  Impact impact;
  std::vector<ApplyProblem> problems;
};
Applied predict_and_apply(Catalog& catalog, Session& session, const Statement& statement);

/// The second half of predict_and_apply(), for a statement whose impact is known: `impact` is what
/// predict() said of it in this state.
struct Outcome {
  std::optional<Failure> fails;  ///< why the server refuses it: predicted, or seen by apply()
  std::vector<ApplyProblem> problems;
};
Outcome apply_predicted(Catalog& catalog, Session& session, const Statement& statement,
                        const Impact& impact);

}  // namespace schemagate
