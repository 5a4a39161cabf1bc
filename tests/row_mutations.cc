// SPDX-License-Identifier: MIT
#include "tests/row_mutations.h"

#include <algorithm>
#include <iterator>

namespace schemagate::testing {
namespace {

// p ← c ← g by foreign keys; t has everything but keys to others; e is partitioned; n is apart.
// A column called "drawn" holds numbers of a sequence, which count for nothing.
constexpr const char* tables[] = {
    "CREATE TABLE p (id bigint PRIMARY KEY, code text{ UNIQUE|}, x integer{| DEFAULT 1| NOT NULL "
    "DEFAULT 2}{|, CONSTRAINT p_x CHECK (x < 50)})",
    "CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint{| CONSTRAINT c_p REFERENCES p (id){| ON "
    "DELETE CASCADE| ON DELETE SET NULL| ON UPDATE CASCADE ON DELETE CASCADE}}, a integer{| NOT "
    "NULL| DEFAULT 5| NOT NULL DEFAULT 5}{| CONSTRAINT c_a CHECK (a > 0)}, b text{| UNIQUE| "
    "DEFAULT "
    "'b'})",
    "CREATE TABLE g (id bigint PRIMARY KEY, c_id bigint{| CONSTRAINT g_c REFERENCES c (id){| ON "
    "DELETE CASCADE| ON DELETE SET DEFAULT| ON UPDATE CASCADE}}, y integer{| DEFAULT 7})",
    "CREATE TABLE t (id bigint{| PRIMARY KEY}, a integer, b integer{| DEFAULT {1|2}}, s text{| NOT "
    "NULL DEFAULT 's'}, live boolean{| DEFAULT true}{|, d integer GENERATED ALWAYS AS (a * 2) "
    "STORED}{|, at date}{|, CONSTRAINT t_ab UNIQUE (a, b)|, CONSTRAINT t_check CHECK (a <= b)}{|, "
    "drawn bigint GENERATED {ALWAYS|BY DEFAULT} AS IDENTITY})",
    "CREATE TABLE e (id bigint NOT NULL, v integer{| DEFAULT 3}{|, PRIMARY KEY (id)}) PARTITION BY "
    "RANGE (id)",
    "CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE e2 PARTITION OF e {FOR VALUES FROM (10) TO (20)|DEFAULT}",
    "CREATE TABLE n (id bigint{| UNIQUE}, z integer{| DEFAULT 4})",
    "CREATE TABLE log (drawn bigint GENERATED ALWAYS AS IDENTITY, what text, note text{| DEFAULT "
    "'note'})"};

constexpr const char* functions[] = {
    "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + {1|2}'",
    "CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (what) "
    "VALUES (TG_TABLE_NAME ~~ TG_OP{|| ~~ NEW.id| ~~ (to_jsonb(NEW) - 'drawn')}); RETURN NEW; END "
    "$$",
    "CREATE FUNCTION notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.{b := 2|b := NEW.a + "
    "1|s := 'n'|a := f(NEW.a)}; RETURN NEW; END $$"};

constexpr const char* extras[] = {
    "CREATE TRIGGER {t|c|n}_logs AFTER {INSERT|UPDATE|INSERT OR UPDATE} ON {t|c|n} FOR EACH ROW "
    "EXECUTE FUNCTION logs()",
    "CREATE TRIGGER {t|c|n}_logs AFTER {INSERT|UPDATE|INSERT OR UPDATE} ON {t|c|n} FOR EACH ROW "
    "EXECUTE FUNCTION logs()",
    "CREATE TRIGGER t_notes BEFORE {INSERT|UPDATE|INSERT OR UPDATE} ON t FOR EACH ROW EXECUTE "
    "FUNCTION notes()",
    "CREATE UNIQUE INDEX t_one ON t ({a|b|a) WHERE (live|lower(s)|b, s|(a + b)})",
    "CREATE UNIQUE INDEX c_one ON c ({a|b|p_id, a|lower(b)})",
    "CREATE INDEX t_f ON t (f(a))",
    "CREATE VIEW v AS SELECT id, a, b FROM t{| WHERE live}",
    "CREATE MATERIALIZED VIEW m AS SELECT {count(*) AS k FROM n|p.id, count(c.id) AS k FROM p LEFT "
    "JOIN c ON c.p_id = p.id GROUP BY p.id|a, b FROM t}",
    "ALTER TABLE t ALTER COLUMN b SET DEFAULT f(3)",
    "ALTER TABLE t ADD CONSTRAINT t_f CHECK (f(a) > {0|1})",
    "ALTER TABLE n ADD COLUMN w integer DEFAULT {5|f(5)}"};

constexpr const char* works[] = {
    "INSERT INTO p (id{|, code|, x|, code, x}) VALUES ({4|5|6}{|, '{d|e|f}'|, "
    "{1|9|60|NULL|DEFAULT}|, "
    "'{d|e}', {3|DEFAULT}}){|| ON CONFLICT DO NOTHING| ON CONFLICT (id) DO NOTHING}",
    "INSERT INTO c (id, p_id, a) VALUES ({4|5|6}, {1|2|3|NULL}, {1|5|9|-1|NULL|DEFAULT}){|| ON "
    "CONFLICT DO NOTHING| ON CONFLICT (id) DO UPDATE SET a = 8}",
    "INSERT INTO c (id, b) VALUES ({4|5|6}, '{x|y|z}'){|| ON CONFLICT DO NOTHING}",
    "INSERT INTO g VALUES ({4|5|6}, {1|2|3|NULL}{|, {1|2|NULL}})",
    "INSERT INTO t (id, a, b) VALUES ({4|5|6}, {1|4|5|NULL}, {5|6|DEFAULT}){|| ON CONFLICT DO "
    "NOTHING}",
    "INSERT INTO t (id{|, s|, a, s}) VALUES ({4|5|6}{|, '{x|S|q}'|, 1, 'x'})",
    "INSERT INTO e (id{|, v}) VALUES ({4|5|12|25}{|, {1|2}})",
    "INSERT INTO {e|e1} VALUES ({6|7}, {1|2|NULL})",
    "INSERT INTO n {VALUES ({4|5|6})|(id) VALUES ({4|5|6})|(id, z) VALUES ({4|5|6}, "
    "{1|NULL|DEFAULT})|"
    "DEFAULT VALUES|SELECT id, {a|b} FROM t|SELECT count(*) FROM {p|c|e|g}}",
    "INSERT INTO v (id, a, b) VALUES (7, 1, 5)",
    "UPDATE p SET {x = {3|60|NULL|DEFAULT|x + 1}|code = {'d'|NULL|code ~~ 'x'}|id = id + "
    "{10|20}}{|| "
    "WHERE id = {1|2|3}}",
    "UPDATE c SET {a = {3|-1|NULL|DEFAULT|a + 1}|b = {'u'|NULL|DEFAULT}|p_id = {1|3|NULL}}{|| "
    "WHERE "
    "{id = {1|2|3}|a > 1|p_id = 1}}",
    "UPDATE g SET {y = {3|NULL|DEFAULT|y + c_id}|c_id = {1|3|NULL}}{|| WHERE id = {1|2}}",
    "UPDATE t SET {a = {0|3|NULL|a + 1|b}|b = {9|NULL|DEFAULT|a + 5}|s = {'u'|NULL|upper(s)}|live "
    "= "
    "{true|false|NULL}}{|| WHERE {id = {1|2|3}|live|a = 1}}",
    "UPDATE {e|e1} SET v = {5|NULL|DEFAULT|v + 1}{|| WHERE id = 1}",
    "UPDATE n SET z = {1|NULL|DEFAULT|z + 1|(SELECT {max(a) FROM t|count(*) FROM {p|c|e|log}})}",
    "UPDATE v SET b = 9",
    "DELETE FROM {p|c|g|t|e|e1|n|log}{| WHERE id = {1|2|3}| WHERE id = {1|2|3}}",
    "DELETE FROM c WHERE {a = 1|p_id IS NULL|b = 'x'|p_id = 2}",
    "DELETE FROM p WHERE id NOT IN (SELECT p_id FROM c WHERE p_id IS NOT NULL)",
    "TRUNCATE {g|n|log|t|e|e2|p CASCADE|c CASCADE|p, c, g}",
    "REFRESH MATERIALIZED VIEW m",
    "DO $$ BEGIN {UPDATE n SET z = 6|INSERT INTO n VALUES (8)|IF EXISTS (SELECT FROM {p|n} WHERE "
    "id = "
    "4) THEN DELETE FROM g; END IF|PERFORM f(1)}; END $$",
    "WITH gone AS (DELETE FROM {n|g} WHERE id = 1 RETURNING id) INSERT INTO log (what) SELECT id "
    "FROM "
    "gone"};

constexpr const char* changes[] = {
    "ALTER TABLE {p ALTER x|c ALTER a|c ALTER b|c ALTER p_id|g ALTER y|t ALTER a|t ALTER b|t ALTER "
    "s|t "
    "ALTER live|e ALTER v|n ALTER z} {SET|SET|DROP} NOT NULL",
    "ALTER TABLE {p ALTER x|c ALTER a|g ALTER y|t ALTER a|t ALTER b|e ALTER v|n ALTER z} {SET "
    "DEFAULT "
    "{11|12|NULL|f(2)}|DROP DEFAULT}",
    "ALTER TABLE {p ALTER x|c ALTER a|g ALTER y|t ALTER a|n ALTER z|e ALTER v} TYPE "
    "{bigint|text|bigint "
    "USING 1}",
    "ALTER TABLE t ALTER a TYPE bigint USING {a + b|a}",
    "ALTER TABLE {p ADD CONSTRAINT p_new CHECK (x {> 0|IS NOT NULL})|c ADD CONSTRAINT c_new CHECK "
    "(a {> "
    "0|< 6|IS NOT NULL})|t ADD CONSTRAINT t_new CHECK ({a > 0|a < b|live|length(s) < 2})|e ADD "
    "CONSTRAINT e_new CHECK (v < 5)|n ADD CONSTRAINT n_new CHECK (z IS NOT NULL)}{|| NOT VALID}",
    "ALTER TABLE {c ADD CONSTRAINT c_new UNIQUE ({a|b|p_id|a, b})|t ADD CONSTRAINT t_new {UNIQUE "
    "({a|b|a, "
    "s})|PRIMARY KEY ({id|a})}|n ADD CONSTRAINT n_new {UNIQUE|PRIMARY KEY} ({id|z})|p ADD "
    "CONSTRAINT p_new "
    "UNIQUE ({x|code})}",
    "ALTER TABLE {c ADD CONSTRAINT c_new FOREIGN KEY ({p_id|a})|n ADD CONSTRAINT n_new FOREIGN KEY "
    "({id|z})|t ADD CONSTRAINT t_new FOREIGN KEY ({a|b})} REFERENCES p (id){|| ON DELETE "
    "{CASCADE|SET "
    "NULL}}",
    "ALTER TABLE {c DROP CONSTRAINT {c_p|c_a|c_pkey}|g DROP CONSTRAINT {g_c|g_pkey}|t DROP "
    "CONSTRAINT "
    "{t_ab|t_check|t_pkey}|p DROP CONSTRAINT {p_x|p_code_key}}",
    "ALTER TABLE {p|c|t|e|n} ADD COLUMN {h integer|h integer NOT NULL|h integer NOT NULL DEFAULT "
    "1|h text "
    "DEFAULT 'h'|h integer UNIQUE|h integer DEFAULT 1 UNIQUE|h integer CHECK (h > 0)|h bigint "
    "REFERENCES p "
    "(id)}",
    "ALTER TABLE t ADD COLUMN h integer GENERATED ALWAYS AS ({10 / a|b + 1|f(a)}) STORED",
    "ALTER TABLE {p DROP COLUMN {x|code}|c DROP COLUMN {a|b}|t DROP COLUMN {a|b|s|live}|n DROP "
    "COLUMN z|g "
    "DROP COLUMN y}",
    "ALTER TABLE t ALTER COLUMN {d DROP EXPRESSION|drawn DROP IDENTITY}",
    "CREATE {UNIQUE |}INDEX new_index ON {p (x)|p (code)|c (a)|c (lower(b))|c (p_id) WHERE a > 1|t "
    "(b)|t "
    "(a) WHERE live|t ((10 / a))|t (f(b))|n (z)|e (id, v)}",
    "DROP INDEX {t_one|c_one|t_f}",
    "CREATE TRIGGER new_trigger {BEFORE|AFTER} {INSERT|UPDATE|DELETE|INSERT OR UPDATE} ON "
    "{p|c|g|t|n|e1} "
    "FOR EACH ROW EXECUTE FUNCTION {logs|notes}()",
    "DROP TRIGGER {t_logs ON t|c_logs ON c|n_logs ON n|t_notes ON t}",
    "CREATE OR REPLACE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + "
    "{3|100}'",
    "CREATE OR REPLACE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO "
    "log (what) "
    "VALUES ('new'); RETURN NEW; END $$",
    "CREATE MATERIALIZED VIEW new_view AS SELECT {id, x FROM p|count(*) AS k FROM {c|e|n}|a, s "
    "FROM t WHERE "
    "live|* FROM g}{|| WITH NO DATA}",
    "CREATE VIEW new_view AS SELECT {id FROM p|a, b FROM t}",
    "CREATE TABLE new_table (id bigint PRIMARY KEY{|, p_id bigint REFERENCES {p|c} (id){| ON "
    "DELETE "
    "CASCADE}})",
    "CREATE TABLE new_table AS SELECT {id, z FROM n|a FROM t|id FROM {p|c|e}}",
    "CREATE TABLE e3 PARTITION OF e FOR VALUES FROM (20) TO (30)",
    "ALTER TABLE e DETACH PARTITION {e1|e2}", "DROP TABLE {e1|e2|g|n CASCADE|t CASCADE}",
    "CREATE TABLE e4 (LIKE e); ALTER TABLE e ATTACH PARTITION e4 FOR VALUES FROM (30) TO (40)",
    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'made') THEN CREATE TRIGGER "
    "made AFTER "
    "INSERT ON {t|n} FOR EACH ROW EXECUTE FUNCTION logs(); END IF; END $$",
    "CREATE RULE new_rule AS ON {INSERT|DELETE} TO n DO {INSTEAD NOTHING|ALSO INSERT INTO log "
    "(what) VALUES "
    "('rule')}",
    "COMMENT ON TABLE {p|t} IS 'x'",
    // Undone again, or put back.
    "ALTER TABLE {t ADD CONSTRAINT look CHECK (a > {0|2})|n ADD CONSTRAINT look UNIQUE (z)|c ADD "
    "CONSTRAINT look FOREIGN KEY (a) REFERENCES p (id)}; ALTER TABLE {t|n|c} DROP CONSTRAINT look",
    "ALTER TABLE {t|c|n} DISABLE TRIGGER USER; UPDATE {t SET a = {3|a + 1}|c SET b = 'w'|n SET z = "
    "2}; ALTER TABLE {t|c|n} ENABLE TRIGGER USER",
    "CREATE FUNCTION helps() RETURNS void LANGUAGE sql AS '{UPDATE n SET z = 9|INSERT INTO n "
    "VALUES (9)|DELETE FROM g}'; SELECT helps(); DROP FUNCTION helps()",
    "ALTER TABLE {t DROP COLUMN b; ALTER TABLE t ADD COLUMN b integer|n DROP COLUMN z; ALTER TABLE "
    "n ADD COLUMN z integer}",
    "ALTER TABLE n ALTER z SET NOT NULL; ALTER TABLE n ALTER z DROP NOT NULL"};

}  // namespace

