// SPDX-License-Identifier: MIT
// Commits on a branch, and those that a merge queue is about to put there, held against what was
// granted: each step from one to the next is a change that somebody judged, or that an
// administrator let through.
#pragma once

#include <string>

#include "bot/gate_run.h"

namespace schemagate {

/// What the merge queue asks about one of its groups: everything between the branch's tip and the
/// group's head, with those in front of it. Sets the status, and returns what to log. Throws Error
/// when it can't be told, or GitHub takes no status: then none was set.
std::string run_group(GateRun& run, const github::MergeGroupEvent& group, bool& passes);

/// Whether each step between two tips of the branch is a change that the ledger knows; a red status
/// when not. Returns what to log. Throws Error when that can't be told, gate::StatusRefused when
/// there can't be that status.
std::string audit_landing(GateRun& run, const github::PushEvent& push);

/// A red status on what landed, for what audit_landing() threw. Throws gate::StatusRefused when
/// there can't be one.
void tell_unaudited(GateRun& run, const github::PushEvent& push, const std::string& why);

}  // namespace schemagate
