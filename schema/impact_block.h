// SPDX-License-Identifier: MIT
// What the SQL inside a DO block, a function or a procedure does, as part of the statement that
// runs it.
#pragma once

#include "schema/impact_builder.h"
#include "schema/plpgsql_run.h"

namespace schemagate {

/// Who runs the body: only DO and CALL outside of a transaction may end a transaction in it.
enum class BodyOf { function, procedure };

/// Adds what a PL/pgSQL body does. `certain`: it is known to run, so its failure is the
/// statement's.
void run_plpgsql(ImpactBuilder& b, const std::string& body, BodyOf of, FlowRow variables,
                 bool certain);
/// The same for the text of a function in SQL.
void run_sql_body(ImpactBuilder& b, const std::string& body, bool certain);

}  // namespace schemagate
