// SPDX-License-Identifier: MIT
#include "postgres/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/text.h"
#include "schema/parse.h"

namespace schemagate::postgres::queries {
namespace {

std::string literal(const QualifiedName& name) {
  return fmt::format("({}, {})", quote_literal(name.schema), quote_literal(name.name));
}

std::string oid_of(const QualifiedName& name) {
  return fmt::format(
      "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
      "(n.nspname, c.relname) = {})",
      literal(name));
}

std::string each(const std::vector<std::string>& columns, std::string_view pattern,
                 std::string_view separator) {
  std::vector<std::string> parts;
  for (const std::string& column : columns)
    parts.push_back(replace_all(std::string(pattern), "%", quote_identifier(column)));
  return join(parts, separator);
}

/// Rows that meet `condition`, at most limit + 1: then there are more.
std::string counted_up_to(std::int64_t limit, const QualifiedName& table,
                          const std::string& condition) {
  return fmt::format("SELECT {} count(*) FROM (SELECT FROM {} AS t WHERE {} LIMIT {}) AS found",
                     mark, to_sql(table), condition, limit + 1);
}

std::string duplicate_groups(const Probe& probe) {
  std::vector<std::string> conditions;
  if (!probe.nulls_not_distinct)
    conditions.push_back(each(probe.columns, "% IS NOT NULL", " AND "));
  if (!probe.condition.empty()) conditions.push_back("(" + probe.condition + "\n)");
  return fmt::format("FROM {} AS t{} GROUP BY {} HAVING count(*) > 1", to_sql(probe.table),
                     conditions.empty() ? "" : " WHERE " + join(conditions, " AND "),
                     each(probe.columns, "%", ", "));
}

/// A regular expression that matches `name` as a word of its own.
std::string as_word(const std::string& name) {
  std::string escaped;
  for (const char c : name) {
    if (std::string_view(".^$*+?()[]{}|\\").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return quote_literal("\\m" + escaped + "\\M");
}

/// Text of a function or statement that names the table, and the column if there is one.
std::string names_both(std::string_view text, const QualifiedName& table,
                       const std::string& column) {
  std::string condition = fmt::format("{} ~* {}", text, as_word(table.name));
  if (!column.empty()) condition += fmt::format(" AND {} ~* {}", text, as_word(column));
  return condition;
}

struct IntegerRange {
  std::string_view type, low, high;
};
constexpr std::array integers{
    IntegerRange{"int2", "-32768", "32767"},
    IntegerRange{"int4", "-2147483648", "2147483647"},
    IntegerRange{"int8", "-9223372036854775808", "9223372036854775807"},
};

const IntegerRange* integer_range(std::string_view type) {
  const auto found = std::find_if(integers.begin(), integers.end(),
                                  [&](const IntegerRange& one) { return one.type == type; });
  return found == integers.end() ? nullptr : &*found;
}

int number(const std::vector<std::string>& modifiers, std::size_t index, int otherwise) {
  if (index >= modifiers.size()) return otherwise;
  int value = otherwise;
  std::from_chars(modifiers[index].data(), modifiers[index].data() + modifiers[index].size(),
                  value);
  return value;
}

bool is_text(std::string_view type) {
  return type == "text" || type == "varchar" || type == "bpchar";
}
bool is_number(std::string_view type) {
  return integer_range(type) || type == "numeric" || type == "float4" || type == "float8";
}

/// The condition under which a value of `from` can't become a `to`, nothing when we can't say it.
std::optional<std::string> misfit(const std::string& column, std::string_view from,
                                  const TypeName& to, int postgres) {
  const std::string& type = to.name.name;
  if (to.array_dimensions > 0 || !to.name.schema.empty()) return std::nullopt;
  if (is_text(from) && is_text(type)) {
    if (type == "text" || (type == "varchar" && to.modifiers.empty())) return "false";
    // Spaces beyond the length are cut off in silence:
    // https://www.postgresql.org/docs/current/datatype-character.html
    return fmt::format("char_length(rtrim({}::text, ' ')) > {}", column,
                       number(to.modifiers, 0, 1));
  }
  if (is_number(from) && integer_range(type)) {
    const IntegerRange& range = *integer_range(type);
    // NaN and the infinities can't be cast to numeric everywhere; as floating point they are beyond
    // the range.
    const std::string_view value = integer_range(from) ? "{0}"
                                   : from == "numeric" ? "round({0})"
                                                       : "rint({0}::float8)";
    return fmt::format(
        fmt::runtime(fmt::format("({0} < {1} OR {0} > {2})", value, range.low, range.high)),
        column);
  }
  if (is_number(from) && type == "numeric") {
    if (to.modifiers.empty()) return "false";
    const int precision = number(to.modifiers, 0, 1), scale = number(to.modifiers, 1, 0);
    const std::string value = from == "numeric" ? column : column + "::numeric";
    return fmt::format("({0} <> 'NaN' AND abs(round({0}, {1})) >= 10::numeric ^ {2})", value, scale,
                       precision - scale);
  }
  // From 16 on the server can say it without failing:
  // https://www.postgresql.org/docs/16/functions-info.html
  if (is_text(from) && postgres >= 16)
    return fmt::format("NOT pg_input_is_valid({}::text, {})", column, quote_literal(to_sql(to)));
  if (is_text(from) && integer_range(type)) {
    const IntegerRange& range = *integer_range(type);
    return fmt::format(
        "CASE WHEN {0} ~ '^\\s*[-+]?[0-9]{{1,30}}\\s*$' THEN {0}::numeric NOT BETWEEN {1} AND {2} "
        "ELSE {0} IS NOT NULL END",
        column, range.low, range.high);
  }
  if (is_text(from) && type == "uuid")
    return fmt::format(
        "{} !~ "
        "'^[0-9a-fA-F]{{8}}-?[0-9a-fA-F]{{4}}-?[0-9a-fA-F]{{4}}-?[0-9a-fA-F]{{4}}-?[0-9a-fA-F]{{12}"
        "}$'",
        column);
  return std::nullopt;
}

/// Functions of pg_catalog that compute from their arguments alone, in little time and memory.
constexpr std::array harmless_functions{
    "abs",
    "array_length",
    "array_ndims",
    "ascii",
    "bit_length",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "date_part",
    "date_trunc",
    "extract",
    "floor",
    "isempty",
    "isfinite",
    "json_typeof",
    "jsonb_array_length",
    "jsonb_typeof",
    "left",
    "length",
    "like",
    "like_escape",
    "lower",
    "lower_inc",
    "lower_inf",
    "ltrim",
    "masklen",
    "mod",
    "now",
    "num_nonnulls",
    "num_nulls",
    "octet_length",
    "position",
    "reverse",
    "right",
    "round",
    "rtrim",
    "sign",
    "similar_to_escape",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "timezone",
    "trim",
    "trunc",
    "upper",
    "upper_inc",
    "upper_inf",
};

/// Types whose constants and casts run nothing but the server's own code.
constexpr std::array harmless_types{
    "bit",         "bool",      "bpchar",   "bytea",     "char",  "cidr",    "date",
    "daterange",   "float4",    "float8",   "inet",      "int2",  "int4",    "int4range",
    "int8",        "int8range", "interval", "json",      "jsonb", "macaddr", "money",
    "name",        "numeric",   "numrange", "point",     "text",  "time",    "timestamp",
    "timestamptz", "timetz",    "tsrange",  "tstzrange", "uuid",  "varbit",  "varchar",
};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_of_system(const QualifiedName& name) {
  return name.schema.empty() || name.schema == "pg_catalog";
}

}  // namespace

std::string begin(int statement_timeout_ms, int lock_timeout_ms) {
  return fmt::format(
      "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; SET LOCAL "
      "row_security = off;"
      "SET LOCAL search_path = pg_catalog; SET LOCAL application_name = 'schemagate';"
      "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL standard_conforming_strings = on",
      statement_timeout_ms, lock_timeout_ms);
}

std::string about_server() {
  return fmt::format(
      "SELECT {} current_database(), current_setting('server_version_num')::int / 10000, "
      "pg_is_in_recovery(),"
      " pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')",
      mark);
}

std::string age_of_statistics() {
  return fmt::format(
      "SELECT {} extract(epoch FROM clock_timestamp() - stats_reset) FROM pg_stat_database WHERE "
      "datname = current_database()",
      mark);
}

std::string age_of_cluster() {
  // The upper half of the identifier is the time of initdb.
  return fmt::format(
      "SELECT {} extract(epoch FROM clock_timestamp()) - (system_identifier >> 32) FROM "
      "pg_control_system()",
      mark);
}

std::string settings() {
  return fmt::format(
      "SELECT {} lower(name), CASE WHEN unit IN ('ms', 's') AND reset_val <> '0' THEN reset_val || "
      "unit ELSE reset_val END FROM pg_settings"
      " WHERE name IN ('TimeZone', 'lock_timeout', 'statement_timeout', "
      "'idle_in_transaction_session_timeout', 'deadlock_timeout',"
      " 'server_version', 'wal_level', 'maintenance_work_mem', 'max_parallel_maintenance_workers', "
      "'max_locks_per_transaction', 'transaction_timeout')",
      mark);
}

std::string tables(const std::vector<QualifiedName>& names) {
  std::vector<std::string> wanted;
  for (const QualifiedName& name : names) wanted.push_back(literal(name));
  return fmt::format(
      "SELECT {} n.nspname, c.relname, c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON "
      "n.oid = c.relnamespace WHERE {}",
      mark,
      names.empty() ? "c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'"
                      " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
                    : fmt::format("c.relkind IN ('r', 'p', 'm') AND (n.nspname, c.relname) IN ({})",
                                  join(wanted, ", ")));
}

std::string sizes(const std::string& oid) {
  // The estimate of the planner: rows per page when last analyzed, times the pages of today. The
  // pages of a partitioned table are those of its leaves.
  // https://www.postgresql.org/docs/current/row-estimation-examples.html
  return fmt::format(
      "SELECT {} sum(pg_table_size(c.oid)), sum(pg_total_relation_size(c.oid)),"
      " bool_and(c.reltuples >= 0 OR pg_relation_size(c.oid) = 0),"
      " sum(CASE WHEN pg_relation_size(c.oid) = 0 OR c.reltuples <= 0 THEN 0 WHEN c.relpages = 0 "
      "THEN c.reltuples"
      "  ELSE c.reltuples / c.relpages * (pg_relation_size(c.oid) / "
      "current_setting('block_size')::int) END)::int8"
      " FROM (SELECT relid FROM pg_partition_tree({}) WHERE isleaf UNION SELECT {}) AS tree JOIN "
      "pg_class c ON c.oid = tree.relid"
      " WHERE c.relkind IN ('r', 'm')",
      mark, oid, oid);
}

std::string exact_rows(const QualifiedName& table) {
  return fmt::format("SELECT {} count(*) FROM {}", mark, to_sql(table));
}

std::string activity(const std::string& oid) {
  return fmt::format(
      "SELECT {} sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), sum(coalesce(s.seq_scan, 0) + "
      "coalesce(s.idx_scan, 0))"
      " FROM pg_stat_user_tables s WHERE s.relid IN (SELECT relid FROM pg_partition_tree({}) UNION "
      "SELECT {})",
      mark, oid, oid);
}

std::string oldest_transaction(const std::string& oid) {
  return fmt::format(
      "SELECT {} coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::int8 FROM "
      "pg_locks l JOIN pg_stat_activity a USING (pid)"
      " WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname "
      "= current_database())"
      " AND l.granted AND l.relation IN (SELECT relid FROM pg_partition_tree({}) UNION SELECT {}) "
      "AND l.pid <> pg_backend_pid()",
      mark, oid, oid);
}

std::string nulls(const Probe& probe, std::int64_t limit) {
  return counted_up_to(limit, probe.table, each(probe.columns, "% IS NULL", " OR "));
}

std::string has_duplicates(const Probe& probe) {
  return fmt::format("SELECT {} EXISTS (SELECT {})", mark, duplicate_groups(probe));
}

std::string duplicates(const Probe& probe, std::int64_t limit) {
  return fmt::format(
      "SELECT {} count(*), sum(size) FROM (SELECT count(*) AS size {} LIMIT {}) AS found", mark,
      duplicate_groups(probe), limit + 1);
}

std::string orphans(const Probe& probe, const std::vector<std::string>& equals,
                    std::int64_t limit) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < probe.columns.size(); ++i)
    pairs.push_back(fmt::format("r.{} {} t.{}", quote_identifier(probe.referenced_columns[i]),
                                equals[i], quote_identifier(probe.columns[i])));
  return counted_up_to(limit, probe.table,
                       fmt::format("{} AND NOT EXISTS (SELECT FROM {} AS r WHERE {})",
                                   each(probe.columns, "t.% IS NOT NULL", " AND "),
                                   to_sql(probe.referenced), join(pairs, " AND ")));
}

std::string check_violations(const Probe& probe, std::int64_t limit) {
  return counted_up_to(limit, probe.table, "NOT (" + probe.condition + "\n)");
}

std::optional<std::string> type_misfits(const Probe& probe, std::string_view present_type,
                                        int postgres, std::int64_t limit) {
  const auto condition =
      misfit("t." + quote_identifier(probe.columns.front()), present_type, probe.type, postgres);
  if (!condition) return std::nullopt;
  return counted_up_to(limit, probe.table, *condition);
}

std::string column_types(const QualifiedName& table, const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote_literal(column));
  return fmt::format(
      "SELECT {} t.typname, t.typnamespace = 'pg_catalog'::regnamespace FROM pg_attribute a JOIN "
      "pg_type t ON t.oid = a.atttypid"
      " WHERE a.attrelid = {} AND a.attname IN ({})",
      mark, oid_of(table), join(names, ", "));
}

