// SPDX-License-Identifier: MIT
// Triggers, policies, statistics and publications that a server refuses to make.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

void check_new_object(ImpactBuilder& b, const CreateObject& s);

}  // namespace schemagate
