// SPDX-License-Identifier: MIT
#include "postgres/introspect_queries.h"

#include "base/text.h"

namespace schemagate::postgres {
namespace {

/// {users n}: the schema n is not one of the system's. {own pg_class c.oid}: not a member of an
/// extension.
std::string expanded(std::string sql) {
  sql = replace_all(std::move(sql), "{users n}",
                    "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'");
  for (auto at = sql.find("{own "); at != std::string::npos; at = sql.find("{own ", at)) {
    const auto end = sql.find('}', at), space = sql.find(' ', at + 5);
    const std::string catalog = sql.substr(at + 5, space - at - 5),
                      oid = sql.substr(space + 1, end - space - 1);
    sql.replace(at, end + 1 - at,
                "NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = '" + catalog +
                    "'::regclass AND own.objid = " + oid + " AND own.deptype = 'e')");
  }
  return sql;
}

// ---- parts of statements
// ---------------------------------------------------------------------------

/// Options of sequence `s` (pg_sequence) that are not the defaults of its type and direction.
const std::string sequence_options = R"(
  concat(CASE WHEN s.seqincrement <> 1 THEN ' INCREMENT BY ' || s.seqincrement END,
    CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE lowest END THEN ' MINVALUE ' || s.seqmin END,
    CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN highest ELSE -1 END THEN ' MAXVALUE ' || s.seqmax END,
    CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN ' START WITH ' || s.seqstart END,
    CASE WHEN s.seqcache <> 1 THEN ' CACHE ' || s.seqcache END, CASE WHEN s.seqcycle THEN ' CYCLE' END))";
const std::string sequence_limits = R"(
  CROSS JOIN LATERAL (SELECT CASE s.seqtypid WHEN 'int2'::regtype THEN -32768 WHEN 'int4'::regtype THEN -2147483648 ELSE -9223372036854775808 END AS lowest,
                             CASE s.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END AS highest) limits)";

/// " WITH (fillfactor='70')" of reloptions.
std::string with_options(const std::string& options) {
  return "coalesce((SELECT ' WITH (' || string_agg(format('%s=%L', option_name, option_value), ', "
         "') || ')'"
         " FROM pg_options_to_table(" +
         options + ")), '')";
}

/// " WITH (fillfactor='70', toast.autovacuum_enabled='false')" of table `c`, whose TOAST table has
/// options of its own.
const std::string table_options = R"(
  coalesce((SELECT ' WITH (' || string_agg(format('%s=%L', option_name, option_value), ', ') || ')'
            FROM (SELECT option_name, option_value FROM pg_options_to_table(c.reloptions)
                  UNION ALL SELECT 'toast.' || option_name, option_value FROM pg_class toast, pg_options_to_table(toast.reloptions) WHERE toast.oid = c.reltoastrelid) AS o), ''))";

/// "n_distinct='5'"; NULL when there is none. Newer minor versions keep marks of their own there
/// (pg_attver).
std::string alter_options(const std::string& options) {
  return "(SELECT string_agg(format('%s=%L', option_name, option_value), ', ') FROM "
         "pg_options_to_table(" +
         options + ") WHERE option_name !~ '^pg_')";
}

/// Of a NOT NULL column `a` of table `c`: " NOT NULL", from 18 on with the name it was given. One
/// that is not valid is added after the table.
const std::string not_null_before_18 =
    "CASE WHEN a.attnotnull AND a.attidentity = '' THEN ' NOT NULL' END";
const std::string not_null_since_18 = R"(
  (SELECT CASE WHEN k.conname = c.relname || '_' || a.attname || '_not_null' OR a.attidentity <> '' THEN '' ELSE format(' CONSTRAINT %I', k.conname) END
          || ' NOT NULL' || CASE WHEN k.connoinherit THEN ' NO INHERIT' ELSE '' END
   FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND k.conislocal AND k.convalidated))";

/// The definitions of the columns that table `c` has by itself.
std::string column_list(const std::string& not_null) {
  return R"(
  (SELECT string_agg(concat(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
      CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' END,
      CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END,
      CASE a.attgenerated WHEN '' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                          ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') ' || CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END END,
      (SELECT concat(' GENERATED ', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, ' AS IDENTITY',
                     ' (' || nullif(ltrim(concat(CASE WHEN sc.relname <> c.relname || '_' || a.attname || '_seq' THEN format(' SEQUENCE NAME %I.%I', sn.nspname, sc.relname) END, )" +
         sequence_options + R"()), '') || ')')
       FROM pg_depend i JOIN pg_class sc ON sc.oid = i.objid JOIN pg_namespace sn ON sn.oid = sc.relnamespace JOIN pg_sequence s ON s.seqrelid = sc.oid)" +
         sequence_limits + R"(
       WHERE a.attidentity <> '' AND i.classid = 'pg_class'::regclass AND i.refclassid = 'pg_class'::regclass AND i.refobjid = c.oid
             AND i.refobjsubid = a.attnum AND i.deptype = 'i'),
      CASE WHEN c.relkind = 'f' THEN (SELECT ' OPTIONS (' || string_agg(format('%I %L', option_name, option_value), ', ') || ')' FROM pg_options_to_table(a.attfdwoptions)) END,
      )" +
         not_null + R"(), E',\n  ' ORDER BY a.attnum)
   FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal))";
}

/// What partition `c` says of columns beyond its parent: defaults, and NOT NULL.
const std::string partition_columns = R"(
  (SELECT ' (' || string_agg(concat(quote_ident(a.attname),
      CASE WHEN pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(pd.adbin, pd.adrelid) AND a.attgenerated = '' THEN ' DEFAULT ' || coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL') END,
      CASE WHEN a.attnotnull AND NOT p.attnotnull THEN ' NOT NULL' END), ', ' ORDER BY a.attnum) || ')'
   FROM pg_inherits i JOIN pg_attribute a ON a.attrelid = i.inhrelid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_attrdef pd ON pd.adrelid = p.attrelid AND pd.adnum = p.attnum
   WHERE i.inhrelid = c.oid AND (a.attnotnull AND NOT p.attnotnull
         OR pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_get_expr(pd.adbin, pd.adrelid) AND a.attgenerated = '')))";

/// What table `c` of a composite type says of its columns: defaults, and NOT NULL.
std::string typed_columns(const std::string& not_null) {
  return R"(
  (SELECT ' (' || string_agg(concat(quote_ident(a.attname), ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), )" +
         not_null + R"(), ', ' ORDER BY a.attnum) || ')'
   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnotnull OR d.oid IS NOT NULL)))";
}

