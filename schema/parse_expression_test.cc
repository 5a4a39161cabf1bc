// SPDX-License-Identifier: MIT
// Canonical text: what our printer and libpg_query's give for the same tree, and whether the text
// means the tree it was printed from.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "schema/parse.h"
#include "schema/parse_tree.h"

extern "C" {
#include "pg_query.h"
}
extern "C" {
#include "pg_query_internal.h"
}

namespace schemagate {
namespace {

/// Raw parses; their trees live as long as this.
class Tree {
 public:
  Tree() : memory_(pg_query_enter_memory_context()) {}
  ~Tree() { pg_query_exit_memory_context(memory_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  /// The only statement, or null when the text does not parse.
  Node* parse(const std::string& sql) {
    auto result = pg_query_raw_parse(sql.c_str(), 0);
    std::free(result.stderr_buffer);
    if (result.error == nullptr) return tree::element<RawStmt>(result.tree, 0)->stmt;
    pg_query_free_error(result.error);
    return nullptr;
  }
  /// The only expression of SELECT expression.
  static Node* expression(Node* select) {
    return tree::element<ResTarget>(reinterpret_cast<SelectStmt*>(select)->targetList, 0)->val;
  }

 private:
  MemoryContext memory_;
};

const char* const expressions[] = {
    "1",
    "-1",
    "1.5",
    "-1.5e10",
    "0x1F",
    "123456789012345678901234567890",
    "1_000",
    "'it''s'",
    "E'a\\nb\\\\c'",
    "'back\\slash'",
    "U&'d\\0061t'",
    "B'101'",
    "X'1F'",
    "true",
    "false",
    "NULL",
    "NULL::text",
    "'x'::text",
    "'{}'::jsonb",
    "'{}'::json",
    "'{}'::text[]",
    "'{}'::int[]",
    "'1'::int4",
    "'1'::integer",
    "1::bigint",
    "-1::int",
    "(-1)::int",
    "'x'::varchar(10)",
    "'x'::character varying",
    "'x'::char",
    "'x'::char(3)",
    "'x'::bpchar",
    "'x'::\"char\"",
    "'x'::pg_catalog.text",
    "'t'::bool",
    "'x'::public.mood",
    "'x'::\"Odd Type\"",
    "'1'::numeric",
    "'1'::numeric(10,2)",
    "'1'::decimal",
    "'1'::real",
    "'1'::float",
    "'1'::float(20)",
    "'1'::double precision",
    "'x'::timestamptz",
    "'x'::timestamp with time zone",
    "'x'::timestamp(3)",
    "'x'::timestamp",
    "'x'::time",
    "'x'::timetz",
    "'x'::time(2) with time zone",
    "'x'::date",
    "interval '1 day'",
    "interval '1' day",
    "interval(3) '1 s'",
    "'1'::interval day to second(3)",
    "date '2020-01-01'",
    "'1'::bit",
    "'1'::bit(3)",
    "'1'::bit varying",
    "'1'::bit varying(3)",
    "'x'::smallint",
    "'x'::int2[]",
    "'x'::xml",
    "'x'::uuid",
    "CAST(a AS int)",
    "a::int::text",
    "(a + b)::int",
    "a",
    "t.a",
    "s.t.a",
    "\"Foo\"",
    "\"a b\".\"C\"",
    "\"select\"",
    "\"left\"",
    "\"time\"",
    "value",
    "name",
    "type",
    "user",
    "now()",
    "s.f()",
    "pg_catalog.now()",
    "f(1, 'a', b)",
    "\"F\"()",
    "\"left\"(a, 1)",
    "left(a, 1)",
    "f(a => 1)",
    "f(VARIADIC a)",
    "f(DISTINCT a ORDER BY b)",
    "count(*)",
    "count(*) FILTER (WHERE a > 1)",
    "sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "rank() OVER w",
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
    "f(g(1), h(i))",
    "nextval('s'::regclass)",
    "nextval('public.users_id_seq')",
    "current_timestamp",
    "current_timestamp(3)",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp(1)",
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_catalog",
    "current_schema",
    "system_user",
    "a = 1",
    "a <> 'x'",
    "a != 1",
    "a >= -1",
    "a - -1",
    "a < b",
    "a || 'x'",
    "a = NULL",
    "1 + 2 * 3",
    "(1 + 2) * 3",
    "1 - (2 - 3)",
    "1 - 2 - 3",
    "-a",
    "- (-1)",
    "@ a",
    "!! a",
    "+ 2",
    "a ^ 2",
    "- a ^ 2",
    "(- a) ^ 2",
    "a % 2 = 0",
    "(a = b) = c",
    "a = (b = c)",
    "NOT a",
    "NOT (a AND b)",
    "(NOT a) = b",
    "NOT a = b",
    "a AND b AND c",
    "a AND (b AND c)",
    "(a AND b) OR c",
    "a AND (b OR c)",
    "a OR b OR NOT c",
    "(a OR b) = c",
    "a = 1 AND b = 2",
    "a = 1 OR b = 2",
    "(a IS NULL) = b",
    "a IS NULL",
    "a IS NOT NULL",
    "a IS NULL AND b > 0",
    "(a = b) IS NULL",
    "a = 1 IS NULL",
    "(a AND b) IS NULL",
    "a IS TRUE",
    "a IS NOT UNKNOWN",
    "(a AND b) IS TRUE",
    "a IS DISTINCT FROM b",
    "a IS NOT DISTINCT FROM NULL",
    "a IS JSON",
    "a IS NOT JSON OBJECT WITH UNIQUE KEYS",
    "a IS NORMALIZED",
    "a IN (1, 2)",
    "a NOT IN ('x', 'y')",
    "a IN (b, 1 + 2)",
    "(a, b) IN ((1, 2))",
    "a = ANY ('{1,2}')",
    "a = ANY (ARRAY['x'::text, 'y'::text])",
    "a <> ALL (b)",
    "a = ANY (SELECT 1)",
    "a = SOME (b)",
    "a IN (SELECT b FROM c)",
    "EXISTS (SELECT 1)",
    "NOT EXISTS (SELECT 1 FROM t WHERE t.a = b)",
    "ARRAY(SELECT a FROM t)",
    "(SELECT max(a) FROM t)",
    "a LIKE 'x%'",
    "a NOT LIKE 'x' ESCAPE '!'",
    "a ILIKE b",
    "a SIMILAR TO 'x'",
    "a ~ '^x'",
    "a ~* 'x' AND b !~ 'y'",
    "a BETWEEN 1 AND 2",
    "a NOT BETWEEN 1 AND 2",
    "a BETWEEN SYMMETRIC 2 AND 1",
    "a BETWEEN 1 + 1 AND 2 AND b",
    "(a BETWEEN 1 AND 2) = b",
    "a OPERATOR(pg_catalog.+) b",
    "OPERATOR(s.@#) b",
    "a COLLATE \"C\"",
    "(a || b) COLLATE \"de_DE\"",
    "a COLLATE s.c = b",
    "a AT TIME ZONE 'utc'",
    "(a || b) AT TIME ZONE c",
    "a AT LOCAL",
    "a::timestamptz AT TIME ZONE 'utc' AT TIME ZONE 'x'",
    "EXTRACT(year FROM a)",
    "EXTRACT('x' FROM a)",
    "date_part('year', a)",
    "OVERLAY(a PLACING b FROM 1 FOR 2)",
    "POSITION(a IN b)",
    "SUBSTRING(a FROM 1 FOR 2)",
    "SUBSTRING(a FROM 1)",
    "SUBSTRING(a FOR 2)",
    "SUBSTRING(a, 1, 2)",
    "SUBSTRING(a SIMILAR 'x' ESCAPE '!')",
    "TRIM(a)",
    "TRIM(BOTH 'x' FROM a)",
    "TRIM(LEADING FROM a)",
    "TRIM(TRAILING 'x' FROM a)",
    "btrim(a)",
    "NORMALIZE(a)",
    "NORMALIZE(a, NFD)",
    "COLLATION FOR (a)",
    "TREAT(a AS int)",
    "COALESCE(a, 1)",
    "NULLIF(a, b)",
    "GREATEST(a, b)",
    "LEAST(1, 2, 3)",
    "CASE WHEN a THEN b ELSE c END",
    "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END",
    "CASE WHEN a = 1 OR b THEN 1 END + 1",
    "ROW(1, 2)",
    "(1, 2)",
    "ROW()",
    "ROW(a.*)",
    "(a, b) = (1, 2)",
    "(a, b) OVERLAPS (c, d)",
    "ARRAY[1, 2]",
    "ARRAY[[1], [2]]",
    "ARRAY[]::text[]",
    "a[1]",
    "a[1:2]",
    "a[:]",
    "a[1][2].b",
    "(a).b",
    "(a.b).c",
    "(f(x)).y",
    "(f(x)).*",
    "(ROW(1, 2)).f1",
    "(a || b)[1]",
    "(ARRAY[1, 2])[1]",
    "a.b[1]",
    "$1",
    "a -> 'b' ->> 'c'",
    "(a -> 'b')::int",
    "a #>> '{x,y}'",
    "a @> '{}'::jsonb",
    "a ? 'b'",
    "a @@ b",
    "a <-> b",
    "xmlelement(name x, xmlattributes(a AS b), c)",
    "xmlforest(a, b AS c)",
    "xmlconcat(a, b)",
    "xmlparse(document a)",
    "xmlserialize(content a AS text)",
    "xmlpi(name x, 'y')",
    "xmlroot(a, version '1.0', standalone yes)",
    "xmlexists('//a' PASSING b)",
    "a IS DOCUMENT",
    "json_object('a': 1, 'b': 2 NULL ON NULL)",
    "json_object('{a,b}')",
    "json_array(1, 2 ABSENT ON NULL)",
    "json_array(SELECT 1)",
    "json_arrayagg(a ORDER BY b)",
    "json_objectagg(a: b)",
    "JSON('{}')",
    "JSON_SCALAR(1)",
    "JSON_SERIALIZE('{}' RETURNING text)",
    "JSON_VALUE(a, '$.b' RETURNING int DEFAULT 0 ON ERROR)",
    "JSON_QUERY(a, '$.b' WITH WRAPPER)",
    "JSON_EXISTS(a, '$.b')",
    "grouping(a, b)",
    "merge_action()",
    "a.b = c.d AND (e = 1 OR f IS NULL) AND NOT g",
    "lower(a) = lower(b)",
    "length(a) > 0 AND length(a) <= 100",
    "a > 0 OR a < -5",
    "a = 'x'::text OR b = true",
    "(a)::int > 0",
    "VALUE > 0",
    "VALUE ~ '^[^@]+@[^@]+$'",
    "now() + interval '1 day'",
    "(now() AT TIME ZONE 'utc')",
    "gen_random_uuid()",
    "md5(random()::text)",
    "a IN (NULL)",
    "a IN (-1, 'x'::text, now())",
    "int4(a)",
    "\"int4\"(a)",
    "pg_catalog.int4(a)",
    "date(a)",
    "timezone('utc', a)",
    "pg_catalog.timezone('utc', a)",
    "a || b || c",
    "(a || b) || c",
    "a || (b || c)",
    "NOT NOT a",
    "- - a",
    "1 <> - 1",
    "a <> + 1",
    "-1 + 2",
    "-(1 + 2)",
    "-1 ^ 2",
    "(-1) ^ 2",
    "(-1)::text",
    "(-1.5)::numeric",
    "a[-1]",
    "2 - -2",
    "(SELECT 1) + 1",
    "array_length(a, 1) IS NULL",
    "f() IS NOT NULL",
    "f(NULL)",
    "f(true, NULL::int)",
    "\"a\"\"b\"",
    "tableoid",
    "a.*",
    "t IS NULL",
    "ROW(a, b) IS NOT NULL",
};

TEST_CASE("our printer and libpg_query's print the same text") {
  for (const char* sql : expressions) {
    CAPTURE(sql);
    Tree tree;
    Node* statement = tree.parse(std::string("SELECT ") + sql);
    REQUIRE(statement != nullptr);
    Node* expression = Tree::expression(statement);
    CHECK(tree::expression_of(expression).sql == tree::deparse_expression(expression));
  }
}

TEST_CASE("canonical text means the tree that it was printed from") {
  for (const char* sql : expressions) {
    CAPTURE(sql);
    Tree tree;
    Node* before = tree.parse(std::string("SELECT ") + sql);
    REQUIRE(before != nullptr);
    const std::string canonical = tree::expression_of(Tree::expression(before)).sql;
    CAPTURE(canonical);
    Node* after = tree.parse("SELECT " + canonical);
    REQUIRE(after != nullptr);
    CHECK(equal(before, after));
  }
}

const char* const contexts[] = {
    "(@) IS NULL",
    "(@) IS NOT NULL",
    "(@) IS TRUE",
    "(@) IS NOT FALSE",
    "NOT (@)",
    "(@) AND x",
    "x OR (@)",
    "(@) = x",
    "x = (@)",
    "(@) + x",
    "x + (@)",
    "(@) || x",
    "x OPERATOR(s.+) (@)",
    "- (@)",
    "@ (@)",
    "(@)::int",
    "CAST(@ AS s.t)",
    "(@)[1]",
    "(@).x",
    "(@) COLLATE \"C\"",
    "(@) AT TIME ZONE x",
    "x AT TIME ZONE (@)",
    "(@) AT LOCAL",
    "f((@))",
    "CASE WHEN (@) THEN (@) ELSE (@) END",
    "CASE (@) WHEN (@) THEN x END",
    "(@) BETWEEN x AND y",
    "x BETWEEN (@) AND y",
    "x BETWEEN y AND (@)",
    "x NOT BETWEEN SYMMETRIC (@) AND (@)",
    "(@) IN (x, y)",
    "x IN ((@), y)",
    "(@) NOT IN (x)",
    "(@) LIKE x",
    "x LIKE (@)",
    "x LIKE y ESCAPE (@)",
    "x SIMILAR TO (@)",
    "(@) = ANY (x)",
    "x = ANY ((@))",
    "(@) IN (SELECT 1)",
    "(@) IS DISTINCT FROM x",
    "x IS NOT DISTINCT FROM (@)",
    "(@) IS JSON",
    "(@) IS DOCUMENT",
    "(@) IS NORMALIZED",
    "ROW((@), x)",
    "((@), x)",
    "ARRAY[(@)]",
    "COALESCE((@), x)",
    "x[(@)]",
    "x[(@):(@)]",
    "EXTRACT(year FROM (@))",
    "POSITION((@) IN (@))",
    "SUBSTRING((@) FROM (@) FOR (@))",
    "TRIM(BOTH (@) FROM (@))",
    "OVERLAY((@) PLACING x FROM 1)",
    "sum((@)) FILTER (WHERE (@)) OVER (PARTITION BY (@) ORDER BY (@))",
    "((@), x) OVERLAPS (y, z)",
    "NULLIF((@), x)",
    "(SELECT (@))",
    "EXISTS (SELECT 1 FROM t WHERE (@))",
    "f(a => (@))",
    "(NOT (@)) IS NULL",
    "xmlelement(name x, (@))",
    "json_object('a': (@))",
    "(@) IS UNKNOWN",
};

TEST_CASE("canonical text of every expression inside every other") {
  int tried = 0;
  for (const char* context : contexts) {
    for (const char* inner : expressions) {
      std::string sql = std::string("SELECT ") + context;
      if (sql == "SELECT @ (@)") sql = "SELECT @ (\1)";
      for (auto at = sql.find("(@"); at != std::string::npos; at = sql.find("(@", at + 1)) {
        sql.replace(at, 2, std::string("(") + inner);
      }
      const auto marker = sql.find('\1');
      if (marker != std::string::npos) sql.replace(marker, 1, inner);
      Tree tree;
      Node* before = tree.parse(sql);
      if (before == nullptr) continue;
      ++tried;
      CAPTURE(sql);
      std::string canonical;
      CHECK_NOTHROW(canonical = tree::expression_of(Tree::expression(before)).sql);
      CAPTURE(canonical);
      Node* after = tree.parse("SELECT " + canonical);
      REQUIRE(after != nullptr);
      CHECK(equal(before, after));
    }
  }
  CHECK(tried > 15000);
}

const char* const queries[] = {
    "SELECT",
    "SELECT *",
    "SELECT a AS \"B\", t.* FROM t",
    "SELECT DISTINCT a FROM t",
    "SELECT DISTINCT ON (a, b) c FROM t ORDER BY a, b DESC NULLS LAST, c USING >",
    "SELECT ALL a FROM ONLY t AS x (y, z)",
    "TABLE t",
    "VALUES (1, 'a'), (2, DEFAULT)",
    "SELECT a FROM t WHERE (a = 1 OR b) AND NOT (c IS NULL)",
    "SELECT a FROM t, u v, LATERAL f(t.a) w",
    "SELECT 1 FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (y) AS j NATURAL FULL JOIN d CROSS JOIN "
    "e",
    "SELECT 1 FROM a JOIN (b JOIN c ON b.x = c.x) ON a.x = b.x",
    "SELECT 1 FROM (a CROSS JOIN b) AS x",
    "SELECT 1 FROM (SELECT 2) AS s (x) RIGHT JOIN LATERAL (SELECT 3) z ON true",
    "SELECT 1 FROM generate_series(1, 2) WITH ORDINALITY AS g (a, b)",
    "SELECT 1 FROM ROWS FROM (f(1), g(2) AS (a int, b text)) AS x",
    "SELECT 1 FROM f() AS t (a int, b text COLLATE \"C\")",
    "SELECT 1 FROM t TABLESAMPLE system (1) REPEATABLE (2)",
    "SELECT 1 FROM XMLTABLE('/a' PASSING x COLUMNS b int PATH '@b' DEFAULT 0 NOT NULL, o FOR "
    "ORDINALITY)",
    "SELECT 1 FROM JSON_TABLE(a, '$.x' COLUMNS (b int PATH '$.b', NESTED PATH '$.c' COLUMNS (d "
    "text)))",
    "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1",
    "SELECT a FROM t GROUP BY DISTINCT a, b",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), ROLLUP (c, d), CUBE (e), ())",
    "SELECT rank() OVER w, sum(a) OVER (w RANGE UNBOUNDED PRECEDING EXCLUDE TIES) FROM t WINDOW w "
    "AS (PARTITION BY a ORDER BY b)",
    "SELECT sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM t",
    "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3",
    "SELECT 1 UNION (SELECT 2 UNION ALL SELECT 3)",
    "(SELECT 1 ORDER BY 1 LIMIT 2) UNION ALL (SELECT 3 LIMIT 4) ORDER BY 1 OFFSET 5",
    "SELECT 1 INTERSECT SELECT 2 EXCEPT SELECT 3",
    "SELECT 1 EXCEPT (SELECT 2 EXCEPT ALL SELECT 3)",
    "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3",
    "SELECT a FROM t LIMIT 1 OFFSET 2",
    "SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS WITH TIES",
    "SELECT a FROM t LIMIT ALL",
    "SELECT a FROM t FOR UPDATE OF t NOWAIT FOR SHARE SKIP LOCKED",
    "SELECT a FROM t FOR NO KEY UPDATE",
    "WITH a AS (SELECT 1), b (x) AS MATERIALIZED (SELECT 2) SELECT * FROM a, b",
    "WITH RECURSIVE r (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SEARCH DEPTH FIRST BY n "
    "SET o "
    "CYCLE n SET c TO 1 DEFAULT 0 USING p SELECT n FROM r",
    "WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a",
    "WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a",
    "SELECT (SELECT a FROM t WHERE t.b = u.b ORDER BY c LIMIT 1) FROM u",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM t) THEN 'a' END || 'b' AS \"select\" FROM u",
    "SELECT a::numeric(10, 2)[], (b).c, d[1], - e FROM \"T\".\"U\"",
    "SELECT a FROM t WHERE (a, b) > (1, 2) AND (c, d) IN (SELECT 1, 2)",
    "SELECT count(DISTINCT a) FILTER (WHERE b), string_agg(a, ',' ORDER BY b DESC) FROM t",
    "SELECT (a IS NULL) = (b IS NOT NULL), (a OR b) IS TRUE, (a = b)::int + 1 FROM t",
};

TEST_CASE("the canonical text of a query means the query") {
  for (const char* sql : queries) {
    CAPTURE(sql);
    Tree tree;
    Node* before = tree.parse(sql);
    REQUIRE(before != nullptr);
    std::string canonical;
    CHECK_NOTHROW(canonical = tree::query_of(before).sql);
    CAPTURE(canonical);
    Node* after = tree.parse(canonical);
    REQUIRE(after != nullptr);
    CHECK(equal(before, after));
    CHECK(tree::query_of(after).sql == canonical);
  }
}

}  // namespace
}  // namespace schemagate
