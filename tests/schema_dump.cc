// SPDX-License-Identifier: MIT
#include "tests/schema_dump.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <iterator>

#include "base/text.h"
#include "postgres/server.h"
#include "schema/parse.h"
#include "tests/case_file.h"

namespace schemagate::testing {
namespace {

constexpr const char* user_schemas =
    "(select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')";

/// Aclitems in an order of their own; owners' own full rights are spelled out by acldefault.
std::string acl(const std::string& column, const std::string& kind, const std::string& owner) {
  const std::string of =
      kind == "r" ? R"(case relkind when 'S' then 's' else 'r' end::"char")" : "'" + kind + "'";
  return "(select string_agg(a::text, ' ' order by a::text) from unnest(coalesce(" + column +
         ", acldefault(" + of + ", " + owner + "))) a)";
}

std::vector<std::string> queries(int major, bool column_order) {
  const std::string in_user = std::string("in ") + user_schemas;
  const std::string place =
      column_order ? "(select count(*) from pg_attribute b where b.attrelid = a.attrelid and "
                     "b.attnum > 0 and b.attnum <= a.attnum and not b.attisdropped)::text"
                   : "''";
  const std::string compression = "a.attcompression::text";
  const std::string enforced = major >= 18 ? "conenforced::text" : "''";
  std::vector<std::string> list{
      "select concat_ws(' ', 'schema', nspname, pg_get_userbyid(nspowner), " +
          acl("nspacl", "n", "nspowner") +
          ", obj_description(oid, 'pg_namespace')) from pg_namespace where oid " + in_user,
      "select concat_ws(' ', 'extension', extname, extversion, extnamespace::regnamespace, "
      "obj_description(oid, 'pg_extension')) from pg_extension",
      "select concat_ws(' | ', 'relation', c.oid::regclass, relkind, relpersistence, 'owner ' || "
      "pg_get_userbyid(relowner), "
      "'options ' || (select string_agg(o, ',' order by o) from unnest(reloptions) o), 'rls ' || "
      "relrowsecurity::text || relforcerowsecurity::text, 'identity ' || relreplident::text, "
      "'am ' || (select amname from pg_am where oid = relam), 'acl ' || " +
          acl("relacl", "r", "relowner") +
          ", 'comment ' || obj_description(c.oid, 'pg_class'), "
          "'partitioned ' || pg_get_partkeydef(c.oid), 'bound ' || pg_get_expr(relpartbound, "
          "c.oid), 'of ' || nullif(reloftype, 0)::regtype::text, "
          "'populated ' || relispopulated::text, "
          "'parents ' || (select string_agg(inhparent::regclass::text, ',' order by inhseqno) from "
          "pg_inherits where inhrelid = c.oid)) "
          "from pg_class c where relnamespace " +
          in_user + " and relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c', 'i', 'I')",
      "select concat_ws(' | ', 'column', a.attrelid::regclass || '.' || quote_ident(attname), " +
          place +
          ", format_type(atttypid, atttypmod), 'not null ' || attnotnull::text, "
          "'default ' || pg_get_expr(d.adbin, d.adrelid), 'identity ' || attidentity::text, "
          "'generated ' || attgenerated::text, 'collation ' || nullif(attcollation, "
          "0)::regcollation::text, "
          "'storage ' || attstorage::text, 'compression ' || " +
          compression +
          ", 'statistics ' || nullif(attstattarget, -1)::text, 'options ' || (select string_agg(o, "
          "',' order by o) from unnest(attoptions) o where o !~ '^pg_attver='), 'acl ' || "
          "attacl::text, "
          "'local ' || attislocal::text || attinhcount::text, 'comment ' || "
          "col_description(a.attrelid, attnum)) "
          "from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on "
          "d.adrelid = a.attrelid and d.adnum = a.attnum "
          "where relnamespace " +
          in_user +
          " and relkind in ('r', 'p', 'f', 'v', 'm', 'c') and attnum > 0 and not attisdropped",
      "select concat_ws(' | ', 'constraint', coalesce(nullif(conrelid, 0)::regclass::text, "
      "nullif(contypid, 0)::regtype::text), "
      // A key to a partitioned table has a part for each partition, under a name that depends on
      // which names were free when it was made.
      "(select case when k.contype = 'f' and p.conrelid = k.conrelid then 'part of ' || p.conname "
      "else k.conname end from pg_constraint k left join pg_constraint p on p.oid = k.conparentid "
      "where k.oid = c.oid), pg_get_constraintdef(oid), 'valid ' || "
      "convalidated::text, "
      // A primary key that takes over an index says NOT NULL again. Whether a partition's NOT NULL
      // is also its own, nothing shows but the catalog: pg_dump writes it in any case.
      "'local ' || (conislocal and not (contype = 'n' and exists (select from pg_class r where "
      "r.oid = conrelid and r.relispartition)))::text || coninhcount::text, 'no inherit ' || "
      "(connoinherit and contype in ('c', 'n'))::text, "
      "'enforced ' || " +
          enforced +
          ", 'comment ' || obj_description(oid, 'pg_constraint')) "
          "from pg_constraint c where connamespace " +
          in_user + " and contype <> 't'",
      "select concat_ws(' | ', 'index', regexp_replace(pg_get_indexdef(indexrelid), ' WITH "
      "\\([^)]*\\)', ''), 'valid ' || indisvalid::text, 'clustered ' || indisclustered::text, "
      "'identity ' || indisreplident::text, "
      "'primary ' || indisprimary::text, 'options ' || (select string_agg(o, ',' order by o) from "
      "unnest(reloptions) o)) "
      "from pg_index join pg_class c on c.oid = indexrelid where relnamespace " +
          in_user,
      "select concat_ws(' | ', 'view', c.oid::regclass, pg_get_viewdef(c.oid)) from pg_class c "
      "where relnamespace " +
          in_user + " and relkind in ('v', 'm')",
      "select concat_ws(' | ', 'sequence', seqrelid::regclass, format_type(seqtypid, null), "
      "seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle, "
      "'owned ' || (select deptype::text || refobjid::regclass || '.' || (select attname from "
      "pg_attribute where attrelid = refobjid and attnum = refobjsubid) "
      "from pg_depend where classid = 'pg_class'::regclass and objid = seqrelid and refclassid = "
      "'pg_class'::regclass and refobjsubid > 0)) "
      "from pg_sequence join pg_class c on c.oid = seqrelid where relnamespace " +
          in_user,
      "select concat_ws(' | ', 'function', p.oid::regprocedure, case when prokind = 'a' then "
      "(select concat_ws(' ', aggtransfn, aggfinalfn, aggtranstype::regtype, agginitval) from "
      "pg_aggregate where aggfnoid = p.oid) else pg_get_functiondef(p.oid) end, "
      "'owner ' || pg_get_userbyid(proowner), 'acl ' || " +
          acl("proacl", "f", "proowner") +
          ", 'comment ' || obj_description(p.oid, 'pg_proc')) from pg_proc p where pronamespace " +
          in_user,
      "select concat_ws(' | ', 'trigger', tgrelid::regclass, pg_get_triggerdef(t.oid), tgenabled, "
      "'comment ' || obj_description(t.oid, 'pg_trigger')) "
      "from pg_trigger t join pg_class c on c.oid = tgrelid where not tgisinternal and "
      "relnamespace " +
          in_user,
      "select concat_ws(' | ', 'policy', polrelid::regclass, polname, polcmd, polpermissive, "
      "(select string_agg(pg_get_userbyid(r), ',' order by pg_get_userbyid(r)) from "
      "unnest(polroles) r), "
      "pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), 'comment ' || "
      "obj_description(oid, 'pg_policy')) from pg_policy",
      "select concat_ws(' | ', 'rule', ev_class::regclass, pg_get_ruledef(r.oid), ev_enabled, "
      "'comment ' || obj_description(r.oid, 'pg_rewrite')) "
      "from pg_rewrite r join pg_class c on c.oid = ev_class where rulename <> '_RETURN' and "
      "relnamespace " +
          in_user,
      "select concat_ws(' | ', 'type', format_type(t.oid, null), typtype, 'owner ' || "
      "pg_get_userbyid(typowner), 'acl ' || " +
          acl("typacl", "T", "typowner") +
          ", "
          "'values ' || (select string_agg(quote_literal(enumlabel), ',' order by enumsortorder) "
          "from pg_enum where enumtypid = t.oid), "
          "'base ' || format_type(nullif(typbasetype, 0), typtypmod), 'not null ' || "
          "typnotnull::text, 'default ' || typdefault, 'collation ' || nullif(typcollation, "
          "0)::regcollation::text, "
          "'range ' || (select concat_ws(' ', rngsubtype::regtype, nullif(rngsubdiff, 0)::regproc, "
          "rngmultitypid::regtype) from pg_range where rngtypid = t.oid), 'comment ' || "
          "obj_description(t.oid, 'pg_type')) "
          "from pg_type t where typnamespace " +
          in_user +
          " and typelem = 0 and (typrelid = 0 or exists (select from pg_class where oid = typrelid "
          "and relkind = 'c'))",
      "select concat_ws(' | ', 'statistics', pg_get_statisticsobjdef(oid), 'comment ' || "
      "obj_description(oid, 'pg_statistic_ext')) from pg_statistic_ext",
      "select concat_ws(' | ', 'publication', pubname, puballtables, pubinsert, pubupdate, "
      "pubdelete, pubtruncate, (select string_agg(prrelid::regclass::text, ',' order by "
      "prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid)) from "
      "pg_publication p",
      "select concat_ws(' | ', 'default privileges', pg_get_userbyid(defaclrole), "
      "defaclnamespace::regnamespace, defaclobjtype, defaclacl) from pg_default_acl",
      "select concat_ws(' | ', 'event trigger', evtname, evtevent, evtfoid::regproc, evtenabled) "
      "from pg_event_trigger"};
  return list;
}

void demand(postgres::Session& session, const std::string& sql) {
  const postgres::Answer answer = session.run(sql);
  INFO(sql << "\n" << (answer.error ? answer.error->message : ""));
  REQUIRE(answer.ok());
}

void add_lines(postgres::Session& session, const std::string& query,
               std::vector<std::string>& lines) {
  const postgres::Answer answer = session.run(query);
  INFO(query << "\n" << (answer.error ? answer.error->message : ""));
  REQUIRE(answer.ok());
  for (const postgres::Row& row : answer.rows) lines.push_back(row[0].value_or(""));
}

}  // namespace

std::vector<std::string> schema_dump(postgres::Session& session, bool column_order) {
  demand(session, "SET search_path = ''");
  std::vector<std::string> lines;
  add_lines(session, join(queries(session.major(), column_order), " union all "), lines);
  demand(session, "RESET search_path");
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> rows_dump(postgres::Session& session, const std::string& without) {
  demand(session, "SET search_path = ''");
  const postgres::Answer relations = session.run(
      std::string("select oid::regclass::text from pg_class where relkind in ('r', 'm') and "
                  "relispopulated and relnamespace in ") +
      user_schemas);
  REQUIRE(relations.ok());
  std::vector<std::string> all, lines;
  for (const postgres::Row& relation : relations.rows) {
    const std::string name = relation[0].value_or("");
    all.push_back("select concat_ws(' ', 'row of " + name + "', to_jsonb(t) - '" + without +
                  "') from " + name + " t");
  }
  if (!all.empty()) add_lines(session, join(all, " union all "), lines);
  demand(session, "RESET search_path");
  std::sort(lines.begin(), lines.end());
  return lines;
}

void reset_database(postgres::Session& session) {
  demand(session, "RESET ALL");  // a time limit of what ran before is no limit of this
  // Tables first: an extension that takes indexes over its operator classes along may fail to.
  demand(session, R"(DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', name); END LOOP;
    FOR name IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', name); END LOOP;
    SELECT 'DROP TABLE ' || string_agg(c.oid::regclass::text, ', ') || ' CASCADE' INTO name FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e');
    IF name IS NOT NULL THEN EXECUTE name; END IF;
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
      EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
    FOR name IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE format('DROP EXTENSION %I CASCADE', name); END LOOP;
    FOR name IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', name); END LOOP;
    DELETE FROM pg_default_acl;
    CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'standard public schema';
    END $$)");
  demand(session, "RESET ALL");
}

std::string run_script(postgres::Session& session, const std::string& script) {
  for (const Statement& statement : parse_text(script).statements) {
    const std::string sql =
        script.substr(statement.span.begin, statement.span.end - statement.span.begin);
    const postgres::Answer answer = session.run(sql);
    if (answer.ok()) continue;
    session.run("ROLLBACK");
    return answer.error->message + "\n  " + sql + "\n";
  }
  session.run("RESET ALL");
  return "";
}

void on_every_server(const std::function<void(postgres::Session&, int major)>& use) {
  const auto servers = postgres::installed_servers(source_path(".").string());
  REQUIRE(!servers.empty());
  const char* only = std::getenv("SCHEMAGATE_MAJOR");
  for (const postgres::Installation& installation : servers) {
    if (only != nullptr && std::to_string(installation.major) != only) continue;
    auto started = postgres::EphemeralServer::start(installation);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    auto opened = std::get<postgres::EphemeralServer>(started).administer();
    REQUIRE(std::holds_alternative<postgres::Session>(opened));
    postgres::Session& session = std::get<postgres::Session>(opened);
    for (const char* role : {"plans_a", "plans_b", "plans_reader"})
      REQUIRE(session.run("CREATE ROLE " + std::string(role)).ok());
    use(session, installation.major);
  }
}

std::string difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual) {
  std::vector<std::string> missing, surplus;
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(),
                      std::back_inserter(missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(),
                      std::back_inserter(surplus));
  std::string text;
  for (const std::string& line : missing) text += "- " + line + "\n";
  for (const std::string& line : surplus) text += "+ " + line + "\n";
  return text;
}

}  // namespace schemagate::testing
