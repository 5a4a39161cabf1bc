// SPDX-License-Identifier: MIT
// What is left of an expression when the planner has folded its constants: branches that can never
// be reached are gone, and with them what they call. https://github.com/postgres/postgres
// (eval_const_expressions)
#pragma once

#include "schema/canonical_tree.h"
#include "schema/statement.h"

namespace schemagate {

/// Without the dead branches of CASE, COALESCE, AND and OR.
canonical::Node folded(canonical::Node node);

/// What the expression still calls and draws from when it is folded.
References live_references(const Expression& expression);

}  // namespace schemagate
