// SPDX-License-Identifier: MIT
// Processes that would sleep long after a test: who is to end them is held to it.
#pragma once

#include <string>

namespace schemagate::testing {

/// A command that no other test run has: "sleep 561.4242".
std::string long_sleep();

/// How many processes have it in their command line, be it as part of a script.
int sleepers();

}  // namespace schemagate::testing