std::string tables(const std::string& not_null) {
  return R"(
  SELECT concat('CREATE ', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' END, CASE WHEN c.relkind = 'f' THEN 'FOREIGN ' END,
    format('TABLE %I.%I', n.nspname, c.relname),
    CASE WHEN c.relispartition THEN (SELECT format(' PARTITION OF %s', i.inhparent::regclass) FROM pg_inherits i WHERE i.inhrelid = c.oid) || coalesce()" +
         partition_columns + R"(, '') || ' ' || pg_get_expr(c.relpartbound, c.oid)
         WHEN c.reloftype <> 0 THEN ' OF ' || c.reloftype::regtype || coalesce()" +
         typed_columns(not_null) + R"(, '')
         ELSE coalesce(E' (\n  ' || )" +
         column_list(not_null) + R"( || E'\n)', ' ()') END,
    CASE WHEN NOT c.relispartition THEN (SELECT ' INHERITS (' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) || ')' FROM pg_inherits i WHERE i.inhrelid = c.oid) END,
    CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END,
    (SELECT format(' SERVER %I', fs.srvname) || coalesce(' OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ') FROM pg_options_to_table(ft.ftoptions)) || ')', '')
     FROM pg_foreign_table ft JOIN pg_foreign_server fs ON fs.oid = ft.ftserver WHERE ft.ftrelid = c.oid),
    (SELECT format(' USING %I', am.amname) FROM pg_am am WHERE am.oid = c.relam AND am.amname <> 'heap'),
    )" + table_options +
         R"(,
    (SELECT format(' TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
  ORDER BY c.relispartition, c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid), n.nspname, c.relname)";
}

/// "ALTER TABLE s.t", for columns, constraints and the like of relation `c`.
const std::string alter_table =
    R"(format('ALTER %s %I.%I', CASE c.relkind WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, n.nspname, c.relname))";

std::vector<std::string> types() {
  return {
      R"(SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder))
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_enum e ON e.enumtypid = t.oid
         WHERE t.typtype = 'e' AND {users n} AND {own pg_type t.oid} GROUP BY n.nspname, t.typname ORDER BY n.nspname, t.typname)",
      R"(SELECT format('CREATE TYPE %I.%I AS (%s)', n.nspname, c.relname, string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END, ', ' ORDER BY a.attnum))
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              LEFT JOIN (pg_attribute a JOIN pg_type t ON t.oid = a.atttypid) ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relkind = 'c' AND {users n} AND {own pg_type c.reltype} GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname)",
      R"(SELECT concat(format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod)),
                CASE WHEN t.typcollation <> b.typcollation THEN ' COLLATE ' || t.typcollation::regcollation END,
                ' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), CASE WHEN t.typnotnull THEN ' NOT NULL' END,
                (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
                 FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
         WHERE t.typtype = 'd' AND {users n} AND {own pg_type t.oid} ORDER BY n.nspname, t.typname)",
      R"(SELECT format('ALTER DOMAIN %I.%I ADD CONSTRAINT %I %s', n.nspname, t.typname, k.conname, pg_get_constraintdef(k.oid))
         FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE k.contype = 'c' AND NOT k.convalidated AND {users n} AND {own pg_type t.oid} ORDER BY n.nspname, t.typname, k.conname)",
      R"(SELECT concat(format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s', n.nspname, t.typname, format_type(r.rngsubtype, NULL)),
                CASE WHEN NOT o.opcdefault THEN format(', SUBTYPE_OPCLASS = %I.%I', no.nspname, o.opcname) END,
                CASE WHEN r.rngcollation <> s.typcollation THEN ', COLLATION = ' || r.rngcollation::regcollation END,
                CASE WHEN r.rngcanonical <> 0 THEN ', CANONICAL = ' || r.rngcanonical::regproc END,
                CASE WHEN r.rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END,
                format(', MULTIRANGE_TYPE_NAME = %s', r.rngmultitypid::regtype), ')')
         FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type s ON s.oid = r.rngsubtype
              JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace no ON no.oid = o.opcnamespace
         WHERE {users n} AND {own pg_type t.oid} ORDER BY n.nspname, t.typname)",
  };
}

