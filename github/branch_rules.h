// SPDX-License-Identifier: MIT
// What the rules of a branch ask of who wants to land on it, as far as a workflow's token may know.
#pragma once

#include <string_view>

#include "github/client.h"

namespace schemagate::github {

/// Whether a ruleset lets only branches land that contain the branch's tip ("Require branches to be
/// up to date before merging"). The older branch protection is not shown to a workflow's token:
/// what it asks for is not known, and no.
Outcome<bool> requires_up_to_date(Client& client, std::string_view branch);

}  // namespace schemagate::github
