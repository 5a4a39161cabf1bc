// SPDX-License-Identifier: MIT
// One connection to a PostgreSQL server. What the server or the network refuses is a value
// (SqlError), never an exception; no message of this class holds a password.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace schemagate::postgres {

/// What the server said. `sqlstate` is empty when it was not the server that failed (no
/// connection).
struct SqlError {
  std::string sqlstate;
  std::string message;  ///< the primary message, one line as a rule, without "ERROR:"
  std::string detail;   ///< may hold values of rows: never shown for a production database
  std::string hint;
};

using Row = std::vector<std::optional<std::string>>;

/// A value that is not told apart from NULL when it is empty.
inline std::string text(const std::optional<std::string>& value) { return value.value_or(""); }

/// Of a statement: its rows, or why it failed.
struct Answer {
  std::vector<Row> rows;
  long long affected = 0;  ///< rows written, or given back
  std::optional<SqlError> error;

  bool ok() const { return !error; }
  /// The first column of the first row; nothing when there is no row or it is NULL.
  std::optional<std::string> value() const;
};

class Session;
using Opened = std::variant<Session, SqlError>;

class Session {
 public:
  /// Connects; `conninfo` is a URL (postgresql://…) or libpq's key=value form.
  static Opened open(const std::string& conninfo);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Runs `sql` as one simple query: several statements are one implicit transaction, as the
  /// protocol says.
  Answer run(const std::string& sql);

  /// Messages below error level since the last call, oldest first, as libpq formats them:
  /// "DEBUG:  00000: rewriting table \"users\"\nLOCATION: …".
  std::vector<std::string> take_notices();

  /// False once the server or the network ended the connection.
  bool is_open() const;
  int backend_pid() const;
  /// The server's major version, 14 to 18.
  int major() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `text` with every password in it replaced by "***": in URLs, in key=value pairs, and the one of
/// `conninfo` wherever it occurs.
std::string redact(std::string text, std::string_view conninfo = {});

/// What is no connection string may be a secret of another kind, and libpq quotes the pieces that
/// it stumbles over: of the quoted pieces of `conninfo` only names of what was looked for stay.
std::string without_pieces(std::string_view message, const std::string& conninfo);

/// `conninfo` of a database that is not ours with what it does not say itself:
/// application_name=schemagate, connect_timeout=10, and $SSL_CERT_FILE as the root certificates
/// where it wants them verified.
std::string with_defaults(std::string conninfo);

/// "host" or "host:port" of a URL or key=value string, for messages; "local socket" when it names
/// none.
std::string server_of(std::string_view conninfo);

}  // namespace schemagate::postgres
