// SPDX-License-Identifier: MIT
// What hangs on an object, as pg_depend would say: what goes along with it silently, and what keeps
// it from being dropped without CASCADE.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

struct ObjectRef {
  enum class Kind {
    table,
    column,
    default_value,
    constraint,
    index,
    sequence,
    view,
    type,
    attribute,
    domain_default,
    domain_constraint,
    function,
    trigger,
    policy,
    rule,
    object,
    schema,
    extension,
  };
  Kind kind = Kind::table;
  QualifiedName name;  ///< the relation, type or schema; empty for functions and other objects
  std::string part;  ///< column, constraint, trigger, …; the catalog's key of functions and objects
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

struct Dependent {
  ObjectRef object;
  bool automatic = false;  ///< dropped along without CASCADE
};

/// The direct dependents. Parts of a table (its constraints, triggers, policies) are not listed for
/// the table itself, its indexes and sequences are.
std::vector<Dependent> dependents_of(const Catalog& catalog, const ObjectRef& object);

/// "column email of table users", as the server's messages describe it: names in a schema of the
/// search path come without it.
std::string describe(const Catalog& catalog, const ObjectRef& object,
                     const std::vector<std::string>& search_path = {});

}  // namespace schemagate
