// SPDX-License-Identifier: MIT
#include "gate/sweep.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace schemagate::gate {
namespace {

const Shown revoked{StatusState::pending, "taken back: this commit is not what would land"};

const Shown unseen{StatusState::pending, "taken back: this commit could not be fetched"};

/// What each commit has to show, by commit; several pull requests may be of one. It is green when
/// one of them may land: another one's landing would be the same.
std::vector<std::pair<std::string, Shown>> statuses_of(const std::vector<Standing>& standings) {
  std::vector<std::pair<std::string, Shown>> all;
  std::map<std::string, std::size_t> places;
  for (const Standing& one : standings) {
    const auto [at, is_first] = places.emplace(one.pull_request.head, all.size());
    if (is_first)
      all.emplace_back(one.pull_request.head, one.shown);
    else if (Shown& shown = all[at->second].second; shown.state != StatusState::success)
      if (one.green()) shown = one.shown;
  }
  return all;
}

bool is_open(const View& view, int number) {
  return std::any_of(view.open.begin(), view.open.end(),
                     [&](const PullRequest& one) { return one.number == number; });
}

bool same_world(const View& view, const std::string& base, const std::vector<PullRequest>& open) {
  return view.base == base &&
         std::equal(view.open.begin(), view.open.end(), open.begin(), open.end(),
                    [](const PullRequest& a, const PullRequest& b) {
                      return a.number == b.number && a.head == b.head && a.unclear == b.unclear;
                    });
}

/// What is remembered about heads that could not be judged stays.
void keep_missing(const Ledger& old, const std::set<std::string>& missing, Ledger& next) {
  for (const std::string& head : missing)
    if (const auto died = old.unjudged.find(head); died != old.unjudged.end())
      next.unjudged.insert(*died);
  for (const Override& one : old.overrides)
    if (missing.count(one.head) != 0) next.overrides.push_back(one);
}

/// Whether one that was let through would take its slot back.
bool waits_overridden(const std::vector<Standing>& standings, const Ledger& ledger) {
  return std::any_of(standings.begin(), standings.end(), [&](const Standing& standing) {
    return standing.place == Place::waiting &&
           std::any_of(ledger.overrides.begin(), ledger.overrides.end(), [&](const Override& one) {
             return one.number == standing.pull_request.number &&
                    one.head == standing.pull_request.head;
           });
  });
}

/// The ledger as it is when every standing is shown; `shown` of green ones is not yet in it.
Ledger next_ledger(const View& view, const std::vector<Standing>& standings,
                   const std::set<std::string>& missing) {
  const Ledger& old = view.ledger;
  Ledger next;
  next.version = old.version;
  next.past = old.past;
  for (const Standing& standing : standings) {
    const PullRequest& pull_request = standing.pull_request;
    const Verdict& verdict = standing.verdict;
    if (verdict.answer == Answer::unjudged && verdict.remember)
      next.unjudged[pull_request.head] = view.base;
    for (const Override& one : old.overrides)
      if (one.head == pull_request.head && one.number == pull_request.number &&
          one.checksum == verdict.checksum)
        next.overrides.push_back(one);
    if (!standing.green()) continue;
    Grant grant{pull_request.number, pull_request.head, view.base,
                verdict.plan,        view.now,          standing.place == Place::overridden};
    grant.pushed = view.now;
    for (const Grant& slot : old.grants) {
      if (slot.number != grant.number) continue;
      grant.since = slot.since;
      if (slot.head == grant.head) grant.pushed = slot.pushed;
    }
    next.grants.push_back(std::move(grant));
  }
  keep_missing(old, missing, next);
  // On a base that moved it may be what landed, though GitHub still shows it as open.
  for (const Grant& grant : old.grants) {
    const bool stays = std::any_of(next.grants.begin(), next.grants.end(), [&](const Grant& one) {
      return one.number == grant.number && one.head == grant.head && one.plan == grant.plan;
    });
    if (!is_open(view, grant.number) || (!stays && grant.base != view.base))
      next.past.push_back(grant);
  }
  if (next.past.size() > Ledger::most_past)
    next.past.erase(next.past.begin(),
                    next.past.end() - static_cast<std::ptrdiff_t>(Ledger::most_past));
  for (const int number : old.preferred) {
    const auto at = std::find_if(standings.begin(), standings.end(), [&](const Standing& one) {
      return one.pull_request.number == number;
    });
    const bool is_missing =
        std::any_of(view.open.begin(), view.open.end(), [&](const PullRequest& one) {
          return one.number == number && missing.count(one.head) != 0;
        });
    const bool had_slot = std::any_of(old.grants.begin(), old.grants.end(),
                                      [&](const Grant& one) { return one.number == number; });
    const bool stays =
        at != standings.end() && (at->green() ? waits_overridden(standings, old) : !had_slot);
    if (stays || is_missing) next.preferred.push_back(number);
  }
  return next;
}

class Sweep {
 public:
  /// `swept` is empty.
  Sweep(Hub& hub, Judge& judge, const SweepOptions& options, Swept& swept)
      : hub_(hub), judge_(judge), options_(options), swept_(swept) {}