std::vector<std::string> routines() {
  return {
      R"(SELECT rtrim(pg_get_functiondef(p.oid), E' \n') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE p.prokind IN ('f', 'p', 'w') AND {users n} AND {own pg_proc p.oid}
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i') ORDER BY n.nspname, p.proname, p.oid::regprocedure::text)",
      R"(SELECT concat(format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s', n.nspname, p.proname,
                  CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END, a.aggtransfn::regproc, format_type(a.aggtranstype, NULL)),
                CASE WHEN a.aggtransspace <> 0 THEN ', SSPACE = ' || a.aggtransspace END,
                CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc END, CASE WHEN a.aggfinalextra THEN ', FINALFUNC_EXTRA' END,
                CASE WHEN a.aggfinalfn <> 0 AND a.aggfinalmodify <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END::"char"
                     THEN ', FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
                CASE WHEN a.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || a.aggcombinefn::regproc END,
                CASE WHEN a.aggserialfn <> 0 THEN ', SERIALFUNC = ' || a.aggserialfn::regproc END,
                CASE WHEN a.aggdeserialfn <> 0 THEN ', DESERIALFUNC = ' || a.aggdeserialfn::regproc END,
                ', INITCOND = ' || quote_literal(a.agginitval),
                CASE WHEN a.aggmtransfn <> 0 THEN format(', MSFUNC = %s, MINVFUNC = %s, MSTYPE = %s', a.aggmtransfn::regproc, a.aggminvtransfn::regproc, format_type(a.aggmtranstype, NULL)) END,
                CASE WHEN a.aggmfinalfn <> 0 THEN ', MFINALFUNC = ' || a.aggmfinalfn::regproc END, ', MINITCOND = ' || quote_literal(a.aggminitval),
                CASE WHEN a.aggsortop <> 0 THEN ', SORTOP = OPERATOR(' || a.aggsortop::regoper || ')' END,
                CASE WHEN a.aggkind = 'h' THEN ', HYPOTHETICAL' END, CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' END, ')')
         FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE {users n} AND {own pg_proc p.oid} ORDER BY n.nspname, p.proname, p.oid::regprocedure::text)",
  };
}

/// `locale` is the locale of a collation that libc does not provide, `rules` what ICU is told.
std::string collations(const std::string& locale, const std::string& rules) {
  return R"(
  SELECT concat(format('CREATE COLLATION %I.%I (', n.nspname, o.collname), CASE WHEN NOT o.collisdeterministic THEN 'deterministic = false, ' END,
                CASE WHEN o.collprovider <> 'c' THEN format('locale = %L, ', )" +
         locale + R"() WHEN o.collcollate = o.collctype THEN format('locale = %L, ', o.collcollate)
                     ELSE format('lc_collate = %L, lc_ctype = %L, ', o.collcollate, o.collctype) END,
                CASE o.collprovider WHEN 'i' THEN 'provider = icu' WHEN 'b' THEN 'provider = builtin' ELSE 'provider = libc' END, )" +
         rules + R"(, ')')
  FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE {users n} AND {own pg_collation o.oid} ORDER BY n.nspname, o.collname)";
}

/// Dictionaries, and configurations with one statement for each list of dictionaries.
std::vector<std::string> text_search() {
  return {
      R"(SELECT format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, tn.nspname, t.tmplname, ', ' || d.dictinitoption)
         FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
         WHERE {users n} AND {own pg_ts_dict d.oid} ORDER BY n.nspname, d.dictname)",
      R"(SELECT format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', n.nspname, c.cfgname, pn.nspname, p.prsname)
         FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
         WHERE {users n} AND {own pg_ts_config c.oid} ORDER BY n.nspname, c.cfgname)",
      R"(SELECT format('ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %s WITH %s', m.nspname, m.cfgname, string_agg(quote_ident(m.alias), ', ' ORDER BY m.alias), m.dictionaries)
         FROM (SELECT n.nspname, c.cfgname, t.alias, (SELECT string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid AND m.maptokentype = t.tokid) AS dictionaries
               FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace CROSS JOIN LATERAL ts_token_type(c.cfgparser) AS t WHERE {users n} AND {own pg_ts_config c.oid}) AS m
         WHERE m.dictionaries IS NOT NULL GROUP BY m.nspname, m.cfgname, m.dictionaries ORDER BY m.nspname, m.cfgname, m.dictionaries)"};
}

/// Operators and casts of the user's own.
std::vector<std::string> operators() {
  return {
      R"(SELECT concat(format('CREATE OPERATOR %I.%s (FUNCTION = %s', n.nspname, o.oprname, o.oprcode::regproc), ', LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
                ', RIGHTARG = ' || format_type(nullif(o.oprright, 0), NULL),
                (SELECT format(', COMMUTATOR = OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprcom),
                (SELECT format(', NEGATOR = OPERATOR(%I.%s)', cn.nspname, c.oprname) FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
                ', RESTRICT = ' || nullif(o.oprrest, 0)::regproc, ', JOIN = ' || nullif(o.oprjoin, 0)::regproc,
                CASE WHEN o.oprcanhash THEN ', HASHES' END, CASE WHEN o.oprcanmerge THEN ', MERGES' END, ')')
         FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
         WHERE o.oprcode <> 0 AND {users n} AND {own pg_operator o.oid} ORDER BY n.nspname, o.oprname, o.oid::regoperator::text)",
      R"(SELECT concat(format('CREATE CAST (%s AS %s) ', format_type(o.castsource, NULL), format_type(o.casttarget, NULL)),
                CASE o.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || o.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
                CASE o.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END)
         FROM pg_cast o WHERE o.oid >= 16384 AND {own pg_cast o.oid}
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = o.oid AND d.deptype = 'i') ORDER BY 1)",
  };
}

