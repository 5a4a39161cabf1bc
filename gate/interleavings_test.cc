// SPDX-License-Identifier: MIT
// Every interleaving of pushes, merges, closed and reopened pull requests, sweeps (their effects
// one by one, two sweeps at once, stopped anywhere, started at any time or never) and time, over
// the relations that two and three pull requests can have. The sweep is the program's own.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <functional>
#include <unordered_set>

#include "gate/simulation_test.h"

namespace schemagate::gate::simulation {
namespace {

/// How much may happen. An event that is lost is a sweep that is not started, one that is repeated
/// a sweep more: each of them may start at any time.
struct Budget {
  int pushes = 2, sweeps = 2, crashes = 1, ticks = 1, closings = 1, at_once = 1;
  int mover = 0;         ///< the pull request that is pushed, closed and reopened; 0: each
  bool stalled = false;  ///< the first sweep has recorded its grants and shown none of them
  int drafts = 0, overrides = 0;  ///< turns into a draft and back; an administrator's words
  int late = 0;                   ///< the pull request that comes from another branch; 0: none
  int yields = 0;                 ///< an administrator passes the slot on
  bool twin = false;              ///< a pull request more, of the first one's branch
  bool verify = false;            ///< every sweep compares with what is shown
};

struct State {
  World world;
  std::vector<Running> running;
  Budget left;
  int started = 0;
  std::string key() const {
    std::string key = world.key();
    for (const Running& one : running) key += "\n" + one.run + ":" + one.key;
    return key + fmt::format("\n{} {} {} {} {} {} {} {} {}", left.pushes, left.sweeps, left.crashes,
                             left.ticks, left.closings, left.drafts, left.overrides, left.yields,
                             started);
  }
};

struct Explored {
  std::size_t states = 0, merges = 0;
  std::string wrong;  ///< the first violation; empty: none
};

class Exploration {
 public:
  Exploration(const Relations& relations, int pull_requests, const Budget& budget,
              Sabotage sabotage)
      : relations_(relations), sabotage_(sabotage), at_once_(budget.at_once), mover_(budget.mover) {
    State start;
    start.left = budget;
    for (int number = 1; number <= pull_requests; ++number) {
      start.world.heads.push_back(1);
      start.world.open.push_back(number != budget.late);
      start.world.draft.push_back(false);
      start.world.known[{number, 1}] = {};
    }
    if (budget.twin) {
      start.world.open.push_back(true);
      start.world.draft.push_back(false);
    }
    if (budget.stalled) stall(start);
    add(std::move(start));
  }

  Explored run(bool liveness) {
    while (!todo_.empty() && found_.wrong.empty()) {
      const State state = std::move(todo_.back());
      todo_.pop_back();
      ++found_.states;
      if (liveness && state.running.empty()) nobody_waits_for_nothing(state.world);
      people(state);
      sweeps(state);
    }
    return found_;
  }

 private:
  static void start_sweep(State& state) {
    --state.left.sweeps;
    state.running.push_back({fmt::format("run{}", ++state.started), {}, {}, state.left.verify});
  }

  void stall(State& state) {
    start_sweep(state);
    while (state.world.ledger_version == 0)
      (void)step(state.world, state.running.front(), relations_, sabotage_);
  }

  void add(State state) {
    if (seen_.insert(std::hash<std::string>()(state.key())).second)
      todo_.push_back(std::move(state));
  }

  void people(const State& state) {
    for (std::size_t i = 0; i < state.world.open.size(); ++i) {
      const int number = static_cast<int>(i) + 1;
      if (can_merge(state.world, number, relations_)) {
        State next = state;
        ++found_.merges;
        if (found_.wrong = merge(next.world, number, relations_); !found_.wrong.empty()) return;
        add(std::move(next));
      }
      if (mover_ != 0 && mover_ != number) continue;
      const int branch = state.world.version(number).first;
      if (state.world.open[i] && state.left.pushes > 0 && branch == number) push(state, i);
      const bool landed = std::any_of(state.world.base.begin(), state.world.base.end(),
                                      [&](const Version& one) { return one.first == branch; });
      if (!landed && state.left.closings > 0) {
        State next = state;
        --next.left.closings;
        next.world.open[i] = !next.world.open[i];
        add(std::move(next));
      }
    }
    administrators(state);
    for (std::size_t i = 0; i < state.world.open.size(); ++i) {
      if (state.world.open[i] && state.left.drafts > 0) {
        State next = state;
        --next.left.drafts;
        next.world.draft[i] = !next.world.draft[i];
        add(std::move(next));
      }
    }
    if (state.left.ticks > 0) {
      State next = state;
      --next.left.ticks;
      next.world.now += 1000;
      add(std::move(next));
    }
  }

