// SPDX-License-Identifier: MIT
// What mode strict rests on: that the branch's rules let only what contains the tip land.
#pragma once

#include <string>

#include "bot/gate_run.h"

namespace schemagate {

/// The configuration says mode strict: what can't be seen is believed, and a branch that is not the
/// default one and has no rule at all asks for none. Sets what is missing; returns what to log.
std::string ask_for_tip_rule(GateRun& run);

/// Nobody said so, but the ledger can't be written: mode strict from now on, and what can't be seen
/// is missing. Returns what to log.
std::string require_tip_rule(GateRun& run);

}  // namespace schemagate