const std::string event_triggers = R"(
  SELECT concat(format('CREATE EVENT TRIGGER %I ON %s', o.evtname, o.evtevent),
                ' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ') FROM unnest(o.evttags) AS tag) || ')', format(' EXECUTE FUNCTION %s()', o.evtfoid::regproc))
  FROM pg_event_trigger o WHERE {own pg_event_trigger o.oid} ORDER BY o.evtname)";

const std::string event_trigger_states = R"(
  SELECT format('ALTER EVENT TRIGGER %I %s', o.evtname, CASE o.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END)
  FROM pg_event_trigger o WHERE o.evtenabled <> 'O' AND {own pg_event_trigger o.oid} ORDER BY o.evtname)";

/// What may be a secret is left out.
std::vector<std::string> foreign_data() {
  const auto options = [](const std::string& of) {
    return "' OPTIONS (' || (SELECT string_agg(format('%I %L', option_name, option_value), ', ') "
           "FROM pg_options_to_table(" +
           of + ") WHERE option_name !~ '(password|secret|key|token)') || ')'";
  };
  return {
      R"(SELECT concat(format('CREATE FOREIGN DATA WRAPPER %I', w.fdwname), ' HANDLER ' || nullif(w.fdwhandler, 0)::regproc, ' VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc, )" +
          options("w.fdwoptions") +
          R"() FROM pg_foreign_data_wrapper w WHERE {own pg_foreign_data_wrapper w.oid} ORDER BY w.fdwname)",
      R"(SELECT concat(format('CREATE SERVER %I', s.srvname), ' TYPE ' || quote_literal(s.srvtype), ' VERSION ' || quote_literal(s.srvversion), format(' FOREIGN DATA WRAPPER %I', w.fdwname), )" +
          options("s.srvoptions") + R"()
         FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE {own pg_foreign_server s.oid} ORDER BY s.srvname)",
      R"(SELECT concat(format('CREATE USER MAPPING FOR %s SERVER %I', CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END, u.srvname), )" +
          options("u.umoptions") + R"()
         FROM pg_user_mappings u WHERE {own pg_foreign_server u.srvid} ORDER BY u.srvname, u.usename)",
  };
}

