// SPDX-License-Identifier: MIT
#include <catch2/catch_test_macros.hpp>

#include "schema/plan.h"
#include "tests/applied.h"

namespace schemagate {
namespace {

using testing::applied;
using testing::loaded;

/// The printed schema, loaded and printed again, is the same text.
std::string printed_twice(const std::string& sql) {
  const auto again = loaded({{"printed.sql", sql}});
  INFO(sql);
  CHECK(again.problems == std::vector<std::string>{});
  return to_sql(again.schema.catalog);
}

TEST_CASE("a table with its parts, then what ties it to others") {
  const auto done = applied(
      "CREATE TABLE u (id serial PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''));"
      "CREATE TABLE o (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uid int REFERENCES u ON "
      "DELETE CASCADE);"
      "CREATE INDEX ON o (uid); COMMENT ON TABLE u IS 'people'; GRANT SELECT ON u TO reader;");
  const std::string sql = to_sql(done.catalog);
  CHECK(sql ==
        "CREATE SEQUENCE public.u_id_seq AS integer;\n\n"
        "CREATE TABLE public.o (\n    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,\n    uid "
        "integer,\n"
        "    CONSTRAINT o_pkey PRIMARY KEY (id)\n);\n\n"
        "CREATE TABLE public.u (\n    id integer DEFAULT nextval('public.u_id_seq'::regclass) NOT "
        "NULL,\n"
        "    name text DEFAULT 'x',\n    CONSTRAINT u_pkey PRIMARY KEY (id),\n"
        "    CONSTRAINT u_name_check CHECK (name <> '')\n);\n\n"
        "ALTER SEQUENCE public.u_id_seq OWNED BY public.u.id;\n\n"
        "CREATE INDEX o_uid_idx ON public.o USING btree (uid);\n\n"
        "ALTER TABLE public.o ADD CONSTRAINT o_uid_fkey FOREIGN KEY (uid) REFERENCES public.u(id) "
        "ON DELETE "
        "CASCADE;\n\n"
        "GRANT SELECT ON TABLE public.u TO reader;\n\n"
        "COMMENT ON TABLE public.u IS 'people';\n\n");
  CHECK(printed_twice(sql) == sql);
}

TEST_CASE("what is printed loads into the same schema") {
  const auto done = applied(R"(
    CREATE SCHEMA app; CREATE EXTENSION citext SCHEMA app; SET search_path = app;
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TYPE pair AS (a int, b mood);
    CREATE FUNCTION ok(m mood) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
    CREATE DOMAIN good AS mood DEFAULT 'sad' NOT NULL CONSTRAINT is_ok CHECK (ok(VALUE));
    CREATE SEQUENCE numbers START 5 CYCLE;
    CREATE TABLE r (id int DEFAULT nextval('numbers'), at date NOT NULL, m good, e citext, "Odd Name" text COLLATE "C",
      PRIMARY KEY (id, at), CHECK (ok(m)) NOT VALID) PARTITION BY RANGE (at);
    CREATE TABLE r1 PARTITION OF r (e DEFAULT 'x') FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE r2 (at date NOT NULL, m good, id int NOT NULL, "Odd Name" text COLLATE "C", e citext,
      CONSTRAINT r_m_check CHECK (ok(m)), CONSTRAINT own_key PRIMARY KEY (id, at));
    ALTER TABLE r ATTACH PARTITION r2 DEFAULT;
    CREATE INDEX ri ON r (lower("Odd Name") DESC) WHERE id > 5; ALTER INDEX r1_lower_idx RENAME TO short;
    CREATE TABLE p (a int UNIQUE, b text, CONSTRAINT pc CHECK (a > 0)); CREATE TABLE k (c int) INHERITS (p);
    ALTER TABLE k ALTER a SET DEFAULT 4; ALTER TABLE p ADD CONSTRAINT late CHECK (a < 9) NOT VALID;
    ALTER TABLE p REPLICA IDENTITY FULL, ALTER b SET STORAGE external, ALTER b SET STATISTICS 7;
    CREATE FUNCTION all_p() RETURNS SETOF p LANGUAGE sql BEGIN ATOMIC SELECT * FROM p; END;
    CREATE VIEW v1 WITH (security_barrier) AS SELECT a, b FROM p; CREATE MATERIALIZED VIEW b AS SELECT a FROM v1;
    CREATE UNIQUE INDEX ON b (a); CREATE VIEW a AS SELECT a FROM b;
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER t BEFORE UPDATE OF b ON p FOR EACH ROW WHEN (NEW.a > 1) EXECUTE FUNCTION tf();
    ALTER TABLE p DISABLE TRIGGER t; CREATE POLICY pol ON p FOR SELECT USING (a > 1);
    ALTER TABLE p ENABLE ROW LEVEL SECURITY; CREATE STATISTICS st ON a, b FROM p;
    CREATE RULE ru AS ON DELETE TO p DO INSTEAD NOTHING; CREATE PUBLICATION pub FOR TABLE p;
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int); ALTER TABLE p OWNER TO boss;
    REVOKE ALL ON FUNCTION tf() FROM PUBLIC; GRANT UPDATE (b) ON p TO PUBLIC; COMMENT ON CONSTRAINT pc ON p IS 'c';
  )");
  CHECK(done.problems == std::vector<std::string>{});
  const std::string sql = to_sql(done.catalog);
  CHECK(printed_twice(sql) == sql);
}

}  // namespace
}  // namespace schemagate
