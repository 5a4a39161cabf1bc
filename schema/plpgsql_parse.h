// SPDX-License-Identifier: MIT
// The SQL inside a PL/pgSQL body. A scan of its tokens, not a parse: libpg_query's own PL/pgSQL
// parser stops at types and names it would have to look up, and a body may be any text at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

struct EmbeddedSql {
  std::vector<std::string> statements;  ///< static SQL and constants given to EXECUTE, in order
  bool has_dynamic_sql = false;         ///< EXECUTE of something that is not a constant
};

/// The expression is format('GRANT …', …) with names and literals to fill in: whatever they become,
/// the SQL locks no relation for longer than a look at it, and loses nothing.
bool makes_harmless_sql(std::string_view expression);

/// What a PL/pgSQL body would run. PERFORM comes as SELECT; INTO variables are taken out.
EmbeddedSql embedded_sql(std::string_view body);

}  // namespace schemagate
