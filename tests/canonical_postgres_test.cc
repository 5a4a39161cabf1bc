// SPDX-License-Identifier: MIT
// What people write and what servers print about it means the same: every expression and view of
// the lists below is given to a server and compared with what pg_get_constraintdef, pg_get_expr and
// pg_get_viewdef make of it; its neighbours in the list must stay different.
#include <catch2/catch_test_macros.hpp>

#include "postgres/server.h"
#include "schema/canonical.h"
#include "schema/parse.h"
#include "tests/case_file.h"

namespace schemagate {
namespace {

constexpr const char* setup = R"(
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION fine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION other.fine_too(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE SEQUENCE s;
CREATE TABLE t (
  i int, small smallint, b bigint, n numeric(10,2), f double precision, r real, txt text, v varchar(50), c char(3),
  flag boolean, d date, ts timestamp, tz timestamptz, iv interval, j jsonb, js json, u uuid, m mood, a int[], ta text[],
  va varchar(10)[], ip inet, rng int4range, "Mixed" int);
CREATE TABLE other.far (i int, txt text);
CREATE TABLE p (id int, name text, parent int);
)";

/// The table t as the catalog of the files has it.
Table table_t() {
  Table table;
  table.name = {"public", "t"};
  const std::vector<std::pair<std::string, TypeName>> columns{
      {"i", {{"", "int4"}, {}, {}, 0, false}},
      {"small", {{"", "int2"}, {}, {}, 0, false}},
      {"b", {{"", "int8"}, {}, {}, 0, false}},
      {"n", {{"", "numeric"}, {"10", "2"}, {}, 0, false}},
      {"f", {{"", "float8"}, {}, {}, 0, false}},
      {"r", {{"", "float4"}, {}, {}, 0, false}},
      {"txt", {{"", "text"}, {}, {}, 0, false}},
      {"v", {{"", "varchar"}, {"50"}, {}, 0, false}},
      {"c", {{"", "bpchar"}, {"3"}, {}, 0, false}},
      {"flag", {{"", "bool"}, {}, {}, 0, false}},
      {"d", {{"", "date"}, {}, {}, 0, false}},
      {"ts", {{"", "timestamp"}, {}, {}, 0, false}},
      {"tz", {{"", "timestamptz"}, {}, {}, 0, false}},
      {"iv", {{"", "interval"}, {}, {}, 0, false}},
      {"j", {{"", "jsonb"}, {}, {}, 0, false}},
      {"js", {{"", "json"}, {}, {}, 0, false}},
      {"u", {{"", "uuid"}, {}, {}, 0, false}},
      {"m", {{"public", "mood"}, {}, {}, 0, false}},
      {"a", {{"", "int4"}, {}, {}, 1, false}},
      {"ta", {{"", "text"}, {}, {}, 1, false}},
      {"va", {{"", "varchar"}, {"10"}, {}, 1, false}},
      {"ip", {{"", "inet"}, {}, {}, 0, false}},
      {"rng", {{"", "int4range"}, {}, {}, 0, false}},
      {"Mixed", {{"", "int4"}, {}, {}, 0, false}}};
  for (const auto& [name, type] : columns) {
    Column& column = table.columns.emplace_back();
    column.name = name;
    column.type = type;
  }
  return table;
}

Catalog catalog_t() {
  Catalog catalog;
  catalog.tables[{"public", "t"}] = table_t();
  Table far, p;
  far.name = {"other", "far"};
  p.name = {"public", "p"};
  const auto add = [](Table& table, const char* name, const char* type) {
    Column& column = table.columns.emplace_back();
    column.name = name;
    column.type = {{"", type}, {}, {}, 0, false};
  };
  add(far, "i", "int4");
  add(far, "txt", "text");
  add(p, "id", "int4");
  add(p, "name", "text");
  add(p, "parent", "int4");
  catalog.tables[far.name] = far;
  catalog.tables[p.name] = p;
  return catalog;
}

const std::vector<std::string> checks{"i > 0",
                                      "i >= 1 AND i <= 5",
                                      "i BETWEEN 1 AND 6",
                                      "i NOT BETWEEN 1 AND 6",
                                      "i <> 3",
                                      "i IN (1, 2, 3)",
                                      "i NOT IN (1, 2, 3)",
                                      "i IN (1)",
                                      "i = ANY (ARRAY[7, 8])",
                                      "small > 0",
                                      "b > 0",
                                      "b > 3000000000",
                                      "n > 0",
                                      "n >= 0.5",
                                      "i > 1.5",
                                      "f > 0",
                                      "r > 0.5",
                                      "i + small > 0",
                                      "i::numeric / 3 > 1",
                                      "i / 3 > 1",
                                      "i * 1.5 > n",
                                      "i > -1",
                                      "i > - b",
                                      "n = -0.5",
                                      "-i < 0",
                                      "b % 2 = 0",
                                      "(i + 1) * 2 > 4",
                                      "i + 1 * 2 > 4",
                                      "txt = 'x'",
                                      "txt <> ''",
                                      "txt IN ('x', 'y')",
                                      "txt LIKE 'a%'",
                                      "txt NOT LIKE 'b%'",
                                      "txt ILIKE 'c%'",
                                      "txt ~ '^[a-z]+$'",
                                      "txt ~* 'q'",
                                      "v = 'x'",
                                      "v IN ('x', 'y')",
                                      "v LIKE 'a%'",
                                      "v <> ''",
                                      "length(v) > 3",
                                      "lower(v) = v",
                                      "v = txt",
                                      "v || 'x' = txt",
                                      "char_length(txt) <= 10",
                                      "c = 'abc'",
                                      "c IN ('abc', 'def')",
                                      "flag",
                                      "NOT flag",
                                      "flag = true",
                                      "flag IS TRUE",
                                      "flag IS NOT FALSE",
                                      "flag IS NOT NULL",
                                      "flag IS NULL",
                                      "i IS NULL OR i > 0",
                                      "(i IS NULL) <> (b IS NULL)",
                                      "i > 0 AND (b > 0 OR n > 0)",
                                      "(i > 0 AND b > 0) OR n > 0",
                                      "NOT (i > 0 AND b > 0)",
                                      "NOT i > 0",
                                      "i > 0 AND b > 0 AND n > 0",
                                      "i > 0 OR b > 0 OR n > 0",
                                      "d > '2020-01-01'",
                                      "d > DATE '2020-01-02'",
                                      "ts > '2020-01-01'",
                                      "ts > '2020-01-01 10:00'",
                                      "d < ts",
                                      "iv > '1 hour'",
                                      "iv < INTERVAL '1 day'",
                                      "iv = '90 minutes'",
                                      "ts + '1 day' > ts",
                                      "ts - interval '2 hours' < ts",
                                      "extract(year from d) > 2000",
                                      "date_trunc('day', ts) = ts",
                                      "date_part('hour', ts) < 12",
                                      "j ? 'a'",
                                      "j ->> 'a' = 'b'",
                                      "(j -> 'a' ->> 'b')::int > 0",
                                      "j @> '{\"a\": 1}'",
                                      "j @> '{\"a\":2}'::jsonb",
                                      "jsonb_typeof(j) = 'object'",
                                      "u = '00000000-0000-0000-0000-000000000000'",
                                      "m = 'ok'",
                                      "m IN ('ok', 'sad')",
                                      "m <> 'sad'::mood",
                                      "m::text = 'ok'",
                                      "a[1] > 0",
                                      "a @> ARRAY[1, 2]",
                                      "a = '{1,2}'",
                                      "array_length(a, 1) > 0",
                                      "cardinality(ta) > 0",
                                      "ta @> ARRAY['x']",
                                      "'x' = ANY (ta)",
                                      "i = ANY (a)",
                                      "ta = '{}'",
                                      "ta <> '{}'::text[]",
                                      "va @> ARRAY['x']::varchar[]",
                                      "ip << '10.0.0.0/8'",
                                      "rng && '[1,5)'",
                                      "rng @> 3",
                                      "lower(rng) > 0",
                                      "\"Mixed\" > 0",
                                      "coalesce(i, 0) > 0",
                                      "coalesce(txt, '') <> ''",
                                      "coalesce(n, 0) > 0",
                                      "nullif(txt, '') IS NOT NULL",
                                      "greatest(i, b) > 0",
                                      "CASE WHEN i > 0 THEN flag ELSE NOT flag END",
                                      "CASE i WHEN 1 THEN true WHEN 2 THEN false END",
                                      "CASE WHEN i > 0 THEN 'x' ELSE txt END = 'x'",
                                      "num_nonnulls(i, b) = 1",
                                      "(i, b) > (1, 2)",
                                      "(i, b) IN ((1, 2), (3, 4))",
                                      "ROW(i, b) IS NOT NULL",
                                      "i IS DISTINCT FROM b",
                                      "i IS NOT DISTINCT FROM b",
                                      "fine(i)",
                                      "other.fine_too(txt)",
                                      "position('x' in txt) > 0",
                                      "substring(txt from 1 for 2) = 'ab'",
                                      "substring(txt, 2) = 'b'",
                                      "substring(txt from '[a-z]+') = 'c'",
                                      "trim(txt) = txt",
                                      "trim(both 'x' from txt) = txt",
                                      "trim(leading from txt) = txt",
                                      "ltrim(txt, 'y') = txt",
                                      "overlay(txt placing 'x' from 2 for 1) = txt",
                                      "txt COLLATE \"C\" = 'x'",
                                      "txt < 'b' COLLATE \"C\"",
                                      "i::text = '1'",
                                      "txt::int > 0",
                                      "CAST(txt AS bigint) > 0",
                                      "b::int = 1",
                                      "i::smallint = 1",
                                      "i & 1 = 0",
                                      "i # 2 > 0",
                                      "txt || txt = 'xx'",
                                      "txt SIMILAR TO 'a|b'",
                                      "txt LIKE 'a!%' ESCAPE '!'",
                                      "txt ^@ 'a'",
                                      "i BETWEEN SYMMETRIC 1 AND 3",
                                      "ts AT TIME ZONE 'UTC' > tz",
                                      "md5(txt) = txt",
                                      "num_nulls(VARIADIC a) = 0",
                                      "txt = E'a\\nb'",
                                      "txt = 'it''s'",
                                      "txt = U&'\\0041'",
                                      "(i > 0) = flag",
                                      "abs(i) > 0",
                                      "round(n, 2) = n",
                                      "power(f, 2) > 1",
                                      "i ^ 2 > 1",
                                      "sqrt(f) > 1",
                                      "@ i > 0",
                                      "current_setting('x.y', true) = txt",
                                      "txt = ANY ('{a,b}')",
                                      "txt = ANY ('{a,c}'::text[])",
                                      "txt NOT IN ('a', 'b')",
                                      "v NOT IN ('a', 'b')",
                                      "v = 'x'::varchar",
                                      "v = 'x'::text AND true",
                                      "n IN (1, 2)",
                                      "n IN (1, 2.5)",
                                      "b IN (1, 2)",
                                      "d IN ('2020-01-01', '2020-01-02')",
                                      "xmlserialize(content '<a/>'::xml as text) = txt"};

const std::vector<std::pair<std::string, std::string>> defaults{
    {"i", "0"},
    {"i", "-1"},
    {"i", "'5'"},
    {"i", "1 + 2"},
    {"b", "0"},
    {"b", "-5"},
    {"b", "nextval('s')"},
    {"b", "nextval('public.s'::regclass)"},
    {"small", "1"},
    {"n", "0"},
    {"n", "0.00"},
    {"n", "'1.5'"},
    {"n", "-2.5"},
    {"f", "0"},
    {"f", "1.5"},
    {"r", "1"},
    {"txt", "'x'"},
    {"txt", "''"},
    {"txt", "'x'::text"},
    {"txt", "NULL"},
    {"txt", "upper('a')"},
    {"txt", "'a' || 'b'"},
    {"txt", "CURRENT_USER"},
    {"txt", "user"},
    {"txt", "1"},
    {"v", "'x'"},
    {"v", "'x'::varchar"},
    {"v", "'y'::text"},
    {"v", "lower('A')"},
    {"c", "'a'"},
    {"c", "'abc'"},
    {"flag", "true"},
    {"flag", "'f'"},
    {"flag", "'yes'"},
    {"flag", "NOT false"},
    {"d", "CURRENT_DATE"},
    {"d", "'2020-01-01'"},
    {"d", "now()"},
    {"d", "now()::date"},
    {"ts", "now()"},
    {"ts", "CURRENT_TIMESTAMP"},
    {"ts", "LOCALTIMESTAMP"},
    {"ts", "timezone('utc', now())"},
    {"ts", "now() AT TIME ZONE 'utc'"},
    {"ts", "'2020-01-01'"},
    {"ts", "'2020-01-01 00:00:00'::timestamp"},
    {"tz", "now()"},
    {"tz", "CURRENT_TIMESTAMP"},
    {"tz", "now() + interval '1 day'"},
    {"tz", "now() + '30 days'"},
    {"tz", "clock_timestamp()"},
    {"tz", "statement_timestamp()"},
    {"tz", "CURRENT_TIMESTAMP(3)"},
    {"iv", "'1 hour'"},
    {"iv", "interval '1 day'"},
    {"iv", "'1 year 2 mons'"},
    {"iv", "make_interval(days => 3)"},
    {"j", "'{}'"},
    {"j", "'{}'::jsonb"},
    {"j", "'[]'"},
    {"j", "'{\"a\": [1, 2]}'"},
    {"j", "jsonb_build_object('a', 1)"},
    {"js", "'{\"a\":1}'"},
    {"u", "gen_random_uuid()"},
    {"m", "'ok'"},
    {"m", "'sad'::mood"},
    {"a", "'{}'"},
    {"a", "ARRAY[1, 2]"},
    {"a", "ARRAY[]::int[]"},
    {"ta", "'{}'"},
    {"ta", "ARRAY[]::text[]"},
    {"ta", "ARRAY['a', 'b']"},
    {"ta", "'{a,b}'::text[]"},
    {"va", "ARRAY['x']"},
    {"va", "'{}'::varchar[]"},
    {"ip", "'10.0.0.1'"},
    {"rng", "'[1,5)'"},
    {"rng", "int4range(1, 5)"}};

/// "=": means the same as the one before.
const std::vector<std::string> views{
    "SELECT i FROM t",
    "SELECT i, b FROM t",
    "SELECT * FROM p",
    "=SELECT p.* FROM p",
    "SELECT p.*, 1 AS one FROM p",
    "SELECT t.i FROM t",
    "=SELECT i FROM public.t",
    "SELECT i AS x FROM t",
    "=SELECT i x FROM t AS q",
    "SELECT q.i FROM t q WHERE q.b > 0",
    "SELECT i + 1 FROM t",
    "SELECT i + 1 AS next FROM t",
    "SELECT lower(txt) FROM t",
    "SELECT count(*) FROM t",
    "SELECT count(*), max(i), min(txt) AS least FROM t",
    "SELECT v, count(*) AS n FROM t GROUP BY v",
    "SELECT v, count(*) AS n FROM t GROUP BY 1 ORDER BY 2 DESC",
    "SELECT v AS label FROM t GROUP BY label",
    "SELECT v FROM t GROUP BY v HAVING count(*) > 1",
    "SELECT DISTINCT i FROM t",
    "SELECT DISTINCT ON (i) i, b FROM t ORDER BY i, b DESC",
    "SELECT i FROM t ORDER BY i",
    "SELECT i FROM t ORDER BY b NULLS FIRST",
    "SELECT i FROM t ORDER BY i LIMIT 5 OFFSET 2",
    "SELECT i FROM t FETCH FIRST 3 ROWS ONLY",
    "SELECT t.i, p.name FROM t JOIN p ON p.id = t.i",
    "SELECT t.i, p.name FROM t INNER JOIN p ON t.i = p.id",
    "SELECT i, name FROM t JOIN p ON id = i",
    "SELECT t.i, p.name FROM t LEFT JOIN p ON p.id = t.i",
    "SELECT t.i, p.name FROM t LEFT OUTER JOIN p ON (p.id = t.i) WHERE p.id IS NULL",
    "SELECT t.i, p.name FROM t, p WHERE p.id = t.i",
    "SELECT t.i FROM t CROSS JOIN p",
    "SELECT p.id, q.name FROM p JOIN p q ON q.id = p.parent",
    "SELECT p.id FROM p JOIN p q ON q.id = p.parent LEFT JOIN p r ON r.id = q.parent",
    "SELECT p.id FROM p LEFT JOIN (p q JOIN t ON t.i = q.id) ON q.id = p.parent",
    "SELECT id, name FROM p JOIN p q USING (id, name)",
    "SELECT far.i, p.id FROM other.far FULL JOIN p USING (parent)",
    "SELECT i FROM other.far",
    "SELECT f.txt FROM other.far f",
    "SELECT i FROM t WHERE i IN (SELECT id FROM p)",
    "SELECT i FROM t WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.id = t.i)",
    "SELECT i FROM t WHERE EXISTS (SELECT FROM p WHERE id = i)",
    "SELECT i, (SELECT name FROM p WHERE p.id = t.i) FROM t",
    "SELECT i, (SELECT max(id) FROM p) AS top FROM t",
    "SELECT ARRAY(SELECT id FROM p) AS ids",
    "SELECT x.n FROM (SELECT i AS n FROM t) x",
    "SELECT x.* FROM (SELECT i, b FROM t) AS x (c, d)",
    "SELECT i FROM t UNION SELECT id FROM p",
    "SELECT i FROM t UNION ALL SELECT id FROM p ORDER BY 1",
    "SELECT i AS k FROM t UNION ALL SELECT id FROM p ORDER BY k",
    "SELECT i FROM t EXCEPT SELECT id FROM p",
    "(SELECT i FROM t LIMIT 1) UNION ALL (SELECT id FROM p ORDER BY id LIMIT 1)",
    "SELECT 1 AS a UNION SELECT 2 UNION ALL SELECT 3",
    "SELECT 1 AS a UNION (SELECT 2 UNION ALL SELECT 3)",
    "WITH x AS (SELECT i FROM t) SELECT i FROM x",
    "WITH x AS (SELECT i FROM t), y AS (SELECT i + 1 AS j FROM x) SELECT x.i, y.j FROM x JOIN y ON "
    "y.j = x.i",
    "WITH x (k) AS (SELECT i FROM t) SELECT k FROM x",
    "WITH x AS MATERIALIZED (SELECT i FROM t) SELECT * FROM x",
    "WITH RECURSIVE tree AS (SELECT id, parent FROM p WHERE parent IS NULL UNION ALL SELECT p.id, "
    "p.parent FROM p JOIN tree ON tree.id = p.parent) SELECT id FROM tree",
    "WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 10) SELECT x FROM "
    "n",
    "SELECT row_number() OVER (ORDER BY i) AS place FROM t",
    "SELECT sum(i) OVER (PARTITION BY v ORDER BY b DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) "
    "AS moving FROM t",
    "SELECT lag(i) OVER w, lead(i) OVER w AS next FROM t WINDOW w AS (PARTITION BY v ORDER BY i)",
    "SELECT count(*) FILTER (WHERE flag) AS flagged FROM t",
    "SELECT string_agg(txt, ', ' ORDER BY txt) AS list FROM t",
    "SELECT array_agg(DISTINCT i) AS ids FROM t",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f) AS median FROM t",
    "SELECT CASE WHEN i > 0 THEN 'pos' ELSE 'neg' END FROM t",
    "SELECT CASE WHEN i > 0 THEN 'pos' END AS sign FROM t",
    "SELECT coalesce(txt, 'none') AS txt FROM t",
    "SELECT coalesce(n, 0) AS n FROM t",
    "SELECT i::text FROM t",
    "SELECT 'x'::text AS kind, i FROM t",
    "=SELECT 'x' AS kind, i FROM t",
    "SELECT NULL::int AS nothing",
    "SELECT 1 AS one",
    "SELECT now() AS at",
    "SELECT CURRENT_DATE AS today",
    "SELECT date_trunc('month', tz) AS month, sum(n) FROM t GROUP BY 1",
    "SELECT extract(year from d) AS y FROM t",
    "SELECT j ->> 'a' AS a, j -> 'b' AS b FROM t",
    "SELECT (j ->> 'n')::int AS n FROM t",
    "SELECT g FROM generate_series(1, 3) g",
    "SELECT g.n FROM generate_series(1, 3) AS g(n)",
    "SELECT x.k, x.val FROM t, jsonb_each(t.j) AS x(k, val)",
    "SELECT t.i, e.x FROM t CROSS JOIN LATERAL unnest(t.a) AS e(x)",
    "SELECT t.i, l.id FROM t LEFT JOIN LATERAL (SELECT p.id FROM p WHERE p.parent = t.i LIMIT 1) l "
    "ON true",
    "SELECT e.x, e.n FROM t, unnest(t.ta) WITH ORDINALITY AS e(x, n)",
    "SELECT q FROM p q",
    "SELECT (q).id FROM p q",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT column1 FROM (VALUES (1), (2)) v",
    "SELECT v.a FROM (VALUES (1, 'x')) AS v (a, b)",
    "SELECT i FROM t WHERE v = 'x' AND m = 'ok'",
    "SELECT i FROM t WHERE txt LIKE 'a%' OR v ILIKE '%b'",
    "SELECT i FROM ONLY t",
    "TABLE p",
    "SELECT v || ' ' || txt AS both FROM t",
    "SELECT i FROM t WHERE tz > now() - interval '7 days'",
    "SELECT i FROM t WHERE tz > now() - '7 days'::interval AND flag",
    "SELECT v, txt FROM t GROUP BY ROLLUP (v, txt)",
    "SELECT v, txt, count(*) FROM t GROUP BY GROUPING SETS ((v), (txt), ())",
    "SELECT i FROM t FOR UPDATE",
    "SELECT \"Mixed\" FROM t",
    "SELECT i AS \"Odd Name\" FROM t",
    "SELECT i, i AS j FROM t ORDER BY j",
    "SELECT a[1] AS first FROM t",
    "SELECT ARRAY[i, small] AS pair FROM t",
    "SELECT ROW(i, b) AS r FROM t",
    "SELECT exists(SELECT 1 FROM p) AS any_p",
    "SELECT i FROM t WHERE (i, b) = (1, 2)",
    "SELECT substring(txt from 2) AS rest, trim(txt), position('a' in txt) FROM t",
    "SELECT tz AT TIME ZONE 'UTC' FROM t",
    "SELECT i FROM t WHERE n > 100 AND f < 2"};

using postgres::Session;

std::string demand(Session& session, const std::string& sql) {
  const postgres::Answer answer = session.run(sql);
  INFO(sql << "\n" << (answer.error ? answer.error->message : ""));
  REQUIRE(answer.ok());
  return answer.value().value_or("");
}

/// As everywhere else: through the parser, so that the text is canonical.
Expression expression_of(const std::string& sql) {
  const ParsedFile parsed = parse_text("ALTER TABLE t ADD CHECK (" + sql + ")");
  INFO(sql);
  REQUIRE(parsed.statements.size() == 1);
  return parsed.statements[0].as<AlterTable>()->commands.at(0).constraint->expression;
}
Query query_of(const std::string& sql) {
  const ParsedFile parsed = parse_text("CREATE VIEW v AS " + sql);
  INFO(sql);
  REQUIRE(parsed.statements.size() == 1);
  return parsed.statements[0].as<CreateView>()->query;
}

std::string inside_check(const std::string& definition) {
  return definition.substr(7, definition.size() - 8);  // CHECK (…)
}

void compare_checks(Session& session, std::vector<std::string>& wrong) {
  const Catalog catalog = catalog_t();
  const Scope scope{&catalog, &catalog.tables.at({"public", "t"}), nullptr};
  Expression previous;
  for (const std::string& sql : checks) {
    demand(session, "ALTER TABLE t ADD CONSTRAINT x CHECK (" + sql + ")");
    const std::string live = inside_check(
        demand(session, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'x'"));
    demand(session, "ALTER TABLE t DROP CONSTRAINT x");
    const Expression written = expression_of(sql), printed = expression_of(live);
    if (!same_expression(written, scope, printed, scope)) {
      wrong.push_back("CHECK " + written.sql + "\n   " + printed.sql + "\n   " +
                      meaning(written, scope) + "\n   " + meaning(printed, scope));
    }
    if (same_expression(previous, scope, printed, scope))
      wrong.push_back("CHECK taken for the same: " + previous.sql + " | " + printed.sql);
    previous = written;
  }
}

void compare_defaults(Session& session, std::vector<std::string>& wrong) {
  const Catalog catalog = catalog_t();
  const Table& table = catalog.tables.at({"public", "t"});
  for (const auto& [column, sql] : defaults) {
    demand(session, "ALTER TABLE t ALTER " + column + " SET DEFAULT " + sql);
    const std::string live =
        demand(session,
               "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 't'::regclass");
    demand(session, "ALTER TABLE t ALTER " + column + " DROP DEFAULT");
    if (live.empty()) continue;
    const Scope scope{&catalog, &table, &table.column(column)->type};
    const Expression written = expression_of(sql), printed = expression_of(live);
    if (!same_expression(written, scope, printed, scope)) {
      wrong.push_back("DEFAULT of " + column + " " + written.sql + "\n   " + printed.sql + "\n   " +
                      meaning(written, scope) + "\n   " + meaning(printed, scope));
    }
  }
}

void compare_views(Session& session, std::vector<std::string>& wrong) {
  const Catalog catalog = catalog_t();
  View previous;
  for (const std::string& entry : views) {
    const bool synonym = entry[0] == '=';
    const std::string sql = synonym ? entry.substr(1) : entry;
    const postgres::Answer made = session.run("CREATE VIEW x AS " + sql);
    if (!made.ok()) continue;  // not on this major
    View written, printed;
    written.query = query_of(sql);
    printed.query = query_of(demand(session, "SELECT pg_get_viewdef('x'::regclass)"));
    demand(session, "DROP VIEW x");
    if (!previous.query.sql.empty() && same_query(previous, catalog, printed, catalog) != synonym) {
      wrong.push_back(
          std::string(synonym ? "VIEW not taken for the same: " : "VIEW taken for the same: ") +
          previous.query.sql + " | " + printed.query.sql);
    }
    previous = written;
    if (!same_query(written, catalog, printed, catalog)) {
      wrong.push_back("VIEW " + written.query.sql + "\n   " + printed.query.sql + "\n   " +
                      meaning(written, catalog) + "\n   " + meaning(printed, catalog));
    }
  }
}

TEST_CASE("what people write and what servers print means the same") {
  const auto servers = postgres::installed_servers(testing::source_path(".").string());
  REQUIRE(!servers.empty());
  for (const postgres::Installation& installation : servers) {
    auto started = postgres::EphemeralServer::start(installation);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    const auto& server = std::get<postgres::EphemeralServer>(started);
    auto opened = server.administer();
    REQUIRE(std::holds_alternative<Session>(opened));
    Session& session = std::get<Session>(opened);
    demand(session, setup);
    std::vector<std::string> wrong;
    compare_checks(session, wrong);
    compare_defaults(session, wrong);
    compare_views(session, wrong);
    std::string list;
    for (const std::string& one : wrong) list += one + "\n";
    INFO("PostgreSQL " << installation.version << ": " << wrong.size() << " differ\n" << list);
    CHECK(wrong.empty());
  }
}

}  // namespace
}  // namespace schemagate
