// SPDX-License-Identifier: MIT
// Work on what strangers wrote, in a child process with limits: one that crashes, eats memory or
// never ends takes nobody with it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace schemagate {

struct Limits {
  std::size_t memory = std::size_t{512} << 20;  ///< bytes beyond what the process has already
  std::chrono::seconds processor{20};
  std::chrono::milliseconds wall{60'000};
};

struct Isolated {
  bool ended = false;
  std::string result;                ///< what the work returned
  std::string death;                 ///< or how it ended: "took longer than 60 s"
  std::optional<std::string> error;  ///< of ask_isolated(): why there is no result
};

/// Runs `work` in a child process of this one. What it throws is a death, too. Requires: no other
/// thread runs.
Isolated run_isolated(const std::function<std::string()>& work, const Limits& limits);

/// The same, but an Error that `work` throws is no death: it is told as `error`.
Isolated ask_isolated(const std::function<std::string()>& work, const Limits& limits);

}  // namespace schemagate
