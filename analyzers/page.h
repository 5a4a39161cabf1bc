// SPDX-License-Identifier: MIT
// A rule's page for people: what the rule says about itself, and an example of each kind from its
// case file. The pages under docs/rules are made by this and never by hand.
#pragma once

#include <string>
#include <string_view>

#include "analyzers/rule.h"

namespace schemagate {

/// Markdown. `cases` is the text of the rule's case file, or empty: then there are no examples.
std::string page(const Rule& rule, std::string_view cases);

/// The page that lists all rules, with links to theirs.
std::string index_page();

}  // namespace schemagate
