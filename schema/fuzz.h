// SPDX-License-Identifier: MIT
// What the libFuzzer targets of this folder hold to: scripts/fuzz builds and runs them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace schemagate::fuzz {

/// The fuzzer takes the end of the process for a finding.
inline void must(bool holds) {
  if (!holds) std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Every range lies inside of the text.
inline void must_lie_in(std::string_view text,
                        const std::vector<std::pair<std::size_t, std::size_t>>& ranges) {
  for (const auto& [begin, end] : ranges) must(begin <= end && end <= text.size());
}

}  // namespace schemagate::fuzz
