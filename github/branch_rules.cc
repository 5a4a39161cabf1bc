// SPDX-License-Identifier: MIT
#include "github/branch_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "github/address.h"
#include "github/answers.h"

namespace schemagate::github {
namespace {

/// Without a check that is required it has no effect.
bool asks_for_the_tip(const JsonView& rule) {
  if (rule.text("type") != "required_status_checks") return false;
  const auto parameters = rule.find("parameters");
  if (!parameters || !parameters->truth_or("strict_required_status_checks_policy", false))
    return false;
  const auto checks = parameters->find("required_status_checks");
  return checks && !checks->elements().empty();
}

/// Whether the older protection requires a status: without one it can't ask for the tip.
bool requires_status(const JsonView& branch) {
  if (!branch.truth("protected")) return false;
  const auto protection = branch.find("protection");
  if (!protection) return true;
  if (!protection->truth_or("enabled", true)) return false;
  const auto checks = protection->find("required_status_checks");
  return !checks || checks->text_or("enforcement_level", "") != "off";
}

}  // namespace

Outcome<TipRule> tip_rule(Client& client, std::string_view branch) {
  const auto path = client.in_repository(fmt::format("/rules/branches/{}", url_encoded(branch)));
  const auto rules = read_pages(client.pages(path, permission::none), asks_for_the_tip);
  if (!rules) return rules.refusal();
  if (std::any_of(rules->begin(), rules->end(), [](bool asks) { return asks; }))
    return TipRule::required;
  const auto older = client.get(client.in_repository("/branches/" + url_encoded(branch)),
                                permission::read_contents);
  return read_answer(older, [](const JsonView& json) {
    return requires_status(json) ? TipRule::hidden : TipRule::not_required;
  });
}

}  // namespace schemagate::github
