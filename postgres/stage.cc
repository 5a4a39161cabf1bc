// SPDX-License-Identifier: MIT
#include "postgres/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <thread>

#include "schema/name.h"

namespace schemagate::postgres {
namespace {

long long number(const std::optional<std::string>& value) {
  long long result = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), result);
  return result;
}

LockMode mode_named(std::string_view name) {
  // pg_locks.mode, in the order of LockMode.
  constexpr std::array names{
      "AccessShareLock", "RowShareLock",          "RowExclusiveLock", "ShareUpdateExclusiveLock",
      "ShareLock",       "ShareRowExclusiveLock", "ExclusiveLock",    "AccessExclusiveLock"};
  const auto found = std::find(names.begin(), names.end(), name);
  return static_cast<LockMode>(found - names.begin() + 1);
}

}  // namespace

Stage::Stage(const EphemeralServer& server, Sandbox sandbox, Session session, Session observer)
    : server_(&server),
      sandbox_(std::make_unique<Sandbox>(std::move(sandbox))),
      session_(std::make_unique<Session>(std::move(session))),
      observer_(std::make_unique<Session>(std::move(observer))) {}

std::variant<Stage, Refused> Stage::make(const EphemeralServer& server,
                                         const std::vector<std::string>& schema,
                                         const std::vector<std::string>& statements) {
  std::vector<std::string> everything = schema;
  everything.insert(everything.end(), statements.begin(), statements.end());
  auto sandbox = Sandbox::create(server, everything);
  if (const auto* refused = std::get_if<Refused>(&sandbox)) return *refused;
  auto loader = std::get<Sandbox>(sandbox).connect();
  auto observer = server.administer();
  for (const Opened* opened : {&loader, &observer})
    if (const auto* error = std::get_if<SqlError>(opened)) return Refused{error->message};
  std::vector<std::string> notes;
  for (const std::string& name : std::get<Sandbox>(sandbox).missing_extensions())
    notes.push_back("extension " + name + " is not to be had here");
  Sandbox& database = std::get<Sandbox>(sandbox);
  Session& loading = std::get<Session>(loader);
  if (database.run_all_providing(loading, schema).error) {
    for (const std::string& sql : schema) {
      const Answer answer = database.run_providing(loading, sql);
      if (answer.error)
        notes.push_back("the schema does not load: " + answer.error->message + ": " + sql);
    }
  }
  // A session of its own: whatever the schema has set is not the script's.
  auto session = std::get<Sandbox>(sandbox).connect();
  if (const auto* error = std::get_if<SqlError>(&session)) return Refused{error->message};
  Stage stage(server, std::get<Sandbox>(std::move(sandbox)), std::get<Session>(std::move(session)),
              std::get<Session>(std::move(observer)));
  stage.notes_ = std::move(notes);
  return stage;
}

void Stage::renew_session() {
  auto opened = sandbox_->connect();
  if (auto* session = std::get_if<Session>(&opened))
    session_ = std::make_unique<Session>(std::move(*session));
}

void Stage::refill(Rows rows, const std::string& statement) {
  auto opened = sandbox_->connect();
  if (auto* session = std::get_if<Session>(&opened)) {
    empty(*session);
    for (const std::string& table : fill(*session, rows, statement))
      notes_.push_back(table + " has no rows");
  }
}

