// SPDX-License-Identifier: MIT
// What is said of the lock that DROP INDEX and REINDEX CONCURRENTLY take on the old index: that
// nobody waits for it. Seen on a server with three sessions: one that reads, one that drops, and
// one that comes afterwards.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "postgres/server.h"

namespace schemagate::testing {
namespace {

using postgres::EphemeralServer;
using postgres::Session;

Session open(const EphemeralServer& server) {
  auto opened = server.administer();
  REQUIRE(std::holds_alternative<Session>(opened));
  return std::get<Session>(std::move(opened));
}

void run(Session& session, const std::string& sql) {
  const auto answer = session.run(sql);
  INFO(sql << ": " << (answer.ok() ? "" : answer.error->message));
  CHECK(answer.ok());
}

/// While somebody reads the table, a session waits with `sql`.
struct Waiting {
  Session reader, worker, looker;
  std::future<bool> done;

  Waiting(const EphemeralServer& server, const std::string& sql)
      : reader(open(server)), worker(open(server)), looker(open(server)) {
    run(reader, "BEGIN");
    run(reader, "SELECT count(*) FROM users WHERE plan = 'a'");
    done = std::async(std::launch::async, [this, sql] { return worker.run(sql).ok(); });
    const std::string question =
        "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = " +
        std::to_string(worker.backend_pid());
    for (int i = 0; i < 1000 && looker.run(question).value() != "t"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(looker.run(question).value() == "t");
  }
  /// Whether somebody who comes now can use the table.
  bool lets_others_in() {
    run(looker, "SET lock_timeout = '200ms'");
    return looker.run("SELECT count(*) FROM users WHERE plan = 'a'").ok() &&
           looker.run("INSERT INTO users (id, plan) SELECT max(id) + 1, 'a' FROM users").ok();
  }
  bool has_locked_the_index() {
    return looker
               .run(
                   "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = "
                   "to_regclass('users_plan_idx') AND pid = " +
                   std::to_string(worker.backend_pid()))
               .rows.size() == 1;
  }
  bool ends() {
    run(reader, "COMMIT");
    return done.get();
  }
};

TEST_CASE("nobody waits for the lock that a concurrent command takes on the old index") {
  const auto installed = postgres::installed_servers();
  REQUIRE_FALSE(installed.empty());
  for (const auto* one : {&installed.front(), &installed.back()}) {
    INFO("PostgreSQL " << one->version);
    auto started = EphemeralServer::start(*one);
    REQUIRE(std::holds_alternative<EphemeralServer>(started));
    const EphemeralServer& server = std::get<EphemeralServer>(started);
    Session setup = open(server);
    run(setup, "CREATE TABLE users (id bigint PRIMARY KEY, plan text)");
    run(setup, "INSERT INTO users VALUES (1, 'a')");
    run(setup, "CREATE INDEX users_plan_idx ON users (plan)");
    {
      Waiting waiting(server, "REINDEX INDEX CONCURRENTLY users_plan_idx");
      CHECK_FALSE(waiting.has_locked_the_index());
      CHECK(waiting.lets_others_in());
      CHECK(waiting.ends());
    }
    {
      Waiting waiting(server, "DROP INDEX CONCURRENTLY users_plan_idx");
      CHECK_FALSE(waiting.has_locked_the_index());
      CHECK(waiting.lets_others_in());
      CHECK(waiting.ends());
    }
    run(setup, "CREATE INDEX users_plan_idx ON users (plan)");
    Waiting waiting(server, "DROP INDEX users_plan_idx");
    CHECK_FALSE(waiting.lets_others_in());
    CHECK(waiting.ends());
  }
}

}  // namespace
}  // namespace schemagate::testing
