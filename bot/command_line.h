// SPDX-License-Identifier: MIT
// The command line: what `schemagate …` accepts, and which command it means.
#pragma once

#include <string>
#include <vector>

namespace schemagate {

/// Runs the command that `arguments` (without the program's name) ask for and returns the exit
/// code. Throws Error; a mistyped command, flag or rule name suggests the nearest one.
int run_command_line(const std::vector<std::string>& arguments);

/// True when the arguments ask for JSON on standard output: then errors are printed as JSON too.
bool wants_json(const std::vector<std::string>& arguments);

}  // namespace schemagate
