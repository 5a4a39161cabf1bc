// SPDX-License-Identifier: MIT
// The time by GitHub's clock. Jobs run on machines whose clocks differ; what they write down for
// each other (leases, since when a slot is held) is told by the one clock that all of them hear.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "github/transport.h"

namespace schemagate::github {

/// "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; nothing for another form.
std::optional<std::chrono::seconds> seconds_of_date(std::string_view date);

/// "2026-11-28T13:00:00Z", as GitHub writes times. In this form the earlier one is the smaller
/// text.
std::string iso_time(std::chrono::seconds since_1970);

class ServerClock {
 public:
  /// An answer came; `elapsed` is of the clock that never goes back. One that is not JSON may be a
  /// proxy's and tells no time.
  void hear(const Response& response, std::chrono::milliseconds elapsed);
  /// Seconds since 1970, late by what the answer was under way; nothing when GitHub told no time.
  std::optional<std::chrono::seconds> now(std::chrono::milliseconds elapsed) const;

 private:
  std::optional<std::chrono::milliseconds> ahead_;  ///< of the clock that never goes back
};

}  // namespace schemagate::github
