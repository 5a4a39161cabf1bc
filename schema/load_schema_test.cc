// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "schema/fingerprint.h"
#include "schema/plan.h"
#include "tests/applied.h"

namespace schemagate {
namespace {

using testing::loaded;
using Problems = std::vector<std::string>;

TEST_CASE("files are a set: everything may come before what it needs") {
  const auto made = loaded({
      {"a_alter.sql",
       "ALTER TABLE orders ADD COLUMN note text; ALTER TABLE orders ALTER note SET NOT NULL;"},
      {"b_index.sql", "CREATE INDEX ON orders (note); COMMENT ON COLUMN orders.note IS 'n';"},
      {"c_view.sql",
       "CREATE VIEW top AS SELECT id FROM late; CREATE VIEW late AS SELECT id FROM orders;"},
      {"d_trigger.sql",
       "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();"},
      {"e_orders.sql",
       "CREATE TABLE orders (id int, user_id int REFERENCES users, k kind, LIKE base);"},
      {"f_rest.sql",
       "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
       "CREATE TYPE kind AS ENUM ('a'); CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE base "
       "(z int);"
       "CREATE TABLE part PARTITION OF whole DEFAULT; CREATE TABLE whole (a int) PARTITION BY LIST "
       "(a);"},
  });
  CHECK(made.problems == Problems{});
  const Table& orders = made.schema.catalog.tables.at({"public", "orders"});
  REQUIRE(orders.columns.size() == 5);
  CHECK(orders.columns[4].name == "note");
  CHECK(orders.columns[4].not_null);
  CHECK(orders.columns[4].comment == "n");
  CHECK(orders.columns[2].type.name == QualifiedName{"public", "kind"});
  CHECK(orders.constraints.at(0).definition.referenced_columns == std::vector<std::string>{"id"});
  CHECK(orders.triggers.at(0).definition.find("public.f()") != std::string::npos);
  CHECK(made.schema.catalog.indexes.count({"public", "orders_note_idx"}) == 1);
  CHECK(made.schema.catalog.views_on({"public", "late"}).size() == 1);
  CHECK(made.schema.catalog.tables.at({"public", "part"}).columns.size() == 1);
}

TEST_CASE("what is said about an object may stand in a file before its own") {
  const std::string said = R"(
COMMENT ON TRIGGER tr ON t IS 'trig';
COMMENT ON POLICY p ON t IS 'pol';
COMMENT ON RULE r ON t IS 'rule';
COMMENT ON CONSTRAINT c ON t IS 'con';
COMMENT ON COLUMN t.a IS 'col';
COMMENT ON INDEX i IS 'ind';
COMMENT ON FUNCTION f() IS 'fun';
COMMENT ON TYPE e IS 'ty';
COMMENT ON VIEW v IS 'vi';
COMMENT ON SEQUENCE s IS 'sq';
COMMENT ON STATISTICS st IS 'st';
COMMENT ON DOMAIN d IS 'do';
COMMENT ON SCHEMA app IS 'sc';
COMMENT ON PUBLICATION pu IS 'pu';
ALTER TABLE t DISABLE TRIGGER tr;
ALTER TABLE t ENABLE ALWAYS TRIGGER tr2;
ALTER TABLE t DISABLE RULE r;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t CLUSTER ON i;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey;
ALTER INDEX i SET (fillfactor = 50);
ALTER INDEX i2 ALTER COLUMN 1 SET STATISTICS 100;
ALTER STATISTICS st SET STATISTICS 200;
ALTER VIEW v SET (security_barrier = true);
ALTER POLICY p ON t USING (a > 2);
ALTER FUNCTION f() STABLE;
ALTER SEQUENCE s INCREMENT BY 5;
ALTER TYPE e ADD VALUE 'z';
ALTER DOMAIN d SET DEFAULT 5;
ALTER PUBLICATION pu ADD TABLES IN SCHEMA app;
GRANT EXECUTE ON FUNCTION f() TO PUBLIC;
GRANT SELECT ON v TO PUBLIC;
)";
  const std::string made = R"(
CREATE SCHEMA app;
CREATE TYPE e AS ENUM ('a');
CREATE DOMAIN d AS int;
CREATE SEQUENCE s;
CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT c CHECK (a > 0));
CREATE INDEX i ON t (a);
CREATE INDEX i2 ON t ((a + 1));
CREATE STATISTICS st ON a, b FROM t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();
CREATE TRIGGER tr2 BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE POLICY p ON t USING (a > 1);
CREATE VIEW v AS SELECT a FROM t;
CREATE PUBLICATION pu FOR TABLE t;
)";
  const auto before = loaded({{"a.sql", said}, {"b.sql", made}});
  const auto after = loaded({{"a.sql", made}, {"b.sql", said}});
  CHECK(before.problems == Problems{});
  CHECK(before.schema.catalog.schemas.at("app").comment == "sc");
  CHECK(object_texts(before.schema.catalog) == object_texts(after.schema.catalog));
}

