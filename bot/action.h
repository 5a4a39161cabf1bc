// SPDX-License-Identifier: MIT
// The program as a GitHub Action: without arguments it takes everything from the event, judges,
// and reports. Whatever GitHub refuses is in the log and in the job summary; an error closes the
// gate and is said there, too.
#pragma once

#include "bot/action_inputs.h"

namespace schemagate {

/// `version` is the program's. Returns the exit code. Throws Error when the job can't be done; by
/// then the status says so.
int run_action(const Environment& environment, const std::string& version);

/// The process's own environment.
std::string from_environment(const std::string& name);

}  // namespace schemagate