Relations Stage::relations() {
  const Answer all = session_->run(R"(
    SELECT c.oid, CASE WHEN n.nspname LIKE 'pg\_temp\_%' THEN 'pg_temp' ELSE n.nspname END, c.relname, c.relkind,
           pg_catalog.pg_relation_filenode(c.oid), i.indrelid, pg_catalog.pg_stat_get_xact_numscans(c.oid),
           pg_catalog.pg_stat_get_xact_tuples_returned(c.oid),
           CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\_toast\_temp\_%')");
  Relations relations;
  for (const Row& row : all.rows)
    relations[text(row[0])] = {.name = {text(row[1]), text(row[2])},
                               .kind = text(row[3]).front(),
                               .file = text(row[4]),
                               .table = text(row[5]),
                               .scans = number(row[6]),
                               .rows_read = number(row[7]),
                               .pages = number(row[8])};
  return relations;
}

Locks Stage::locks() { return locks_of(session_->backend_pid(), false); }

Locks Stage::locks_of(int pid, bool waited_for) {
  const Answer rows =
      observer_->run(fmt::format("SELECT l.relation, l.mode FROM pg_locks l JOIN pg_database d ON "
                                 "d.oid = l.database WHERE l.pid = {} AND d.datname = '{}'"
                                 " AND l.locktype = 'relation' AND {} l.granted",
                                 pid, sandbox_->database(), waited_for ? "NOT" : ""));
  Locks locks;
  for (const Row& row : rows.rows) locks.emplace(text(row[0]), mode_named(text(row[1])));
  return locks;
}

Answer Stage::run_stopping(const std::string& sql,
                           const std::function<void(const Locks&)>& at_commit) {
  session_->run("SET synchronous_commit = on");
  Answer answer;
  std::atomic<bool> done = false;
  std::thread running([&] {
    answer = sandbox_->run_providing(*session_, sql);
    done = true;
  });
  const int pid = session_->backend_pid();
  std::string seen;  // the transaction that was looked at last
  while (!done) {
    const Answer waiting = observer_->run(
        fmt::format("SELECT l.virtualtransaction FROM pg_stat_activity a JOIN pg_locks l USING "
                    "(pid) WHERE a.pid = {} AND a.wait_event = 'SyncRep'"
                    " AND l.locktype = 'virtualxid' LIMIT 1",
                    pid));
    if (waiting.error) break;
    if (waiting.value() && *waiting.value() != seen) {
      seen = *waiting.value();
      at_commit(locks_of(pid, false));
      // Ends the wait, not the statement: "canceling wait for synchronous replication due to user
      // request".
      observer_->run(fmt::format("SELECT pg_cancel_backend({})", pid));
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  }
  running.join();
  session_->run("SET synchronous_commit = off");
  return answer;
}

bool Stage::waits(int pid) {
  return observer_
             ->run(fmt::format(
                 "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = {} AND NOT granted)", pid))
             .value() == "t";
}

Locks Stage::run_against(const std::string& sql, const std::string& blocking) {
  auto opened = sandbox_->connect();
  auto* blocker = std::get_if<Session>(&opened);
  if (!blocker) return {};
  blocker->run("BEGIN");
  if (blocker->run(blocking).error) return {};
  std::atomic<bool> done = false;
  std::thread running([&] {
    sandbox_->run(*session_, sql);
    done = true;
  });
  Locks waited_for;
  while (!done && waited_for.empty()) {
    waited_for = locks_of(session_->backend_pid(), true);
    // It may wait for the other transaction itself, not for its lock.
    if (waited_for.empty() && waits(session_->backend_pid())) {
      waited_for = locks_of(session_->backend_pid(), true);
      break;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  blocker->run("ROLLBACK");
  running.join();
  return waited_for;
}

namespace {

/// What takes locks on nothing but the relation: first ACCESS EXCLUSIVE, against which any lock
/// shows, then from weak to strong, so that what waits is the strongest.
std::vector<std::string> blocking_statements(const Relation& relation) {
  const std::string name = to_sql(relation.name);
  switch (relation.kind) {
    case 'i':
    case 'I':  // moving an index to where it is changes nothing
      return {"ALTER INDEX " + name + " SET TABLESPACE pg_default"};
    case 'm':
      return {"ALTER MATERIALIZED VIEW " + name + " OWNER TO CURRENT_USER",
              "SELECT FROM " + name + " LIMIT 0",
              "ALTER MATERIALIZED VIEW " + name + " SET (fillfactor = 100)"};
    default:
      break;
  }
  std::vector<std::string> statements;
  for (const char* mode :
       {"ACCESS EXCLUSIVE", "ACCESS SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"}) {
    statements.push_back("LOCK TABLE ONLY " + name + " IN " + mode + " MODE");
  }
  return statements;
}

}  // namespace

Locks Stage::run_blocked(const std::string& sql, const Relation& relation) {
  const auto statements = blocking_statements(relation);
  const Locks any = run_against(sql, statements.front());
  if (any.empty()) return {};
  for (std::size_t i = 1; i < statements.size(); ++i) {
    Locks waited_for = run_against(sql, statements[i]);
    if (!waited_for.empty()) return waited_for;
  }
  return any;
}

}  // namespace schemagate::postgres
