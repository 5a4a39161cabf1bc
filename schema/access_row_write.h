// SPDX-License-Identifier: MIT
// Private to the access_row files.
#pragma once

#include "schema/access_rows.h"

namespace schemagate::rows {

/// As if all rows of the table were changed, and some came and went: with all that runs along.
void write_all_rows(const Catalog& catalog, const Catalog& ancestor, const Table& table,
                    RowAccess& access);

}  // namespace schemagate::rows
