// SPDX-License-Identifier: MIT
// The gate as a job of a workflow: an event, what it asks for, the sweep, what is said about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bot/action_inputs.h"
#include "bot/config.h"
#include "bot/gate_hub.h"
#include "bot/gate_judge.h"
#include "gate/sweep.h"
#include "github/event.h"

namespace schemagate {

struct GateRun {
  git::Repository& repository;  ///< has the branch's tip and the heads
  github::Client& client;
  HubOptions hub;
  gate::SweepOptions sweep;
  CommonOptions common;
  Limits limits;
  std::string name;        ///< of the set-up: part of the comment's marker
  bool is_default = true;  ///< the branch is the repository's default one
  bool override_self = true, override_unparsed = true;
  int busy_looks = 24;  ///< five seconds apart, at whether another sweep has ended
  /// Gets the branch's tip and these pull requests' heads again; without it what was not there when
  /// the job began is not judged.
  std::function<void(const std::vector<int>& pull_requests)> fetch = {};
  /// Called with what a sweep that fails would have given to log.
  std::function<void(const std::string& lines)> say = {};
  /// Called with what each sweep ended with.
  std::function<void(const gate::Swept& swept)> told = {};
  std::string answer = {};  ///< to a command, as it was posted
  GateOptions where = {};   ///< the configuration's path and folder, and the schema's files
  /// Called in each child process before it judges that head; tests make it die there.
  std::function<void(const std::string& head)> in_child = {};
};

/// A sweep as a page for people: where everybody stands, and what could not be done.
std::string page_of(const gate::Swept& swept, const std::string& branch);

/// Sweeps; without the right to write the ledger in mode strict. Returns what to log.
std::string run_sweep(GateRun& run, gate::Swept& swept);

/// "/schemagate …" in a comment. Returns what to log; empty: it was no command.
std::string run_command(GateRun& run, const github::IssueCommentEvent& comment);

}  // namespace schemagate
