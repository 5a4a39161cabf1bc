// SPDX-License-Identifier: MIT
#include "gate/simulation_test.h"

#include <fmt/format.h>

#include <algorithm>

namespace schemagate::gate::simulation {
namespace {

struct Stopped {};

std::string base_of(const World& world) {
  std::string name;
  for (const Version& one : world.base) name += head_of(one) + " ";
  return name;
}

std::vector<PullRequest> open_of(const World& world) {
  std::vector<PullRequest> open;
  for (std::size_t i = 0; i < world.open.size(); ++i) {
    if (!world.open[i]) continue;
    const int number = static_cast<int>(i) + 1;
    const bool draft = i < world.draft.size() && world.draft[i];
    open.push_back({number, head_of(world.version(number)), draft, number, number});
  }
  return open;
}

/// What of the base it was not pushed on top of.
std::vector<Version> unknown_of(const World& world, const std::string& base, Version version) {
  std::vector<Version> met;
  for (std::size_t at = 0; at < base.size(); at = base.find(' ', at) + 1) {
    const Version landed = version_of(base.substr(at, base.find(' ', at) - at));
    if (landed.first != version.first && world.known.at(version).count(landed) == 0)
      met.push_back(landed);
  }
  return met;
}

class SimulatedJudge : public Judge {
 public:
  SimulatedJudge(const World& world, const Relations& relations)
      : world_(world), relations_(relations) {}
  Verdict evaluate(const std::string& base, const PullRequest& pull_request, bool) override {
    const Version version = version_of(pull_request.head);
    Verdict verdict{
        Answer::granted, "plan " + pull_request.head, base + pull_request.head, "", false, false};
    for (const Version& met : unknown_of(world_, base, version))
      if (relations_.of(version, met) != Relation::independent) verdict.answer = Answer::stale;
    return verdict;
  }
  bool commute(const std::string&, const std::string& one, const std::string& other) override {
    return relations_.of(version_of(one), version_of(other)) != Relation::clean;
  }

 private:
  const World& world_;
  const Relations& relations_;
};

/// Answers from the list, then one effect, then it stops the sweep.
class SimulatedHub : public Hub {
 public:
  SimulatedHub(World& world, Running& running, Sabotage sabotage, bool to_the_end)
      : world_(world), running_(running), sabotage_(sabotage), to_the_end_(to_the_end) {}

  std::int64_t now() override {
    return answer<std::int64_t>([&] { return world_.now; });
  }
  std::string base_tip() override {
    if (sabotage_ == Sabotage::no_reread && seen_base_ && seen_base_times_++ % 2 == 0)
      return *seen_base_;
    seen_base_ = answer<std::string>([&] { return base_of(world_); });
    return *seen_base_;
  }
  std::vector<PullRequest> open_pull_requests() override {
    return answer<std::vector<PullRequest>>([&] { return open_of(world_); });
  }
  Readiness readiness(const PullRequest& one) override {
    return {!one.draft, false, one.draft ? "it is no draft any more" : ""};
  }
  Ledger read_ledger() override {
    return answer<Ledger>([&] {
      Ledger ledger = world_.ledger;
      ledger.version = std::to_string(world_.ledger_version);
      if (sabotage_ == Sabotage::no_lease) ledger.lease = {};
      if (sabotage_ == Sabotage::no_ledger)
        std::erase_if(ledger.grants, [&](const Grant& grant) { return !is_head(grant.head); });
      return ledger;
    });
  }
  std::optional<std::string> swap_ledger(const Ledger& next) override {
    return answer<std::optional<std::string>>([&]() -> std::optional<std::string> {
      if (next.version != std::to_string(world_.ledger_version)) return std::nullopt;
      world_.ledger = next;
      world_.ledger.version.clear();
      return std::to_string(++world_.ledger_version);
    });
  }
  void set_status(const std::string& head, const Shown& shown) override {
    answer<std::monostate>([&] {
      world_.statuses[head] = shown;
      return std::monostate();
    });
  }
  bool grant(const std::string& head, const Shown& shown, std::int64_t deadline) override {
    return answer<bool>([&] {
      if (world_.now > deadline && sabotage_ != Sabotage::no_lease) return false;
      world_.statuses[head] = shown;
      return true;
    });
  }
  std::optional<Shown> status(const std::string& head) override {
    return answer<std::optional<Shown>>([&] {
      const auto at = world_.statuses.find(head);
      return at == world_.statuses.end() ? std::nullopt : std::optional<Shown>(at->second);
    });
  }

 private:
  bool is_head(const std::string& head) const {
    const std::vector<PullRequest> open = open_of(world_);
    return std::any_of(open.begin(), open.end(),
                       [&](const PullRequest& one) { return one.head == head; });
  }
  template <class T, class Effect>
  T answer(const Effect& effect) {
    if (used_ < running_.answers.size()) return std::get<T>(running_.answers[used_++]);
    if (acted_ && !to_the_end_) throw Stopped();
    acted_ = true;
    running_.answers.emplace_back(std::in_place_type<T>, effect());
    ++used_;
    return std::get<T>(running_.answers.back());
  }

