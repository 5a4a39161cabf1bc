// SPDX-License-Identifier: MIT
// Statements that PostgreSQL 18's grammar takes and an older server's does not.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Fails with 42601 when the session's major can't parse `statement` yet.
void check_syntax(ImpactBuilder& b, const Statement& statement);

}  // namespace schemagate
