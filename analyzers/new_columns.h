// SPDX-License-Identifier: MIT
// Columns that a statement brings: what rules about style look at.
#pragma once

#include <functional>

#include "analyzers/rule.h"

namespace schemagate {

struct NewColumn {
  const QualifiedName& table;
  const ColumnDefinition& definition;
  Span where;
};

/// Calls `see` for each column of CREATE TABLE, and of ADD COLUMN and SET TYPE.
void for_each_new_column(const Subject& subject, const std::function<void(const NewColumn&)>& see);

/// Adds a finding at the column.
Findings::Added add_at(Findings& findings, const Subject& subject, const NewColumn& column,
                       std::string message);

}  // namespace schemagate
