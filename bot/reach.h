// SPDX-License-Identifier: MIT
// Statements that reach out of the database: files, programs, other servers, code that may do
// anything. A rehearsal does not let them, and a reader should know that they are there.
#pragma once

#include <string>
#include <string_view>

#include "schema/statement.h"

namespace schemagate {

/// "COPY to or from a file or program", "LANGUAGE C", "pg_read_file, lo_export"; empty for a
/// statement that stays inside. `text` is the statement as it is written: names count wherever they
/// stand, also in bodies and strings.
std::string reach_of(const Statement& statement, std::string_view text);

}  // namespace schemagate
