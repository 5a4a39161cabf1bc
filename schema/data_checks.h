// SPDX-License-Identifier: MIT
// What parse analysis refuses in a statement on rows: columns that no source has, values of the
// wrong type, aggregates where none may stand.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Fails where the server is certain to refuse the statement's expressions.
void check_data(ImpactBuilder& b, const DataStatement& s);

/// Fails (42703) at a column that gets a value and that the table does not have.
bool column_is_missing(ImpactBuilder& b, const Table& table, const DataStatement& s);

/// A condition that no row fulfils whatever it holds: WHERE false, WHERE NULL, WHERE 1 = 2.
bool selects_nothing(const DataStatement& s);

}  // namespace schemagate
