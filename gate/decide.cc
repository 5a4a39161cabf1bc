// SPDX-License-Identifier: MIT
#include "gate/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace schemagate::gate {
namespace {

/// Who comes first when two do not commute. `unneeded`: without a change of a schema; `last`: and a
/// draft, or idle.
enum class Rank { preferred, overridden, holder, waiting, unneeded, idle_holder, last, out };

struct Candidate {
  Standing standing;
  Rank rank = Rank::out;
  bool approved = false;
  std::int64_t since = 0, until = 0;  ///< of holders
  std::int64_t overridden_at = 0;
  std::optional<std::int64_t> said_at = {};  ///< a person's last word, once it was asked for
  bool is_in_doubt = false;                  ///< such a word may make it no idle one
};

const Override* find_override(const Ledger& ledger, const PullRequest& pull_request,
                              const Verdict& verdict) {
  for (const Override& one : ledger.overrides)
    if (one.number == pull_request.number && one.head == pull_request.head &&
        !verdict.checksum.empty() && one.checksum == verdict.checksum)
      return &one;
  return nullptr;
}

const Grant* find_slot(const Ledger& ledger, int number) {
  for (const Grant& grant : ledger.grants)
    if (grant.number == number) return &grant;
  return nullptr;
}

bool is_preferred(const Ledger& ledger, int number) {
  return std::find(ledger.preferred.begin(), ledger.preferred.end(), number) !=
         ledger.preferred.end();
}

/// A description as GitHub keeps it: what is longer would differ from what is read back, and be
/// written again by each sweep that compares.
std::string kept(std::string text) {
  constexpr std::size_t most = 140;
  constexpr std::string_view ellipsis = "…";
  if (text.size() <= most) return text;
  std::size_t end = most - ellipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end).append(ellipsis);
}

Shown shown_of(const Standing& standing, const Override* passed) {
  const Verdict& verdict = standing.verdict;
  switch (standing.place) {
    case Place::not_applicable:
      return {StatusState::success, "no schema change"};
    case Place::granted:
      return {StatusState::success, "ok: plan " + short_checksum(verdict.plan)};
    case Place::overridden:
      return {StatusState::success, fmt::format("OVERRIDDEN by @{}", passed->by)};
    case Place::waiting:
      return {StatusState::pending, fmt::format("waits: #{} has the slot", standing.holder)};
    case Place::not_ready:
      return {
          StatusState::pending,
          kept((passed == nullptr ? "judged ok" : "OVERRIDDEN by @" + passed->by) +
               (standing.mode == Mode::slots ? ", takes its slot when " : ", not green until ") +
               verdict.reason)};
    case Place::stale:
      return {StatusState::failure, kept("update the branch: " + verdict.reason)};
    case Place::failed:
      return {StatusState::failure, kept(verdict.reason)};
    case Place::unjudged:
      return {StatusState::error, kept("could not judge: " + verdict.reason)};
  }
  return {};
}

Place place_of(const Verdict& verdict, Mode mode) {
  if (mode == Mode::strict && !verdict.contains_base && verdict.answer == Answer::granted)
    return Place::stale;
  switch (verdict.answer) {
    case Answer::not_applicable:
      return Place::not_applicable;
    case Answer::granted:
      return Place::granted;
    case Answer::stale:
      return Place::stale;
    case Answer::failed:
      return Place::failed;
    case Answer::unjudged:
      break;
  }
  return Place::unjudged;
}

class Decision {
 public:
  Decision(const View& view, Hub& hub, Judge& judge, const Rules& rules)
      : view_(view), hub_(hub), judge_(judge), rules_(rules) {}

  std::vector<Standing> decide() {
    for (const PullRequest& pull_request : view_.open) judge_one(pull_request);
    if (rules_.mode == Mode::slots) give_slots();
    std::vector<Standing> standings;
    for (Candidate& one : all_) {
      Standing& standing = one.standing;
      standing.shown =
          shown_of(standing, find_override(view_.ledger, standing.pull_request, standing.verdict));
      keep_death(standing);
      standings.push_back(std::move(standing));
    }
    return standings;
  }