std::vector<std::string> parts_of_tables() {
  return {
      "SELECT format('%s ALTER COLUMN %I SET STORAGE %s', " + alter_table +
          R"(, a.attname, CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attstorage <> t.typstorage AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname, a.attnum)",
      "SELECT format('%s ALTER COLUMN %I SET STATISTICS %s', " + alter_table +
          R"(, a.attname, a.attstattarget)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget >= 0 AND c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname, a.attnum)",
      "SELECT format('%s ALTER COLUMN %I SET (%s)', " + alter_table + ", a.attname, " +
          alter_options("a.attoptions") + R"()
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attnum > 0 AND NOT a.attisdropped AND )" +
          alter_options("a.attoptions") +
          R"( IS NOT NULL AND c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname, a.attnum)",
      // What a child by INHERITS says otherwise than its parents of a column that it has from them.
      "SELECT concat(" + alter_table +
          R"(, format(' ALTER COLUMN %I ', a.attname), coalesce('SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT'))
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
              LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT a.attislocal AND a.attgenerated = '' AND NOT c.relispartition AND c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
               AND NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname LEFT JOIN pg_attrdef pd ON pd.adrelid = p.attrelid AND pd.adnum = p.attnum
                               WHERE i.inhrelid = c.oid AND pg_get_expr(pd.adbin, pd.adrelid) IS NOT DISTINCT FROM pg_get_expr(d.adbin, d.adrelid))
         ORDER BY n.nspname, c.relname, a.attnum)",
      R"(SELECT format('ALTER SEQUENCE %I.%I OWNED BY %s.%I', n.nspname, c.relname, d.refobjid::regclass, a.attname)
         FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname)",
      // Constraints: keys first, foreign keys last. What came from a parent comes with the parent
      // again.
      "SELECT format('%s ADD CONSTRAINT %I %s', " + alter_table +
          R"(, k.conname, pg_get_constraintdef(k.oid))
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE (k.contype IN ('c', 'p', 'u', 'x', 'f') OR k.contype = 'n' AND NOT k.convalidated) AND k.conislocal AND k.conparentid = 0 AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY k.contype = 'f', n.nspname, c.relname, k.contype, k.conname)",
      // Indexes of partitions that did not get their names from the server: those above find them.
      R"(SELECT replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class t ON t.oid = i.indrelid
         WHERE c.relispartition AND (NOT (starts_with(c.relname, t.relname || '_') AND c.relname ~ '_idx[0-9]*$')
               OR EXISTS (SELECT FROM pg_inherits h JOIN pg_index p ON p.indexrelid = h.inhparent WHERE h.inhrelid = c.oid AND NOT p.indisvalid)) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
               AND {users n} AND {own pg_class c.oid} AND {own pg_class t.oid} ORDER BY c.relkind = 'I', n.nspname, t.relname, c.relname)",
      R"(SELECT CASE WHEN c.relkind = 'I' AND i.indisvalid THEN replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') ELSE pg_get_indexdef(c.oid) END
                || CASE WHEN c.reltablespace <> 0 THEN (SELECT format(' TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace) ELSE '' END
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class t ON t.oid = i.indrelid
         WHERE NOT c.relispartition AND t.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
               AND {users n} AND {own pg_class c.oid} AND {own pg_class t.oid} ORDER BY n.nspname, t.relname, c.relname)",
      // Of an index that waits for more of them nothing finds its parts.
      R"(SELECT format('ALTER INDEX %s ATTACH PARTITION %s', h.inhparent::regclass, c.oid::regclass)
         FROM pg_inherits h JOIN pg_index p ON p.indexrelid = h.inhparent JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT p.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = h.inhparent) AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname)",
      R"(SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, c.relname, a.attnum, a.attstattarget)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attstattarget >= 0 AND c.relkind IN ('i', 'I') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
         ORDER BY n.nspname, c.relname, a.attnum)",
      "SELECT format('ALTER INDEX %I.%I SET (%s)', n.nspname, c.relname, " +
          alter_options("c.reloptions") + R"()
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conindid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE k.contype IN ('p', 'u', 'x') AND c.reloptions IS NOT NULL AND {users n} AND {own pg_class k.conrelid} ORDER BY n.nspname, c.relname)",
      "SELECT format('%s CLUSTER ON %I', " + alter_table + R"(, x.relname)
         FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE i.indisclustered AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname)",
      "SELECT format('%s REPLICA IDENTITY %s', " + alter_table +
          R"(, CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
                ELSE (SELECT format('USING INDEX %I', x.relname) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) END)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname)",
      R"(SELECT concat(format('CREATE VIEW %I.%I', n.nspname, c.relname), )" +
          with_options("c.reloptions") + R"(, ' AS', rtrim(pg_get_viewdef(c.oid), ';'))
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname)",
      R"(SELECT concat(format('CREATE MATERIALIZED VIEW %I.%I', n.nspname, c.relname), (SELECT format(' USING %I', am.amname) FROM pg_am am WHERE am.oid = c.relam AND am.amname <> 'heap'), )" +
          table_options +
          R"(, (SELECT format(' TABLESPACE %I', s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace),
                ' AS', rtrim(pg_get_viewdef(c.oid), ';'), CASE WHEN NOT c.relispopulated THEN ' WITH NO DATA' END)
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname)",
      R"(SELECT format('ALTER VIEW %I.%I ALTER COLUMN %I SET DEFAULT %s', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
         FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid AND c.relkind = 'v' JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
         WHERE {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, a.attnum)",
      R"(SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
         WHERE {users n} AND {own pg_statistic_ext s.oid} ORDER BY n.nspname, s.stxname)",
      R"(SELECT format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
         WHERE s.stxstattarget >= 0 AND {users n} AND {own pg_statistic_ext s.oid} ORDER BY n.nspname, s.stxname)",
      R"(SELECT pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} AND {own pg_trigger g.oid} ORDER BY n.nspname, c.relname, g.tgname)",
      R"(SELECT format('ALTER TABLE %I.%I %s TRIGGER %I', n.nspname, c.relname, CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
         FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgenabled <> 'O' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, g.tgname)",
      R"(SELECT rtrim(pg_get_ruledef(r.oid), ';') FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.rulename <> '_RETURN' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, r.rulename)",
      R"(SELECT format('ALTER TABLE %I.%I %s RULE %I', n.nspname, c.relname, CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, r.rulename)
         FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'O' AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, r.rulename)",
      R"(SELECT format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname, word) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              CROSS JOIN LATERAL (VALUES ('ENABLE', c.relrowsecurity), ('FORCE', c.relforcerowsecurity)) AS w(word, is_on)
         WHERE w.is_on AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, word)",
      R"(SELECT concat(format('CREATE POLICY %I ON %I.%I', p.polname, n.nspname, c.relname), CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
                CASE WHEN p.polroles <> '{0}' THEN ' TO ' || (SELECT string_agg(CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ' ORDER BY pg_get_userbyid(role)) FROM unnest(p.polroles) AS role) END,
                ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
         FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {users n} AND {own pg_class c.oid} ORDER BY n.nspname, c.relname, p.polname)",
  };
}

/// `members` is what follows CREATE PUBLICATION for publication p, NULL when it has none.
std::string publications(const std::string& members) {
  return R"(
  SELECT concat(format('CREATE PUBLICATION %I', p.pubname), CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE ' FOR ' || ()" +
         members + R"() END,
         format(' WITH (publish = %L', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                                 CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)),
         CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' END, ')')
  FROM pg_publication p WHERE {own pg_publication p.oid} ORDER BY p.pubname)";
}
const std::string published_in_14 = R"(
  SELECT 'TABLE ' || string_agg(pr.prrelid::regclass::text, ', ' ORDER BY pr.prrelid::regclass::text) FROM pg_publication_rel pr WHERE pr.prpubid = p.oid)";
const std::string published_since_15 = R"(
  SELECT string_agg(member, ', ' ORDER BY member) FROM (
    SELECT concat('TABLE ', pr.prrelid::regclass,
                  ' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = pr.prrelid AND a.attnum = ANY (pr.prattrs)) || ')',
                  ' WHERE (' || pg_get_expr(pr.prqual, pr.prrelid) || ')') AS member
    FROM pg_publication_rel pr WHERE pr.prpubid = p.oid
    UNION ALL SELECT 'TABLES IN SCHEMA ' || quote_ident(sn.nspname)
    FROM pg_publication_namespace ps JOIN pg_namespace sn ON sn.oid = ps.pnnspid WHERE ps.pnpubid = p.oid) AS members)";

