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
  if (rule.text("type") == "merge_queue") return true;
  if (rule.text("type") != "required_status_checks") return false;
  const auto parameters = rule.find("parameters");
  if (!parameters || !parameters->truth_or("strict_required_status_checks_policy", false))
    return false;
  const auto checks = parameters->find("required_status_checks");
  return checks && !checks->elements().empty();
}

/// These say nothing of what lands.
bool is_about_the_branch(const std::string& type) {
  return type == "creation" || type == "deletion" || type == "non_fast_forward";
}

TipRule meaning_of(const JsonView& rule) {
  if (asks_for_the_tip(rule)) return TipRule::required;
  return is_about_the_branch(rule.text("type")) ? TipRule::unguarded : TipRule::not_required;
}

/// Without a status that it requires the older protection can't ask for the tip.
TipRule older_rule(const JsonView& branch) {
  if (!branch.truth("protected")) return TipRule::unguarded;
  const auto protection = branch.find("protection");
  if (!protection) return TipRule::hidden;
  if (!protection->truth_or("enabled", true)) return TipRule::unguarded;
  const auto checks = protection->find("required_status_checks");
  const bool is_off = checks && checks->text_or("enforcement_level", "") == "off";
  return is_off ? TipRule::not_required : TipRule::hidden;
}

}  // namespace

Outcome<TipRule> tip_rule(Client& client, std::string_view branch) {
  const auto path = client.in_repository(fmt::format("/rules/branches/{}", url_encoded(branch)));
  const auto rules = read_pages(client.pages(path, permission::none), meaning_of);
  if (!rules) return rules.refusal();
  const auto has = [&](TipRule rule) {
    return std::find(rules->begin(), rules->end(), rule) != rules->end();
  };
  if (has(TipRule::required)) return TipRule::required;
  const auto older = client.get(client.in_repository("/branches/" + url_encoded(branch)),
                                permission::read_contents);
  return read_answer(older, [&](const JsonView& json) {
    const TipRule rule = older_rule(json);
    const bool is_guarded = rule == TipRule::unguarded && has(TipRule::not_required);
    return is_guarded ? TipRule::not_required : rule;
  });
}

}  // namespace schemagate::github