  void administrators(const State& state) {
    for (std::size_t i = 0; i < state.world.open.size(); ++i) {
      if (!state.world.open[i]) continue;
      const int number = static_cast<int>(i) + 1;
      if (state.left.overrides > 0) {
        State next = state;
        --next.left.overrides;
        override_it(next.world, number);
        add(std::move(next));
      }
      if (state.left.yields > 0) {
        State next = state;
        --next.left.yields;
        yield_to(next.world, number);
        add(std::move(next));
      }
    }
  }

  /// To the other version; a version that nobody saw yet contains the base's tip or nothing of it.
  void push(const State& state, std::size_t i) {
    const Version other{static_cast<int>(i) + 1, 3 - state.world.heads[i]};
    State next = state;
    --next.left.pushes;
    next.world.heads[i] = other.second;
    if (next.world.known.count(other) == 0) {
      next.world.known[other] = {};
      if (!next.world.base.empty()) {
        State updated = next;
        updated.world.known[other].insert(next.world.base.begin(), next.world.base.end());
        add(std::move(updated));
      }
    }
    add(std::move(next));
  }

  void sweeps(const State& state) {
    if (state.left.sweeps > 0 && static_cast<int>(state.running.size()) < at_once_) {
      State next = state;
      start_sweep(next);
      add(std::move(next));
    }
    for (std::size_t i = 0; i < state.running.size(); ++i) {
      State next = state;
      if (step(next.world, next.running[i], relations_, sabotage_))
        next.running.erase(next.running.begin() + static_cast<std::ptrdiff_t>(i));
      add(std::move(next));
      if (state.left.crashes == 0) continue;
      State crashed = state;
      --crashed.left.crashes;
      crashed.running.erase(crashed.running.begin() + static_cast<std::ptrdiff_t>(i));
      add(std::move(crashed));
    }
  }

  /// One sweep later, in peace, everything that was judged well and meets nobody's slot is green.
  void nobody_waits_for_nothing(World world) {
    world.now += 10'000;
    const bool is_passed_on = !world.ledger.preferred.empty();
    const Swept swept = whole_sweep(world, relations_, "last");
    if (!swept.settled) found_.wrong = "a sweep in peace does not settle";
    std::set<Version> green, overridden;
    for (const Standing& standing : swept.standings) {
      const Version version = version_of(standing.pull_request.head);
      const auto at = world.statuses.find(standing.pull_request.head);
      if (at != world.statuses.end() && at->second.state == StatusState::success)
        green.insert(version);
      if (standing.overridden) overridden.insert(version);
    }
    for (const Standing& standing : swept.standings) {
      const Version version = version_of(standing.pull_request.head);
      const bool is_green = green.count(version) != 0;
      const bool meets = std::any_of(green.begin(), green.end(), [&](const Version& one) {
        return relations_.of(one, version) == Relation::clean;
      });
      if (standing.verdict.answer == Answer::granted && !is_green && !meets &&
          !standing.pull_request.draft)
        found_.wrong = head_of(version) + " waits for nobody";
      if (is_green &&
          (meets || (standing.verdict.answer != Answer::granted && overridden.count(version) == 0)))
        found_.wrong = head_of(version) + " is green and should not be";
    }
    // Who was preferred is a holder like any other from then on, which may change who is named.
    if (is_passed_on) (void)whole_sweep(world, relations_, "the last but one");
    const int before = world.ledger_version;
    const Swept again = whole_sweep(world, relations_, "the very last");
    if (again.statuses != 0 || world.ledger_version != before)
      found_.wrong = "sweeps in peace go on writing";
  }

