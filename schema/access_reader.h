// SPDX-License-Identifier: MIT
// Collects what objects use, through views, functions and domains to the bottom. Private to
// access.cc.
#pragma once

#include <set>
#include <string>

#include "schema/access.h"
#include "schema/plan_parts.h"

namespace schemagate::access {

template <class Map, class Key>
auto* find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

/// Which columns a relation has: read by a star.
AccessKey columns_of(const QualifiedName& relation);
/// What extensions bring: read by whoever calls what is neither declared nor the server's own.
inline constexpr const char* of_extensions = "e:members";

class Reader {
 public:
  Reader(const Catalog& catalog, std::set<AccessKey>& reads) : catalog_(catalog), reads_(reads) {}

  void add(const planning::Things& things) {
    for (const AccessKey& thing : things) add(thing);
  }
  void add(const AccessKey& thing);

  void table(const Table& of);
  void view(const View& of);
  void function(const Function& of);
  void type(const Type& of);
  void schema(const QualifiedName& name) { add(planning::schema_thing(name.schema)); }
  /// What is kept as text (a collation, an operator, a server …) and named in a definition.
  void text(const std::string& definition);

 private:
  /// A view's columns are those of the tables below it; a domain is its base.
  void through_relation(const AccessKey& thing);
  void through_function(const AccessKey& thing);
  /// A generated column is made of others; one of a partition or a child is its parent's, too.
  void through_column(const AccessKey& thing);

  const Catalog& catalog_;
  std::set<AccessKey>& reads_;
};

}  // namespace schemagate::access
