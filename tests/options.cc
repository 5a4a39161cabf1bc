// SPDX-License-Identifier: MIT
#include "tests/options.h"

#include <cstdlib>
#include <string_view>

namespace schemagate::testing {

std::uint32_t option(const char* name, std::uint32_t usual) {
  const char* value = std::getenv(name);
  return value == nullptr ? usual : static_cast<std::uint32_t>(std::strtoul(value, nullptr, 10));
}

bool all_is_wanted() {
  const char* all = std::getenv("SCHEMAGATE_TEST_ALL");
  return all != nullptr && std::string_view(all) == "true";
}

}  // namespace schemagate::testing
