// SPDX-License-Identifier: MIT
// What the rules of a branch ask of who wants to land on it, as far as a workflow's token may know.
#pragma once

#include <string_view>

#include "github/client.h"

namespace schemagate::github {

/// "Require branches to be up to date before merging": only what contains the branch's tip lands.
enum class TipRule {
  required,      ///< by a ruleset, or a merge queue sees to it
  not_required,  ///< by no ruleset, and the older branch protection requires no status at all
  hidden,        ///< the older protection requires statuses; the rest a workflow's token can't see
  unguarded,     ///< neither a ruleset nor a protection says anything of what may land
};
Outcome<TipRule> tip_rule(Client& client, std::string_view branch);

}  // namespace schemagate::github
