// SPDX-License-Identifier: MIT
// A rule's page for people: what the rule says about itself, and an example of each kind from its
// case file. The pages under docs/rules are made by this and never by hand.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "analyzers/rule.h"

namespace schemagate {

/// Markdown. `cases` is the text of a case file, or empty: then there are no examples.
std::string page(const Rule& rule, std::string_view cases);
/// The page with the examples of the rule's own case file, cases_of().
std::string page(const Rule& rule);

/// All pages of a folder, by file name: one per rule, and README.md that lists them.
std::map<std::string, std::string> pages();

}  // namespace schemagate
