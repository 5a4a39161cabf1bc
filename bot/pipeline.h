// SPDX-License-Identifier: MIT
// The main job: from two commits of a repository to a report. Reads like the description of the
// product.
#pragma once

#include "bot/options.h"
#include "report/report.h"

namespace schemagate {

Report check(const CheckOptions& options, const CommonOptions& common);

}  // namespace schemagate
