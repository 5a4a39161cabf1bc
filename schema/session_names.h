// SPDX-License-Identifier: MIT
// What a session knows by name without a catalog: prepared statements and cursors.
#pragma once

#include <string>

#include "schema/apply.h"

namespace schemagate {

/// The prepared statement or cursor of PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, MOVE and
/// CLOSE; empty for ALL.
std::string session_name(const OtherStatement& statement);

/// The query of PREPARE … AS and DECLARE … FOR.
std::string query_of(const OtherStatement& statement);

/// What EXPLAIN is about, and whether it runs that: with ANALYZE.
struct Explained {
  std::string sql;
  bool runs = false;
};
Explained explained(const OtherStatement& statement);

/// How many parameters "PREPARE a (int, text) AS SELECT $1, $2" has, or values "EXECUTE a (1,
/// 'b')".
int count_parameters(const std::string& definition);

/// Keeps what the statement makes, reads or closes.
void remember_session_name(Session& session, const OtherStatement& statement);

}  // namespace schemagate