TEST_CASE("what nobody defines is a problem at its place") {
  const auto made = loaded({
      {"a.sql",
       "CREATE TABLE t (\n  a int REFERENCES nowhere,\n  b nokind\n);\nCREATE VIEW v AS SELECT 1 "
       "FROM gone;\n"
       "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nofn();\nALTER TABLE "
       "lost ADD COLUMN a int;\n"
       "CREATE TABLE k () INHERITS (parent);\nALTER TABLE t DROP COLUMN zz;\nCREATE INDEX ON t "
       "(zz);\n"},
      {"b.sql",
       "CREATE TABLE x (a int PRIMARY KEY);\nCREATE TABLE y (a int, b int, FOREIGN KEY (a, b) "
       "REFERENCES x);\n"
       "CREATE TABLE z (b int REFERENCES x (c));\n"},
  });
  CHECK(made.problems ==
        Problems{
            "a.sql:2 42P01 relation \"nowhere\" does not exist",
            "a.sql:3 42704 type \"nokind\" does not exist",
            "a.sql:5 42P01 relation \"gone\" does not exist",
            "a.sql:6 42883 function nofn() does not exist",
            "a.sql:7 42P01 relation \"lost\" does not exist",
            "a.sql:8 42P01 relation \"parent\" does not exist",
            "a.sql:9 42703 column \"zz\" of relation \"t\" does not exist",
            "a.sql:10 42703 column \"zz\" does not exist",
            "b.sql:2 42830 number of referencing and referenced columns for foreign key disagree",
            "b.sql:3 42703 column \"c\" referenced in foreign key constraint does not exist"});
}

TEST_CASE("two definitions of one object are a problem at both") {
  const auto made = loaded({
      {"a.sql",
       "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\nCREATE TYPE e AS ENUM ('a');\n"
       "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"},
      {"b.sql",
       "CREATE TABLE t (b int);\nCREATE INDEX i ON t (a);\nCREATE TYPE e AS ENUM ('b');\n"
       "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';"},
  });
  CHECK(made.problems ==
        Problems{
            "b.sql:1 42P07 relation \"t\" already exists (and a.sql:1)",
            "b.sql:2 42P07 relation \"i\" already exists (and a.sql:2)",
            "b.sql:3 42710 type \"e\" already exists (and a.sql:3)",
            "b.sql:4 42723 function \"f\" already exists with same argument types (and a.sql:4)"});
}

TEST_CASE("replacing in one file, IF NOT EXISTS and DROP IF EXISTS are no problem") {
  const auto made = loaded({
      {"a.sql",
       "DROP TABLE IF EXISTS t; CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS t (b int);"
       "CREATE VIEW v AS SELECT NULL::int AS a; CREATE OR REPLACE VIEW v AS SELECT a FROM t;"
       "INSERT INTO t VALUES (1); TRUNCATE t; CREATE SCHEMA IF NOT EXISTS s;"},
      {"b.sql",
       "CREATE SCHEMA IF NOT EXISTS s; CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE s.t (a "
       "citext);"},
      {"c.sql", "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;"},
  });
  CHECK(made.problems == Problems{});
  CHECK(made.schema.catalog.tables.at({"s", "t"}).columns.at(0).type.name ==
        QualifiedName{"public", "citext"});
}

TEST_CASE("an extension may bring types, relations and functions") {
  const auto made = loaded({
      {"a.sql",
       "CREATE TABLE t (g geometry, x mystery); CREATE VIEW v AS SELECT * FROM pg_stat_statements, "
       "spatial;"
       "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION moddatetime(x);"},
      {"b.sql", "CREATE EXTENSION postgis WITH SCHEMA gis;"},
  });
  CHECK(made.problems == Problems{});
  CHECK(made.schema.catalog.tables.at({"public", "t"}).columns.at(0).type.name ==
        QualifiedName{"gis", "geometry"});
}

TEST_CASE("a dump and what people write are the same schema") {
  const auto dump = loaded(
      {{"dump.sql",
        "SELECT pg_catalog.set_config('search_path', '', false);\n"
        "CREATE TABLE public.users (id bigint NOT NULL, email text NOT NULL, kind public.kind "
        "DEFAULT "
        "'a'::public.kind);\nCREATE TYPE public.kind AS ENUM ('a');\n"
        "CREATE SEQUENCE public.users_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE "
        "CACHE 1;\n"
        "ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;\n"
        "ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT "
        "nextval('public.users_id_seq'::regclass);\n"
        "ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);\n"
        "ALTER TABLE ONLY public.users ADD CONSTRAINT users_email_key UNIQUE (email);\n"}});
  const auto written = loaded(
      {{"users.sql",
        "CREATE TYPE kind AS ENUM ('a');\nCREATE TABLE users (id bigserial PRIMARY KEY, email text "
        "UNIQUE NOT NULL, kind kind DEFAULT 'a');"}});
  CHECK(dump.problems == Problems{});
  CHECK(to_sql(dump.schema.catalog) == to_sql(written.schema.catalog));
}

TEST_CASE("waiting statements cost no more than their number") {
  std::vector<testing::SchemaFile> files;
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    // Each view before the one it reads, each index before its table.
    files.push_back({fmt::format("{:05}.sql", i),
                     fmt::format("CREATE VIEW v{} AS SELECT a FROM {}{}; CREATE INDEX ON t{} (a);",
                                 i, i + 1 < count ? "v" : "t", i + 1 < count ? i + 1 : 0, i)});
    files.push_back(
        {fmt::format("z{:05}.sql", count - i),
         fmt::format("CREATE TABLE t{} (a int) INHERITS (t{});", count - i - 1, count - i)});
  }
  files.push_back({"zz.sql", fmt::format("CREATE TABLE t{} ();", count)});
  const auto made = loaded(files);
  CHECK(made.problems == Problems{});
  CHECK(made.schema.catalog.indexes.size() == count);
}

}  // namespace
}  // namespace schemagate
