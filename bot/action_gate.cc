// SPDX-License-Identifier: MIT
#include "bot/action_gate.h"

#include "bot/gate.h"

namespace schemagate {

GateReport gate_of(Clone& clone, const ActionJob& job, const CommonOptions& common) {
  GateOptions options;
  options.base = job.check.base;
  options.head = job.check.head;
  options.config_path = job.check.config_path;
  options.folder = job.check.folder;
  options.schema = job.check.schema;
  return clone.run(
      [&](git::Repository& repository) { return evaluate_gate(repository, options, common); });
}

}  // namespace schemagate
