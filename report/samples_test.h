// SPDX-License-Identifier: MIT
// Reports that the tests render: what a review of a real change would hand over.
#pragma once

#include "report/report.h"

namespace schemagate::samples {

/// One database with every kind of finding, statements, notes, a safe plan; another one clean.
Report rich();
/// Changes, and nothing to object.
Report clean();
/// Text that tries to break out of every output.
Report hostile();
/// Sixty databases, some with findings.
Report many_databases();
/// Thousands of findings: over every size limit.
Report huge();
/// A database that could not be judged.
Report not_judged();
/// Migration files: no database, no changes.
Report lint();
/// The statements of rich(), measured: one disagrees with the prediction.
std::vector<ReportedStatement> measured();

}  // namespace schemagate::samples