 private:
  bool has_died(const std::string& head) const {
    const auto died = view_.ledger.unjudged.find(head);
    return died != view_.ledger.unjudged.end() && died->second == view_.base;
  }

  /// One that is not tried again is still shown with what it died of.
  void keep_death(Standing& standing) const {
    const auto known = view_.ledger.shown.find(standing.pull_request.head);
    if (standing.place == Place::unjudged && has_died(standing.pull_request.head) &&
        known != view_.ledger.shown.end() && known->second.state == StatusState::error)
      standing.shown = known->second;
  }

  Verdict verdict_of(const PullRequest& pull_request) {
    if (pull_request.unclear.empty())
      return judge_.evaluate(view_.base, pull_request, has_died(pull_request.head));
    Verdict verdict;
    verdict.reason = pull_request.unclear;
    return verdict;
  }

  void judge_one(const PullRequest& pull_request) {
    Candidate one;
    one.standing.pull_request = pull_request;
    one.standing.mode = rules_.mode;
    one.standing.verdict = verdict_of(pull_request);
    one.standing.place = place_of(one.standing.verdict, rules_.mode);
    if (one.standing.place == Place::granted && rules_.mode == Mode::strict &&
        !rules_.missing_rule.empty()) {
      one.standing.place = Place::not_ready;
      one.standing.verdict.reason = rules_.missing_rule;
    }
    if (one.standing.place == Place::granted && !one.standing.verdict.waits_for.empty()) {
      one.standing.place = Place::not_ready;
      one.standing.verdict.reason = one.standing.verdict.waits_for;
    }
    if (one.standing.place == Place::stale && one.standing.verdict.reason.empty())
      one.standing.verdict.reason = "the base has moved on";
    if (const Override* passed = find_override(view_.ledger, pull_request, one.standing.verdict)) {
      one.overridden_at = passed->at;
      one.standing.place = Place::overridden;
      one.standing.overridden = true;
    }
    if (rules_.mode == Mode::slots && is_ready(one)) rank(one);
    all_.push_back(std::move(one));
  }

  /// Whether it could land now, if it were green. What an administrator let through needs no
  /// approval.
  bool is_ready(Candidate& one) {
    const PullRequest& pull_request = one.standing.pull_request;
    const Place place = one.standing.place;
    if (place == Place::not_applicable) return true;
    if (place != Place::granted && place != Place::overridden) return false;
    if (place == Place::overridden && !pull_request.draft) return true;
    Readiness readiness = hub_.readiness(pull_request);
    one.approved = readiness.approved;
    if (readiness.ready) return true;
    one.standing.place = Place::not_ready;
    one.standing.verdict.reason = std::move(readiness.reason);
    return false;
  }

  void rank(Candidate& one) const {
    const PullRequest& pull_request = one.standing.pull_request;
    const Grant* slot = find_slot(view_.ledger, pull_request.number);
    const bool is_overridden = one.standing.place == Place::overridden,
               is_unneeded = one.standing.place == Place::not_applicable;
    if (slot != nullptr) one.since = slot->since;
    const std::int64_t pushed = slot != nullptr && slot->head == pull_request.head ? slot->pushed
                                : slot != nullptr                                  ? view_.now
                                                                                   : 0;
    const std::int64_t known =
        std::max({one.since, pushed, one.overridden_at, one.said_at.value_or(0)});
    const bool can_idle = slot != nullptr || is_overridden;
    if (can_idle) one.until = known + rules_.slot_ttl;
    one.is_in_doubt = can_idle && !one.said_at && pull_request.active_at > known;
    const bool is_idle = can_idle && !one.is_in_doubt && view_.now >= one.until;
    if (is_unneeded)
      one.rank = is_idle || pull_request.draft ? Rank::last : Rank::unneeded;
    else if (is_idle)
      one.rank = Rank::idle_holder;
    else if (is_overridden)
      one.rank = Rank::overridden;
    else
      one.rank = slot != nullptr ? Rank::holder : Rank::waiting;
    if (!is_idle && !pull_request.draft && is_preferred(view_.ledger, pull_request.number))
      one.rank = Rank::preferred;
  }

