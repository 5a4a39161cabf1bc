// SPDX-License-Identifier: MIT
// The shape of a rule: plain data and one pure function. Each file of analyzers/rules/ defines one
// `extern const Rule` named like the file; the table of all rules is generated from the file names.
// Rules see catalogs, statements, impact and facts; they do no I/O and can't include anything that
// does.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/finding.h"
#include "schema/change.h"
#include "schema/facts.h"
#include "schema/impact.h"

namespace schemagate {

struct Thresholds {
  std::int64_t small_table_bytes = 16LL << 20;  ///< heap and indexes
  std::int64_t small_table_rows = 1000;
  double busy_table_writes_per_second = 100;
};

class Findings;

/// One step as a rule sees it: a statement of a migration or of a plan, in the state before it.
struct Subject {
  const Catalog& before;   ///< just before this step
  const Session& session;  ///< just before this step
  const Statement& statement;
  const Impact& impact;
  const Change* change = nullptr;  ///< what it is for, in a declarative review
  int step = 0;
  Span where;
  bool old_side = false;
  bool declarative =
      false;  ///< false: the statement stands in a migration file and can be replaced there
  bool in_transaction = false;  ///< inside BEGIN … COMMIT, or the tool's own transaction
  int postgres = 17;
  const Thresholds& thresholds;
  const Rehearsed* rehearsed = nullptr;

  // --- what a rule asks (subject.cc) ---
  /// The table, as it was before; null when it does not exist.
  const Table* table(const QualifiedName& written) const;
  QualifiedName resolve(const QualifiedName& written) const;
  /// Made by an earlier statement of the same review: nobody uses it yet.
  bool is_new(const QualifiedName& relation) const;
  /// By facts; an unknown or stale size is not small.
  bool is_small(const QualifiedName& relation) const;
  const TableFacts* facts(const QualifiedName& relation) const;
  /// The answer of the database, or null; asking makes it known that the answer is wanted.
  const ProbeAnswer* ask(const Probe& probe) const;
  /// "orders (40,000,000 rows, 9.0 GB)", "orders (size unknown)".
  std::string describe(const QualifiedName& relation) const;
  /// Where command number `index` of an ALTER TABLE stands; `where` for a planned step.
  Span command_span(int index) const;

  const Facts& known;  ///< empty when there are none
  std::vector<Probe>* wanted_probes = nullptr;
  std::vector<QualifiedName>* wanted_tables = nullptr;
  const SourceSet* sources = nullptr;  ///< of the migration file; null for a planned step
};

/// All judged steps together: for rules about a file or a plan as a whole.
struct JudgedStep {
  const Statement* statement = nullptr;
  Impact impact;
  const Change* change = nullptr;
  Span where;
  bool old_side = false;
  bool in_transaction = false;
  bool has_lock_timeout = false;  ///< in force when the statement starts
  bool touches_existing = false;  ///< locks a relation that the review did not create itself
};
struct WholeSubject {
  const Catalog& base;
  const Catalog& after;
  std::span<const JudgedStep> steps;
  std::span<const Change> changes;
  bool declarative = false;
  int postgres = 17;
  const Thresholds& thresholds;
};

struct Rule {
  std::string_view id;       ///< completes "allow …": "drop-column"; the file's name with dashes
  Severity severity;         ///< the default
  std::string_view summary;  ///< one line
  std::string_view when;     ///< what is looked at
  std::string_view effect;   ///< what happens on a running server
  std::string_view instead;  ///< what to do
  std::string_view reference;  ///< the manual's page
  void (*check_step)(const Subject&, Findings&) = nullptr;
  void (*check_all)(const WholeSubject&, Findings&) = nullptr;
  bool on_by_default = true;
  bool loses_data = false;  ///< allowances need a review (gate)
};

/// Collects what one rule says about one subject.
class Findings {
 public:
  Findings(const Rule& rule, std::vector<Finding>& out) : rule_(rule), out_(out) {}

  /// Handle to the finding just added; every call returns it again so that calls chain.
  class Added {
   public:
    Added(std::vector<Finding>& all, std::size_t index) : all_(all), index_(index) {}
    Added& severity(Severity severity);
    Added& evidence(std::string name, std::string value);
    Added& evidence(std::string name, std::int64_t value);
    Added& remedy(std::string explanation, std::vector<std::string> sql,
                  bool separate_transactions = false);
    /// A small table by facts makes it a note; an unknown size adds the evidence "size_unknown".
    Added& soften_if_small(const Subject& subject, const QualifiedName& relation);

   private:
    std::vector<Finding>& all_;
    std::size_t index_;
  };

  Added add(const Subject& subject, std::string object, std::string message, int command = -1);
  Added add(const WholeSubject& subject, int step, std::string object, std::string message);

 private:
  const Rule& rule_;
  std::vector<Finding>& out_;
};

/// Generated: every rule of analyzers/rules/, by name.
std::span<const Rule* const> all_rules();
const Rule* find_rule(std::string_view id);

}  // namespace schemagate
