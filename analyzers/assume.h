// SPDX-License-Identifier: MIT
// A script that is judged without its schema speaks of tables that nobody described. What a
// statement takes for granted is taken to exist: the table, the columns it names, the index it
// drops. Their shape stays unknown (a column's type is empty), and rules say so.
#pragma once

#include <vector>

#include "schema/apply.h"

namespace schemagate {

/// Adds to `catalog` what `statement` needs and the catalog does not hold.
void assume(Catalog& catalog, const Session& session, const Statement& statement);

/// What `statement` drops, renames or moves although no statement of the review made it: somebody
/// did before, and programs may use it. By full name; of a column its table, of a function its
/// name.
std::vector<QualifiedName> strangers(const Catalog& catalog, const Session& session,
                                     const Statement& statement);

}  // namespace schemagate