  const Relations& relations_;
  Sabotage sabotage_;
  int at_once_, mover_;
  std::deque<State> todo_;
  std::unordered_set<std::size_t> seen_;
  Explored found_;
};

/// The relations of every two versions of different pull requests, counted through.
Relations relations_of(int pull_requests, std::uint64_t code, const std::vector<Relation>& kinds) {
  Relations relations;
  for (int a = 1; a <= pull_requests; ++a)
    for (int b = a + 1; b <= pull_requests; ++b)
      for (const int one : {1, 2})
        for (const int other : {1, 2}) {
          relations.pairs[{{a, one}, {b, other}}] = kinds[code % kinds.size()];
          code /= kinds.size();
        }
  return relations;
}

const std::vector<Relation> two_kinds{Relation::independent, Relation::clean};
const std::vector<Relation> three_kinds{Relation::independent, Relation::textual, Relation::clean};

/// Over the first `count` relations of two pull requests.
Explored explore(std::uint64_t count, const std::vector<Relation>& kinds, const Budget& budget,
                 Sabotage sabotage = Sabotage::none, bool liveness = false) {
  Explored total;
  for (std::uint64_t code = 0; code < count && total.wrong.empty(); ++code) {
    const Relations relations = relations_of(2, code, kinds);
    const Explored one = Exploration(relations, 2, budget, sabotage).run(liveness);
    total.states += one.states;
    total.merges += one.merges;
    if (!one.wrong.empty()) total.wrong = fmt::format("relation {}: {}", code, one.wrong);
  }
  return total;
}

void says(const Explored& found) {
  CHECK(found.wrong == "");
  CHECK(found.merges > 10);
  UNSCOPED_INFO(fmt::format("{} states, {} merges", found.states, found.merges));
}

TEST_CASE("two pull requests: nothing lands that was not judged with what it meets") {
  says(explore(16, two_kinds, {2, 2, 1, 0, 0, 1}, Sabotage::none, true));
}

TEST_CASE("two pull requests, of which git may refuse the second") {
  says(explore(81, three_kinds, {1, 2, 0, 0, 0, 1}, Sabotage::none, true));
}

TEST_CASE("two pull requests, closed and reopened between the effects of sweeps that die") {
  says(explore(3, three_kinds, {0, 3, 1, 0, 2, 1}, Sabotage::none, true));
}

TEST_CASE("two sweeps at once, and time that passes between their effects") {
  const Relations relations = relations_of(2, 2, three_kinds);
  says(Exploration(relations, 2, {0, 2, 0, 1, 0, 2}, Sabotage::none).run(false));
}

/// Two that meet as they were opened.
Explored explore_two_that_meet(const Budget& budget) {
  return Exploration(relations_of(2, 1, two_kinds), 2, budget, Sabotage::none).run(true);
}

TEST_CASE("two pull requests that become drafts and are ready again") {
  Budget budget{1, 2, 0, 0, 0, 1};
  budget.drafts = 2;
  says(explore_two_that_meet(budget));
}

TEST_CASE("an administrator lets a pull request through: it lands unjudged with nothing else") {
  Budget budget{1, 2, 0, 0, 0, 1};
  budget.overrides = 1;
  says(explore_two_that_meet(budget));
}

TEST_CASE("an administrator passes the slot on between the effects of sweeps") {
  Budget budget{0, 3, 0, 0, 0, 1};
  budget.yields = 2;
  says(explore_two_that_meet(budget));
}

TEST_CASE("sweeps that compare with what is shown, die and are begun again") {
  Budget budget{1, 2, 1, 0, 0, 1};
  budget.verify = true;
  says(explore_two_that_meet(budget));
  Budget at_once{0, 2, 0, 1, 0, 2};
  at_once.verify = true;
  says(Exploration(relations_of(2, 2, three_kinds), 2, at_once, Sabotage::none).run(false));
}

/// The first one's branch has a second pull request.
Budget twins(int pushes, int crashes) {
  Budget budget{pushes, 2, crashes, 0, 0, 1};
  budget.twin = true;
  return budget;
}

TEST_CASE("two pull requests of one commit, and one that meets them: drafts, pushes and closings") {
  Budget pushed = twins(1, 1), drafts = twins(0, 0), closed = twins(0, 0);
  drafts.drafts = 2;
  closed.closings = 2;
  for (const Budget& budget : {pushed, drafts, closed}) says(explore_two_that_meet(budget));
}

TEST_CASE("an administrator speaks of one of two pull requests of one commit") {
  Budget overridden = twins(1, 0), preferred = twins(0, 0);
  overridden.overrides = 1;
  preferred.yields = 1;
  for (const Budget& budget : {overridden, preferred}) says(explore_two_that_meet(budget));
}

TEST_CASE("a pull request comes from another branch, leaves for it and comes back") {
  Budget budget{0, 2, 0, 0, 2, 1};
  budget.late = 1;
  says(explore_two_that_meet(budget));
}

/// All relations that the versions can have of which one pull request is pushed.
std::vector<Relations> relations_of_two(int mover, const std::vector<Relation>& kinds) {
  std::vector<Relations> all;
  for (const Relation opened : kinds)
    for (const Relation pushed : kinds) {
      Relations one;
      one.pairs[{{1, 1}, {2, 1}}] = opened;
      one.pairs[std::minmax(Version{mover, 2}, Version{3 - mover, 1})] = pushed;
      all.push_back(one);
    }
  return all;
}

TEST_CASE("two sweeps at once, and a push between their effects, over every relation") {
  Explored total;
  for (const int mover : {1, 2})
    for (const Relations& relations : relations_of_two(mover, two_kinds)) {
      const Budget budget{1, 2, 0, 0, 0, 2, mover};
      const Explored one = Exploration(relations, 2, budget, Sabotage::none).run(false);
      total.states += one.states;
      total.merges += one.merges;
      if (total.wrong.empty()) total.wrong = one.wrong;
    }
  says(total);
}

/// The holder is closed and reopened while another sweep gives its slot away.
const Budget late_writer{0, 2, 0, 1, 2, 2, 1, true};

TEST_CASE("a sweep that stands still before its green statuses and goes on much later") {
  const Relations relations = relations_of(2, 2, three_kinds);
  says(Exploration(relations, 2, late_writer, Sabotage::none).run(false));
}

/// All relations of three pull requests as they are opened, and of the other version of one.
std::vector<Relations> relations_of_three(int mover, const std::vector<Relation>& kinds) {
  std::vector<std::pair<Version, Version>> pairs{
      {{1, 1}, {2, 1}}, {{1, 1}, {3, 1}}, {{2, 1}, {3, 1}}};
  for (int other = 1; mover != 0 && other <= 3; ++other)
    if (other != mover) pairs.push_back(std::minmax(Version{mover, 2}, Version{other, 1}));
  std::vector<Relations> all{Relations()};
  for (const auto& pair : pairs) {
    std::vector<Relations> more;
    for (const Relations& one : all)
      for (const Relation kind : kinds) {
        more.push_back(one);
        more.back().pairs[pair] = kind;
      }
    all = std::move(more);
  }
  return all;
}

Explored explore_three(const std::vector<Relation>& kinds, const Budget& budget,
                       Sabotage sabotage = Sabotage::none) {
  Explored total;
  for (const Relations& relations : relations_of_three(budget.mover, kinds)) {
    const Explored one =
        Exploration(relations, 3, budget, sabotage).run(sabotage == Sabotage::none);
    total.states += one.states;
    total.merges += one.merges;
    if (total.wrong = one.wrong; !total.wrong.empty()) break;
  }
  return total;
}

TEST_CASE("three pull requests over every relation, and sweeps that die") {
  says(explore_three(three_kinds, {0, 2, 1, 0, 0, 1}));
}

TEST_CASE("three pull requests, of which the holder is pushed") {
  says(explore_three(two_kinds, {1, 2, 0, 0, 0, 1, 1}));
}

/// The holder meets both others as they are opened; its pushed version, and they, may or may not.
TEST_CASE("three pull requests that meet: the holder is pushed, and a sweep dies") {
  Explored total;
  for (const Relations& relations : relations_of_three(1, two_kinds)) {
    const auto holder_meets = [&](int other) {
      return relations.of({1, 1}, {other, 1}) == Relation::clean;
    };
    if (!holder_meets(2) || !holder_meets(3)) continue;
    const Explored one = Exploration(relations, 3, {1, 2, 1, 0, 0, 1, 1}, Sabotage::none).run(true);
    total.states += one.states;
    total.merges += one.merges;
    if (total.wrong = one.wrong; !total.wrong.empty()) break;
  }
  says(total);
}

TEST_CASE("without the ledger, the second look at the base or the lease the tests above fail") {
  CHECK(explore(16, two_kinds, {2, 2, 0, 0, 0, 1}, Sabotage::no_ledger).wrong != "");
  CHECK(explore(16, two_kinds, {1, 2, 0, 0, 0, 1}, Sabotage::no_reread).wrong != "");
  const Relations relations = relations_of(2, 2, three_kinds);
  CHECK(Exploration(relations, 2, late_writer, Sabotage::no_lease).run(false).wrong != "");
  CHECK(explore_three(two_kinds, {1, 2, 0, 0, 0, 1, 1}, Sabotage::no_reread).wrong != "");
}

}  // namespace
}  // namespace schemagate::gate::simulation
