// SPDX-License-Identifier: MIT
// What the gate's protocol asks of the world, as two interfaces: the hub (GitHub) and the judge
// (trees and schemas). Whatever can't be done is thrown; a sweep that ends so has upgraded nothing
// that it had not written down before.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gate/ledger.h"

namespace schemagate::gate {

/// queue: the merge queue's run decides, a pull request's status is its ticket. slots: green
/// commits commute pairwise. strict: GitHub lets only branches land that contain the tip.
enum class Mode { queue, slots, strict, off };
std::string_view to_string(Mode mode);
std::optional<Mode> mode_of(std::string_view word);

struct PullRequest {
  int number = 0;
  std::string head;
  bool draft = false;
  std::int64_t created_at = 0;  ///< seconds since 1970
  std::int64_t active_at = 0;   ///< when something happened last, be it a label or a program's word
  std::string unclear = {};     ///< why nobody can judge it, whatever it changes; empty: no reason
  bool operator==(const PullRequest&) const = default;
};

enum class Answer { not_applicable, granted, stale, failed, unjudged };

/// What landing one head on one tip means.
struct Verdict {
  Answer answer = Answer::unjudged;
  std::string plan;            ///< checksum of the change, in full
  std::string checksum;        ///< of base, change and what would land: what an override names
  std::string reason;          ///< why not, in a few words
  bool contains_base = false;  ///< the head has the tip among its ancestors
  bool remember = false;       ///< unjudged: not to be tried again on this tip
  std::string waits_for = {};  ///< granted, but not before this is so
};

/// Whether a pull request could merge now, our status apart.
struct Readiness {
  bool ready = true;
  bool approved = false;
  std::string reason;  ///< "is a draft", "waits for an approval"
};

/// Thrown where the hub takes no status for one commit, though it may be reached.
struct StatusRefused : Error {
  using Error::Error;
};

class Hub {
 public:
  virtual ~Hub() = default;
  virtual std::int64_t now() = 0;
  virtual std::string base_tip() = 0;
  virtual std::vector<PullRequest> open_pull_requests() = 0;
  virtual Readiness readiness(const PullRequest& pull_request) = 0;
  /// When a person last reviewed it or wrote a comment, or 0. Asked only about those whom somebody
  /// waits for and to whom something happened lately.
  virtual std::int64_t last_word(const PullRequest& pull_request) { return pull_request.active_at; }
  virtual Ledger read_ledger() = 0;
  /// Writes `next` if the ledger is still what `next.version` says, and returns the new version;
  /// nothing when somebody was first.
  virtual std::optional<std::string> swap_ledger(const Ledger& next) = 0;
  /// Never green. Throws StatusRefused; so does grant().
  virtual void set_status(const std::string& head, const Shown& shown) = 0;
  /// Sets a green status, unless it is later than `deadline`: then false, and nothing was done.
  virtual bool grant(const std::string& head, const Shown& shown, std::int64_t deadline) = 0;
  /// The status that GitHub has; nothing when there is none.
  virtual std::optional<Shown> status(const std::string& head) = 0;
};

class Judge {
 public:
  virtual ~Judge() = default;
  /// Which of the tip and the heads it can't see, after it tried to get them: nothing is known
  /// about these.
  virtual std::set<std::string> missing(const std::string& /*base*/,
                                        const std::vector<PullRequest>& /*open*/) {
    return {};
  }
  /// `died`: an earlier evaluation on this tip did not end; it is not tried again, and the answer
  /// is `unjudged` with a checksum all the same.
  virtual Verdict evaluate(const std::string& base, const PullRequest& pull_request, bool died) = 0;
  /// These heads will be asked about, in that order of preference: a chance to ask once for many.
  virtual void expect(const std::string& /*base*/, const std::vector<std::string>& /*heads*/) {}
  /// Both may land on `base` in either order, or git itself refuses the second.
  virtual bool commute(const std::string& base, const std::string& one,
                       const std::string& other) = 0;
  /// Where `other` meets `one`, of two that do not commute; empty: that can't be said.
  virtual std::string meeting(const std::string& /*base*/, const std::string& /*one*/,
                              const std::string& /*other*/) {
    return {};
  }
};

/// A judge that asks another one, and changes some of its verdicts.
class AskingJudge : public Judge {
 public:
  /// `judge` must outlive it.
  explicit AskingJudge(Judge& judge) : judge_(judge) {}
  std::set<std::string> missing(const std::string& base,
                                const std::vector<PullRequest>& open) override {
    return judge_.missing(base, open);
  }
  void expect(const std::string& base, const std::vector<std::string>& heads) override {
    judge_.expect(base, heads);
  }
  bool commute(const std::string& base, const std::string& one, const std::string& other) override {
    return judge_.commute(base, one, other);
  }
  std::string meeting(const std::string& base, const std::string& one,
                      const std::string& other) override {
    return judge_.meeting(base, one, other);
  }

 protected:
  Judge& judge_;
};

}  // namespace schemagate::gate
