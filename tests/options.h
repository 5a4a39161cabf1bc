// SPDX-License-Identifier: MIT
// What the environment asks of a test run.
#pragma once

#include <cstdint>

namespace schemagate::testing {

/// The number that the variable `name` holds; `usual` where there is none.
std::uint32_t option(const char* name, std::uint32_t usual);

/// scripts/test --all (SCHEMAGATE_TEST_ALL=true): every case, every tool, many more random ones.
bool all_is_wanted();

}  // namespace schemagate::testing
