// SPDX-License-Identifier: MIT
// What the extensions of a schema may hold that its files don't say: names that are not in the
// catalog need not be missing. Of those that come with PostgreSQL it is known.
#pragma once

#include "schema/catalog.h"

namespace schemagate {

/// One of the extensions may have brought tables, views, sequences or a schema of its own.
bool may_bring_relations(const Catalog& catalog);
/// One of them may have brought types, operators, operator classes, casts or access methods.
bool may_bring_types(const Catalog& catalog);

}  // namespace schemagate
