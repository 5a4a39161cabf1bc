// SPDX-License-Identifier: MIT
// What a production database says about itself: sizes, rates, settings, and counts that answer
// probes. Only the queries of queries.h are run, one at a time, each in a READ ONLY transaction
// with timeouts and without row security, never under more than ACCESS SHARE. What can't be found
// out is unknown, with the reason; it is never zero (decisions D13).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/facts.h"

namespace schemagate::postgres {

struct ReadOptions {
  /// The primary's URL when the facts' own is a standby, which knows neither writes nor sessions.
  std::string statistics_url;
  std::chrono::milliseconds statement_timeout{30000};
  std::chrono::milliseconds lock_timeout{1000};
  std::int64_t exact_rows = 10000;                    ///< counts beyond are "more than"
  std::int64_t probe_limit = std::int64_t{10} << 30;  ///< larger tables only where an index helps
  std::int64_t count_below = std::int64_t{16} << 20;  ///< tables up to this size are counted
  std::chrono::seconds count_budget{20};              ///< for all those counts together
  /// Called before each table and probe: "public.users", "nulls public.users(phone)".
  std::function<void(std::string_view)> progress;
};

/// Facts about `tables` (all tables when empty) and the answers to `probes`. A database that can't
/// be reached gives facts in which everything is unknown and a note that says why.
Facts read_facts(const std::string& url, const std::vector<QualifiedName>& tables,
                 const std::vector<Probe>& probes, const ReadOptions& options = {});

}  // namespace schemagate::postgres
