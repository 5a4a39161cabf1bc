// SPDX-License-Identifier: MIT
// An order in which the objects of a catalog can be created, one after the other.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

struct CreationStep {
  enum class Kind { type, function, sequence, table, view, object };
  Kind kind = Kind::table;
  QualifiedName name;  ///< of types, sequences, tables, views
  std::string key;     ///< of functions and objects
};

/// Every type, function, sequence, table, view and text-kept object of the catalog, each after what
/// it needs: types of columns, functions in defaults, partitioned tables, relations that a view
/// reads. Foreign keys, indexes and triggers are taken to be made afterwards. Where objects need
/// each other, one comes first.
std::vector<CreationStep> creation_order(const Catalog& catalog);

}  // namespace schemagate
