// SPDX-License-Identifier: MIT
// The gate in a workflow: from an event to the branches that are swept.
#pragma once

#include "bot/action_inputs.h"
#include "github/event.h"

namespace schemagate {

/// By the input `command`; without it, events that bring no pull request to judge.
bool is_for_the_gate(const github::Event& event, const ActionInputs& inputs);

/// Returns the exit code: 1 only for a merge group that must not land.
int run_gate_action(const Environment& environment, const ActionInputs& inputs,
                    const github::Event& event);

}  // namespace schemagate
