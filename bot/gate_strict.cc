// SPDX-License-Identifier: MIT
#include "bot/gate_strict.h"

#include <fmt/format.h>

#include "github/branch_rules.h"

namespace schemagate {

std::string ask_for_tip_rule(GateRun& run) {
  run.sweep.rules.missing_rule.clear();
  const auto rule = github::tip_rule(run.client, run.hub.branch);
  const std::string asks = fmt::format("{} requires branches to be up to date", run.hub.branch);
  if (!rule)
    return fmt::format(
        "mode strict: nobody could look whether {}, and the configuration is "
        "believed: {}\n",
        asks, github::with_hint(rule.refusal()));
  if (*rule == github::TipRule::required) return {};
  if (*rule == github::TipRule::hidden)
    return fmt::format(
        "mode strict: GitHub does not show this token whether {}, and the "
        "configuration is believed: a ruleset would be shown\n",
        asks);
  if (*rule == github::TipRule::unguarded && !run.is_default)
    return fmt::format(
        "mode strict: {} has no rule of what may land, so nothing keeps out what does not contain "
        "its tip\n",
        run.hub.branch);
  run.sweep.rules.missing_rule =
      "the branch's rules require branches to be up to date, or `gate.mode` is another one";
  return fmt::format("mode strict: no rule of {}: nothing that changes a schema is green\n", asks);
}

std::string require_tip_rule(GateRun& run) {
  run.sweep.rules.mode = gate::Mode::strict;
  const auto rule = github::tip_rule(run.client, run.hub.branch);
  if (rule && *rule == github::TipRule::required) return {};
  run.sweep.rules.missing_rule =
      "the gate may write its ledger (`contents: write`), or the branch's rules require branches "
      "to be up to date";
  return "no rule of the branch that can be seen requires branches to be up to date: nothing that "
         "changes a schema is green\n";
}

}  // namespace schemagate
