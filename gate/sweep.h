// SPDX-License-Identifier: MIT
// The only writer of green statuses. A sweep looks at everything that wants to land on one branch
// and makes statuses and ledger say what is true now. It may be started at any time, any number of
// times, by any event, and be killed anywhere: the next one finishes what it began.
//
//   1 read tip, open pull requests, ledger; judge; decide who is green
//   2 take back every green status that is not wanted, old heads included
//   3 read tip and heads again: changed, then from the beginning
//   4 write the grants into the ledger (compare and swap, with a lease)
//   5 write the green statuses, give the lease back
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gate/decide.h"

namespace schemagate::gate {

struct SweepOptions {
  Rules rules;
  std::string run;            ///< tells sweeps apart
  bool verify = false;        ///< compare what the ledger says is shown with what GitHub shows
  int rounds = 5;             ///< how often the world may move under it before it gives up
  std::int64_t lease = 600;   ///< seconds others wait for a sweep that died while it was writing
  std::int64_t window = 300;  ///< seconds of it in which green is written: below `lease` by more
                              ///< than one request can take
};

struct Swept {
  bool settled = false;  ///< false: the world moved too often, or another sweep is writing
  bool busy = false;     ///< … the latter, until `busy_until`
  std::int64_t busy_until = 0;
  std::string base;
  std::vector<Standing> standings;
  int statuses = 0;                            ///< written
  std::set<std::string> changed;               ///< heads whose status was written
  std::set<std::string> opened;                ///< … that are green and were known not to be
  std::map<std::string, std::string> refused;  ///< heads that take no status, and why: still closed
  std::set<std::string> stuck;    ///< … but these, which stay green though they must not be
  std::set<std::string> missing;  ///< tip and heads that could not be got: nothing new is said of
                                  ///< these heads, and without the tip nothing at all
  std::vector<std::string> revoked;
  std::vector<std::string> forged;  ///< green on GitHub and never written by a sweep; taken back
};

/// Throws what hub and judge throw.
Swept sweep(Hub& hub, Judge& judge, const SweepOptions& options);
/// The same; what it did until it threw is in `swept`.
void sweep(Hub& hub, Judge& judge, const SweepOptions& options, Swept& swept);

}  // namespace schemagate::gate
