// SPDX-License-Identifier: MIT
// DEFAULT as it stands in the definition of a column or domain, where not every expression may
// stand.
#pragma once

#include <optional>
#include <string>

#include "schema/references.h"

namespace schemagate {

/// " DEFAULT now()", " DEFAULT (now() AT TIME ZONE 'utc')": in parentheses where the grammar wants
/// them (b_expr: no AND, IN, LIKE, AT TIME ZONE …) or would read a clause of the column.
std::string default_clause(const Expression& value);

/// False for none and for NULL.
bool gives_value(const std::optional<Expression>& default_value);

}  // namespace schemagate
