// SPDX-License-Identifier: MIT
#include "schema/plpgsql_parse.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace schemagate {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("static SQL is found behind every control word") {
  const auto found = embedded_sql(
      "<<outer>> DECLARE x int := 1; c CURSOR FOR SELECT 1; BEGIN\n"
      "  IF x = CASE WHEN true THEN 1 END THEN CREATE TABLE a (b int); ELSIF x > 1 THEN DROP TABLE "
      "b;\n"
      "  ELSE TRUNCATE c; END IF;\n"
      "  FOR r IN SELECT * FROM d LOOP UPDATE e SET f = 1; END LOOP;\n"
      "  WHILE x < 3 LOOP DELETE FROM g; EXIT; END LOOP;\n"
      "  CASE x WHEN 1 THEN ALTER TABLE h ADD i int; ELSE GRANT SELECT ON j TO k; END CASE;\n"
      "  BEGIN LOCK l; EXCEPTION WHEN others THEN INSERT INTO m VALUES (1); END;\n"
      "  RETURN QUERY SELECT n FROM o; PERFORM p(1); OPEN c FOR SELECT q; RETURN;\n"
      "END");
  CHECK(found.statements == Texts{"CREATE TABLE a (b int)", "DROP TABLE b", "TRUNCATE c",
                                  "SELECT * FROM d", "UPDATE e SET f = 1", "DELETE FROM g",
                                  "ALTER TABLE h ADD i int", "GRANT SELECT ON j TO k", "LOCK l",
                                  "INSERT INTO m VALUES (1)", "SELECT n FROM o", "SELECT p(1)",
                                  "SELECT q"});
  CHECK_FALSE(found.has_dynamic_sql);
}

TEST_CASE("variables that are named like commands are no statements") {
  CHECK(embedded_sql("BEGIN comment := 'a'; set = 1; NULL; RAISE NOTICE 'drop table a'; END")
            .statements.empty());
}

TEST_CASE("INTO takes variables, not a new table") {
  const auto found = embedded_sql(
      "BEGIN SELECT a, b INTO STRICT x, y.z FROM t; INSERT INTO t (a) VALUES (1) RETURNING b INTO "
      "c;"
      "SELECT count(*) INTO n FROM u; SELECT 1 FROM v INTO w; END");
  CHECK(found.statements == Texts{"SELECT a, b FROM t", "INSERT INTO t (a) VALUES (1) RETURNING b",
                                  "SELECT count(*) FROM u", "SELECT 1 FROM v"});
}

TEST_CASE("EXECUTE of a constant is static, of anything else dynamic") {
  CHECK(embedded_sql("BEGIN EXECUTE 'DROP TABLE it''s'; EXECUTE $q$ALTER TABLE a$q$ USING 1; END")
            .statements == Texts{"DROP TABLE it's", "ALTER TABLE a"});
  CHECK(embedded_sql("BEGIN EXECUTE ('DROP ' || 'TABLE a'); END").statements ==
        Texts{"DROP TABLE a"});
  CHECK(embedded_sql("BEGIN EXECUTE format('SELECT 5 %% 2') INTO x; END").statements ==
        Texts{"SELECT 5 % 2"});
  for (const std::string dynamic :
       {"BEGIN EXECUTE format('DROP TABLE %I', a); END", "BEGIN EXECUTE 'DROP TABLE ' || a; END",
        "BEGIN EXECUTE q; END", "BEGIN FOR r IN EXECUTE q LOOP NULL; END LOOP; END",
        "BEGIN RETURN QUERY EXECUTE q USING a; END",
        "BEGIN EXECUTE format('DROP TABLE %I'); END"}) {
    CAPTURE(dynamic);
    const auto found = embedded_sql(dynamic);
    CHECK(found.statements.empty());
    CHECK(found.has_dynamic_sql);
  }
}

TEST_CASE("bodies that end too early do no harm") {
  for (const std::string body :
       {"", "BEGIN", "IF", "IF x THEN", "FOR", "FOR r IN", "CASE", "EXECUTE", "EXECUTE format(",
        "SELECT a INTO", "<<", "<<x", "OPEN c FOR", "RETURN QUERY", "PERFORM", "BEGIN EXECUTE 'a",
        "WHILE", "x :="}) {
    CAPTURE(body);
    CHECK_NOTHROW(embedded_sql(body));
  }
}

}  // namespace
}  // namespace schemagate
