// SPDX-License-Identifier: MIT
// A database on an EphemeralServer in which a repository's SQL may run (decisions D1). It runs as a
// role that owns the database and nothing else: not superuser, no CREATEROLE, member of no
// predefined role, so COPY … PROGRAM, server files, LANGUAGE C and untrusted languages fail by
// permission. What such a role can't make for itself is made for it beforehand or on demand:
// extensions from a list of harmless ones, roles and tablespaces by name.
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "postgres/server.h"

namespace schemagate::postgres {

class Sandbox {
 public:
  /// Makes a database. `statements` are all that will run in it, one SQL statement each: the
  /// extensions they create are created now, as long as nothing of the repository is in the
  /// database. The server must outlive the sandbox.
  static std::variant<Sandbox, Refused> create(const EphemeralServer& server,
                                               const std::vector<std::string>& statements);
  Sandbox(Sandbox&& other) noexcept;
  Sandbox& operator=(Sandbox&&) = delete;
  /// Drops the database; sessions on it lose their connection.
  ~Sandbox();

  /// Connects as the sandbox's role.
  Opened connect() const;

  /// Runs one statement. CREATE EXTENSION (and CREATE SCHEMA for one) that was done beforehand
  /// succeeds.
  Answer run(Session& session, const std::string& sql);
  /// The same outside a transaction block: a role or tablespace that is missing is created and the
  /// statement runs again.
  Answer run_providing(Session& session, const std::string& sql);
  /// All of them in one transaction and one journey; when one fails, none was run.
  Answer run_all_providing(Session& session, const std::vector<std::string>& statements);

  /// Creates what `error` says is missing, if it is a role or a tablespace. True: try again.
  bool provide(const SqlError& error);

  /// Extensions that could not be had: not installed here, or not on the list.
  const std::set<std::string>& missing_extensions() const { return missing_extensions_; }
  const std::string& database() const { return database_; }

 private:
  Sandbox(const EphemeralServer& server, std::string database);
  /// True for the CREATE EXTENSION, or (once) CREATE SCHEMA, that prepare() ran.
  bool was_made_beforehand(const std::string& sql);
  std::optional<std::string> prepare(const std::vector<std::string>& statements);

  const EphemeralServer* server_;
  std::string database_;
  std::set<std::string> extensions_, missing_extensions_, extension_schemas_;
  std::set<std::string> provided_;
};

/// True when the statement failed because the sandbox's role may not do it.
bool needs_superuser(const SqlError& error);
/// True for the server's trouble, not the statement's: no connection, no disk, a timeout.
bool is_servers_trouble(const SqlError& error);

/// The statement's first `count` words in lower case, comments left out: "create extension".
std::string first_words(std::string_view sql, int count);

}  // namespace schemagate::postgres