std::string equality(const QualifiedName& table, const std::string& column) {
  // The equality of the type's default B-tree operator class, when it is not one of the system's.
  return fmt::format(
      "SELECT {} format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_attribute a"
      " JOIN pg_opclass k ON k.opcintype = a.atttypid AND k.opcdefault JOIN pg_am m ON m.oid = "
      "k.opcmethod AND m.amname = 'btree'"
      " JOIN pg_amop p ON p.amopfamily = k.opcfamily AND p.amopstrategy = 3 AND p.amoplefttype = "
      "k.opcintype AND p.amoprighttype = k.opcintype"
      " JOIN pg_operator o ON o.oid = p.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace"
      " WHERE a.attrelid = {} AND a.attname = {} AND n.nspname <> 'pg_catalog'",
      mark, oid_of(table), quote_literal(column));
}

std::string has_index(const QualifiedName& table, const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quote_literal(column));
  return fmt::format(
      "SELECT {} EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am "
      "m ON m.oid = c.relam"
      " WHERE i.indrelid = {} AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree' AND "
      "(SELECT count(*) FROM pg_attribute a"
      "  WHERE a.attrelid = i.indrelid AND a.attname IN ({}) AND a.attnum = ANY "
      "((i.indkey::int2[])[0:{}])) = {})",
      mark, oid_of(table), join(names, ", "), columns.size() - 1, columns.size());
}

