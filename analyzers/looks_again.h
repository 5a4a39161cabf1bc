// SPDX-License-Identifier: MIT
// What rules say of the steps that their check_all looks at again (Rule::looks_again).
#pragma once

#include "analyzers/subject.h"

namespace schemagate {

template <class Kind>
bool is_step(const JudgedStep& step) {
  return step.statement->as<Kind>() != nullptr;
}

/// An ALTER TABLE with such a command.
bool has_command(const JudgedStep& step, bool (*is_meant)(const AlterTableCommand&));

/// Makes a foreign key; a partition may take over its parent's.
bool adds_foreign_key(const JudgedStep& step);

}  // namespace schemagate
