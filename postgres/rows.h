// SPDX-License-Identifier: MIT
// A few rows for every table of a sandbox, so that what depends on there being rows shows: a
// required column that can't be added, a table that is read. The rows are as harmless as they can
// be: no NULLs, no duplicates, foreign keys satisfied.
#pragma once

#include <string>
#include <vector>

#include "postgres/session.h"

namespace schemagate::postgres {

enum class Rows {
  distinct,  ///< every column has a value, and a different one in each row where its type allows
  fitting,   ///< the same, but with constants of the statement that is to run where they fit
  lone,   ///< as fitting, but only in the tables that it names, that they refer to or that follow
          ///< them
  nulls,  ///< NULL wherever it is allowed: passes what a made-up value may not
  none,
};

/// Puts two rows into every table of the database and populates its materialized views.
/// Returns what has no rows nevertheless: "public.orders".
std::vector<std::string> fill(Session& session, Rows rows, const std::string& statement = {});

/// Takes all rows out of every table that lets it.
void empty(Session& session);

}  // namespace schemagate::postgres
