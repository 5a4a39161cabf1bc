// SPDX-License-Identifier: MIT
#include "schema/extension_content.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace schemagate {
namespace {

// Functions only.
constexpr auto plain = std::to_array<std::string_view>(
    {"plpgsql", "pgcrypto", "uuid-ossp", "unaccent", "fuzzystrmatch", "moddatetime", "tcn",
     "pgstattuple", "pgrowlocks", "amcheck"});

// Types, operators and operator classes as well.
constexpr auto with_types = std::to_array<std::string_view>(
    {"citext", "pg_trgm", "btree_gist", "hstore", "btree_gin", "ltree", "intarray", "cube",
     "earthdistance", "isn", "seg", "lo", "bloom", "tsm_system_rows", "vector", "dict_int",
     "tsm_system_time"});

template <class Names>
bool has(const Names& names, std::string_view extension) {
  return std::find(names.begin(), names.end(), extension) != names.end();
}

}  // namespace

bool may_bring_relations(const Catalog& catalog) {
  return std::any_of(catalog.extensions.begin(), catalog.extensions.end(), [](const auto& one) {
    return !has(plain, one.first) && !has(with_types, one.first);
  });
}

bool may_bring_types(const Catalog& catalog) {
  return std::any_of(catalog.extensions.begin(), catalog.extensions.end(),
                     [](const auto& one) { return !has(plain, one.first); });
}

}  // namespace schemagate