/// Comments on everything that has a schema, with the words that COMMENT ON wants.
const std::string comments = R"(
  SELECT format('COMMENT ON %s IS %L', target, description) FROM (
    SELECT n.nspname, CASE WHEN d.objsubid > 0 THEN format('COLUMN %I.%I.%I', n.nspname, c.relname, a.attname)
        ELSE format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE'
                                           WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, n.nspname, c.relname) END AS target, d.description
    FROM pg_description d JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
    WHERE d.classoid = 'pg_class'::regclass AND {users n} AND {own pg_class c.oid}
    UNION ALL SELECT n.nspname, format('SCHEMA %I', n.nspname), d.description FROM pg_description d JOIN pg_namespace n ON n.oid = d.objoid
    WHERE d.classoid = 'pg_namespace'::regclass AND {users n} AND {own pg_namespace n.oid} AND (n.nspname, d.description) <> ('public', 'standard public schema')
    UNION ALL SELECT n.nspname, format('%s %I.%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname), d.description
    FROM pg_description d JOIN pg_type t ON t.oid = d.objoid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE d.classoid = 'pg_type'::regclass AND {users n} AND {own pg_type t.oid}
    UNION ALL SELECT n.nspname, format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
                     CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN format('%I.%I(*)', n.nspname, p.proname) ELSE p.oid::regprocedure::text END), d.description
    FROM pg_description d JOIN pg_proc p ON p.oid = d.objoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE d.classoid = 'pg_proc'::regclass AND {users n} AND {own pg_proc p.oid}
    UNION ALL SELECT n.nspname, CASE WHEN k.contypid <> 0 THEN format('CONSTRAINT %I ON DOMAIN %s', k.conname, k.contypid::regtype) ELSE format('CONSTRAINT %I ON %s', k.conname, k.conrelid::regclass) END, d.description
    FROM pg_description d JOIN pg_constraint k ON k.oid = d.objoid JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE d.classoid = 'pg_constraint'::regclass AND {users n} AND {own pg_class k.conrelid}
    UNION ALL SELECT n.nspname, format('TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass), d.description
    FROM pg_description d JOIN pg_trigger g ON g.oid = d.objoid JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE d.classoid = 'pg_trigger'::regclass AND {users n} AND {own pg_class c.oid}
    UNION ALL SELECT n.nspname, format('POLICY %I ON %s', p.polname, p.polrelid::regclass), d.description
    FROM pg_description d JOIN pg_policy p ON p.oid = d.objoid JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE d.classoid = 'pg_policy'::regclass AND {users n} AND {own pg_class c.oid}
    UNION ALL SELECT n.nspname, format('RULE %I ON %s', r.rulename, r.ev_class::regclass), d.description
    FROM pg_description d JOIN pg_rewrite r ON r.oid = d.objoid JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE d.classoid = 'pg_rewrite'::regclass AND {users n} AND {own pg_class c.oid}
    UNION ALL SELECT n.nspname, format('STATISTICS %I.%I', n.nspname, s.stxname), d.description
    FROM pg_description d JOIN pg_statistic_ext s ON s.oid = d.objoid JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE d.classoid = 'pg_statistic_ext'::regclass AND {users n} AND {own pg_statistic_ext s.oid}
    UNION ALL SELECT '', format('PUBLICATION %I', p.pubname), d.description FROM pg_description d JOIN pg_publication p ON p.oid = d.objoid WHERE d.classoid = 'pg_publication'::regclass
    UNION ALL SELECT '', format('EXTENSION %I', e.extname), d.description FROM pg_description d JOIN pg_extension e ON e.oid = d.objoid
    WHERE d.classoid = 'pg_extension'::regclass AND d.description IS DISTINCT FROM (SELECT a.comment FROM pg_available_extensions a WHERE a.name = e.extname)
    UNION ALL SELECT '', format('EVENT TRIGGER %I', e.evtname), d.description FROM pg_description d JOIN pg_event_trigger e ON e.oid = d.objoid WHERE d.classoid = 'pg_event_trigger'::regclass AND {own pg_event_trigger e.oid}
    UNION ALL SELECT '', format('SERVER %I', s.srvname), d.description FROM pg_description d JOIN pg_foreign_server s ON s.oid = d.objoid WHERE d.classoid = 'pg_foreign_server'::regclass AND {own pg_foreign_server s.oid}
    UNION ALL SELECT '', format('FOREIGN DATA WRAPPER %I', w.fdwname), d.description FROM pg_description d JOIN pg_foreign_data_wrapper w ON w.oid = d.objoid WHERE d.classoid = 'pg_foreign_data_wrapper'::regclass AND {own pg_foreign_data_wrapper w.oid}
    UNION ALL SELECT '', format('CAST (%s AS %s)', k.castsource::regtype, k.casttarget::regtype), d.description FROM pg_description d JOIN pg_cast k ON k.oid = d.objoid WHERE d.classoid = 'pg_cast'::regclass AND k.oid >= 16384 AND {own pg_cast k.oid}
    UNION ALL SELECT n.nspname, format('OPERATOR %I.%s (%s, %s)', n.nspname, o.oprname, CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE o.oprleft::regtype::text END, o.oprright::regtype), d.description
    FROM pg_description d JOIN pg_operator o ON o.oid = d.objoid JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE d.classoid = 'pg_operator'::regclass AND {users n} AND {own pg_operator o.oid}
    UNION ALL SELECT n.nspname, format('COLLATION %I.%I', n.nspname, o.collname), d.description
    FROM pg_description d JOIN pg_collation o ON o.oid = d.objoid JOIN pg_namespace n ON n.oid = o.collnamespace WHERE d.classoid = 'pg_collation'::regclass AND {users n} AND {own pg_collation o.oid}
    UNION ALL SELECT n.nspname, format('TEXT SEARCH CONFIGURATION %I.%I', n.nspname, c.cfgname), d.description
    FROM pg_description d JOIN pg_ts_config c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.cfgnamespace WHERE d.classoid = 'pg_ts_config'::regclass AND {users n} AND {own pg_ts_config c.oid}
    UNION ALL SELECT n.nspname, format('TEXT SEARCH DICTIONARY %I.%I', n.nspname, c.dictname), d.description
    FROM pg_description d JOIN pg_ts_dict c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.dictnamespace WHERE d.classoid = 'pg_ts_dict'::regclass AND {users n} AND {own pg_ts_dict c.oid}
  ) AS commented ORDER BY nspname, target)";

