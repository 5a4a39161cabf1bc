// SPDX-License-Identifier: MIT
// The hash of a partition key as PostgreSQL computes it (hashfn.c, compute_partition_hash_value),
// for integers.
#pragma once

#include <cstdint>

namespace schemagate {

/// Of a key of one column; `wide`: bigint.
std::uint64_t partition_hash(std::int64_t value, bool wide);

}  // namespace schemagate
