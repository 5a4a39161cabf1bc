// SPDX-License-Identifier: MIT
// A live database's schema as SQL, read from its catalogs in one read-only snapshot. The statements
// are a set (decisions D29): every object is there with all its properties, names are qualified,
// and a reference may precede what it refers to; load_schema() reads them. Members of extensions,
// temporary objects and the system's own are left out; kinds that are not read are counted in a
// note.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "postgres/server.h"
#include "postgres/session.h"

namespace schemagate::postgres {

struct IntrospectOptions {
  bool grants = true;
  bool owners = false;  ///< OWNER TO for what does not belong to the database's owner
};

struct Introspected {
  std::string database;
  int postgres = 0;
  std::vector<std::string> statements;  ///< without semicolons
  std::vector<std::string> notes;

  std::string sql() const;  ///< all statements, each with a semicolon and a line end
};

/// Reads the database at `url`.
std::variant<Introspected, SqlError> introspect(const std::string& url,
                                                const IntrospectOptions& options = {});
/// Reads the database that `session` is connected to; the session must not be in a transaction.
std::variant<Introspected, SqlError> introspect(Session& session,
                                                const IntrospectOptions& options = {});

/// `statements` as a server writes them: loaded into a sandbox in whatever order works, and read
/// back without owners and grants. Two schemas that a server takes for the same become the same
/// text. Statements that do not load are named in the notes.
std::variant<Introspected, Refused> through_server(const EphemeralServer& server,
                                                   const std::vector<std::string>& statements);

}  // namespace schemagate::postgres
