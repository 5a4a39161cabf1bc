// SPDX-License-Identifier: MIT
// `command: gate` of the action: may this head land on the base's tip as it is now? The one place
// where a job enters the gate.
#pragma once

#include "bot/action_job.h"
#include "bot/clone.h"
#include "report/gate_report.h"

namespace schemagate {

/// Throws Error: a commit that is not there and can't be fetched, several merge bases.
GateReport gate_of(Clone& clone, const ActionJob& job, const CommonOptions& common);

}  // namespace schemagate
