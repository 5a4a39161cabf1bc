// SPDX-License-Identifier: MIT
// The checksum gate without GitHub: may this head land on this tip, given what was judged against
// their merge base? Reads the four trees (merge base, base, head and the merge of both), builds
// their schemas and holds what would land against what the two sides mean together.
#pragma once

#include <string>
#include <vector>

#include "bot/options.h"
#include "git/repository.h"
#include "report/gate_report.h"

namespace schemagate {

/// The commits, as ids or revisions; without a merge base it is found. Throws Error: a revision
/// that is not there, several merge bases, a configuration that can't be read.
GateReport evaluate_gate(git::Repository& repository, const GateOptions& options,
                         const CommonOptions& common);

/// A new migration works on rows, which no schema and so no plan checksum tells.
bool writes_rows(const GateReport& report);

/// By what a change is known when it lands: its plan checksum and, behind "+", one of the files of
/// the migrations that work on rows.
std::string landing_plan(const GateReport& report);

}  // namespace schemagate
