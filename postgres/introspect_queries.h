// SPDX-License-Identifier: MIT
// The queries that write a database's objects as SQL statements, one kind of object each.
#pragma once

#include <string>
#include <vector>

namespace schemagate::postgres {

enum class IntrospectPart { schema, grants, owners };

/// Its rows have one column: a statement without semicolon. Runs with search_path = pg_catalog, so
/// the server's own functions qualify every other name.
struct IntrospectQuery {
  std::string sql;
  IntrospectPart part = IntrospectPart::schema;
  int since = 14, until = 99;  ///< majors
};

/// In the order of a script that mostly loads from top to bottom.
const std::vector<IntrospectQuery>& introspect_queries();

/// "2 operators": objects of kinds that no query writes.
std::string introspect_unread_kinds();

}  // namespace schemagate::postgres
