// SPDX-License-Identifier: MIT
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// There is an equality between the two types of a foreign key, or the referring one is converted
/// to the other. True when one of them is not PostgreSQL's own.
bool keys_compare(const ImpactBuilder& b, const TypeName& child, const TypeName& parent);
/// ON DELETE SET NULL (columns): fails (42P10) at one that is not of the foreign key.
void check_set_columns(ImpactBuilder& b, const ConstraintDefinition& c);

}  // namespace schemagate
