// SPDX-License-Identifier: MIT
// Names and types as PostgreSQL writes them.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// A name with its schema; `schema` is empty when the text gave none and it was not resolved yet.
struct QualifiedName {
  std::string schema;
  std::string name;

  bool empty() const { return name.empty(); }
  friend auto operator<=>(const QualifiedName&, const QualifiedName&) = default;
  friend bool operator==(const QualifiedName&, const QualifiedName&) = default;
};

/// The identifier as SQL: quoted only where PostgreSQL needs it (upper case, odd characters,
/// keywords).
std::string quote_identifier(std::string_view name);
/// True when quote_identifier leaves the name as it is.
bool is_plain_identifier(std::string_view name);
/// The text as a SQL string constant.
std::string quote_literal(std::string_view text);
/// "public.users", each part quoted only where needed; without a schema just the name.
std::string to_sql(const QualifiedName& name);
/// "a, b, \"C\"".
std::string to_sql(const std::vector<std::string>& identifiers);

/// A type as it is written. Names of pg_catalog carry no schema and are the internal ones
/// (int4, varchar, timestamptz, bpchar); `serial` family names stay as written (serial4 is
/// "serial").
struct TypeName {
  QualifiedName name;
  std::vector<std::string> modifiers;  ///< "50" of varchar(50); "10", "2" of numeric(10,2)
  std::string interval_fields;         ///< "day to second", else empty
  int array_dimensions = 0;
  bool setof = false;

  bool empty() const { return name.empty(); }
  friend bool operator==(const TypeName&, const TypeName&) = default;
};

/// The type in PostgreSQL's spelling (format_type): "integer", "character varying(50)",
/// "public.mood[]".
std::string to_sql(const TypeName& type);

}  // namespace schemagate