namespace {

/// Views and materialized views, policies of other tables and functions with a parsed body that
/// depend on the table; and foreign keys from other tables.
std::string dependents(const std::string& relation, const std::string& column_number) {
  const std::string same_column =
      column_number.empty() ? "" : fmt::format(" AND d.refobjsubid = {}", column_number);
  return fmt::format(
      "SELECT DISTINCT pg_describe_object('pg_class'::regclass, r.ev_class, 0) AS who FROM "
      "pg_depend d"
      " JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid"
      " WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {0}{1} AND r.ev_class <> "
      "d.refobjid"
      " UNION SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d"
      " WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {0}{1} AND d.classid = "
      "'pg_proc'::regclass"
      " UNION SELECT format('foreign key %s of table %s', quote_ident(k.conname), "
      "k.conrelid::regclass) FROM pg_constraint k"
      " WHERE k.contype = 'f' AND k.confrelid = {0} AND k.conrelid <> {0} AND k.conparentid = 0{2}",
      relation, same_column,
      column_number.empty() ? "" : fmt::format(" AND {} = ANY (k.confkey)", column_number));
}

}  // namespace

std::string table_users(const QualifiedName& table) {
  return fmt::format("SELECT {} who FROM ({}) AS users ORDER BY who", mark,
                     dependents(oid_of(table), ""));
}

