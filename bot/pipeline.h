// SPDX-License-Identifier: MIT
// The main job: from two commits of a repository to a report. Reads like the description of the
// product.
#pragma once

#include "bot/clone.h"
#include "bot/options.h"
#include "report/report.h"

namespace schemagate {

/// Judges two commits. Throws git::MissingObject for what is not in the repository.
Report check(git::Repository& repository, const CheckOptions& options, const CommonOptions& common);
/// Judges two commits of `clone`; what is missing in it is fetched, and a note says so.
Report check(Clone& clone, const CheckOptions& options, const CommonOptions& common);

}  // namespace schemagate
