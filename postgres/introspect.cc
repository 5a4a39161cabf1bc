// SPDX-License-Identifier: MIT
#include "postgres/introspect.h"

#include <charconv>
#include <utility>

#include "base/text.h"
#include "postgres/introspect_queries.h"
#include "postgres/sandbox.h"

namespace schemagate::postgres {
namespace {

constexpr std::string_view begin =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog; SET "
    "LOCAL statement_timeout = '60s';"
    "SET LOCAL lock_timeout = '5s'; SET LOCAL quote_all_identifiers = off; SET LOCAL datestyle = "
    "ISO; SET LOCAL intervalstyle = postgres;"
    "SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = hex; SET LOCAL "
    "standard_conforming_strings = on";

bool is_wanted(const IntrospectQuery& query, int major, const IntrospectOptions& options) {
  if (major < query.since || major > query.until) return false;
  return query.part == IntrospectPart::schema ||
         (query.part == IntrospectPart::grants && options.grants) ||
         (query.part == IntrospectPart::owners && options.owners);
}

/// Runs every query in the open transaction.
std::optional<SqlError> read_all(Session& session, const IntrospectOptions& options,
                                 Introspected& result) {
  const Answer about =
      session.run("SELECT current_database(), current_setting('server_version_num')::int / 10000");
  if (about.error) return about.error;
  result.database = about.rows.front()[0].value_or("");
  const std::string major = about.rows.front()[1].value_or("0");
  std::from_chars(major.data(), major.data() + major.size(), result.postgres);
  for (const IntrospectQuery& query : introspect_queries()) {
    if (!is_wanted(query, result.postgres, options)) continue;
    const Answer answer = session.run(query.sql);
    if (answer.error) return answer.error;
    for (const Row& row : answer.rows)
      result.statements.emplace_back(trim(row.front().value_or("")));
  }
  const Answer others = session.run(introspect_unread_kinds());
  if (others.error) return others.error;
  for (const Row& row : others.rows)
    result.notes.push_back("not read: " + row.front().value_or(""));
  return std::nullopt;
}

}  // namespace

std::string Introspected::sql() const {
  std::string text;
  for (const std::string& statement : statements) text += statement + ";\n";
  return text;
}

std::variant<Introspected, SqlError> introspect(Session& session,
                                                const IntrospectOptions& options) {
  Introspected result;
  auto error = session.run(std::string(begin)).error;
  if (!error) error = read_all(session, options, result);
  session.run("ROLLBACK");
  if (error) return *error;
  return result;
}

std::variant<Introspected, SqlError> introspect(const std::string& url,
                                                const IntrospectOptions& options) {
  auto opened = Session::open(with_defaults(url));
  if (auto* error = std::get_if<SqlError>(&opened)) return *error;
  return introspect(std::get<Session>(opened), options);
}

std::variant<Introspected, Refused> through_server(const EphemeralServer& server,
                                                   const std::vector<std::string>& statements) {
  auto made = Sandbox::create(server, statements);
  if (const auto* refused = std::get_if<Refused>(&made)) return *refused;
  Sandbox& sandbox = std::get<Sandbox>(made);
  auto opened = sandbox.connect();
  if (const auto* error = std::get_if<SqlError>(&opened)) return Refused{error->message};
  Session& session = std::get<Session>(opened);
  session.run("SET check_function_bodies = off");
  std::vector<std::pair<std::string, std::string>> waiting;  // statement, why it failed
  for (const std::string& sql : statements) waiting.emplace_back(sql, "");
  for (bool progress = true; progress && !waiting.empty();) {
    std::vector<std::pair<std::string, std::string>> failed;
    for (auto& [sql, why] : waiting) {
      const Answer answer = sandbox.run_providing(session, sql);
      if (answer.error) failed.emplace_back(sql, answer.error->message);
    }
    progress = failed.size() < waiting.size();
    waiting = std::move(failed);
  }
  auto read = introspect(session, {.grants = false, .owners = false});
  if (const auto* error = std::get_if<SqlError>(&read)) return Refused{error->message};
  Introspected result = std::get<Introspected>(std::move(read));
  for (const auto& [sql, why] : waiting)
    result.notes.push_back("does not load: " + why + ": " + sql);
  return result;
}

}  // namespace schemagate::postgres
