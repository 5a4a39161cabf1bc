// SPDX-License-Identifier: MIT
// What is not there is null, or empty.
#pragma once

#include <algorithm>
#include <set>
#include <string_view>

#include "schema/catalog.h"

namespace schemagate {

template <class Map, class Name>
const typename Map::mapped_type* find(const Map& map, const Name& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

template <class Items>
auto* by_name(Items& items, std::string_view name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

/// Of the server itself, or there from the beginning; also no schema at all.
inline bool is_always_there(std::string_view schema) {
  return schema.empty() || schema == "public" || schema == "information_schema" ||
         schema.starts_with("pg_");
}

/// Who is linked to `name`.
inline const std::set<QualifiedName>& users(const Links::Users& links, const QualifiedName& name) {
  static const std::set<QualifiedName> none;
  const auto found = links.find(name);
  return found == links.end() ? none : found->second;
}

}  // namespace schemagate
