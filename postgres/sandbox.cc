// SPDX-License-Identifier: MIT
#include "postgres/sandbox.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/text.h"
#include "schema/name.h"

namespace schemagate::postgres {
namespace {

/// Extensions whose code we let run: types, operators and functions that touch neither files,
/// programs nor the network. Languages are not among them. Extensions that their author calls
/// trusted are added.
constexpr std::array harmless_extensions{
    "address_standardizer",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hll",
    "hstore",
    "hypopg",
    "insert_username",
    "intagg",
    "intarray",
    "ip4r",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_partman",
    "pg_stat_statements",
    "pg_trgm",
    "pg_uuidv7",
    "pg_visibility",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgis",
    "postgis_raster",
    "postgis_topology",
    "prefix",
    "refint",
    "rum",
    "seg",
    "semver",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
    "xml2",
};

struct WantedExtension {
  std::string name, schema;
};

/// Cuts the next word or quoted identifier off `sql`; as PostgreSQL reads it, folded or unquoted.
std::string next_token(std::string_view& sql) {
  sql = trim(sql);
  if (sql.starts_with('"')) {
    const auto end = sql.find('"', 1);
    const std::string name(sql.substr(1, end == sql.npos ? end : end - 1));
    sql.remove_prefix(end == sql.npos ? sql.size() : end + 1);
    return name;
  }
  const std::string word = to_lower(sql.substr(0, sql.find_first_of(" \t\r\n;")));
  sql.remove_prefix(word.size());
  return word;
}

/// What comes after CREATE EXTENSION | SCHEMA [IF NOT EXISTS].
std::string_view after_if_not_exists(std::string_view rest) {
  std::string_view peeked = rest;
  if (next_token(peeked) != "if") return rest;
  next_token(peeked);
  next_token(peeked);
  return peeked;
}

/// The extension that `sql` creates: CREATE EXTENSION [IF NOT EXISTS] name [WITH] [SCHEMA name] …
std::optional<WantedExtension> extension_in(const std::string& sql) {
  if (first_words(sql, 2) != "create extension") return std::nullopt;
  auto rest =
      after_if_not_exists(std::string_view(sql).substr(to_lower(sql).find("extension") + 9));
  WantedExtension extension{next_token(rest), ""};
  while (!trim(rest).empty())
    if (next_token(rest) == "schema") extension.schema = next_token(rest);
  return extension;
}

/// The name of CREATE SCHEMA [IF NOT EXISTS] name …, else empty.
std::string schema_in(const std::string& sql) {
  if (first_words(sql, 2) != "create schema") return {};
  auto rest = after_if_not_exists(std::string_view(sql).substr(to_lower(sql).find("schema") + 6));
  return next_token(rest);
}

/// The name in `…"name"…`, when `message` starts and ends as given.
std::optional<std::string> name_between(const std::string& message, std::string_view before,
                                        std::string_view after) {
  const auto begin = message.find(before);
  if (begin == std::string::npos) return std::nullopt;
  const auto from = begin + before.size();
  const auto end = message.find(after, from);
  if (end == std::string::npos) return std::nullopt;
  return message.substr(from, end - from);
}

}  // namespace

std::string first_words(std::string_view sql, int count) {
  std::string words;
  std::size_t at = 0;
  while (at < sql.size() && count > 0) {
    const std::string_view rest = sql.substr(at);
    if (std::isspace(static_cast<unsigned char>(rest[0]))) {
      ++at;
    } else if (rest.starts_with("--")) {
      at = std::min(sql.size(), sql.find('\n', at));
    } else if (rest.starts_with("/*")) {
      int depth = 0;
      do {
        if (sql.substr(at).starts_with("/*")) {
          ++depth, at += 2;
        } else if (sql.substr(at).starts_with("*/")) {
          --depth, at += 2;
        } else {
          ++at;
        }
      } while (depth > 0 && at < sql.size());
    } else {
      const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
      };
      const auto end = std::find_if_not(rest.begin(), rest.end(), is_word);
      if (end == rest.begin()) break;
      if (!words.empty()) words += ' ';
      words += to_lower(rest.substr(0, static_cast<std::size_t>(end - rest.begin())));
      at += static_cast<std::size_t>(end - rest.begin());
      --count;
    }
  }
  return words;
}

bool needs_superuser(const SqlError& error) { return error.sqlstate == "42501"; }

// https://www.postgresql.org/docs/current/errcodes-appendix.html
bool is_servers_trouble(const SqlError& error) {
  constexpr std::array<std::string_view, 6> classes{"", "08", "53", "57", "58", "XX"};
  const std::string_view kind = std::string_view(error.sqlstate).substr(0, 2);
  return std::find(classes.begin(), classes.end(), kind) != classes.end();
}

Sandbox::Sandbox(const EphemeralServer& server, std::string database)
    : server_(&server), database_(std::move(database)) {}

Sandbox::Sandbox(Sandbox&& other) noexcept
    : server_(std::exchange(other.server_, nullptr)),
      database_(std::move(other.database_)),
      extensions_(std::move(other.extensions_)),
      missing_extensions_(std::move(other.missing_extensions_)),
      extension_schemas_(std::move(other.extension_schemas_)),
      provided_(std::move(other.provided_)) {}

Sandbox::~Sandbox() {
  if (!server_) return;
  auto opened = server_->administer();
  if (auto* session = std::get_if<Session>(&opened))
    session->run("DROP DATABASE IF EXISTS " + database_ + " WITH (FORCE)");
}