/// GRANT … for all privileges but the owner's and those that everybody has from the beginning.
/// `objects` selects: words (the object, as GRANT names it), acl, owner, kind (as acldefault wants
/// it), columns.
std::string grants(const std::string& objects) {
  return R"(
    SELECT format('GRANT %s ON %s TO %s%s', string_agg(g.privilege_type || o.columns, ', ' ORDER BY g.privilege_type), o.words,
                  CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM ()" +
         objects + R"() AS o CROSS JOIN LATERAL aclexplode(o.acl) AS g
    WHERE g.grantee <> o.owner AND NOT (g.grantee = 0 AND NOT g.is_grantable AND EXISTS (SELECT FROM aclexplode(acldefault(o.kind, o.owner)) AS f WHERE f.grantee = 0 AND f.privilege_type = g.privilege_type))
    GROUP BY o.words, g.grantee, g.is_grantable ORDER BY o.words, 1)";
}

/// REVOKE … FROM PUBLIC of what everybody has from the beginning.
std::string revokes(const std::string& objects) {
  return R"(
    SELECT format('REVOKE %s ON %s FROM PUBLIC', string_agg(f.privilege_type, ', ' ORDER BY f.privilege_type), o.words)
    FROM ()" +
         objects + R"() AS o CROSS JOIN LATERAL aclexplode(acldefault(o.kind, o.owner)) AS f
    WHERE f.grantee = 0 AND NOT EXISTS (SELECT FROM aclexplode(o.acl) AS g WHERE g.grantee = 0 AND g.privilege_type = f.privilege_type)
    GROUP BY o.words ORDER BY o.words)";
}

/// REVOKE … FROM the owner, who isn't the database's, of what it took from itself.
std::string own_revokes(const std::string& objects) {
  return R"(
    SELECT format('REVOKE %s ON %s FROM %I', string_agg(f.privilege_type, ', ' ORDER BY f.privilege_type), o.words, pg_get_userbyid(o.owner))
    FROM ()" +
         objects + R"() AS o CROSS JOIN LATERAL aclexplode(acldefault(o.kind, o.owner)) AS f
    WHERE o.kind <> 'c' AND f.grantee = o.owner AND o.owner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
      AND NOT EXISTS (SELECT FROM aclexplode(o.acl) AS g WHERE g.grantee = o.owner AND g.privilege_type = f.privilege_type)
    GROUP BY o.words, o.owner ORDER BY o.words)";
}

const std::string relations_with_acl = R"(
  SELECT format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname) AS words, c.relacl AS acl, c.relowner AS owner,
         CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS kind, '' AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
  UNION ALL SELECT format('TABLE %I.%I', n.nspname, c.relname), a.attacl, c.relowner, 'c', format(' (%I)', a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid})";
const std::string others_with_acl = R"(
  SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure) AS words, p.proacl AS acl, p.proowner AS owner, 'f'::"char" AS kind, '' AS columns
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proacl IS NOT NULL AND {users n} AND {own pg_proc p.oid}
  UNION ALL SELECT format('%s %I.%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname), t.typacl, t.typowner, 'T', ''
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL AND {users n} AND {own pg_type t.oid}
  UNION ALL SELECT format('FOREIGN SERVER %I', s.srvname), s.srvacl, s.srvowner, 'S', ''
  FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL AND {own pg_foreign_server s.oid}
  UNION ALL SELECT format('FOREIGN DATA WRAPPER %I', w.fdwname), w.fdwacl, w.fdwowner, 'F', ''
  FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL AND {own pg_foreign_data_wrapper w.oid}
  UNION ALL SELECT format('SCHEMA %I', n.nspname), n.nspacl, n.nspowner, 'n', ''
  FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND n.nspname <> 'public' AND {users n} AND {own pg_namespace n.oid})";

const std::string grants_on_public = R"(
  SELECT format('GRANT %s ON SCHEMA public TO %I', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), pg_get_userbyid(g.grantee))
  FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g WHERE n.nspname = 'public' AND g.grantee NOT IN (0, n.nspowner) GROUP BY g.grantee ORDER BY 1)";
/// What everybody may do there by the server's own default, and may not here. What they may beyond
/// it is not said: databases for rehearsals are made that way.
const std::string revoked_on_public = R"(
  SELECT format('REVOKE %s ON SCHEMA public FROM PUBLIC', w.word) FROM pg_namespace n CROSS JOIN (VALUES ('CREATE'), ('USAGE')) AS w (word)
  WHERE n.nspname = 'public' AND n.nspacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(n.nspacl) AS g WHERE g.grantee = 0 AND g.privilege_type = w.word) ORDER BY 1)";

