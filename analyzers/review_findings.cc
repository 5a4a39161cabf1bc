// SPDX-License-Identifier: MIT
#include "analyzers/review_findings.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "schema/placeholders.h"

namespace schemagate {
namespace {

/// The default severity replaced by the configured one; what facts softened stays soft.
Severity configured(Severity found, Severity by_default, const RuleSetting& setting) {
  if (!setting.severity) return found;
  return found < by_default ? std::min(found, *setting.severity) : *setting.severity;
}

bool is_excepted(const RuleSetting& setting, const std::string& object) {
  const std::string public_prefix = "public.";
  return std::any_of(setting.except.begin(), setting.except.end(), [&](const std::string& glob) {
    return glob_match(glob, object) || (object.starts_with(public_prefix) &&
                                        glob_match(glob, object.substr(public_prefix.size())));
  });
}

void report_unused(const ReviewInput& input, std::span<const Rule* const> rules,
                   const std::vector<bool>& used, std::vector<Finding>& out) {
  const Rule* rule = find_rule("unused-allowance");
  if (std::find(rules.begin(), rules.end(), rule) == rules.end()) return;
  Findings findings(*rule, out);
  for (std::size_t i = 0; i < used.size(); ++i) {
    const Allowance& allowance = input.allowances[i];
    if (used[i] || !allowance.new_in_this_change || allowance.tool != "schemagate") continue;
    findings.add(allowance.where, false, allowance.object,
                 "allows " + allowance.rule +
                     (allowance.object.empty() ? " here" : " for " + allowance.object) +
                     ", but there is no such finding: take the comment out, or correct the " +
                     (allowance.object.empty() ? "rule's name" : "names in it"));
  }
}

}  // namespace

bool has_evidence(const Finding& finding, std::string_view name) {
  return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                     [&](const Evidence& evidence) { return evidence.name == name; });
}

bool holds_placeholder(const SourceSet* sources, Span where) {
  if (!sources || !where.is_somewhere()) return false;
  const std::string_view text = sources->text(where);
  const bool has_sign = std::any_of(text.begin(), text.end(),
                                    [](char c) { return c == ':' || c == '{' || c == '$'; });
  return has_sign && without_placeholders(text).has_value();
}

void name_placeholders(const ReviewInput& input, Review& review) {
  for (Finding& finding : review.findings) {
    if (finding.step < 0) continue;
    const Span where = review.steps[static_cast<std::size_t>(finding.step)].where;
    if (!holds_placeholder(input.sources, where)) continue;
    const std::string_view text = input.sources->text(where);
    for (std::string* words : {&finding.message, &finding.object})
      *words = with_placeholders(std::move(*words), text);
    if (!finding.remedy) continue;
    finding.remedy->explanation = with_placeholders(finding.remedy->explanation, text);
    for (std::string& sql : finding.remedy->sql) sql = with_placeholders(std::move(sql), text);
  }
}

void forget_undone(const std::set<int>& undone, std::vector<Finding>& findings) {
  if (undone.empty()) return;
  std::erase_if(findings, [&](const Finding& finding) {
    const Rule* rule = find_rule(finding.rule);
    const bool stays =
        !rule->loses_data && (has_evidence(finding, "lock") || has_evidence(finding, "sqlstate") ||
                              finding.rule == "missing-lock-timeout");
    return undone.count(finding.step) != 0 && !stays;
  });
}

void apply_settings(const ReviewInput& input, std::vector<Finding>& findings) {
  std::erase_if(findings, [&](Finding& finding) {
    const auto setting = input.settings.find(finding.rule);
    if (setting == input.settings.end()) return false;
    const Rule* rule = find_rule(finding.rule);
    finding.severity = configured(finding.severity, rule->severity, setting->second);
    return setting->second.off || is_excepted(setting->second, finding.object);
  });
}

void apply_allowances(const ReviewInput& input, std::span<const Rule* const> rules,
                      std::vector<Finding>& findings) {
  std::vector<bool> used(input.allowances.size(), false);
  for (Finding& finding : findings) {
    for (std::size_t i = 0; i < input.allowances.size(); ++i) {
      const Allowance& allowance = input.allowances[i];
      if (!covers(allowance, finding)) continue;
      used[i] = true;
      if (who_may_allow(finding.rule, input.settings, input.allow) == WhoMayAllow::nobody) {
        finding.message += "; by the configuration nobody may allow this";
        break;
      }
      finding.allowed_because = allowance.reason.empty()
                                    ? "ignored by a comment for " + allowance.tool
                                    : allowance.reason;
      break;
    }
  }
  report_unused(input, rules, used, findings);
}

void sort_findings(std::vector<Finding>& findings) {
  // Findings are large: their order is found first, then each moves once.
  const auto key_of = [](const Finding& finding, std::size_t at) {
    return std::make_tuple(!finding.allowed_because.empty(), -static_cast<int>(finding.severity),
                           finding.old_side, finding.where.file, finding.where.begin, finding.step,
                           at);
  };
  std::vector<decltype(key_of({}, 0))> keys;
  keys.reserve(findings.size());
  for (const Finding& finding : findings) keys.push_back(key_of(finding, keys.size()));
  std::sort(keys.begin(), keys.end());
  std::vector<Finding> sorted;
  sorted.reserve(keys.size());
  for (const auto& key : keys) sorted.push_back(std::move(findings[std::get<std::size_t>(key)]));
  findings = std::move(sorted);
}

}  // namespace schemagate
