// SPDX-License-Identifier: MIT
#include "schema/name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace schemagate {
namespace {

/// Every keyword of PostgreSQL 18 that an unquoted name can't always be (all but the unreserved
/// ones, as the server's own quote_identifier does), sorted.
constexpr std::string_view keywords[] = {"all",
                                         "analyse",
                                         "analyze",
                                         "and",
                                         "any",
                                         "array",
                                         "as",
                                         "asc",
                                         "asymmetric",
                                         "authorization",
                                         "between",
                                         "bigint",
                                         "binary",
                                         "bit",
                                         "boolean",
                                         "both",
                                         "case",
                                         "cast",
                                         "char",
                                         "character",
                                         "check",
                                         "coalesce",
                                         "collate",
                                         "collation",
                                         "column",
                                         "concurrently",
                                         "constraint",
                                         "create",
                                         "cross",
                                         "current_catalog",
                                         "current_date",
                                         "current_role",
                                         "current_schema",
                                         "current_time",
                                         "current_timestamp",
                                         "current_user",
                                         "dec",
                                         "decimal",
                                         "default",
                                         "deferrable",
                                         "desc",
                                         "distinct",
                                         "do",
                                         "else",
                                         "end",
                                         "except",
                                         "exists",
                                         "extract",
                                         "false",
                                         "fetch",
                                         "float",
                                         "for",
                                         "foreign",
                                         "freeze",
                                         "from",
                                         "full",
                                         "grant",
                                         "greatest",
                                         "group",
                                         "grouping",
                                         "having",
                                         "ilike",
                                         "in",
                                         "initially",
                                         "inner",
                                         "inout",
                                         "int",
                                         "integer",
                                         "intersect",
                                         "interval",
                                         "into",
                                         "is",
                                         "isnull",
                                         "join",
                                         "json",
                                         "json_array",
                                         "json_arrayagg",
                                         "json_exists",
                                         "json_object",
                                         "json_objectagg",
                                         "json_query",
                                         "json_scalar",
                                         "json_serialize",
                                         "json_table",
                                         "json_value",
                                         "lateral",
                                         "leading",
                                         "least",
                                         "left",
                                         "like",
                                         "limit",
                                         "localtime",
                                         "localtimestamp",
                                         "merge_action",
                                         "national",
                                         "natural",
                                         "nchar",
                                         "none",
                                         "normalize",
                                         "not",
                                         "notnull",
                                         "null",
                                         "nullif",
                                         "numeric",
                                         "offset",
                                         "on",
                                         "only",
                                         "or",
                                         "order",
                                         "out",
                                         "outer",
                                         "overlaps",
                                         "overlay",
                                         "placing",
                                         "position",
                                         "precision",
                                         "primary",
                                         "real",
                                         "references",
                                         "returning",
                                         "right",
                                         "row",
                                         "select",
                                         "session_user",
                                         "setof",
                                         "similar",
                                         "smallint",
                                         "some",
                                         "substring",
                                         "symmetric",
                                         "system_user",
                                         "table",
                                         "tablesample",
                                         "then",
                                         "time",
                                         "timestamp",
                                         "to",
                                         "trailing",
                                         "treat",
                                         "trim",
                                         "true",
                                         "union",
                                         "unique",
                                         "user",
                                         "using",
                                         "values",
                                         "varchar",
                                         "variadic",
                                         "verbose",
                                         "when",
                                         "where",
                                         "window",
                                         "with",
                                         "xmlattributes",
                                         "xmlconcat",
                                         "xmlelement",
                                         "xmlexists",
                                         "xmlforest",
                                         "xmlnamespaces",
                                         "xmlparse",
                                         "xmlpi",
                                         "xmlroot",
                                         "xmlserialize",
                                         "xmltable"};

/// keywords_from[c - 'a'] is the first keyword that begins with c or a later letter.
constexpr std::array<std::size_t, 27> find_letters() {
  std::array<std::size_t, 27> from{};
  std::size_t next = 0;
  for (std::size_t letter = 0; letter < 27; ++letter) {
    while (next < std::size(keywords) && keywords[next][0] < static_cast<char>('a' + letter))
      ++next;
    from[letter] = next;
  }
  return from;
}
constexpr std::array<std::size_t, 27> keywords_from = find_letters();

/// Requires: `name` begins with a lower-case letter.
bool is_keyword(std::string_view name) {
  const auto letter = static_cast<std::size_t>(name[0] - 'a');
  const auto* end = keywords + keywords_from.at(letter + 1);
  return std::find(keywords + keywords_from.at(letter), end, name) != end;
}

bool is_plain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Internal names that SQL spells otherwise. A modifier goes behind the first part.
struct Spelling {
  std::string_view internal;
  std::string_view before;
  std::string_view after;
};
constexpr Spelling spellings[] = {
    {"bit", "bit", ""},
    {"bool", "boolean", ""},
    {"char", "\"char\"", ""},
    {"float4", "real", ""},
    {"float8", "double precision", ""},
    {"int2", "smallint", ""},
    {"int4", "integer", ""},
    {"int8", "bigint", ""},
    {"interval", "interval", ""},
    {"json", "json", ""},
    {"numeric", "numeric", ""},
    {"time", "time", " without time zone"},
    {"timestamp", "timestamp", " without time zone"},
    {"timestamptz", "timestamp", " with time zone"},
    {"timetz", "time", " with time zone"},
    {"varbit", "bit varying", ""},
    {"varchar", "character varying", ""},
};

Spelling spelling_of(const TypeName& type) {
  // As format_type: without a length bpchar is a type of its own, not character(1).
  if (type.name.name == "bpchar")
    return {"bpchar", type.modifiers.empty() ? "bpchar" : "character", ""};
  const auto found = std::find_if(std::begin(spellings), std::end(spellings),
                                  [&](const auto& row) { return row.internal == type.name.name; });
  return found == std::end(spellings) ? Spelling{} : *found;
}

std::string doubled(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += c;
    quoted += c;
  }
  return quoted + quote;
}

}  // namespace

bool is_plain_identifier(std::string_view name) {
  return is_plain(name) && (name[0] == '_' || !is_keyword(name));
}

std::string quote_identifier(std::string_view name) {
  return is_plain_identifier(name) ? std::string(name) : doubled(name, '"');
}

std::string quote_literal(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return doubled(text, '\'');
  return "E" + replace_all(doubled(text, '\''), "\\", "\\\\");
}

std::string to_sql(const QualifiedName& name) {
  if (name.schema.empty()) return quote_identifier(name.name);
  return quote_identifier(name.schema) + "." + quote_identifier(name.name);
}

std::string to_sql(const std::vector<std::string>& identifiers) {
  std::vector<std::string> quoted;
  quoted.reserve(identifiers.size());
  for (const auto& identifier : identifiers) quoted.push_back(quote_identifier(identifier));
  return join(quoted, ", ");
}

std::string to_sql(const TypeName& type) {
  const Spelling spelling = type.name.schema.empty() ? spelling_of(type) : Spelling{};
  std::string sql = type.setof ? "SETOF " : "";
  if (type.name.schema.empty() && type.name.name.ends_with("%TYPE")) {
    sql += type.name.name;
  } else {
    sql += spelling.internal.empty() ? to_sql(type.name) : std::string(spelling.before);
  }
  if (!type.interval_fields.empty()) sql += " " + type.interval_fields;
  if (!type.modifiers.empty()) sql += "(" + join(type.modifiers, ",") + ")";
  sql += spelling.after;
  for (int i = 0; i < type.array_dimensions; ++i) sql += "[]";
  return sql;
}

}  // namespace schemagate
