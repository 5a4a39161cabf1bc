// SPDX-License-Identifier: MIT
// VACUUM and ANALYZE with options or columns that the server refuses.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

void check_vacuum_options(ImpactBuilder& b, const Vacuum& s);
/// Columns that the table does not have, or that are listed twice.
void check_vacuum_columns(ImpactBuilder& b, const QualifiedName& table,
                          const std::vector<std::string>& columns);

}  // namespace schemagate
