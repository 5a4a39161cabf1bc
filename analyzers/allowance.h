// SPDX-License-Identifier: MIT
// Allowances: comments that say that a finding is meant to be. Our own name the rule and give a
// reason; the ignore comments of other linters count where their rule has a counterpart here.
#pragma once

#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "schema/parse.h"

namespace schemagate {

/// `-- schemagate: allow drop-column users.full_name: reason`, or another tool's ignore comment.
struct Allowance {
  std::string rule;    ///< empty: every rule (another tool's "ignore all")
  std::string object;  ///< empty: the statement or column it stands above
  std::string reason;  ///< compulsory for our own; empty for other tools'
  std::string tool;    ///< "schemagate", "squawk", "atlas", "eugene", "pgfence"
  Span where;          ///< the comment
  Span covers;  ///< the statement or column definition; nowhere: the whole file set (object given)
  bool whole_file = false;
  bool new_in_this_change = true;  ///< only those can be "unused"
};

/// What the comments of parsed files allow. Unknown rule names and missing reasons in our own
/// comments become findings.
struct AllowanceList {
  std::vector<Allowance> allowances;
  std::vector<Finding> findings;
};
AllowanceList find_allowances(const SourceSet& sources, const std::vector<ParsedFile>& files);
/// Of one file, added to `found`.
void find_allowances(const SourceSet& sources, const ParsedFile& file, AllowanceList& found);

/// True when the allowance speaks of this finding.
bool covers(const Allowance& allowance, const Finding& finding);

}  // namespace schemagate
