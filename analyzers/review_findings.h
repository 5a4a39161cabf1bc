// SPDX-License-Identifier: MIT
// What becomes of a review's findings once all steps are judged. Private to the review.
#pragma once

#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "analyzers/review.h"

namespace schemagate {

bool has_evidence(const Finding& finding, std::string_view name);
/// A psql variable or a template's placeholder stands at `where`.
bool holds_placeholder(const SourceSet* sources, Span where);

/// As they are written: ${schema}.users, not the name that stood in for it.
void name_placeholders(const ReviewInput& input, Review& review);
/// What is rolled back loses nothing and changes nothing for anybody; its locks are felt, and what
/// fails fails.
void forget_undone(const std::set<int>& undone, std::vector<Finding>& findings);
/// The severities and exceptions of the configuration.
void apply_settings(const ReviewInput& input, std::vector<Finding>& findings);
/// Marks what is allowed; `rules` are those that were asked.
void apply_allowances(const ReviewInput& input, std::span<const Rule* const> rules,
                      std::vector<Finding>& findings);
/// Worst first, then by place; allowed ones last.
void sort_findings(std::vector<Finding>& findings);

}  // namespace schemagate
