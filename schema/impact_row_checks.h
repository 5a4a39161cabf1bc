// SPDX-License-Identifier: MIT
// Rows whose constants break a CHECK, of the table or of a column's domain.
#pragma once

#include "schema/impact_written_rows.h"

namespace schemagate {

/// Fails (23514) at the first row that is certain to break a CHECK. Values that are no constants,
/// and conditions that are not understood, refuse nothing.
void check_row_values(ImpactBuilder& b, const Table& table, const WrittenRows& written);

}  // namespace schemagate
