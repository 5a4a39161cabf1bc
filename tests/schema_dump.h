// SPDX-License-Identifier: MIT
// Everything a database contains, read from the server's own catalogs: two databases with the same
// schema have the same dump. For tests only.
#pragma once

#include <string>
#include <vector>

#include "postgres/session.h"

namespace schemagate::testing {

/// One line per object or property, sorted. With `column_order` false the places of columns are
/// left out.
std::vector<std::string> schema_dump(postgres::Session& session, bool column_order = true);

/// Makes the database as empty as a new one.
void reset_database(postgres::Session& session);

/// The lines that only one side has, with - and + in front.
std::string difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual);

}  // namespace schemagate::testing
