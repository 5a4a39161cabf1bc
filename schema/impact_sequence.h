// SPDX-License-Identifier: MIT
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Fails (22023) at bounds that do not fit the type (`otherwise`, where none is written) or each
/// other, at a step of 0 and the like (init_params).
void check_sequence_options(ImpactBuilder& b, const SequenceOptions& options,
                            const TypeName& otherwise);

}  // namespace schemagate