  void run() {
    for (int round = 0; round < options_.rounds && !swept_.settled && !swept_.busy; ++round) {
      swept_.settled = once();
      if (is_missing(swept_.base)) break;
    }
  }

 private:
  using Wanted = std::pair<std::string, Shown>;

  /// False: the world has moved, or somebody else writes.
  bool once() {
    look();
    if (is_busy()) return false;
    swept_.base = view_.base;
    swept_.missing = judge_.missing(view_.base, view_.open);
    if (is_missing(view_.base)) return false;
    swept_.standings = decide(seen(), hub_, judge_, options_.rules);
    wanted_ = statuses_of(swept_.standings);
    if (options_.verify) compare();
    const std::vector<std::string> taken = to_take_back();
    if (!taken.empty() && !announce(taken)) return false;
    take_back(taken);
    wait_for_stuck();
    say_no();
    Ledger next = next_ledger(view_, swept_.standings, swept_.missing);
    keep_stuck(next);
    const std::vector<Wanted> greens = to_grant();
    keep_shown(next);
    if (greens.empty() && next.same_content(view_.ledger)) return true;
    if (!same_world(view_, hub_.base_tip(), hub_.open_pull_requests())) return false;
    return write_grants(std::move(next), greens);
  }

  void look() {
    view_.base = hub_.base_tip();
    view_.open = hub_.open_pull_requests();
    view_.ledger = hub_.read_ledger();
    view_.now = hub_.now();
    shown_ = view_.ledger.shown;
    for (const auto& [head, shown] : written_) shown_[head] = shown;
  }

  bool is_missing(const std::string& commit) const { return swept_.missing.count(commit) != 0; }

  /// What can be judged.
  View seen() const {
    View view = view_;
    std::erase_if(view.open, [&](const PullRequest& one) { return is_missing(one.head); });
    return view;
  }

  bool is_busy() {
    const Lease& lease = view_.ledger.lease;
    // Twice as far ahead as any sweep writes, by whatever clock, it is none of a sweep.
    const std::int64_t left = lease.until > view_.now ? lease.until - view_.now : 0;
    const bool is_lease = left > 0 && left <= 2 * options_.lease;
    swept_.busy = !lease.run.empty() && lease.run != options_.run && is_lease;
    swept_.busy_until = swept_.busy ? lease.until : 0;
    return swept_.busy;
  }

  /// What GitHub shows is the truth; green that no sweep wrote is somebody else's.
  void compare() {
    for (const auto& [head, wanted] : wanted_) {
      const std::optional<Shown> actual = hub_.status(head);
      if (!actual) {
        shown_.erase(head);
        continue;
      }
      shown_[head] = *actual;
      if (actual->state == StatusState::success && !in_ledger(head)) swept_.forged.push_back(head);
    }
  }

  bool in_ledger(const std::string& head) const {
    const auto& grants = view_.ledger.grants;
    return std::any_of(grants.begin(), grants.end(),
                       [&](const Grant& grant) { return grant.head == head; });
  }

  /// Null: no pull request is of that commit, or it could not be judged.
  const Shown* find_wanted(const std::string& head) const {
    for (const auto& [one, shown] : wanted_)
      if (one == head) return &shown;
    return nullptr;
  }

  std::vector<std::string> to_take_back() const {
    std::vector<std::string> heads;
    for (const Grant& grant : view_.ledger.grants) {
      const Shown* wanted = find_wanted(grant.head);
      const bool is_green = wanted != nullptr && wanted->state == StatusState::success;
      if (!is_green && std::find(heads.begin(), heads.end(), grant.head) == heads.end())
        heads.push_back(grant.head);
    }
    return heads;
  }

  /// Before a green status is taken back the ledger forgets that it is shown: when this sweep
  /// dies in between, the next one does not take it for green.
  bool announce(const std::vector<std::string>& heads) {
    Ledger next = view_.ledger;
    for (const std::string& head : heads) next.shown.erase(head);
    if (next.same_content(view_.ledger)) return true;
    const std::optional<std::string> version = hub_.swap_ledger(next);
    if (!version) return false;
    next.version = *version;
    view_.ledger = std::move(next);
    return true;
  }

