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

}  // namespace

Outcome<bool> requires_up_to_date(Client& client, std::string_view branch) {
  const auto path = client.in_repository(fmt::format("/rules/branches/{}", url_encoded(branch)));
  const auto rules = read_pages(client.pages(path, permission::none), asks_for_the_tip);
  if (!rules) return rules.refusal();
  return std::any_of(rules->begin(), rules->end(), [](bool asks) { return asks; });
}

}  // namespace schemagate::github