  /// A maximal set of which every two commute, best rank first.
  void give_slots() {
    std::vector<Candidate*> order;
    for (Candidate& one : all_)
      if (one.rank != Rank::out) order.push_back(&one);
    sort(order);
    std::vector<std::string> heads;
    for (const Candidate* one : order) heads.push_back(one->standing.pull_request.head);
    judge_.expect(view_.base, heads);
    while (!give_slots_to(order)) sort(order);
  }

  static void sort(std::vector<Candidate*>& order) {
    std::stable_sort(order.begin(), order.end(), [](const Candidate* a, const Candidate* b) {
      const auto key = [](const Candidate& one) {
        const PullRequest& pull_request = one.standing.pull_request;
        return std::tuple(one.rank, -one.overridden_at, !one.approved, pull_request.created_at,
                          pull_request.number);
      };
      return key(*a) < key(*b);
    });
  }

  /// False: somebody waits for one of whom it was not known how long it has been idle. Now it is.
  bool give_slots_to(const std::vector<Candidate*>& order) {
    std::vector<Candidate*> green;
    std::vector<std::pair<const Candidate*, Candidate*>> waiting;
    bool was_known = true;
    for (Candidate* one : order) {
      Candidate* holder = first_conflict(green, *one);
      if (holder == nullptr) {
        green.push_back(one);
        continue;
      }
      if (holder->is_in_doubt) {
        was_known = false;
        holder->said_at = hub_.last_word(holder->standing.pull_request);
        rank(*holder);
      }
      waiting.emplace_back(holder, one);
    }
    if (!was_known) return false;
    for (const auto& [holder, one] : waiting) wait_for(*holder, *one);
    return true;
  }

  Candidate* first_conflict(const std::vector<Candidate*>& green, const Candidate& one) {
    const std::string& head = one.standing.pull_request.head;
    for (Candidate* other : green) {
      const std::string& others = other->standing.pull_request.head;
      if (others != head && !judge_.commute(view_.base, others, head)) return other;
    }
    return nullptr;
  }

  void wait_for(const Candidate& holder, Candidate& one) const {
    const std::string where = judge_.meeting(view_.base, holder.standing.pull_request.head,
                                             one.standing.pull_request.head);
    if (!where.empty()) one.standing.verdict.reason = "once that has landed: " + where;
    one.standing.yielded = find_slot(view_.ledger, one.standing.pull_request.number) != nullptr;
    one.standing.place = Place::waiting;
    one.standing.holder = holder.standing.pull_request.number;
    one.standing.holder_since = holder.since == 0 ? view_.now : holder.since;
    const std::int64_t until = holder.until == 0 ? view_.now + rules_.slot_ttl : holder.until;
    // Nobody takes over by time alone from one that stands no better, or is idle already.
    const bool takes_over =
        one.rank <
        (holder.standing.place == Place::not_applicable ? Rank::last : Rank::idle_holder);
    one.standing.holder_until = takes_over && until > view_.now ? until : 0;
  }

  const View& view_;
  Hub& hub_;
  Judge& judge_;
  const Rules& rules_;
  std::vector<Candidate> all_;
};

}  // namespace

std::string_view to_string(Mode mode) {
  constexpr std::array<std::string_view, 4> words{"queue", "slots", "strict", "off"};
  return words.at(static_cast<std::size_t>(mode));
}

std::optional<Mode> mode_of(std::string_view word) {
  for (const Mode mode : {Mode::queue, Mode::slots, Mode::strict, Mode::off})
    if (to_string(mode) == word) return mode;
  return std::nullopt;
}

std::string_view to_string(Place place) {
  constexpr std::array<std::string_view, 8> words{
      "not-applicable", "granted", "overridden", "waiting", "waiting", "stale", "failed", "error"};
  return words.at(static_cast<std::size_t>(place));
}

std::vector<Standing> decide(const View& view, Hub& hub, Judge& judge, const Rules& rules) {
  return Decision(view, hub, judge, rules).decide();
}

std::string short_checksum(const std::string& checksum) {
  return checksum.substr(0, std::min(checksum.size(), checksum.find(':') + 1 + 12));
}

}  // namespace schemagate::gate