  void take_back(const std::vector<std::string>& heads) {
    swept_.stuck.clear();
    for (const std::string& head : heads) {
      const Shown* wanted = find_wanted(head);
      const Shown& gone = is_missing(head) ? unseen : revoked;
      try {
        write(head, wanted == nullptr ? gone : *wanted);
        swept_.revoked.push_back(head);
      } catch (const StatusRefused& why) {
        swept_.refused[head] = why.what();
        shown_.erase(head);  // as announced
        if (is_wanted(head)) swept_.stuck.insert(head);
      }
    }
  }
  bool is_wanted(const std::string& head) const {
    return std::any_of(view_.open.begin(), view_.open.end(),
                       [&](const PullRequest& one) { return one.head == head; });
  }

  /// What is green and can't be taken back may still land: until it is gone nothing that meets it
  /// turns green.
  void wait_for_stuck() {
    if (options_.rules.mode != Mode::slots) return;
    for (const Grant& grant : view_.ledger.grants)
      for (Standing& one : swept_.standings) {
        const std::string& head = one.pull_request.head;
        if (swept_.stuck.count(grant.head) == 0 || head == grant.head || !one.green()) continue;
        if (judge_.commute(view_.base, grant.head, head)) continue;
        one.place = Place::waiting;
        one.holder = grant.number;
        one.holder_since = grant.since;
        one.shown = {StatusState::pending,
                     "waits: #" + std::to_string(grant.number) + " is green and takes no status"};
      }
    wanted_ = statuses_of(swept_.standings);
  }

  void keep_stuck(Ledger& next) const {
    for (Grant grant : view_.ledger.grants) {
      if (swept_.stuck.count(grant.head) == 0) continue;
      grant.base = view_.base;
      next.grants.push_back(std::move(grant));
    }
  }

  void write(const std::string& head, const Shown& shown) {
    hub_.set_status(head, shown);
    wrote(head, shown);
  }
  void wrote(const std::string& head, const Shown& shown) {
    const auto before = shown_.find(head);
    if (before != shown_.end() && before->second.state != StatusState::success &&
        shown.state == StatusState::success)
      swept_.opened.insert(head);
    shown_[head] = written_[head] = shown;
    ++swept_.statuses;
    swept_.changed.insert(head);
  }

  bool is_shown(const Wanted& wanted) const {
    const auto at = shown_.find(wanted.first);
    return at != shown_.end() && at->second == wanted.second;
  }

  void say_no() {
    for (const Wanted& one : wanted_)
      if (one.second.state != StatusState::success && !is_shown(one)) try {
          write(one.first, one.second);
        } catch (const StatusRefused& why) {
          swept_.refused[one.first] = why.what();
        }
  }

  std::vector<Wanted> to_grant() const {
    std::vector<Wanted> greens;
    for (const Wanted& one : wanted_)
      if (one.second.state == StatusState::success && !is_shown(one)) greens.push_back(one);
    return greens;
  }

  void keep_shown(Ledger& next) const {
    for (const PullRequest& pull_request : view_.open) {
      const auto at = shown_.find(pull_request.head);
      if (at != shown_.end()) next.shown[at->first] = at->second;
    }
  }

  bool write_grants(Ledger next, const std::vector<Wanted>& greens) {
    const std::int64_t now = hub_.now();
    if (!greens.empty()) next.lease = {options_.run, now + options_.lease};
    const std::optional<std::string> version = hub_.swap_ledger(next);
    if (!version) return false;
    if (greens.empty()) return true;
    for (const auto& [head, shown] : greens) {
      try {
        if (!hub_.grant(head, shown, now + options_.window)) return false;
        wrote(head, shown);
      } catch (const StatusRefused& why) {
        swept_.refused[head] = why.what();
      }
    }
    return give_back(std::move(next), *version);
  }

  /// Somebody may have written into the ledger meanwhile (an override): that stays.
  bool give_back(Ledger ledger, std::string version) {
    ledger.version = std::move(version);
    for (int attempt = 0; attempt < options_.rounds; ++attempt) {
      if (ledger.lease.run != options_.run) return true;
      ledger.lease = {};
      for (const Grant& grant : ledger.grants) {
        const auto at = shown_.find(grant.head);
        if (at != shown_.end()) ledger.shown[grant.head] = at->second;
      }
      if (hub_.swap_ledger(ledger)) return true;
      ledger = hub_.read_ledger();
    }
    return false;
  }

  Hub& hub_;
  Judge& judge_;
  const SweepOptions& options_;
  View view_;
  std::map<std::string, Shown> shown_, written_;
  std::vector<Wanted> wanted_;  ///< what each head has to show
  Swept& swept_;
};

}  // namespace

Swept sweep(Hub& hub, Judge& judge, const SweepOptions& options) {
  Swept swept;
  sweep(hub, judge, options, swept);
  return swept;
}

void sweep(Hub& hub, Judge& judge, const SweepOptions& options, Swept& swept) {
  swept = {};
  if (options.rules.mode == Mode::off)
    swept.settled = true;
  else
    Sweep(hub, judge, options, swept).run();
}

}  // namespace schemagate::gate
