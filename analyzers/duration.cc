// SPDX-License-Identifier: MIT
#include "analyzers/duration.h"

#include <fmt/format.h>

namespace schemagate {

std::optional<std::int64_t> bytes_of(WorkKind kind, std::optional<std::int64_t> bytes,
                                     std::optional<std::int64_t> total_bytes) {
  return kind == WorkKind::rewrite && total_bytes ? total_bytes : bytes;
}

std::string duration_in_words(std::int64_t bytes) {
  constexpr double bytes_in_megabyte = 1e6;
  const double seconds =
      static_cast<double>(bytes) / (assumed_megabytes_per_second * bytes_in_megabyte);
  if (seconds < 1) return "less than a second";
  if (seconds < 100) return fmt::format("about {:.0f} s", seconds);
  if (seconds < 100 * 60) return fmt::format("about {:.0f} min", seconds / 60);
  return fmt::format("about {:.0f} h", seconds / 3600);
}

}  // namespace schemagate
