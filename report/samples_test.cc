// SPDX-License-Identifier: MIT
#include "report/samples_test.h"

#include <fmt/format.h>

namespace schemagate::samples {
namespace {

Place place(std::string file, int line, int column, std::string excerpt, int length) {
  return {std::move(file), line, column, line, column + length, false, std::move(excerpt)};
}

QualifiedName name(std::string table) { return {"public", std::move(table)}; }

ReportedFinding duplicates() {
  ReportedFinding found;
  found.finding.rule = "unique-constraint-over-duplicates";
  found.finding.severity = Severity::error;
  found.finding.message =
      "ADD CONSTRAINT users_email_key UNIQUE fails: 318 values of public.users.email occur more "
      "than once, in 742 rows";
  found.finding.object = "public.users.users_email_key";
  found.finding.step = 0;
  found.finding.evidence = {{"duplicate_groups", "318", true},
                            {"duplicate_rows", "742", true},
                            {"table_bytes", "9663676416", true}};
  found.finding.remedy =
      Remedy{"make the values unique, then build the index without blocking writes and attach it",
             {"CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON public.users (email)",
              "ALTER TABLE public.users\n  ADD CONSTRAINT users_email_key UNIQUE USING INDEX "
              "users_email_key"},
             true};
  found.place = place("db/schema/users.sql", 4, 14, "  email text UNIQUE,", 6);
  found.fingerprint = "5d1f0c62a9b3e847";
  return found;
}

ReportedFinding lost_column() {
  ReportedFinding found;
  found.finding.rule = "drop-column";
  found.finding.severity = Severity::error;
  found.finding.message =
      "drops public.users.full_name and its data; the view public.user_names still reads it";
  found.finding.object = "public.users.full_name";
  found.finding.step = 1;
  found.finding.evidence = {{"used_by", "view public.user_names", false},
                            {"used_by", "142 statements in pg_stat_statements", false}};
  found.place = place("db/schema/users.sql", 6, 3, "  full_name text NOT NULL,", 23);
  found.place.old_side = true;
  found.fingerprint = "90c2ab7712fe4d05";
  return found;
}

ReportedFinding type_change() {
  ReportedFinding found;
  found.finding.rule = "type-change-rewrites";
  found.finding.severity = Severity::warning;
  found.finding.message =
      "integer to bigint rewrites public.orders (size unknown) under ACCESS EXCLUSIVE";
  found.finding.object = "public.orders.amount";
  found.finding.step = 2;
  found.finding.evidence = {{"size_unknown", "yes", false}, {"lock", "AccessExclusiveLock", false}};
  found.finding.remedy = Remedy{"add a bigint column, fill it in batches, then switch", {}, false};
  found.place = place("db/schema/orders.sql", 3, 3, "\tamount bigint NOT NULL, -- cents, 金額", 22);
  found.place.column = 2;
  found.place.end_column = 24;
  found.fingerprint = "11e84b0d6a23cc9f";
  return found;
}

ReportedFinding small_table() {
  ReportedFinding found;
  found.finding.rule = "set-not-null";
  found.finding.severity = Severity::note;
  found.finding.message = "reads all of public.countries (249 rows, 64 kB) under ACCESS EXCLUSIVE";
  found.finding.object = "public.countries.code";
  found.finding.step = 3;
  found.place = place("db/schema/countries.sql", 2, 3, "  code text NOT NULL", 18);
  found.fingerprint = "77aa0b5e9d1c2f34";
  return found;
}

ReportedFinding allowed_drop() {
  ReportedFinding found;
  found.finding.rule = "drop-table";
  found.finding.severity = Severity::error;
  found.finding.message = "drops public.audit_2019 and its 12,000,000 rows";
  found.finding.object = "public.audit_2019";
  found.finding.step = 4;
  found.finding.allowed_because = "archived in #412";
  found.place = place("db/schema/audit.sql", 1, 1, "CREATE TABLE audit_2019 (", 24);
  found.place.old_side = true;
  found.fingerprint = "c0ffee0123456789";
  return found;
}

ReportedStatement statement(std::string sql, Impact impact, std::string duration = {}) {
  ReportedStatement made;
  made.sql = std::move(sql);
  made.impact = std::move(impact);
  made.duration = std::move(duration);
  made.place.file = "db/schema/users.sql";
  made.place.line = 4;
  made.place.column = 14;
  return made;
}

std::vector<ReportedStatement> statements() {
  std::vector<ReportedStatement> all;
  Impact unique;
  unique.locks = {{name("users"), RelationKind::table, LockMode::access_exclusive}};
  unique.work = {{WorkKind::index_build, Cause::unique_constraint, name("users"),
                  name("users_email_key"), 0, ""}};
  unique.fails = Failure{"23505", "could not create unique index \"users_email_key\""};
  all.push_back(statement("ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE (email)",
                          unique, "grows with public.users (9.0 GB): about 48 s at 200 MB/s"));
  Impact drop;
  drop.locks = {{name("users"), RelationKind::table, LockMode::access_exclusive}};
  all.push_back(statement("ALTER TABLE public.users DROP COLUMN full_name", drop, "instant"));
  Impact rewrite;
  rewrite.locks = {{name("orders"), RelationKind::table, LockMode::access_exclusive},
                   {name("orders_pkey"), RelationKind::index, LockMode::access_exclusive}};
  rewrite.work = {
      {WorkKind::rewrite, Cause::column_type, name("orders"), {}, 0, "integer → bigint"},
      {WorkKind::index_build, Cause::column_type, name("orders"), name("orders_pkey"), 0, ""}};
  rewrite.conditions = {"no rewrite only while TimeZone is UTC"};
  all.push_back(
      statement("ALTER TABLE public.orders\n  ALTER COLUMN amount\n  TYPE bigint", rewrite));
  Impact concurrent;
  concurrent.transactional = false;
  concurrent.locks = {{name("Orders"), RelationKind::table, LockMode::share_update_exclusive}};
  concurrent.work = {{WorkKind::index_build, Cause::create_index, name("Orders"),
                      name("orders_user_id_idx"), -1, ""}};
  all.push_back(statement(
      "CREATE INDEX CONCURRENTLY orders_user_id_idx ON public.\"Orders\" (user_id)", concurrent));
  Impact quiet;
  all.push_back(statement("CREATE TABLE public.notes (id bigint PRIMARY KEY)", quiet));
  Impact unknown;
  unknown.known = false;
  all.push_back(statement("CALL public.backfill()", unknown));
  return all;
}

ReportedChange change(std::string kind, std::string object, std::string before, std::string after) {
  ReportedChange made{std::move(kind), std::move(object), std::move(before), std::move(after), {}};
  made.place.file = "db/schema/users.sql";
  made.place.line = 4;
  made.place.old_side = made.after.empty();
  return made;
}

}  // namespace

Report rich() {
  Report report;
  report.command = "check";
  report.verdict = Verdict::fail;
  report.base = "91c2e0d4b7a16f3350c8d2e9a4f1b6c7d8e90a12";
  report.head = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334";
  report.merge_base = report.base;
  report.version = "0.1.0";
  report.unchanged_databases = {"a", "b", "c"};
  report.notes = {"db/legacy: 2 files are in no database"};
  DatabaseReport shop;
  shop.postgres = 17;
  shop.name = "shop";
  shop.base_checksum = "sg1:mfrggzdfmztwq2lk";
  shop.head_checksum = "sg1:nbswy3dpeb3w64tm";
  shop.plan_checksum = "sg1:7f3a91c2d0be";
  shop.changes = {
      change("add-constraint", "public.users.users_email_key", "", "UNIQUE (email)"),
      change("drop-column", "public.users.full_name", "text NOT NULL", ""),
      change("set-type", "public.orders.amount", "integer", "bigint"),
      change("set-not-null", "public.countries.code", "", ""),
      change("add-index", "public.orders_user_id_idx", "",
             "CREATE INDEX orders_user_id_idx ON public.\"Orders\" USING btree (user_id)"),
      change("add-table", "public.notes", "", "CREATE TABLE public.notes (\n  id bigint\n)"),
      change("drop-table", "public.audit_2019", "CREATE TABLE public.audit_2019 (id bigint)", "")};
  shop.statements = statements();
  shop.findings = {duplicates(), lost_column(), type_change(), small_table(), allowed_drop()};
  shop.notes = {
      "public.refresh_totals(): the function's body is dynamic SQL; what it does is not known"};
  shop.diagram =
      "erDiagram\n  t2 ||--o{ t1 : \"user_id\"\n  t1[\"orders\"] {\n    int8 user_id FK \"new\"\n  "
      "}\n"
      "  t2[\"users\"] {\n    int8 id PK\n  }\n";
  shop.safe_plan =
      "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON public.users (email);\n"
      "\n"
      "BEGIN;\n"
      "SET LOCAL lock_timeout = '2s';\n"
      "ALTER TABLE public.users\n"
      "  ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;\n"
      "COMMIT;\n";
  shop.safe_plan_exceptions = {
      "ALTER TABLE public.users ALTER COLUMN points TYPE bigint rewrites public.users under ACCESS "
      "EXCLUSIVE"};
  shop.safe_plan_losses = {"the values of users.full_name are lost (9.0 GB)"};
  shop.facts_source = "production at db.example, PostgreSQL 17.2";
  shop.rehearsal = "rehearsed on PostgreSQL 17.10";
  DatabaseReport billing;
  billing.postgres = 17;
  billing.name = "billing";
  billing.changes = {change("add-column", "public.invoices.note", "", "text"),
                     change("add-column", "public.invoices.paid_at", "", "timestamptz")};
  report.databases = {billing, shop};
  return report;
}

Report clean() {
  Report report;
  report.command = "check";
  report.version = "0.1.0";
  report.unchanged_databases.assign(12, "unchanged");
  DatabaseReport crm;
  crm.postgres = 17;
  crm.name = "crm";
  crm.base_checksum = "sg1:mfrggzdfmztwq2lk";
  crm.head_checksum = "sg1:nbswy3dpeb3w64tm";
  crm.plan_checksum = "sg1:2b1c9a80ff41";
  crm.changes = {change("add-table", "public.leads", "", "CREATE TABLE public.leads (id bigint)"),
                 change("add-column", "public.accounts.tz", "", "text"),
                 change("add-column", "public.accounts.locale", "", "text")};
  Impact nothing;
  crm.statements = {statement("ALTER TABLE public.accounts ADD COLUMN tz text", nothing)};
  report.databases = {crm};
  return report;
}

Report hostile() {
  Report report;
  report.command = "check";
  report.verdict = Verdict::fail;
  report.version = "0.1.0";
  report.notes = {"::add-mask::x", " \xC2\xA0::error::y", "##[add-matcher]z\n::stop-commands::a"};
  DatabaseReport database;
  database.postgres = 17;
  database.name = "db`|<script>alert(1)</script>\x1b]0;title\x07";
  ReportedFinding found;
  found.finding.rule = "drop-column";
  found.finding.severity = Severity::error;
  found.finding.message =
      "drops \"a`b``c|d\ne\" <img src=https://evil.example/x.png> @octocat closes #1 o/r#2 "
      "[click](javascript:alert(1)) ![i](https://evil.example/i.png) <!-- schemagate:v1 x --> "
      "\xE2\x80\xAE reversed \xE2\x80\x8B zero \x1b[31m red \xC2\x9B"
      "31m \xff\xfe bytes "
      "https://evil.example/a www.evil.example ~~x~~ **b** __u__ &lt; \\ %0A::error::%25";
  found.finding.object = "public.\"@octocat\n## owned\"";
  found.finding.step = 0;
  found.finding.evidence = {{"used_by", "view public.\"|x|\" \xE2\x80\xAE", false},
                            {"rows", "0123", true},
                            {"rows2", "12, \"injected\": true", true}};
  found.finding.remedy =
      Remedy{"run ```\n::error::this``` and @everyone",
             {"SELECT '````'\n::text, '</details>', '```'", "::warning file=x::\x1b[2J"},
             true};
  found.place.file = "db/$(touch pwned)/a b`|,:%\n::error::.sql";
  found.place.line = 7;
  found.place.column = 10;
  found.place.end_line = 7;
  found.place.end_column = 14;
  found.place.excerpt = "\t\xE2\x80\xAEname \x1b[1mtext\x1b[0m\x07 \xC3 ````";
  found.fingerprint = "0123456789abcdef";
  ReportedFinding allowed = found;
  allowed.finding.allowed_because = "because\n::error::me | @octocat <b>";
  allowed.fingerprint = "fedcba9876543210";
  database.findings = {found, allowed};
  database.changes = {change("drop-column", "public.\"@octocat\n## owned\"", "text\n```", "")};
  Impact impact;
  impact.locks = {
      {{"public", "evil`|\x1b[2J\n::error::x"}, RelationKind::table, LockMode::access_exclusive}};
  impact.fails = Failure{"42P01", "relation \"\x1b[31m|`<b>\" does not exist"};
  database.statements = {
      statement("SELECT 1;\n::error::x\n```\n</details>\n##[error]y", impact, "\x1b[5m`|")};
  database.safe_plan =
      "SELECT '\n::add-mask::p\n```\n````\n</details>\n##[error]q\n\xE2\x80\xAE';\n";
  database.facts_source = "production at `|@octocat<b>";
  database.rehearsal = "not rehearsed: `|@octocat<b>\n::error::z";
  database.notes = {"opaque: \n::error::note | `tick` @octocat <!-- x -->"};
  report.databases = {database};
  return report;
}

Report many_databases() {
  Report report;
  report.command = "check";
  report.verdict = Verdict::fail;
  report.version = "0.1.0";
  for (int i = 0; i < 60; ++i) {
    DatabaseReport database;
    database.postgres = 17;
    database.name = fmt::format("service_{:02}", i);
    database.base_checksum = fmt::format("sg1:{:012}", 1000 + i);
    database.head_checksum = fmt::format("sg1:{:012}", 2000 + i);
    database.plan_checksum = fmt::format("sg1:{:012}", i);
    database.changes = {change("add-column", "public.users.nickname", "", "text")};
    if (i % 2 == 1) {
      ReportedFinding found = type_change();
      if (i % 6 == 1) found.finding.severity = Severity::error;
      found.fingerprint = fmt::format("{:016x}", i);
      database.findings = {found};
    }
    report.databases.push_back(database);
  }
  return report;
}

Report huge() {
  Report report = rich();
  DatabaseReport& shop = report.databases[1];
  shop.findings.clear();
  for (int i = 0; i < 6000; ++i) {
    ReportedFinding found = i < 3000 ? duplicates() : type_change();
    found.finding.object = fmt::format("public.table_{}.email", i);
    found.finding.message += fmt::format(" (table {})", i);
    found.place.line = i + 1;
    found.place.end_line = i + 1;
    found.fingerprint = fmt::format("{:016x}", i);
    shop.findings.push_back(found);
  }
  for (int i = 0; i < 400; ++i) {
    shop.statements.push_back(shop.statements[0]);
    shop.changes.push_back(shop.changes[0]);
    shop.safe_plan += fmt::format("CREATE INDEX CONCURRENTLY i{} ON public.users (email);\n", i);
  }
  return report;
}

Report not_judged() {
  Report report;
  report.command = "check";
  report.verdict = Verdict::error;
  report.version = "0.1.0";
  DatabaseReport crm;
  crm.name = "crm";
  crm.judged = false;
  crm.notes = {"db/crm/**/*.sql matches no file at either commit"};
  report.databases = {crm};
  return report;
}

Report lint() {
  Report report;
  report.command = "lint";
  report.verdict = Verdict::fail;
  report.version = "0.1.0";
  DatabaseReport files;
  files.postgres = 17;
  files.name = "-";
  files.findings = {duplicates()};
  files.statements = {statements()[0]};
  files.notes = {"db/0002.sql: \\connect is skipped"};
  report.databases = {files};
  return report;
}

std::vector<ReportedStatement> measured() {
  auto all = statements();
  for (auto& one : all) one.measured = "";
  all[1].measured = "predicted no scan of public.users, the server read it";
  return all;
}

}  // namespace schemagate::samples
