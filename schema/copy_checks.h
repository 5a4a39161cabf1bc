// SPDX-License-Identifier: MIT
// Options of COPY that the server does not know.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

void check_copy_options(ImpactBuilder& b, const DataStatement& s);

}  // namespace schemagate
