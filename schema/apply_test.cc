// SPDX-License-Identifier: MIT
// What statements do to the catalog. Names and messages are those of real servers; a test with
// servers holds apply() against them for every statement of testdata/apply.
#include "schema/apply.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/applied.h"

namespace schemagate {
namespace {

using testing::applied;
using testing::Applied;
using Problems = std::vector<std::string>;

std::vector<std::string> names(const std::vector<const Index*>& indexes) {
  std::vector<std::string> found;
  for (const auto* index : indexes) found.push_back(index->name.name);
  return found;
}

std::vector<std::string> names(const std::vector<Constraint>& constraints) {
  std::vector<std::string> found;
  for (const auto& constraint : constraints) found.push_back(constraint.definition.name);
  return found;
}

// ---- CREATE TABLE -------------------------------------------------------------------------------

TEST_CASE("a table's columns, types resolved, serial taken apart") {
  const auto done = applied(
      "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id serial PRIMARY KEY, m mood DEFAULT "
      "'a'::mood, "
      "n bigint GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 1), x int DEFAULT NULL)");
  REQUIRE(done.problems.empty());
  const Table& table = done.catalog.tables.at({"public", "t"});
  REQUIRE(table.columns.size() == 4);
  CHECK(to_sql(table.columns[0].type) == "integer");
  CHECK(table.columns[0].not_null);
  CHECK(table.columns[0].default_value->sql == "nextval('public.t_id_seq'::regclass)");
  CHECK(table.columns[1].type.name == QualifiedName{"public", "mood"});
  CHECK(table.columns[1].default_value->sql == "'a'");
  CHECK(table.columns[2].not_null);
  CHECK_FALSE(table.columns[2].identity_options.increment);
  CHECK(table.columns[2].identity_options.start == 5);
  CHECK_FALSE(table.columns[3].default_value);
  const Sequence& serial = done.catalog.sequences.at({"public", "t_id_seq"});
  CHECK(serial.owner_column == "id");
  CHECK(serial.options.type->name.name == "int4");
  CHECK(done.catalog.sequences.at({"public", "t_n_seq"}).identity);
}

TEST_CASE("constraints and indexes get the server's names") {
  const auto done = applied(
      "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE CHECK (b > 0), c int REFERENCES t, UNIQUE "
      "(b, c),"
      " CHECK (a > b), CHECK (1 = 1), EXCLUDE USING gist (int4range(a, b) WITH &&), UNIQUE (c) "
      "INCLUDE (b));"
      "CREATE INDEX ON t (a, b); CREATE INDEX ON t (a, b);");
  REQUIRE(done.problems.empty());
  CHECK(names(done.catalog.tables.at({"public", "t"}).constraints) ==
        std::vector<std::string>{"t_b_check", "t_check", "t_check1", "t_pkey", "t_b_key",
                                 "t_b_c_key", "t_int4range_excl", "t_c_b_key", "t_c_fkey"});
  CHECK(names(done.catalog.indexes_of({"public", "t"})) ==
        std::vector<std::string>{"t_a_b_idx", "t_a_b_idx1", "t_b_c_key", "t_b_key", "t_c_b_key",
                                 "t_int4range_excl", "t_pkey"});
}

TEST_CASE("a table's name in its expressions is the whole row, as servers take it") {
  CHECK(applied("CREATE TABLE t (a int); CREATE INDEX ON t ((t)); CREATE INDEX ON t ((t IS NULL)); "
                "ALTER TABLE t ADD CHECK (t IS NOT NULL)")
            .problems.empty());
  CHECK(applied("CREATE TABLE t (a int); CREATE INDEX ON t ((u))").problems.size() == 1);
}

TEST_CASE("a foreign key's columns are filled in, its name avoids those of other tables") {
  const auto done = applied(
      "CREATE TABLE order_item (id int PRIMARY KEY);"
      "CREATE TABLE \"order\" (item_id int REFERENCES order_item);"
      "CREATE TABLE order_item2 (id int REFERENCES order_item, order_item_id int REFERENCES "
      "order_item);"
      "CREATE TABLE \"order_item\" (x int);");
  CHECK(done.problems == Problems{"42P07 relation \"order_item\" already exists"});
  const auto& key = done.catalog.tables.at({"public", "order"}).constraints.at(0).definition;
  CHECK(key.referenced == QualifiedName{"public", "order_item"});
  CHECK(key.referenced_columns == std::vector<std::string>{"id"});
  CHECK(key.name == "order_item_id_fkey");
  const auto references = done.catalog.references_to({"public", "order_item"});
  CHECK(references.size() == 3);
  CHECK(applied("CREATE TABLE order_item (id int PRIMARY KEY); CREATE TABLE a_b (c int REFERENCES "
                "order_item);"
                "CREATE TABLE a (b_c int REFERENCES order_item)")
            .catalog.tables.at({"public", "a"})
            .constraints.at(0)
            .definition.name == "a_b_c_fkey1");
}

TEST_CASE("NOT VALID says nothing in CREATE TABLE and much in ALTER TABLE") {
  const auto done = applied(
      "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0) NOT VALID); ALTER TABLE t ADD CONSTRAINT "
      "d CHECK (a > 1) "
      "NOT VALID");
  const Table& table = done.catalog.tables.at({"public", "t"});
  CHECK(table.constraint("c")->validated);
  CHECK_FALSE(table.constraint("d")->validated);
  auto later = done;
  later.run("ALTER TABLE t VALIDATE CONSTRAINT d");
  CHECK(later.catalog.tables.at({"public", "t"}).constraint("d")->validated);
}

TEST_CASE("LIKE copies columns where it stands, and what INCLUDING says") {
  const auto done = applied(
      "CREATE TABLE s (a int PRIMARY KEY, b text DEFAULT 'x' CHECK (b <> ''));"
      "CREATE TABLE t (first int, LIKE s INCLUDING ALL, last int); CREATE TABLE u (LIKE s)");
  REQUIRE(done.problems.empty());
  const Table& table = done.catalog.tables.at({"public", "t"});
  REQUIRE(table.columns.size() == 4);
  CHECK(table.columns[1].name == "a");
  CHECK(table.columns[2].default_value->sql == "'x'");
  CHECK(names(table.constraints) == std::vector<std::string>{"s_b_check", "t_pkey"});
  const Table& plain = done.catalog.tables.at({"public", "u"});
  CHECK(plain.constraints.empty());
  CHECK(plain.columns[0].not_null);
  CHECK_FALSE(plain.columns[1].default_value);
}

TEST_CASE("INHERITS merges columns and checks; ADD COLUMN reaches the children") {
  const auto done = applied(
      "CREATE TABLE p (a int NOT NULL, CONSTRAINT c CHECK (a > 0)); CREATE TABLE k (b int) "
      "INHERITS (p);"
      "ALTER TABLE p ADD COLUMN d int DEFAULT 4; ALTER TABLE k DROP COLUMN a;"
      "ALTER TABLE p RENAME COLUMN a TO aa");
  CHECK(done.problems == Problems{"42P16 cannot drop inherited column \"a\""});
  const Table& child = done.catalog.tables.at({"public", "k"});
  REQUIRE(child.columns.size() == 3);
  CHECK(child.columns[0].name == "aa");
  CHECK(child.columns[0].not_null);
  CHECK_FALSE(child.columns[0].local);
  CHECK(child.columns[2].name == "d");
  CHECK(child.constraint("c")->inherited);
  CHECK(child.constraint("c")->definition.expression.sql == "aa > 0");
}

// ---- partitions ---------------------------------------------------------------------------------

TEST_CASE("a partition gets the indexes, keys and foreign keys of its table") {
  const auto done = applied(
      "CREATE TABLE u (id int PRIMARY KEY);"
      "CREATE TABLE r (id int, at date NOT NULL, uid int REFERENCES u, PRIMARY KEY (id, at)) "
      "PARTITION BY RANGE (at);"
      "CREATE INDEX ri ON r (uid);"
      "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
      "CREATE TABLE rd PARTITION OF r DEFAULT; CREATE INDEX ON r (at);");
  REQUIRE(done.problems.empty());
  const QualifiedName partition{"public", "r1"};
  CHECK(names(done.catalog.indexes_of(partition)) ==
        std::vector<std::string>{"r1_at_idx", "r1_pkey", "r1_uid_idx"});
  CHECK(done.catalog.indexes.at({"public", "r1_uid_idx"}).parent == QualifiedName{"public", "ri"});
  CHECK(done.catalog.relation_kind({"public", "ri"}) == RelationKind::partitioned_index);
  const Table& table = done.catalog.tables.at(partition);
  CHECK(table.constraint("r_uid_fkey")->inherited);
  CHECK(table.constraint("r1_pkey")->inherited);
  CHECK(table.column("id")->not_null);
  CHECK(done.catalog.default_partition_of({"public", "r"})->name.name == "rd");
  CHECK(done.catalog.tree_of({"public", "r"}).size() == 3);
}

TEST_CASE("an equal index of the partition is attached instead of a new one") {
  const auto done = applied(
      "CREATE TABLE r (id int, at date) PARTITION BY RANGE (at); CREATE TABLE r1 (id int, at date);"
      "CREATE INDEX mine ON r1 (id); CREATE INDEX ri ON r (id);"
      "ALTER TABLE r ATTACH PARTITION r1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')");
  REQUIRE(done.problems.empty());
  CHECK(names(done.catalog.indexes_of({"public", "r1"})) == std::vector<std::string>{"mine"});
  CHECK(done.catalog.indexes.at({"public", "mine"}).parent.name == "ri");
  auto later = done;
  later.run("ALTER TABLE r DETACH PARTITION r1");
  CHECK(later.catalog.indexes.at({"public", "mine"}).parent.empty());
  CHECK(later.catalog.tables.at({"public", "r1"}).columns[0].local);
}

TEST_CASE("an index on the partitioned table alone is valid once all parts are attached") {
  auto done = applied(
      "CREATE TABLE r (id int) PARTITION BY LIST (id); CREATE TABLE r1 PARTITION OF r FOR VALUES "
      "IN (1);"
      "CREATE INDEX ri ON ONLY r (id); CREATE INDEX r1i ON r1 (id)");
  CHECK_FALSE(done.catalog.indexes.at({"public", "ri"}).valid);
  done.run("ALTER INDEX ri ATTACH PARTITION r1i");
  CHECK(done.catalog.indexes.at({"public", "ri"}).valid);
  CHECK(done.problems.empty());
}

// ---- dropping -----------------------------------------------------------------------------------

TEST_CASE("dropping a column takes indexes, constraints and its sequence along") {
  const auto done = applied(
      "CREATE TABLE t (id serial, a int CHECK (a > 0), b int, UNIQUE (a, b)); CREATE INDEX i ON t "
      "(b) WHERE id > 1;"
      "ALTER TABLE t DROP COLUMN id; ALTER TABLE t DROP COLUMN a");
  REQUIRE(done.problems.empty());
  CHECK(done.catalog.sequences.empty());
  CHECK(done.catalog.indexes.empty());
  CHECK(done.catalog.tables.at({"public", "t"}).constraints.empty());
}

TEST_CASE("what others depend on is dropped with CASCADE only") {
  auto done = applied(
      "CREATE TABLE u (id int PRIMARY KEY, name text); CREATE TABLE o (uid int REFERENCES u);"
      "CREATE VIEW v AS SELECT name FROM u; CREATE VIEW w AS SELECT * FROM v;"
      "DROP TABLE u; ALTER TABLE u DROP COLUMN name; DROP VIEW v; ALTER TABLE u DROP CONSTRAINT "
      "u_pkey;"
      "DROP INDEX u_pkey; ALTER TABLE u ALTER COLUMN name TYPE varchar(9)");
  CHECK(
      done.problems ==
      Problems{"2BP01 cannot drop table u because other objects depend on it",
               "2BP01 cannot drop column name of table u because other objects depend on it",
               "2BP01 cannot drop view v because other objects depend on it",
               "2BP01 cannot drop constraint u_pkey on table u because other objects depend on it",
               "2BP01 cannot drop index u_pkey because constraint u_pkey on table u requires it",
               "0A000 cannot alter type of a column used by a view or rule"});
  done.problems.clear();
  done.run("DROP TABLE u CASCADE");
  CHECK(done.problems.empty());
  CHECK(done.catalog.views.empty());
  CHECK(done.catalog.tables.at({"public", "o"}).constraints.empty());
}

TEST_CASE("types and functions in use") {
  auto done = applied(
      "CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS e; CREATE FUNCTION f(e) RETURNS int "
      "IMMUTABLE LANGUAGE sql AS "
      "'SELECT 1'; CREATE TABLE t (a e, b d, c int DEFAULT f('a'), CHECK (f(a) > 0)); CREATE INDEX "
      "i ON t (f(a));"
      "DROP TYPE e; DROP FUNCTION f(e)");
  CHECK(done.problems ==
        Problems{"2BP01 cannot drop type e because other objects depend on it",
                 "2BP01 cannot drop function f(e) because other objects depend on it"});
  done.run("DROP FUNCTION f(e) CASCADE");
  const Table& table = done.catalog.tables.at({"public", "t"});
  CHECK(table.constraints.empty());
  CHECK_FALSE(table.column("c")->default_value);
  CHECK(done.catalog.indexes.empty());
  done.run("DROP TYPE e CASCADE");
  CHECK(done.catalog.types.empty());
  CHECK(done.catalog.tables.at({"public", "t"}).columns.size() == 1);
}

// ---- renaming -----------------------------------------------------------------------------------

TEST_CASE("a new name reaches everything that mentions the object") {
  const auto done = applied(
      "CREATE TABLE u (id serial PRIMARY KEY, age int CHECK (age > 0)); CREATE TABLE o (uid int "
      "REFERENCES u (id));"
      "CREATE INDEX i ON u (abs(age)) WHERE age > 3; CREATE VIEW v AS SELECT id FROM u;"
      "CREATE POLICY p ON u USING (age > 5);"
      "ALTER TABLE u RENAME TO people; ALTER TABLE people RENAME age TO years; ALTER TABLE people "
      "RENAME id TO pid;"
      "ALTER SEQUENCE u_id_seq RENAME TO s; ALTER INDEX u_pkey RENAME TO pk; ALTER TABLE people "
      "SET SCHEMA public");
  REQUIRE(done.problems.empty());
  const Table& table = done.catalog.tables.at({"public", "people"});
  CHECK(table.column("pid")->default_value->sql == "nextval('public.s'::regclass)");
  CHECK(table.constraint("u_age_check")->definition.expression.sql == "years > 0");
  CHECK(table.primary_key()->definition.name == "pk");
  CHECK(table.policies.at(0).definition ==
        "CREATE POLICY p ON public.people TO public USING (years > 5)");
  const Index& index = done.catalog.indexes.at({"public", "i"});
  CHECK(index.elements.at(0).expression.sql == "abs(years)");
  CHECK(index.where.sql == "years > 3");
  const auto& key = done.catalog.tables.at({"public", "o"}).constraints.at(0).definition;
  CHECK(key.referenced.name == "people");
  CHECK(key.referenced_columns == std::vector<std::string>{"pid"});
  CHECK(done.catalog.views.at({"public", "v"}).query.sql == "SELECT id FROM public.people");
  CHECK(done.catalog.views_on({"public", "people"}, "pid").size() == 1);
  CHECK(done.catalog.sequences_owned_by({"public", "people"}, "pid").size() == 1);
}

TEST_CASE("a type's and a schema's new name") {
  const auto done = applied(
      "CREATE SCHEMA a; CREATE TYPE a.e AS ENUM ('x'); CREATE FUNCTION a.f(a.e) RETURNS a.e "
      "LANGUAGE sql AS 'SELECT "
      "$1'; CREATE TABLE a.t (c a.e DEFAULT 'x'::a.e, CHECK (c <> 'x'::a.e)); ALTER TYPE a.e "
      "RENAME TO e2;"
      "ALTER SCHEMA a RENAME TO b");
  REQUIRE(done.problems.empty());
  const Table& table = done.catalog.tables.at({"b", "t"});
  CHECK(table.columns.at(0).type.name == QualifiedName{"b", "e2"});
  CHECK(table.constraints.at(0).definition.expression.sql == "c <> 'x'::b.e2");
  REQUIRE(done.catalog.functions.count("b.f(b.e2)") == 1);
  CHECK(done.catalog.functions.at("b.f(b.e2)").definition.definition.find("a.") ==
        std::string::npos);
}

// ---- views, functions, triggers, grants --------------------------------------------------------

TEST_CASE("a view reads the columns that a star meant when it was made") {
  const auto done = applied(
      "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT * FROM t; ALTER TABLE t ADD COLUMN c "
      "int;"
      "ALTER TABLE t DROP COLUMN c; ALTER TABLE t DROP COLUMN b");
  CHECK(done.problems ==
        Problems{"2BP01 cannot drop column b of table t because other objects depend on it"});
}

TEST_CASE("functions are told apart by their arguments") {
  const auto done = applied(
      "CREATE FUNCTION f(a int, OUT b text) LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION "
      "f(varchar(5)) RETURNS int "
      "LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "CREATE OR REPLACE FUNCTION f(b int, OUT b text) LANGUAGE sql AS 'SELECT 2'; DROP FUNCTION f;"
      "DROP FUNCTION f(text)");
  CHECK(done.problems == Problems{"42723 function \"f\" already exists with same argument types",
                                  "42P13 cannot change name of input parameter \"a\"",
                                  "42725 function name \"f\" is not unique",
                                  "42883 function f(text) does not exist"});
  CHECK(done.catalog.functions.count("public.f(integer)") == 1);
  CHECK(done.catalog.functions.count("public.f(character varying)") == 1);
}

TEST_CASE("grants are taken apart and REVOKE takes them back") {
  const auto done = applied(
      "CREATE TABLE t (a int, b int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
      "GRANT SELECT, UPDATE (a, b) ON t TO x, PUBLIC; GRANT ALL ON t TO y WITH GRANT OPTION; "
      "REVOKE ALL ON t FROM x;"
      "REVOKE GRANT OPTION FOR SELECT ON t FROM y; REVOKE ALL ON FUNCTION f() FROM PUBLIC");
  REQUIRE(done.problems.empty());
  const auto count = [&](std::string_view grantee) {
    int found = 0;
    for (const auto& [privilege, where] : done.catalog.privileges)
      found += privilege.grantee == grantee ? 1 : 0;
    return found;
  };
  CHECK(count("x") == 0);
  CHECK(count("PUBLIC") == 4);  // SELECT, UPDATE of two columns, EXECUTE revoked
  CHECK(count("y") == 8);
  const Privilege select{ObjectKind::table, "public.t", "", "SELECT", "y", false, false};
  CHECK(done.catalog.privileges.count(select) == 1);
  const Privilege execute{ObjectKind::function, "public.f()", "", "EXECUTE", "PUBLIC", false, true};
  CHECK(done.catalog.privileges.count(execute) == 1);
}

// ---- sessions -----------------------------------------------------------------------------------

TEST_CASE("the search path decides where names lead") {
  const auto done = applied(
      "CREATE SCHEMA app; SET search_path = app, public; CREATE TABLE t (a int); SET LOCAL "
      "search_path = public;"
      "CREATE TABLE u (a int); SELECT pg_catalog.set_config('search_path', '', false); DROP TABLE "
      "t;"
      "RESET search_path; CREATE TABLE v (a int)");
  CHECK(done.problems == Problems{"42P01 table \"t\" does not exist"});
  CHECK(done.catalog.tables.count({"app", "t"}) == 1);
  CHECK(done.catalog.tables.count({"public", "v"}) == 1);
}

TEST_CASE("ROLLBACK brings back the catalog, the settings and the search path") {
  auto done = applied(
      "CREATE TABLE t (a int PRIMARY KEY, b int); CREATE VIEW v AS SELECT b FROM t; BEGIN; SET "
      "lock_timeout = '1s';"
      "SET search_path = app; ALTER TABLE public.t ADD COLUMN c int; DROP TABLE public.t CASCADE;"
      "CREATE TABLE public.u (a serial); ROLLBACK");
  REQUIRE(done.problems.empty());
  CHECK(done.catalog.tables.count({"public", "u"}) == 0);
  CHECK(done.catalog.sequences.empty());
  CHECK(done.catalog.tables.at({"public", "t"}).columns.size() == 2);
  CHECK(done.catalog.views.size() == 1);
  CHECK(done.catalog.indexes_of({"public", "t"}).size() == 1);
  CHECK(done.session.search_path == std::vector<std::string>{"public"});
  CHECK(done.session.setting("lock_timeout").empty());
  CHECK(done.session.created.count({"public", "u"}) == 0);
  CHECK_FALSE(done.session.in_transaction);
}

TEST_CASE("ROLLBACK TO takes back what came after the savepoint") {
  const auto done = applied(
      "BEGIN; CREATE TABLE t (a int); SAVEPOINT s; ALTER TABLE t ADD COLUMN b int; ROLLBACK TO s; "
      "COMMIT");
  CHECK(done.catalog.tables.at({"public", "t"}).columns.size() == 1);
}

TEST_CASE("a refused statement leaves nothing behind") {
  const auto done = applied(
      "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b serial, ADD COLUMN c int UNIQUE, ADD "
      "COLUMN a int;"
      "CREATE TABLE u (a serial, b int UNIQUE, c int REFERENCES nowhere)");
  CHECK(done.problems == Problems{"42701 column \"a\" of relation \"t\" already exists",
                                  "42P01 relation \"nowhere\" does not exist"});
  CHECK(done.catalog.tables.size() == 1);
  CHECK(done.catalog.tables.at({"public", "t"}).columns.size() == 1);
  CHECK(done.catalog.sequences.empty());
  CHECK(done.catalog.indexes.empty());
}

TEST_CASE("a new enum value waits for COMMIT unless its type is as new") {
  auto done = applied(
      "CREATE TYPE a AS ENUM ('x'); BEGIN; CREATE TYPE b AS ENUM ('x'); ALTER TYPE a ADD VALUE 'y';"
      "ALTER TYPE b ADD VALUE 'y'");
  CHECK(done.session.uncommitted_enum_values.size() == 1);
  CHECK(done.session.created_in_transaction.count({"public", "b"}) == 1);
  done.run("COMMIT");
  CHECK(done.session.uncommitted_enum_values.empty());
  CHECK(done.session.created.count({"public", "b"}) == 1);
}

TEST_CASE("a partial catalog believes what it does not know") {
  Applied lint;
  lint.session.partial = true;
  lint.run(
      "CREATE TABLE orders (user_id int REFERENCES users, kind order_kind); CREATE INDEX ON orders "
      "(user_id);"
      "ALTER TABLE users ADD COLUMN a int; CREATE TABLE p PARTITION OF events FOR VALUES IN (1);"
      "ALTER TABLE p DROP COLUMN gone");
  CHECK(lint.problems == Problems{"relation \"users\" does not exist"});
  CHECK(lint.catalog.indexes.size() == 1);
  CHECK(lint.catalog.tables.at({"public", "orders"}).constraints.size() == 1);
}

TEST_CASE("a guarded DO block makes what is not there yet") {
  const auto done = applied(
      "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE "
      "mood AS ENUM ('a'); "
      "END IF; END $$; CREATE TABLE t (m mood); DO $$ BEGIN CREATE TYPE mood AS ENUM ('b'); "
      "EXCEPTION WHEN "
      "duplicate_object THEN NULL; END $$; DO $$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $$");
  CHECK(done.problems.empty());
  CHECK(done.catalog.types.at({"public", "mood"}).values == std::vector<std::string>{"a"});
  CHECK(done.catalog.tables.empty());
  CHECK(done.catalog.opaque.empty());
}

TEST_CASE("a block that drops something only when rows say so stays opaque") {
  const auto done = applied(
      "CREATE TABLE t (a int); DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM t) THEN DROP TABLE t; END "
      "IF; END $$; DO $$ BEGIN IF false THEN DROP TABLE t; END IF; END $$");
  CHECK(done.problems.empty());
  CHECK(done.catalog.tables.size() == 1);
  CHECK(done.catalog.opaque.size() == 1);
}

}  // namespace
}  // namespace schemagate
