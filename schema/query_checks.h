// SPDX-License-Identifier: MIT
// What parse analysis refuses in a query: columns and functions that do not exist, output columns
// that are named twice. Only queries over one relation are looked into; of others only the names of
// functions.
#pragma once

#include "schema/expression_analysis.h"

namespace schemagate {

/// The query of a view or of CREATE TABLE AS, with the column names written before it.
void check_query(ImpactBuilder& b, const Query& query, const std::vector<std::string>& names,
                 bool view);

/// Fails (42883) at a call of a function whose name is nowhere. What extensions bring is not known.
bool function_is_missing(ImpactBuilder& b, const References& references);

/// The columns of a table or view as a query or an index sees them.
ExpressionColumns columns_of_relation(const ImpactBuilder& b, const QualifiedName& relation,
                                      const std::string& alias = {});

}  // namespace schemagate
