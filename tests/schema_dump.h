// SPDX-License-Identifier: MIT
// Everything a database contains, read from the server's own catalogs: two databases with the same
// schema have the same dump. For tests only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "postgres/session.h"

namespace schemagate::testing {

/// One line per object or property, sorted. With `column_order` false the places of columns are
/// left out.
std::vector<std::string> schema_dump(postgres::Session& session, bool column_order = true);

/// One line per row of every table and materialized view, sorted; a column of the name `without` is
/// left out.
std::vector<std::string> rows_dump(postgres::Session& session, const std::string& without = {});

/// Makes the database as empty as a new one.
void reset_database(postgres::Session& session);

/// Statement by statement, as psql sends them; settings end with the script. What the server
/// refused, or nothing.
std::string run_script(postgres::Session& session, const std::string& script);

/// A session with each installed server in turn, which knows the roles plans_a, plans_b and
/// plans_reader. SCHEMAGATE_MAJOR=15 takes only that one.
void on_every_server(const std::function<void(postgres::Session&, int major)>& use);

/// The lines that only one side has, with - and + in front.
std::string difference(const std::vector<std::string>& expected,
                       const std::vector<std::string>& actual);

}  // namespace schemagate::testing
