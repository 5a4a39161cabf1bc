// SPDX-License-Identifier: MIT
// Whether an index can serve a query, so that its table need not be read from end to end. What is
// asked is whether there is a way through an index at all, not whether a planner takes it: that
// hangs on statistics.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// The qualifier of a column means this use of a table: its alias, or the table's name.
bool names(const RelationUse& use, const std::string& qualifier);

/// An index of `table` serves what `s` demands of the rows that `use` names.
bool index_serves(const ImpactBuilder& b, const QualifiedName& table, const RelationUse& use,
                  const DataStatement& s);

}  // namespace schemagate
