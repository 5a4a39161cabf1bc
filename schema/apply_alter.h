// SPDX-License-Identifier: MIT
// The commands of ALTER TABLE, by what they are about.
#pragma once

#include "schema/apply_parts.h"

namespace schemagate {

void add_column(Execution& run, Table& table, const AlterTableCommand& command, bool only);
/// Every ALTER COLUMN.
void alter_column(Execution& run, Table& table, const AlterTableCommand& command, bool only);

/// ADD, ALTER, VALIDATE and DROP CONSTRAINT.
void alter_constraints(Execution& run, Table& table, const AlterTableCommand& command, bool only);

/// ATTACH and DETACH PARTITION, INHERIT and NO INHERIT.
void alter_inheritance(Execution& run, Table& table, const AlterTableCommand& command);

SequenceOptions merged_options(SequenceOptions options, const SequenceOptions& written,
                               const TypeName& type);

}  // namespace schemagate
