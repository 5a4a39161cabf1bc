// SPDX-License-Identifier: MIT
// What a new partition asks of its parent, whether it is created or attached.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Locks the parent's indexes, the default partition (read in full unless a CHECK proves that it
/// holds none of the new partition's rows) and the tables that refer to the parent.
void add_partition(ImpactBuilder& b, const Table& parent, const PartitionBound& bound);

}  // namespace schemagate
