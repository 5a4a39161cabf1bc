// SPDX-License-Identifier: MIT
// A case of a rule's case file, run through the review. Two shapes: `sql schema` (optional) and
// `sql migration`, or `sql old` and `sql new`, which go through diff and plan. Further parts:
// `facts` (see facts_block.h) and `settings`, one per line:
//
//   postgres: 14                 the server's major, else 17
//   lock_timeout: none           else 5s is in force at the start, so that other rules stay quiet
//   transaction: yes             the tool wraps the file in a transaction
//   single query: yes            the file is sent as one simple query
//   complete: no                 the schema is not known
//   strategy: online             the plan of a declarative case
//   rule drop-column: off        or error, warning, note, on, except GLOB
//   rehearsal 2: 22P02 message   what the rehearsal said to step number 2
#pragma once

#include <memory>
#include <string>

#include "analyzers/review.h"
#include "tests/case_file.h"

namespace schemagate::testing {

struct CaseRun {
  SourceSet old_sources, new_sources;
  Catalog before, after;
  std::vector<ParsedFile> parsed;  ///< of the new files
  ReviewInput input;
  Review review;
};

/// Runs the case with `rule` switched on. `migration` replaces the part `sql migration`.
std::unique_ptr<CaseRun> run_case(const Case& input, const Rule& rule,
                                  const std::string* migration = nullptr);

/// The same with the rules that are on by default.
std::unique_ptr<CaseRun> run_case(const Case& input);

/// "migration.sql:1:14: error: message [rule]" and the remedy below it, for every finding.
std::string to_text(const CaseRun& run);

}  // namespace schemagate::testing
