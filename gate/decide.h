// SPDX-License-Identifier: MIT
// Who may be green, given what was read: pure but for the questions to judge and hub.
#pragma once

#include <string>
#include <vector>

#include "gate/protocol.h"

namespace schemagate::gate {

struct View {
  std::string base;
  std::vector<PullRequest> open;
  Ledger ledger;
  std::int64_t now = 0;
};

struct Rules {
  Mode mode = Mode::slots;
  /// Mode strict: what has to be so before any change of a schema is green. Empty: nothing, the
  /// branch's rules let only what contains the tip land.
  std::string missing_rule = {};
  std::int64_t slot_ttl = 24 * 60 * 60;  ///< seconds an idle holder is left alone by those who wait
};

enum class Place {
  not_applicable,
  granted,
  overridden,
  waiting,
  not_ready,
  stale,
  failed,
  unjudged
};
std::string_view to_string(Place place);

/// Where a pull request stands, and the status that says so.
struct Standing {
  PullRequest pull_request;
  Verdict verdict;
  Place place = Place::unjudged;
  Mode mode = Mode::slots;                          ///< by which it stands there
  bool overridden = false;                          ///< whatever its place: it is let through
  int holder = 0;                                   ///< of waiting: who has the slot, …
  std::int64_t holder_since = 0, holder_until = 0;  ///< … since when; until when if idle, or 0
  bool yielded = false;                             ///< it had a slot, and another one takes over
  Shown shown;

  bool green() const { return shown.state == StatusState::success; }
};

/// In the order of `view.open`. The green ones commute pairwise (mode slots) and each was judged on
/// `view.base`.
std::vector<Standing> decide(const View& view, Hub& hub, Judge& judge, const Rules& rules);

/// "sg1:" and twelve characters, as people see a checksum.
std::string short_checksum(const std::string& checksum);

}  // namespace schemagate::gate
