// SPDX-License-Identifier: MIT
// Runs the rules over a sequence of statements: the plan of a declarative change, or the new files
// of a migrations folder. Pure: everything it needs is passed in. To learn what to ask a database,
// run it once without facts and read `wanted_probes`; run it again with the answers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzers/rule.h"
#include "schema/plan.h"

namespace schemagate {

/// One statement to judge.
struct ReviewStep {
  Statement statement;
  Span where;  ///< where its findings go
  bool old_side = false;
  int change = -1;                  ///< index into ReviewInput::changes
  bool begins_transaction = false;  ///< the tool opens a transaction before it
  bool ends_transaction = false;    ///< … and commits after it
  bool single_query =
      false;  ///< sent together with others in one simple query: an implicit transaction block
};

struct RuleSetting {
  bool off = false;
  std::optional<Severity> severity;
  std::vector<std::string> except;  ///< globs over object names: "legacy.*"
};

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

struct ReviewInput {
  const Catalog* before = nullptr;
  const Catalog* after = nullptr;  ///< of a declarative review; null: what the steps make
  std::vector<ReviewStep> steps;
  std::vector<Change> changes;
  bool declarative = false;
  int postgres = 17;
  Facts facts;
  std::vector<Rehearsed> rehearsed;  ///< per step, or empty
  Thresholds thresholds;
  std::map<std::string, RuleSetting> settings;
  std::vector<Allowance> allowances;
  const SourceSet* sources = nullptr;
  std::map<std::string, std::string> initial_settings;  ///< of the session: timezone, lock_timeout
};

struct Review {
  std::vector<Finding>
      findings;  ///< sorted by severity, then place; allowed ones last, with their reason
  std::vector<JudgedStep> steps;  ///< one per ReviewStep
  std::vector<Probe> wanted_probes;
  std::vector<QualifiedName> wanted_tables;
  std::vector<std::string> notes;
  Catalog after;  ///< the catalog that the steps lead to
};

Review review(const ReviewInput& input);

/// Allowances in the comments of parsed files. Unknown rule names and missing reasons become
/// findings.
struct AllowanceList {
  std::vector<Allowance> allowances;
  std::vector<Finding> findings;
};
AllowanceList find_allowances(const SourceSet& sources, const std::vector<ParsedFile>& files);

/// Stable across pushes: rule, object and the kind of evidence, never the line. 16 hexadecimal
/// digits.
std::string fingerprint(const Finding& finding, std::string_view database);

}  // namespace schemagate
