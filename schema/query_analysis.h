// SPDX-License-Identifier: MIT
// A query as the server's parse analysis sees it: which source each column comes from, the types,
// what must be grouped. Says why a query is refused, where that is certain; what the small grammar
// of canonical trees does not know is taken to be fine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/impact_builder.h"

namespace schemagate {

struct QueryColumn {
  std::string name;
  std::string type;       ///< internal name, "unknown", or empty when it can't be told
  canonical::Node value;  ///< the expression, where there is one
  TypeName declared;      ///< of a table's column
};

struct AnalysedQuery {
  std::optional<Failure> fails;
  std::vector<QueryColumn> columns;
  bool complete = false;  ///< these are all columns
};

/// `body_of`: the query is of that function's body, and may name its arguments.
AnalysedQuery analyse_query(const ImpactBuilder& b, const std::string& sql,
                            const CreateFunction* body_of = nullptr);

/// An aggregate of PostgreSQL or of the catalog is called outside of subqueries.
bool calls_aggregate(const ImpactBuilder& b, const canonical::Node& node);

}  // namespace schemagate
