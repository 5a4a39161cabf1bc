// SPDX-License-Identifier: MIT
// The shape of a rule: plain data and one pure function. Each file of analyzers/rules/ defines one
// `extern const Rule` named like the file; the table of all rules is generated from the file names.
// Rules see catalogs, statements, impact and facts; they do no I/O and can't include anything that
// does.
#pragma once

#include <algorithm>
#include <bitset>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "analyzers/finding.h"
#include "analyzers/subject.h"

namespace schemagate {

class Findings;

/// Kinds of statements, a bit for each.
using Kinds = std::bitset<std::variant_size_v<StatementBody>>;
inline const Kinds every_kind = Kinds().set();
namespace detail {
template <class Kind, class... Bodies>
constexpr std::size_t index_of(const std::variant<Bodies...>*) {
  constexpr bool same[] = {std::is_same_v<Kind, Bodies>...};
  return static_cast<std::size_t>(std::find(std::begin(same), std::end(same), true) -
                                  std::begin(same));
}
}  // namespace detail
template <class... Wanted>
inline const Kinds kinds{
    ((1ULL << detail::index_of<Wanted>(static_cast<const StatementBody*>(nullptr))) | ...)};

struct Rule {
  std::string_view id;       ///< completes "allow …": "drop-column"; the file's name with dashes
  Severity severity;         ///< the default
  std::string_view summary;  ///< one line
  std::string_view when;     ///< what is looked at
  std::string_view effect;   ///< what happens on a running server
  std::string_view instead;  ///< what to do
  std::string_view reference;     ///< the manual's page
  Kinds statements = every_kind;  ///< check_step is asked about these alone
  void (*check_step)(const Subject&, Findings&) = nullptr;
  void (*check_all)(const WholeSubject&, Findings&) = nullptr;  ///< after all steps were checked
  /// The steps whose statement check_all looks at, asked once such a step is judged; statements of
  /// others may be gone by then. Null: none.
  bool (*looks_again)(const JudgedStep&) = nullptr;
  bool on_by_default = true;
  bool loses_data = false;    ///< allowances need a review (gate)
  bool always_fails = false;  ///< what it finds fails on every server: allowing it does not help
  bool looks_into_blocks = false;  ///< check_all is asked about the statements of DO blocks, too
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
    /// What to do; `sql` may be empty when no statement can say it.
    Added& remedy(std::string explanation, std::vector<std::string> sql = {},
                  bool separate_transactions = false);
    /// The lock that the step takes on `relation`, what it blocks, and how big the relation is.
    Added& lock(const Subject& subject, const QualifiedName& relation);
    /// A small table by facts makes it a note; an unknown size adds the evidence "size_unknown".
    Added& soften_if_small(const Subject& subject, const QualifiedName& relation);

   private:
    Finding& finding() { return all_.at(index_); }
    std::vector<Finding>& all_;
    std::size_t index_;
  };

  /// About a step, or about command number `command` of its ALTER TABLE.
  Added add(const Subject& subject, std::string object, std::string message, int command = -1);
  Added add(const WholeSubject& subject, int step, std::string object, std::string message);
  /// About a place that belongs to no step.
  Added add(Span where, bool old_side, std::string object, std::string message);

 private:
  const Rule& rule_;
  std::vector<Finding>& out_;
};

/// Generated: every rule of analyzers/rules/, by name.
std::span<const Rule* const> all_rules();
const Rule* find_rule(std::string_view id);
/// Generated: the text of the rule's case file.
std::string_view cases_of(const Rule& rule);

}  // namespace schemagate
