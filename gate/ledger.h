// SPDX-License-Identifier: MIT
// What the gate remembers between sweeps, as plain data and as the JSON that is kept in a git ref.
// Every commit that may be green right now is in it: a grant is written here before its status, and
// is taken out only after its status was taken back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate::gate {

enum class StatusState { pending, success, failure, error };
std::string_view to_string(StatusState state);

/// A commit status as it was written last.
struct Shown {
  StatusState state = StatusState::pending;
  std::string description;
  bool operator==(const Shown&) const = default;
};

/// A commit that may be green.
struct Grant {
  int number = 0;
  std::string head, base;   ///< what was judged, and on which tip
  std::string plan;         ///< checksum of the change
  std::int64_t since = 0;   ///< seconds since 1970; a new head of the same holder keeps it
  bool overridden = false;  ///< by an administrator, not by what was judged
  std::int64_t pushed = 0;  ///< when this head was seen first
  bool operator==(const Grant&) const = default;
};

/// Who let what through. It holds for exactly this head and this checksum.
struct Override {
  int number = 0;
  std::string head, checksum, by, reason;
  std::string bypassed;  ///< what the gate had said, or what it could not judge
  std::int64_t comment = 0, at = 0;
  bool operator==(const Override&) const = default;
};

/// One sweep writes green statuses at a time, and none after `until`.
struct Lease {
  std::string run;  ///< empty: nobody's
  std::int64_t until = 0;
  bool operator==(const Lease&) const = default;
};

struct Ledger {
  std::string version;  ///< the commit it was read from; empty: there is none yet. Not in the JSON
  std::vector<Grant> grants;
  std::vector<Grant> past;             ///< the newest `most_past`, for the audit of what landed
  std::map<std::string, Shown> shown;  ///< by commit; heads of open pull requests only
  std::map<std::string, std::string> unjudged;  ///< heads whose evaluation died, on which tip
  std::vector<Override> overrides;
  std::vector<int> preferred;  ///< pull requests that an administrator passed the slot to
  Lease lease;

  static constexpr std::size_t most_past = 200;
  /// Everything but the version.
  bool same_content(const Ledger& other) const;
};

std::string to_json(const Ledger& ledger);
/// Throws Error{github} for what is no ledger: the gate does not guess what may be green.
Ledger read_ledger(std::string_view json, std::string version);

}  // namespace schemagate::gate
