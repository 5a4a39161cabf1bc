// SPDX-License-Identifier: MIT
// Runs the rules over a sequence of statements: the plan of a declarative change, or the new files
// of a migrations folder. Pure: everything it needs is passed in. To learn what to ask a database,
// run it once without facts and read `wanted_probes`; run it again with the answers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzers/allowance.h"
#include "analyzers/rule.h"
#include "schema/plan.h"

namespace schemagate {

/// One statement to judge.
struct ReviewStep {
  Statement statement;
  std::string sql;  ///< its text when it stands in no file (a planned step); else empty
  Span where;       ///< where its findings go
  bool old_side = false;
  int change = -1;                  ///< index into ReviewInput::changes
  bool begins_transaction = false;  ///< the tool opens a transaction before it
  bool ends_transaction = false;    ///< … and commits after it
  /// Sent together with others in one simple query: an implicit transaction block.
  bool single_query = false;
  /// What ran before it could not be read: what it names may be there although nobody described it.
  bool behind_unread = false;
  /// The file that runs it: the one that includes the file it stands in.
  std::uint32_t included_by = Span::nowhere;
  /// Steps of one script run one after the other in one session.
  std::uint32_t script() const { return included_by == Span::nowhere ? where.file : included_by; }
};

/// Whose allowance counts: the author's own, one that somebody else approved, none.
enum class WhoMayAllow { anyone, reviewed, nobody };

struct RuleSetting {
  bool off = false;
  std::optional<Severity> severity;
  std::optional<WhoMayAllow> allow;
  std::vector<std::string> except;  ///< globs over object names: "legacy.*"
};

struct ReviewInput {
  const Catalog* before = nullptr;
  /// `before` holds the whole database. False: a script without its schema; what a statement names
  /// is then taken to exist, and to be of unknown size and shape.
  bool complete = true;
  const Catalog* after = nullptr;  ///< of a declarative review; null: what the steps make
  std::vector<ReviewStep> steps;
  std::vector<Change> changes;
  bool declarative = false;
  int postgres = 17;
  Facts facts;
  std::vector<Rehearsed> rehearsed;  ///< per step, or empty
  Thresholds thresholds;
  std::map<std::string, RuleSetting> settings;
  std::optional<WhoMayAllow> allow;  ///< of rules whose setting says nothing
  std::vector<Allowance> allowances;
  std::vector<Finding> allowance_findings;    ///< what find_allowances() had to say
  std::vector<ParseProblem> parse_problems;   ///< in new or changed text
  std::vector<ApplyProblem> schema_problems;  ///< of a declarative head, new ones
  const SourceSet* sources = nullptr;         ///< the head's files
  bool remedies = true;                       ///< somebody will read what to do instead
  bool keeps_locks = true;                    ///< somebody will read each step's locks and work
  bool asks = true;                           ///< somebody will read the wanted probes and tables
  std::map<std::string, std::string> initial_settings;  ///< of the session: timezone, lock_timeout
};

struct Review {
  std::vector<Finding> findings;  ///< worst first, then by place; allowed ones last
  std::vector<JudgedStep> steps;  ///< one per ReviewStep, without the statements
  std::vector<Probe> wanted_probes;
  std::vector<QualifiedName> wanted_tables;
  Catalog after;  ///< the catalog that the steps lead to
};

Review review(const ReviewInput& input);

/// review() of steps that nobody keeps: they come script by script, and what no rule looks at again
/// is let go.
class StepwiseReview {
 public:
  /// `steps` of the input are not looked at; its allowances and problems only by finish(), so they
  /// may come with the steps. `expected` steps, about, are to come.
  StepwiseReview(const ReviewInput& input, std::size_t expected);
  StepwiseReview(StepwiseReview&&) noexcept;
  ~StepwiseReview();
  /// All steps of a script, or of several.
  void judge(std::vector<ReviewStep> steps);
  Review finish();

 private:
  std::unique_ptr<class Reviewer> reviewer_;
};

/// The rule's own setting, else `by_default`, else anyone, but reviewed where rows may be lost.
WhoMayAllow who_may_allow(const std::string& rule,
                          const std::map<std::string, RuleSetting>& settings,
                          std::optional<WhoMayAllow> by_default);

/// Stable across pushes: database, rule and object, never the line or a number that facts supply.
/// 16 hexadecimal digits.
std::string fingerprint(const Finding& finding, std::string_view database);

}  // namespace schemagate
