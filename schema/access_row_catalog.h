// SPDX-License-Identifier: MIT
// Migrations that look into the server's own catalogs, and changes that show there. Private to the
// access_row files.
#pragma once

#include <string>

#include "schema/access_rows.h"

namespace schemagate::rows {

/// What the text looks for in pg_class, information_schema …: by the names in it where it compares
/// names, else everything.
void look_into_catalog(const std::string& text, RowAccess& access);

/// Under which names the change shows.
void show_in_catalog(const Change& change, const Catalog& before, const Catalog& after,
                     RowAccess& access);

}  // namespace schemagate::rows
