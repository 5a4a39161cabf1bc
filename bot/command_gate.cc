// SPDX-License-Identifier: MIT
#include "bot/commands.h"
#include "bot/gate.h"
#include "bot/output.h"

namespace schemagate {

int run_gate(const GateOptions& options, const CommonOptions& common) {
  git::Repository repository = git::Repository::open(options.repository);
  const GateReport report = evaluate_gate(repository, options, common);
  deliver_text(common, "terminal", [&](const std::string& format, bool) {
    return format == "json" ? to_json(report) : to_terminal(report);
  });
  return report.gate == Gate::granted || report.gate == Gate::not_applicable ? 0 : 1;
}

}  // namespace schemagate
