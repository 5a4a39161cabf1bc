// SPDX-License-Identifier: MIT
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/text.h"
#include "postgres/production.h"
#include "postgres/server.h"

namespace schemagate::postgres {
namespace {

const QualifiedName users{"public", "users"}, orders{"public", "orders"};

/// A "production" server: a database with rows, a role that reads all, and one that may read next
/// to nothing.
class Production {
 public:
  explicit Production(EphemeralServer server) : server_(std::move(server)) {
    auto opened = server_.administer();
    if (const auto* error = std::get_if<SqlError>(&opened)) FAIL(error->message);
    admin_.emplace(std::get<Session>(std::move(opened)));
    run("CREATE TABLE users (id bigint PRIMARY KEY, email text, phone text, age bigint, price "
        "numeric, note text)");
    run("INSERT INTO users SELECT i, 'u' || i % 900 || '@x', CASE WHEN i % 10 > 0 THEN 'p' END, i "
        "* 1000000, i, 'n' || i FROM generate_series(1, 1000) i");
    run("CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total int)");
    run("INSERT INTO orders SELECT i, i, i FROM generate_series(1, 1010) i");
    run("CREATE TABLE secret (id int, word text)");
    run("INSERT INTO secret SELECT i, CASE WHEN i > 4 THEN 'w' END FROM generate_series(1, 100) i");
    run("CREATE TABLE guarded (id int, word text); INSERT INTO guarded SELECT i, CASE WHEN i > 4 "
        "THEN 'w' END FROM generate_series(1, 100) i");
    run("ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (id < 3)");
    run("CREATE VIEW emails AS SELECT email FROM users");
    run("CREATE VIEW totals AS SELECT user_id, sum(total) FROM orders GROUP BY 1");
    run("CREATE FUNCTION find_user(text) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM users "
        "WHERE email = $1'");
    run("CREATE EXTENSION IF NOT EXISTS citext");
    run("CREATE TABLE ci_p (name citext PRIMARY KEY); CREATE TABLE ci_c (name citext); INSERT INTO "
        "ci_p VALUES ('A'); INSERT INTO ci_c VALUES ('a'), ('b')");
    run("CREATE ROLE reader LOGIN PASSWORD 'pw-reader'; CREATE ROLE stranger LOGIN PASSWORD "
        "'pw-stranger'; GRANT CONNECT ON DATABASE postgres TO reader, stranger");
    run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; GRANT pg_read_all_stats TO reader; "
        "GRANT SELECT ON orders TO stranger");
    run("ANALYZE");
  }

  void run(const std::string& sql) {
    const Answer answer = admin_->run(sql);
    INFO(sql);
    if (answer.error) FAIL(answer.error->message);
  }
  std::string value(const std::string& sql) {
    const Answer answer = admin_->run(sql);
    if (answer.error) FAIL(answer.error->message);
    return answer.value().value_or("");
  }
  std::string url(const std::string& role = "reader") const {
    return "host=" + server_.folder() + " dbname=postgres user=" + role + " password=pw-" + role;
  }
  int major() const { return server_.installation().major; }
  const EphemeralServer& server() const { return server_; }

