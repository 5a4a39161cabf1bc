// SPDX-License-Identifier: MIT
// Statements about a relation of the wrong kind: a view that is to get a column, an index that is
// to be truncated.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Fails (42809, for some 0A000) when a relation of `statement` exists and is of a kind that the
/// server refuses there.
void check_kinds(ImpactBuilder& b, const Statement& statement);
/// Refuses a definition that holds an enum value which this transaction added to an older type.
void check_new_enum_values(ImpactBuilder& b, const Statement& statement);

}  // namespace schemagate
