// SPDX-License-Identifier: MIT
// A PostgreSQL server of our own for as long as an object lives: found on this machine, initialised
// in a temporary folder, reachable by a unix socket only, without root's rights, our environment, a
// network, or a way to survive us (decisions D1). It is a place where a pull request's SQL may run
// as long as it does so as a role that is not superuser: Sandbox makes such databases.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "postgres/process.h"
#include "postgres/session.h"

namespace schemagate::postgres {

/// Server programs of one major version.
struct Installation {
  int major = 0;
  std::string version;  ///< "18.4"
  std::string bin;      ///< folder with initdb and postgres
};

/// Every installed server from 14 to 18, one per major, ascending. Looked for in the folders of
/// $SCHEMAGATE_POSTGRES_BIN (separated by ':'), in `root`/.deps/postgresql/ if a root is given, on
/// PATH, and where Debian's and PGDG's packages put them; the first find of a major wins. The root
/// must not be a repository that is judged: its programs would be run.
std::vector<Installation> installed_servers(const std::string& root = {});

/// The one of that major, else the nearest, the newer of two that are as near; null when there is
/// none.
const Installation* nearest(const std::vector<Installation>& installed, int major);

struct ServerOptions {
  Limits limits;
  bool use_cache =
      true;  ///< copy an initialised cluster of an earlier run instead of running initdb
  std::map<std::string, std::string> settings;  ///< besides, or instead of, the usual ones
};

class EphemeralServer {
 public:
  static std::variant<EphemeralServer, Refused> start(const Installation& installation,
                                                      const ServerOptions& options = {});

  const Installation& installation() const { return installation_; }
  /// Connects as the superuser to the database "postgres", where nothing of a repository ever is.
  /// Only our own fixed SQL may run there.
  Opened administer() const;
  /// As superuser to another database: only while nothing of a repository has run in it.
  Opened administer(const std::string& database) const;
  /// As the role that a repository's SQL runs as: no rights but on databases that it owns.
  Opened connect_sandboxed(const std::string& database) const;
  static constexpr std::string_view sandbox_role = "schemagate_sandbox";

  /// Empty while the server runs; else why it ended.
  std::string ended_because() const { return program_.ended_because(); }
  bool has_own_network() const { return program_.has_own_network(); }

  /// The folder with its data and socket, gone when the object is.
  const std::string& folder() const { return folder_; }

 private:
  EphemeralServer(Installation installation, std::string folder, std::string password,
                  Guarded program);
  std::string conninfo(const std::string& database, std::string_view role,
                       const std::string& password) const;
  std::string sandbox_role_sql() const;

  Installation installation_;
  std::string folder_;
  std::string password_, sandbox_password_;
  Guarded program_;
};

/// 32 random hexadecimal digits.
std::string random_password();

}  // namespace schemagate::postgres
