// SPDX-License-Identifier: MIT
// The names that other linters give to what our rules find, so that their ignore comments go on
// working on the day a team switches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// Our rules for a rule's name or code of `tool` ("squawk", "eugene", "atlas", "pgfence"); empty
/// when there is no counterpart.
std::vector<std::string> counterparts(std::string_view tool, std::string_view name);

/// All rules of ours that are a counterpart of something.
std::vector<std::string> all_counterparts();

}  // namespace schemagate
