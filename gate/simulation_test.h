// SPDX-License-Identifier: MIT
// A small GitHub with a clock in which every interleaving can be tried: the state of the world, the
// real sweep driven one effect at a time, and what people do in between. A sweep that is under way
// is the list of answers that it got: it is run again from its start with these, then one more
// effect really happens, then it is stopped.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gate/sweep.h"

namespace schemagate::gate::simulation {

/// A version of a pull request's branch.
using Version = std::pair<int, int>;
std::string head_of(Version version);
Version version_of(const std::string& head);

/// What two versions do to each other. `textual`: git refuses the second one by itself. `clean`:
/// they touch the same or other files, git merges without a word, and the result is wrong.
enum class Relation { independent, textual, clean };

struct Relations {
  std::map<std::pair<Version, Version>, Relation> pairs;  ///< smaller pull request first
  Relation of(Version one, Version other) const;
};

struct World {
  std::vector<Version> base;  ///< what has landed, in order
  std::vector<int> heads;     ///< version at the head of each branch
  std::vector<bool> open;   ///< pull requests: of each branch one; one more is of the first branch
  std::vector<bool> draft;  ///< may be shorter: then it is none
  std::map<Version, std::set<Version>> passed;  ///< what was on the base when an administrator
                                                ///< let it through
  std::map<Version, std::set<Version>> known;   ///< what was on the base when it was pushed
  std::map<std::string, Shown> statuses;
  Ledger ledger;
  int ledger_version = 0;
  std::int64_t now = 1000;
  std::string key() const;
  Version version(int number) const;  ///< at the head of that pull request
};

using AnswerOf =
    std::variant<std::int64_t, std::string, std::vector<PullRequest>, Ledger,
                 std::optional<std::string>, bool, std::monostate, std::optional<Shown>>;

/// A sweep that is under way.
struct Running {
  std::string run;
  std::vector<AnswerOf> answers;
  std::string key;      ///< of the answers
  bool verify = false;  ///< it compares with what is shown
};

/// Which protection is switched off, to show that the test sees it.
enum class Sabotage { none, no_ledger, no_reread, no_lease };

/// One more effect of the sweep; true when it has ended.
bool step(World& world, Running& running, const Relations& relations, Sabotage sabotage);

/// A sweep from start to end without anybody in between.
Swept whole_sweep(World& world, const Relations& relations, const std::string& run);

/// An administrator lets the head through, as it would land now: one write into the ledger.
void override_it(World& world, int number);

/// An administrator passes the slot on to it: one write into the ledger.
void yield_to(World& world, int number);

/// GitHub's own rule: open, no draft, green, and git can merge it.
bool can_merge(const World& world, int number, const Relations& relations);
/// Lands it. Returns what is wrong with that: it meets something it was never judged with.
std::string merge(World& world, int number, const Relations& relations);

}  // namespace schemagate::gate::simulation
