// SPDX-License-Identifier: MIT
// One database of a measurement: schema loaded, rows in the tables, a session on it, and what can
// be seen of its relations before and after a statement.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "postgres/rows.h"
#include "postgres/sandbox.h"
#include "schema/impact.h"

namespace schemagate::postgres {

/// A row of pg_class with what tells whether it was touched.
struct Relation {
  QualifiedName name;
  char kind = 'r';                     ///< pg_class.relkind
  std::string file;                    ///< pg_relation_filenode, empty when it has none
  std::string table;                   ///< oid of an index's table
  long long scans = 0, rows_read = 0;  ///< of this transaction
  long long pages = 0;
};
using Relations = std::map<std::string, Relation>;  ///< by oid

using Lock = std::pair<std::string, LockMode>;  ///< relation's oid
using Locks = std::set<Lock>;

class Stage {
 public:
  static std::variant<Stage, Refused> make(const EphemeralServer& server,
                                           const std::vector<std::string>& schema,
                                           const std::vector<std::string>& statements);

  Answer run(const std::string& sql) { return sandbox_->run(*session_, sql); }
  /// Outside a transaction block: a missing role or tablespace is created.
  Answer run_providing(const std::string& sql) { return sandbox_->run_providing(*session_, sql); }
  /// Creates a missing role or tablespace; true: try again.
  bool provide(const SqlError& error) { return sandbox_->provide(error); }

  /// A new session, which remembers nothing of the relations.
  void renew_session();
  /// Empties all tables and fills them anew; `statement` is what Rows::fitting fit.
  void refill(Rows rows, const std::string& statement = {});

  /// All relations but the system's; sizes and counters are those of the open transaction, if any.
  Relations relations();
  /// Locks on relations of this database that the session holds now.
  Locks locks();
  /// Messages of the statement that ran last.
  std::vector<std::string> take_notices() { return session_->take_notices(); }

  /// Runs `sql` in autocommit and calls `at_commit` each time it stands still just before a
  /// commit's end, with its locks.
  Answer run_stopping(const std::string& sql, const std::function<void(const Locks&)>& at_commit);
  /// The strongest lock on `relation`, which is no view, that `sql` asks for while it runs in
  /// autocommit, also if it gives the lock back at once. Runs it a few times.
  Locks run_blocked(const std::string& sql, const Relation& relation);

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Stage(const EphemeralServer& server, Sandbox sandbox, Session session, Session observer);
  Locks locks_of(int pid, bool waited_for);
  /// Whether the session waits for a lock of whatever kind.
  bool waits(int pid);
  /// What `sql` waits for while another session has run `blocking` in a transaction.
  Locks run_against(const std::string& sql, const std::string& blocking);

  const EphemeralServer* server_;
  std::unique_ptr<Sandbox> sandbox_;  ///< outlives the sessions
  std::unique_ptr<Session> session_, observer_;
  std::vector<std::string> notes_;
};

}  // namespace schemagate::postgres
