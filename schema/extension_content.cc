// SPDX-License-Identifier: MIT
#include "schema/extension_content.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace schemagate {
namespace {

template <std::size_t count>
bool all_among(const Catalog& catalog, const std::array<std::string_view, count>& names) {
  return std::all_of(catalog.extensions.begin(), catalog.extensions.end(), [&](const auto& one) {
    return std::find(names.begin(), names.end(), one.first) != names.end();
  });
}

// Functions only.
constexpr auto plain = std::to_array<std::string_view>(
    {"plpgsql", "pgcrypto", "uuid-ossp", "unaccent", "fuzzystrmatch", "moddatetime", "tcn",
     "pgstattuple", "pgrowlocks", "amcheck"});

// Functions, types, operators and operator classes.
constexpr auto without_relations = std::to_array<std::string_view>({"plpgsql",
                                                                    "pgcrypto",
                                                                    "uuid-ossp",
                                                                    "unaccent",
                                                                    "fuzzystrmatch",
                                                                    "moddatetime",
                                                                    "tcn",
                                                                    "citext",
                                                                    "pgstattuple",
                                                                    "pgrowlocks",
                                                                    "amcheck",
                                                                    "pg_trgm",
                                                                    "btree_gist",
                                                                    "hstore",
                                                                    "btree_gin",
                                                                    "ltree",
                                                                    "intarray",
                                                                    "cube",
                                                                    "earthdistance",
                                                                    "isn",
                                                                    "seg",
                                                                    "lo",
                                                                    "bloom",
                                                                    "tsm_system_rows",
                                                                    "vector",
                                                                    "dict_int",
                                                                    "tsm_system_time"});

}  // namespace

bool may_bring_relations(const Catalog& catalog) { return !all_among(catalog, without_relations); }
bool may_bring_types(const Catalog& catalog) { return !all_among(catalog, plain); }

}  // namespace schemagate
