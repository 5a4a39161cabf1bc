// SPDX-License-Identifier: MIT
// What is not there is null, or empty.
#pragma once

#include <set>

#include "schema/catalog.h"

namespace schemagate {

template <class Value, class Name>
const Value* find(const NameMap<Value>& map, const Name& name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

/// Who is linked to `name`.
inline const std::set<QualifiedName>& users(const Links::Users& links, const QualifiedName& name) {
  static const std::set<QualifiedName> none;
  const auto found = links.find(name);
  return found == links.end() ? none : found->second;
}

}  // namespace schemagate
