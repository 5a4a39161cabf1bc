// SPDX-License-Identifier: MIT
// How long work on a table takes, as a class: an assumption about storage, printed as one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schema/impact.h"

namespace schemagate {

/// What one process reads or writes in a second on ordinary storage.
inline constexpr std::int64_t assumed_megabytes_per_second = 200;

/// Bytes that work on a table of `bytes` (`total_bytes` with its indexes) goes through: a rewrite
/// makes the indexes anew as well. Nothing when the size is not known.
std::optional<std::int64_t> bytes_of(WorkKind kind, std::optional<std::int64_t> bytes,
                                     std::optional<std::int64_t> total_bytes);

/// "less than a second", "about 46 s", "about 3 h".
std::string duration_in_words(std::int64_t bytes);

}  // namespace schemagate