  World& world_;
  Running& running_;
  Sabotage sabotage_;
  bool to_the_end_;
  bool acted_ = false;
  std::size_t used_ = 0;
  std::optional<std::string> seen_base_;
  int seen_base_times_ = 0;
};

/// What of a ledger makes a difference.
std::string short_key(const Ledger& ledger) {
  std::string key = ledger.lease.run + std::to_string(ledger.lease.until);
  for (const Grant& one : ledger.grants)
    key += fmt::format("/{}{}{}{}", one.number, one.head, one.base, one.since);
  for (const Grant& one : ledger.past) key += '\\' + one.head;
  for (const Override& one : ledger.overrides)
    key += fmt::format("!{}{}{}", one.number, one.head, one.checksum);
  for (const int number : ledger.preferred) key += fmt::format("^{}", number);
  for (const auto& [head, one] : ledger.shown) {
    key += '#' + head + one.description;
    key += to_string(one.state);
  }
  return key;
}

struct KeyOf {
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::vector<PullRequest>& all) const {
    std::string key;
    for (const PullRequest& one : all)
      key += fmt::format("{}{}{},", one.number, one.head, one.draft ? "d" : "");
    return key;
  }
  std::string operator()(const Ledger& ledger) const { return ledger.version + short_key(ledger); }
  std::string operator()(const std::optional<std::string>& value) const {
    return value.value_or("-");
  }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(std::monostate) const { return "."; }
  std::string operator()(const std::optional<Shown>& value) const {
    return value ? fmt::format("{}{}", to_string(value->state), value->description) : "-";
  }
};

}  // namespace

std::string head_of(Version version) { return fmt::format("{}v{}", version.first, version.second); }
Version version_of(const std::string& head) { return {head[0] - '0', head[2] - '0'}; }

Relation Relations::of(Version one, Version other) const {
  if (one.first == other.first) return Relation::independent;
  return pairs.at({std::min(one, other), std::max(one, other)});
}

std::string World::key() const {
  std::string text = base_of(*this) + "|";
  for (const int head : heads) text += std::to_string(head);
  for (std::size_t i = 0; i < open.size(); ++i)
    text += fmt::format("{}{}", open[i] ? "o" : "c", i < draft.size() && draft[i] ? "d" : "");
  for (const auto& [version, over] : passed) {
    text += "!" + head_of(version);
    for (const Version& one : over) text += head_of(one);
  }
  for (const auto& [version, seen] : known) {
    text += "|" + head_of(version);
    for (const Version& one : seen) text += "+" + head_of(one);
  }
  for (const auto& [head, shown] : statuses)
    text += fmt::format("|{}{}{}", head, to_string(shown.state), shown.description);
  return text + fmt::format("|{}|{}|", ledger_version, now) + short_key(ledger);
}

Version World::version(int number) const {
  const int branch = number <= static_cast<int>(heads.size()) ? number : 1;
  return {branch, heads[static_cast<std::size_t>(branch) - 1]};
}

bool step(World& world, Running& running, const Relations& relations, Sabotage sabotage) {
  const std::size_t before = running.answers.size();
  SimulatedHub hub(world, running, sabotage, false);
  SimulatedJudge judge(world, relations);
  SweepOptions options;
  options.run = running.run;
  options.verify = running.verify;
  options.rounds = 3;
  bool ended = true;
  try {
    (void)sweep(hub, judge, options);
  } catch (const Stopped&) {
    ended = false;
  }
  for (std::size_t i = before; i < running.answers.size(); ++i)
    running.key += std::visit(KeyOf(), running.answers[i]) + ";";
  return ended;
}

Swept whole_sweep(World& world, const Relations& relations, const std::string& run) {
  Running running{run, {}, {}};
  SimulatedHub hub(world, running, Sabotage::none, true);
  SimulatedJudge judge(world, relations);
  SweepOptions options;
  options.run = run;
  options.verify = true;
  return sweep(hub, judge, options);
}

void override_it(World& world, int number) {
  const Version version = world.version(number);
  Override passed;
  passed.number = number;
  passed.head = head_of(version);
  passed.checksum = base_of(world) + passed.head;
  passed.by = "root";
  passed.at = world.now;
  std::erase_if(world.ledger.overrides, [&](const Override& one) { return one.number == number; });
  world.ledger.overrides.push_back(passed);
  ++world.ledger_version;
  world.passed[version] = {world.base.begin(), world.base.end()};
}

void yield_to(World& world, int number) {
  world.ledger.preferred = {number};
  ++world.ledger_version;
}

bool can_merge(const World& world, int number, const Relations& relations) {
  const std::size_t at = static_cast<std::size_t>(number) - 1;
  const Version version = world.version(number);
  const auto status = world.statuses.find(head_of(version));
  const bool draft = at < world.draft.size() && world.draft[at];
  if (!world.open[at] || draft || status == world.statuses.end() ||
      status->second.state != StatusState::success)
    return false;
  const std::vector<Version> met = unknown_of(world, base_of(world), version);
  return std::none_of(met.begin(), met.end(), [&](const Version& one) {
    return relations.of(version, one) == Relation::textual;
  });
}

std::string merge(World& world, int number, const Relations& relations) {
  const Version version = world.version(number);
  std::string wrong;
  const auto passed = world.passed.find(version);
  for (const Version& met : unknown_of(world, base_of(world), version))
    if (relations.of(version, met) != Relation::independent &&
        (passed == world.passed.end() || passed->second.count(met) == 0))
      wrong = fmt::format("{} landed on {} unjudged", head_of(version), head_of(met));
  world.base.push_back(version);
  // GitHub closes every pull request whose head has landed.
  for (std::size_t i = 0; i < world.open.size(); ++i)
    if (world.version(static_cast<int>(i) + 1).first == version.first) world.open[i] = false;
  return wrong;
}

}  // namespace schemagate::gate::simulation