std::string column_users(const QualifiedName& table, const std::string& column) {
  const std::string number =
      fmt::format("(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = {} AND a.attname = {})",
                  oid_of(table), quote_literal(column));
  return fmt::format("SELECT {} who FROM ({}) AS users ORDER BY who", mark,
                     dependents(oid_of(table), number));
}

std::string functions_naming(const QualifiedName& table, const std::string& column) {
  return fmt::format(
      "SELECT {} 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = "
      "p.pronamespace"
      " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND {}"
      " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid "
      "= p.oid AND d.deptype = 'e') ORDER BY 1",
      mark, names_both("p.prosrc", table, column));
}

std::string statements_schema() {
  return fmt::format(
      "SELECT {} n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE "
      "e.extname = 'pg_stat_statements'",
      mark);
}

std::string statements_naming(const std::string& schema, const QualifiedName& table,
                              const std::string& column) {
  return fmt::format(
      "SELECT {} count(*) FROM {}.pg_stat_statements s WHERE s.dbid = (SELECT oid FROM pg_database "
      "WHERE datname = current_database())"
      " AND s.query ~* '^\\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|COPY|TABLE)\\M' AND "
      "position({} IN s.query) = 0 AND {}",
      mark, quote_identifier(schema), quote_literal(mark), names_both("s.query", table, column));
}