std::variant<Sandbox, Refused> Sandbox::create(const EphemeralServer& server,
                                               const std::vector<std::string>& statements) {
  Sandbox sandbox(server, "sandbox_" + random_password().substr(0, 12));
  if (auto failure = sandbox.prepare(statements)) return Refused{*failure};
  return sandbox;
}

std::optional<std::string> Sandbox::prepare(const std::vector<std::string>& statements) {
  const std::string role(EphemeralServer::sandbox_role);
  {
    auto opened = server_->administer();
    if (const auto* error = std::get_if<SqlError>(&opened)) return error->message;
    // Copying files beats writing all of them to the log too, which 15 and newer would do.
    const std::string strategy = server_->installation().major >= 15 ? " STRATEGY file_copy" : "";
    const Answer made = std::get<Session>(opened).run("CREATE DATABASE " + database_ + " OWNER " +
                                                      role + " TEMPLATE template0" + strategy);
    if (made.error) return made.error->message;
  }
  auto opened = server_->administer(database_);
  if (const auto* error = std::get_if<SqlError>(&opened)) return error->message;
  Session& session = std::get<Session>(opened);
  // Whoever an object is given to (OWNER TO) must be able to create in its schema.
  const Answer ready = session.run("ALTER SCHEMA public OWNER TO " + role +
                                   "; GRANT ALL ON SCHEMA public TO PUBLIC;"
                                   "ALTER DEFAULT PRIVILEGES FOR ROLE " +
                                   role + " GRANT ALL ON SCHEMAS TO PUBLIC");
  if (ready.error) return ready.error->message;
  for (const std::string& sql : statements) {
    const auto wanted = extension_in(sql);
    if (!wanted) continue;
    const auto& [name, schema] = *wanted;
    const Answer trusted =
        session.run("SELECT bool_or(trusted) FROM pg_available_extension_versions WHERE name = " +
                    quote_literal(name));
    const bool language = name.starts_with("pl") && name != "plpgsql";
    const bool listed = std::find(harmless_extensions.begin(), harmless_extensions.end(), name) !=
                        harmless_extensions.end();
    if (!trusted.value() || language || (!listed && trusted.value() != "t")) {
      missing_extensions_.insert(name);
      continue;
    }
    std::string create = "CREATE EXTENSION IF NOT EXISTS " + quote_identifier(name);
    if (!schema.empty() && schema != "pg_catalog") {
      session.run("CREATE SCHEMA IF NOT EXISTS " + quote_identifier(schema) + " AUTHORIZATION " +
                  role);
      if (schema != "public") extension_schemas_.insert(schema);
      create += " SCHEMA " + quote_identifier(schema);
    }
    const Answer made = session.run(create + " CASCADE");
    (made.error ? missing_extensions_ : extensions_).insert(name);
  }
  // The role may comment on them and drop them, as their owner in production may.
  session.run("UPDATE pg_extension SET extowner = (SELECT oid FROM pg_roles WHERE rolname = '" +
              role + "')");
  return std::nullopt;
}

Opened Sandbox::connect() const { return server_->connect_sandboxed(database_); }

bool Sandbox::was_made_beforehand(const std::string& sql) {
  if (const auto wanted = extension_in(sql)) return extensions_.count(wanted->name) > 0;
  return extension_schemas_.erase(schema_in(sql)) > 0;
}

Answer Sandbox::run(Session& session, const std::string& sql) {
  return was_made_beforehand(sql) ? Answer{} : session.run(sql);
}

Answer Sandbox::run_providing(Session& session, const std::string& sql) {
  Answer answer = run(session, sql);
  while (answer.error && provide(*answer.error)) answer = run(session, sql);
  return answer;
}

Answer Sandbox::run_all_providing(Session& session, const std::vector<std::string>& statements) {
  const std::set<std::string> schemas = extension_schemas_;
  std::string script;
  for (const std::string& sql : statements)
    if (!was_made_beforehand(sql)) script += sql + "\n;";  // it may end in a comment
  Answer answer = session.run(script);
  while (answer.error && provide(*answer.error)) answer = session.run(script);
  if (answer.error) extension_schemas_ = schemas;
  return answer;
}

namespace {

/// Another sandbox of the same server may have made it in this moment.
bool done_or_there(const Answer& answer) {
  return answer.ok() || answer.error->sqlstate == "42710" || answer.error->sqlstate == "23505";
}

}  // namespace

bool Sandbox::provide(const SqlError& error) {
  if (error.sqlstate != "42704") return false;
  const auto role = name_between(error.message, "role \"", "\" does not exist");
  const auto tablespace = name_between(error.message, "tablespace \"", "\" does not exist");
  if (!role && !tablespace) return false;
  // Reserved names can't be made, and a second failure with the same name is not for us to mend.
  if (!provided_.insert((role ? "role " : "tablespace ") + (role ? *role : *tablespace)).second)
    return false;
  auto opened = server_->administer();
  auto* session = std::get_if<Session>(&opened);
  if (!session) return false;
  const std::string sandbox_role(EphemeralServer::sandbox_role);
  if (role) {
    const std::string name = quote_identifier(*role);
    return done_or_there(session->run("CREATE ROLE " + name + " NOLOGIN")) &&
           done_or_there(session->run("GRANT " + name + " TO " + sandbox_role));
  }
  // An empty location is a folder inside the cluster:
  // https://www.postgresql.org/docs/current/runtime-config-developer.html
  const std::string name = quote_identifier(*tablespace);
  return session->run("SET allow_in_place_tablespaces = on").ok() &&
         done_or_there(session->run("CREATE TABLESPACE " + name + " LOCATION ''")) &&
         session->run("GRANT CREATE ON TABLESPACE " + name + " TO " + sandbox_role).ok();
}

}  // namespace schemagate::postgres
