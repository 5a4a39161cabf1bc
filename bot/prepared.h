// SPDX-License-Identifier: MIT
// One database's change, read and ready for the review: as a plan between two declared schemas, or
// as the new files of a migrations folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzers/allowance.h"
#include "analyzers/review.h"
#include "bot/config.h"
#include "bot/judge.h"
#include "bot/problems.h"
#include "schema/plan.h"

namespace schemagate {

/// Everything that is known about one change before it is reviewed.
struct Prepared {
  Catalog before, after;
  std::vector<Change> changes;
  std::vector<ReviewStep> steps;
  std::vector<Step> planned;  ///< the same steps as text, for the rehearsal
  Problems problems;
  std::vector<std::string> notes;
  AllowanceList allowances;
  Plan safe;  ///< the online plan
  bool declarative = true;
  bool printed = false;  ///< steps stand on lines of code: no SQL can take their place
};

Prepared prepare_declarative(const DatabaseText& text, const DatabaseConfig& config,
                             const JudgeOptions& options);
Prepared prepare_migrations(const DatabaseText& text, const DatabaseConfig& config,
                            const JudgeOptions& options);

/// Allowances of the head, told apart from those that stood there before.
AllowanceList allowances_of(const DatabaseText& text, const std::vector<ParsedFile>& before,
                            const std::vector<ParsedFile>& after);
/// The files and what the platform brings.
std::vector<std::uint32_t> with_platform(const DatabaseText& text,
                                         std::vector<std::uint32_t> files);

}  // namespace schemagate
