// SPDX-License-Identifier: MIT
// Types that exist without a statement: those of pg_catalog, and those that well-known extensions
// bring.
#pragma once

#include <string_view>

namespace schemagate {

/// True for the internal name of a type of pg_catalog: "int4", "jsonb", "regclass".
bool is_builtin_type(std::string_view name);

/// "postgis" for "geometry"; empty when no known extension defines the type.
std::string_view extension_of_type(std::string_view name);

/// What SET STORAGE DEFAULT means for a type that is not an array: "PLAIN" for "int4".
std::string_view storage_of_type(std::string_view name);

/// ctid, xmin and the like: every table has them, no column may be called so.
/// https://www.postgresql.org/docs/current/ddl-system-columns.html
bool is_system_column(std::string_view name);

}  // namespace schemagate