const std::string default_privileges = R"(
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s', pg_get_userbyid(d.defaclrole), CASE WHEN d.defaclnamespace <> 0 THEN ' IN SCHEMA ' || d.defaclnamespace::regnamespace ELSE '' END,
           string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
           CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g WHERE g.grantee <> d.defaclrole
  GROUP BY d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype, g.grantee, g.is_grantable ORDER BY 1)";

/// OWNER TO for what belongs to somebody else than the database does.
const std::string owners = R"(
  SELECT format('ALTER %s OWNER TO %I', words, pg_get_userbyid(owner)) FROM (
    SELECT format('SCHEMA %I', n.nspname) AS words, n.nspowner AS owner FROM pg_namespace n WHERE n.nspname <> 'public' AND {users n} AND {own pg_namespace n.oid}
    UNION ALL SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname), c.relowner
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
    UNION ALL SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, p.oid::regprocedure), p.proowner
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {users n} AND {own pg_proc p.oid}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL SELECT format('%s %I.%I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname), t.typowner
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {users n} AND {own pg_type t.oid}
  ) AS owned WHERE owner <> (SELECT datdba FROM pg_database WHERE datname = current_database()) ORDER BY words)";

/// What everybody would have on new functions and types, taken away for all schemas.
const std::string default_revokes = R"(
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE %s ON %s FROM PUBLIC', pg_get_userbyid(d.defaclrole), f.privilege_type, CASE d.defaclobjtype WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END)
  FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(acldefault(d.defaclobjtype, d.defaclrole)) AS f
  WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('f', 'T') AND f.grantee = 0
        AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS g WHERE g.grantee = 0 AND g.privilege_type = f.privilege_type) ORDER BY 1)";

std::vector<IntrospectQuery> make_queries() {
  std::vector<IntrospectQuery> queries;
  const auto add = [&](const std::string& sql, IntrospectPart part = IntrospectPart::schema,
                       int since = 14, int until = 99) {
    queries.push_back({expanded(sql), part, since, until});
  };
  const auto add_all = [&](const std::vector<std::string>& all) {
    for (const std::string& sql : all) add(sql);
  };
  add("SELECT format('CREATE SCHEMA %I', n.nspname) FROM pg_namespace n WHERE n.nspname <> "
      "'public' AND {users n} AND {own pg_namespace n.oid} ORDER BY n.nspname");
  add("SELECT format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', e.extname, n.nspname) "
      "FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
      " WHERE e.extname <> 'plpgsql' ORDER BY e.extname");
  add(collations("o.collcollate", "NULL"), IntrospectPart::schema, 14, 14);
  add(collations("o.colliculocale", "NULL"), IntrospectPart::schema, 15, 15);
  add(collations("o.colliculocale", "', rules = ' || quote_literal(o.collicurules)"),
      IntrospectPart::schema, 16, 16);
  add(collations("o.colllocale", "', rules = ' || quote_literal(o.collicurules)"),
      IntrospectPart::schema, 17);
  add_all(text_search());
  add_all(types());
  add(R"(SELECT concat(format('CREATE %sSEQUENCE %I.%I', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' END, n.nspname, c.relname),
                CASE WHEN s.seqtypid <> 'int8'::regtype THEN ' AS ' || s.seqtypid::regtype END, )" +
      sequence_options + R"()
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace )" +
      sequence_limits + R"(
         WHERE c.relpersistence <> 't' AND {users n} AND {own pg_class c.oid}
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i') ORDER BY n.nspname, c.relname)");
  add_all(routines());
  add_all(operators());
  add_all(foreign_data());
  add(tables(not_null_before_18), IntrospectPart::schema, 14, 17);
  add(tables(not_null_since_18), IntrospectPart::schema, 18);
  add_all(parts_of_tables());
  add(publications(published_in_14), IntrospectPart::schema, 14, 14);
  add(publications(published_since_15), IntrospectPart::schema, 15);
  add(event_triggers);
  add(event_trigger_states);
  add(comments);
  add(grants(relations_with_acl), IntrospectPart::grants);
  add(grants(others_with_acl), IntrospectPart::grants);
  add(revokes(others_with_acl), IntrospectPart::grants);
  add(grants_on_public, IntrospectPart::grants);
  add(revoked_on_public, IntrospectPart::grants);
  add(default_privileges, IntrospectPart::grants);
  add(default_revokes, IntrospectPart::grants);
  add(owners, IntrospectPart::owners);
  add(own_revokes(relations_with_acl), IntrospectPart::grants);
  add(own_revokes(others_with_acl), IntrospectPart::grants);
  return queries;
}

}  // namespace

const std::vector<IntrospectQuery>& introspect_queries() {
  static const std::vector<IntrospectQuery> queries = make_queries();
  return queries;
}

std::string introspect_unread_kinds() {
  return expanded(R"(
    SELECT format('%s %s', count(*), kind) FROM (
      SELECT 'operator classes' AS kind FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE {users n} AND {own pg_opclass o.oid}
      UNION ALL SELECT 'conversions' FROM pg_conversion o JOIN pg_namespace n ON n.oid = o.connamespace WHERE {users n} AND {own pg_conversion o.oid}
      UNION ALL SELECT 'base types' FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace WHERE o.typtype = 'b' AND o.typcategory <> 'A' AND {users n} AND {own pg_type o.oid}
      UNION ALL SELECT 'languages' FROM pg_language o WHERE o.oid >= 16384 AND {own pg_language o.oid}
    ) AS unread GROUP BY kind ORDER BY kind)");
}

}  // namespace schemagate::postgres