std::string index_scans(const QualifiedName& index) {
  return fmt::format(
      "SELECT {} s.idx_scan FROM pg_stat_all_indexes s WHERE (s.schemaname, s.indexrelname) = {}",
      mark, literal(index));
}

namespace {

bool is_in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// What is called and the parser's list of functions does not show: "operator", "xmlparse".
std::string hidden_call(std::string_view condition) {
  for (std::size_t at = 0; at < condition.size();) {
    const std::size_t begin = at;
    while (at < condition.size() && is_in_word(condition[at])) ++at;
    const std::string word = to_lower(condition.substr(begin, at - begin));
    while (at < condition.size() && std::isspace(static_cast<unsigned char>(condition[at]))) ++at;
    const bool called = at < condition.size() && condition[at] == '(';
    if (called && (word == "operator" || word.starts_with("xml") ||
                   (word.starts_with("json_") && word.size() > 5)))
      return word;
    if (at == begin) ++at;
  }
  return {};
}

}  // namespace

std::optional<std::string> objection(const std::string& condition) {
  if (const std::string hidden = hidden_call(condition); !hidden.empty())
    return fmt::format("the expression has {}(…) in it", hidden);
  // As it will stand in the query, and as it stands for itself: an expression reads the same both
  // ways.
  for (const std::string& sql : {"SELECT " + condition, "SELECT NOT (" + condition + "\n)"}) {
    const ParsedFile parsed = parse_text(sql);
    const auto* select = parsed.problems.empty() && parsed.statements.size() == 1
                             ? parsed.statements.front().as<DataStatement>()
                             : nullptr;
    if (!select || select->kind != DataKind::select || select->for_update || select->has_where)
      return "it is not an expression";
    if (!select->references.relations.empty() || !select->references.sequences.empty())
      return "the expression reads other tables";
    for (const FunctionUse& use : select->references.functions)
      if (!is_of_system(use.name) || !contains(harmless_functions, use.name.name))
        return fmt::format("the expression calls {}()", to_sql(use.name));
    for (const TypeName& type : select->references.types)
      if (!is_of_system(type.name) || !contains(harmless_types, type.name.name))
        return fmt::format("the expression casts to {}", to_sql(type));
  }
  return std::nullopt;
}

}  // namespace schemagate::postgres::queries
