// SPDX-License-Identifier: MIT
// Bodies of functions that the server refuses when it makes the function.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

void check_function(ImpactBuilder& b, const CreateFunction& s);

}  // namespace schemagate