std::string RowSteps::filled(std::string text) {
  for (std::size_t close = text.find('}'); close != std::string::npos; close = text.find('}')) {
    const std::size_t open = text.rfind('{', close);
    std::vector<std::string> choices{""};
    for (std::size_t i = open + 1; i < close; ++i) {
      if (text[i] == '|')
        choices.emplace_back();
      else
        choices.back() += text[i];
    }
    text.replace(open, close + 1 - open, choices[below(choices.size())]);
  }
  std::replace(text.begin(), text.end(), '~', '|');
  return text;
}

Statements RowSteps::rows() {
  return {"INSERT INTO p (id, code) VALUES (1, 'a'), (2, 'b'), (3, 'c')",
          filled("INSERT INTO c (id, p_id, a, b) VALUES (1, 1, 1, 'x'), (2, 2, 2, {'y'|NULL})"),
          "INSERT INTO g (id, c_id, y) VALUES (1, 1, 1), (2, 2, 2)",
          filled("INSERT INTO t (id, a, b, s, live) VALUES (1, 1, 5, 'x', true), (2, {1|2}, 6, "
                 "'y', {false|NULL})"),
          filled("INSERT INTO e (id, v) VALUES (1, 1), ({2|12}, 2)"),
          "INSERT INTO n (id, z) VALUES (1, 1), (2, 2)"};
}

Statements RowSteps::ancestor() {
  Statements statements;
  for (const char* table : tables) statements.push_back(filled(table));
  for (const char* function : functions) statements.push_back(filled(function));
  for (std::size_t count = below(5); count > 0; --count)
    statements.push_back(filled(extras[below(std::size(extras))]));
  for (std::string& row : rows()) statements.push_back(std::move(row));
  return statements;
}

Statements RowSteps::side(bool writes) {
  Statements statements;
  for (std::size_t count = 1 + below(3); count > 0; --count) {
    const bool row = statements.empty() ? writes : below(3) != 0;
    const char* step = row ? works[below(std::size(works))] : changes[below(std::size(changes))];
    for (std::string& one : statements_of(filled(step))) statements.push_back(std::move(one));
  }
  return statements;
}

}  // namespace schemagate::testing