 private:
  EphemeralServer server_;
  std::optional<Session> admin_;
};

Production production_on(const Installation& installation) {
  auto server = EphemeralServer::start(installation);
  if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
  return Production(std::get<EphemeralServer>(std::move(server)));
}

std::vector<Installation> all_installed() {
  auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  return installed;
}

/// A server in recovery, made from a copy of a running one.
class Standby {
 public:
  explicit Standby(Production& production) {
    const auto who = unprivileged_identity();
    REQUIRE(std::holds_alternative<Identity>(who));
    const Identity identity = std::get<Identity>(who);
    REQUIRE(mkdtemp(folder_.data()));
    const bool old = production.major() < 15;
    production.run(old ? "SELECT pg_start_backup('x', true, false)"
                       : "SELECT pg_backup_start('x', true)");
    const std::filesystem::path source = production.server().folder() + "/data",
                                data = folder_ + "/data";
    std::filesystem::copy(source, data, std::filesystem::copy_options::recursive);
    const std::string label =
        production.value(old ? "SELECT labelfile FROM pg_stop_backup(false, false)"
                             : "SELECT labelfile FROM pg_backup_stop(false)");
    std::filesystem::copy(source / "pg_wal", data / "pg_wal",
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(data / "postmaster.pid");
    std::ofstream(data / "backup_label") << label;
    std::ofstream(data / "standby.signal").flush();
    std::filesystem::permissions(data, std::filesystem::perms::owner_all);
    if (identity.switch_user) {
      REQUIRE(chown(folder_.c_str(), identity.uid, identity.gid) == 0);
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
        REQUIRE(lchown(entry.path().c_str(), identity.uid, identity.gid) == 0);
    }
    const std::string& bin = production.server().installation().bin;
    auto program =
        Guarded::start({bin + "/postgres",
                        {"-D", data.string(), "-c", "listen_addresses=", "-c",
                         "unix_socket_directories=" + folder_, "-c", "max_connections=30", "-c",
                         "max_locks_per_transaction=2048", "-c", "fsync=off", "-c",
                         "allow_in_place_tablespaces=on", "-c", "timezone=UTC"},
                        {"PATH=/usr/bin:/bin", "LC_ALL=C"},
                        identity},
                       folder_, {});
    REQUIRE(std::holds_alternative<Guarded>(program));
    program_.emplace(std::get<Guarded>(std::move(program)));
    for (int i = 0; i < 300; ++i) {
      if (std::holds_alternative<Session>(Session::open(url()))) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::ifstream log(folder_ + "/log");
    FAIL(std::string(std::istreambuf_iterator<char>(log), {}));
  }
  std::string url() const {
    return "host=" + folder_ + " dbname=postgres user=reader password=pw-reader";
  }

 private:
  std::string folder_ = "/tmp/sg-standby-XXXXXX";
  std::optional<Guarded> program_;
};

Probe probe(ProbeKind kind, const QualifiedName& table, std::vector<std::string> columns,
            std::string condition = {}) {
  Probe made;
  made.kind = kind;
  made.table = table;
  made.columns = std::move(columns);
  made.condition = std::move(condition);
  return made;
}

Probe orphans_of(const QualifiedName& table, const std::string& column,
                 const QualifiedName& referenced, const std::string& key) {
  Probe made = probe(ProbeKind::orphans, table, {column});
  made.referenced = referenced;
  made.referenced_columns = {key};
  return made;
}

Probe misfits(const std::string& column, const std::string& type,
              std::vector<std::string> modifiers = {}) {
  Probe made = probe(ProbeKind::type_misfits, users, {column});
  made.type.name.name = type;
  made.type.modifiers = std::move(modifiers);
  return made;
}

ProbeAnswer ask(const std::string& url, const Probe& question, const ReadOptions& options = {}) {
  const Facts facts = read_facts(url, {users}, {question}, options);
  const ProbeAnswer* answer = facts.answer(question);
  REQUIRE(answer);
  return *answer;
}

bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("sizes and settings of every major") {
  for (const Installation& installation : all_installed()) {
    Production production = production_on(installation);
    production.run("SELECT pg_stat_reset()");
    const Facts facts = read_facts(production.url(), {users, {"public", "nowhere"}}, {});
    INFO(installation.version << ": " << join(facts.notes, "; "));
    CHECK(facts.postgres == production.major());
    CHECK(facts.database == "postgres");
    CHECK(facts.source == "production at local socket");
    CHECK(facts.taken_at.size() == 20);
    CHECK_FALSE(facts.standby);
    CHECK(facts.settings.at("timezone") == "UTC");
    CHECK(facts.settings.at("lock_timeout") == "0");
    REQUIRE(facts.table(users));
    CHECK(facts.table(users)->rows.value == 1000);
    CHECK(facts.table(users)->bytes.value.value_or(0) > 50000);
    CHECK(*facts.table(users)->total_bytes.value > *facts.table(users)->bytes.value);
    CHECK(facts.table(users)->oldest_transaction_seconds.value == 0);
    CHECK_FALSE(facts.table(users)->writes_per_second);  // the statistics are seconds old
    CHECK(mentions(facts.notes, "rates are unknown"));
    CHECK_FALSE(facts.table({"public", "nowhere"})->exists);
    CHECK(read_facts(production.url(), {}, {}).tables.size() == 6);
  }
}

TEST_CASE("probes count what is there, on every major") {
  for (const Installation& installation : all_installed()) {
    const Production production = production_on(installation);
    const std::string url = production.url();
    INFO(installation.version);
    CHECK(ask(url, probe(ProbeKind::nulls, users, {"phone"})).rows.value == 100);
    CHECK(ask(url, probe(ProbeKind::nulls, users, {"email"})).rows.value == 0);
    const ProbeAnswer duplicates = ask(url, probe(ProbeKind::duplicates, users, {"email"}));
    CHECK(duplicates.groups.value == 100);
    CHECK(duplicates.rows.value == 200);
    CHECK(ask(url, probe(ProbeKind::duplicates, users, {"id"})).rows.value == 0);
    CHECK(ask(url, probe(ProbeKind::duplicates, users, {"email"}, "id > 500")).rows.value == 0);
    CHECK(ask(url, probe(ProbeKind::duplicates, users, {"phone"})).groups.value == 1);
    Probe nulls_too = probe(ProbeKind::duplicates, users, {"phone"});
    nulls_too.nulls_not_distinct = true;
    CHECK(ask(url, nulls_too).groups.value == 2);
    CHECK(ask(url, orphans_of(orders, "user_id", users, "id")).rows.value == 10);
    CHECK(ask(url, orphans_of({"public", "ci_c"}, "name", {"public", "ci_p"}, "name")).rows.value ==
          1);
    CHECK(ask(url, probe(ProbeKind::check_violations, users, {"price"}, "price > 10")).rows.value ==
          10);
    CHECK(ask(url, misfits("note", "varchar", {"3"})).rows.value == 901);
    CHECK(ask(url, misfits("age", "int4")).rows.value == 0);
    CHECK(ask(url, misfits("age", "int2")).rows.value == 1000);
    CHECK(ask(url, misfits("price", "numeric", {"4", "2"})).rows.value == 901);
    CHECK(ask(url, misfits("note", "int4")).rows.value == 1000);
    CHECK(ask(url, probe(ProbeKind::index_scans, users, {"users_pkey"})).rows.value.has_value());
  }
}

TEST_CASE("counts stop at the limit and say so") {
  const Production production = production_on(all_installed().back());
  ReadOptions options;
  options.exact_rows = 50;
  const ProbeAnswer answer =
      ask(production.url(), probe(ProbeKind::nulls, users, {"phone"}), options);
  CHECK(answer.rows.value == 50);
  CHECK(answer.rows.at_least);
  const ProbeAnswer duplicates =
      ask(production.url(), probe(ProbeKind::duplicates, users, {"email"}), options);
  CHECK(duplicates.groups.value == 50);
  CHECK(duplicates.groups.at_least);
  CHECK(duplicates.rows.at_least);
}

TEST_CASE("row security, missing grants and objections are unknown, never zero") {
  for (const Installation& installation : all_installed()) {
    const Production production = production_on(installation);
    INFO(installation.version);
    const ProbeAnswer guarded =
        ask(production.url(), probe(ProbeKind::nulls, {"public", "guarded"}, {"word"}));
    CHECK_FALSE(guarded.rows.value);
    CHECK(guarded.rows.unknown_because.find("row-level security") != std::string::npos);
    const ProbeAnswer secret =
        ask(production.url("stranger"), probe(ProbeKind::nulls, {"public", "secret"}, {"word"}));
    CHECK_FALSE(secret.rows.value);
    CHECK(secret.rows.unknown_because == "permission denied for table secret");
    const ProbeAnswer check = ask(
        production.url(), probe(ProbeKind::check_violations, users, {}, "find_user(email) > 0"));
    CHECK_FALSE(check.rows.value);
    CHECK(check.rows.unknown_because == "not asked: the expression calls find_user()");
    const ProbeAnswer missing = ask(production.url(), probe(ProbeKind::nulls, users, {"nothing"}));
    CHECK(missing.rows.unknown_because == "column \"nothing\" does not exist");
    const ProbeAnswer nowhere =
        ask(production.url(), probe(ProbeKind::nulls, {"public", "nowhere"}, {"x"}));
    CHECK(nowhere.rows.unknown_because == "the table is not in the database");
    const ProbeAnswer unsafe = ask(production.url(), misfits("price", "uuid"));
    CHECK(unsafe.rows.unknown_because ==
          "not asked: there is no safe way to ask which numeric values fit uuid");
  }
}

TEST_CASE("without pg_read_all_stats nobody can say who uses a table or holds it") {
  const Production production = production_on(all_installed().back());
  const Facts facts =
      read_facts(production.url("stranger"), {orders}, {probe(ProbeKind::table_users, orders, {})});
  CHECK_FALSE(facts.table(orders)->oldest_transaction_seconds.value);
  CHECK(mentions(facts.notes, "pg_read_all_stats"));
  const ProbeAnswer* answer = facts.answer(probe(ProbeKind::table_users, orders, {}));
  REQUIRE(answer);
  CHECK_FALSE(answer->rows.value);
  CHECK(answer->rows.unknown_because == "the role is no member of pg_read_all_stats");
  CHECK(mentions(answer->users, "view public.totals"));
}

TEST_CASE("views and functions that use a column are found") {
  for (const Installation& installation : all_installed()) {
    const Production production = production_on(installation);
    INFO(installation.version);
    const ProbeAnswer of_email =
        ask(production.url(), probe(ProbeKind::column_users, users, {"email"}));
    CHECK(mentions(of_email.users, "view public.emails"));
    CHECK(mentions(of_email.users, "function public.find_user(text)"));
    const ProbeAnswer of_phone =
        ask(production.url(), probe(ProbeKind::column_users, users, {"phone"}));
    CHECK(of_phone.users.empty());
    CHECK_FALSE(of_phone.rows.value);  // pg_stat_statements is not there to ask
    CHECK(of_phone.rows.unknown_because == "pg_stat_statements is not installed");
  }
}

TEST_CASE("a transaction that holds a table is seen with its age") {
  const Production production = production_on(all_installed().back());
  auto opened = Session::open(production.url("stranger"));
  REQUIRE(std::holds_alternative<Session>(opened));
  Session& session = std::get<Session>(opened);
  REQUIRE(session.run("BEGIN").ok());
  REQUIRE(session.run("SELECT count(*) FROM orders").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  const Facts facts = read_facts(production.url(), {orders, users}, {});
  CHECK(facts.table(orders)->oldest_transaction_seconds.value.value_or(0) >= 1);
  CHECK(facts.table(users)->oldest_transaction_seconds.value == 0);
}

TEST_CASE("a table that is locked or a query that takes too long is unknown") {
  Production production = production_on(all_installed().back());
  production.run("BEGIN");
  production.run("LOCK TABLE secret IN ACCESS EXCLUSIVE MODE");
  ReadOptions options;
  options.lock_timeout = std::chrono::milliseconds(100);
  const ProbeAnswer locked =
      ask(production.url(), probe(ProbeKind::nulls, {"public", "secret"}, {"word"}), options);
  CHECK_FALSE(locked.rows.value);
  CHECK(locked.rows.unknown_because == "canceling statement due to lock timeout");
  production.run("ROLLBACK");
  production.run(
      "CREATE TABLE long AS SELECT i, NULL::text AS t FROM generate_series(1, 400000) i");
  production.run("GRANT SELECT ON long TO reader");
  options.statement_timeout = std::chrono::milliseconds(5);
  const ProbeAnswer slow =
      ask(production.url(), probe(ProbeKind::duplicates, {"public", "long"}, {"i"}), options);
  CHECK_FALSE(slow.rows.value);
  CHECK(slow.rows.unknown_because == "canceling statement due to statement timeout");
}

TEST_CASE("a large table is read only where an index helps") {
  const Production production = production_on(all_installed().back());
  ReadOptions options;
  options.probe_limit = 1000;
  const ProbeAnswer without =
      ask(production.url(), probe(ProbeKind::nulls, users, {"phone"}), options);
  CHECK(without.rows.unknown_because.starts_with("not asked: the table has "));
  CHECK(ask(production.url(), probe(ProbeKind::nulls, users, {"id"}), options).rows.value == 0);
}

TEST_CASE("reading leaves nothing behind and takes no lock that blocks") {
  Production production = production_on(all_installed().back());
  production.run("BEGIN");
  // ACCESS SHARE is the only mode that gets along with EXCLUSIVE.
  production.run("LOCK TABLE users, orders IN EXCLUSIVE MODE");
  const ProbeAnswer answer = ask(production.url(), orphans_of(orders, "user_id", users, "id"));
  CHECK(answer.rows.value == 10);
  production.run("ROLLBACK");
}

TEST_CASE("statements that name the table are counted, our own left out") {
  for (const Installation& installation : all_installed()) {
    ServerOptions options;
    options.settings["shared_preload_libraries"] = "pg_stat_statements";
    auto server = EphemeralServer::start(installation, options);
    if (const auto* refused = std::get_if<Refused>(&server)) FAIL(refused->because);
    Production production(std::get<EphemeralServer>(std::move(server)));
    INFO(installation.version);
    production.run(
        "CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats; GRANT USAGE ON "
        "SCHEMA stats TO reader");
    production.run("SELECT stats.pg_stat_statements_reset()");
    production.run("SELECT phone FROM users WHERE id = 1");
    production.run("UPDATE users SET phone = phone");
    production.run("SELECT email FROM users WHERE id = 1");
    const Probe question = probe(ProbeKind::column_users, users, {"phone"});
    ask(production.url(), probe(ProbeKind::nulls, users, {"phone"}));
    const ProbeAnswer answer = ask(production.url(), question);
    CHECK(answer.users == std::vector<std::string>{"2 statements in pg_stat_statements"});
    CHECK(answer.rows.value == 1);
  }
}

TEST_CASE("a standby answers about rows, and about writes only with its primary's help") {
  for (const Installation& installation : all_installed()) {
    Production production = production_on(installation);
    INFO(installation.version);
    const Standby standby(production);
    const Probe nulls = probe(ProbeKind::nulls, users, {"phone"});
    const Probe scans = probe(ProbeKind::index_scans, users, {"users_pkey"});
    const Facts alone = read_facts(standby.url(), {users}, {nulls, scans});
    CHECK(alone.standby);
    CHECK(alone.table(users)->rows.value == 1000);
    CHECK(alone.answer(nulls)->rows.value == 100);
    CHECK_FALSE(alone.answer(scans)->rows.value);
    CHECK(alone.answer(scans)->rows.unknown_because ==
          "this is a standby, which does not know them");
    CHECK_FALSE(alone.table(users)->oldest_transaction_seconds.value);
    CHECK_FALSE(alone.table(users)->writes_per_second);
    CHECK(mentions(alone.notes, "this is a standby: "));
    ReadOptions options;
    options.statistics_url = production.url();
    const Facts helped = read_facts(standby.url(), {users}, {nulls, scans}, options);
    CHECK(helped.standby);
    CHECK(helped.answer(scans)->rows.value.has_value());
    CHECK(helped.table(users)->oldest_transaction_seconds.value == 0);
    options.statistics_url = standby.url();
    CHECK(mentions(read_facts(standby.url(), {users}, {}, options).notes,
                   "does not lead to a primary"));
  }
}

TEST_CASE(
    "a database that can't be reached is unknown in every answer, and the password is not shown") {
  const Probe question = probe(ProbeKind::nulls, users, {"phone"});
  const Facts facts = read_facts("postgresql://app:hush@127.0.0.1:1/crm", {users}, {question});
  CHECK(facts.source.empty());
  REQUIRE(facts.notes.size() == 1);
  CHECK(facts.notes[0].starts_with("the database can't be reached: "));
  CHECK(facts.notes[0].find("hush") == std::string::npos);
  REQUIRE(facts.answer(question));
  CHECK(facts.answer(question)->rows.unknown_because == facts.notes[0]);
}

}  // namespace schemagate::postgres
