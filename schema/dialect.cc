// SPDX-License-Identifier: MIT
#include "schema/dialect.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "schema/formats/liquibase_changelog.h"
#include "schema/formats_text.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

struct Mark {
  std::string_view words;  ///< lower case, single blanks
  std::string_view dialect;
};

/// Words of other servers. Some are PostgreSQL's, too, in another place (SET engine = 'v8'): they
/// count where PostgreSQL refuses the statement.
constexpr Mark marks[] = {
    {"mergetree", "ClickHouse"},
    {" varchar2(", "Oracle"},
    {"engine=", "MySQL"},
    {"engine =", "MySQL"},
    {" auto_increment", "MySQL"},
    {"tinyint(", "MySQL"},
    {" unsigned ", "MySQL"},
    {"on update current_timestamp", "MySQL"},
    {"autoincrement", "SQLite"},
    {"pragma ", "SQLite"},
    {"without rowid", "SQLite"},
    {"[dbo]", "SQL Server"},
    {" nvarchar(", "SQL Server"},
    {" identity(1,1)", "SQL Server"},
    {" identity(1, 1)", "SQL Server"},
    {"sp_rename", "SQL Server"},
    {" datetime2", "SQL Server"},
};

/// Types that PostgreSQL's parser takes for somebody's own: they count in a file of which it
/// refuses some statement.
constexpr Mark types[] = {
    {" varchar2(", "Oracle"}, {"tinyint(", "MySQL"}, {" nvarchar(", "SQL Server"}};

/// What only PostgreSQL has: a file with it is no other server's, whatever else is in there.
constexpr std::string_view postgres_words[] = {
    "concurrently",     "jsonb",
    "timestamptz",      "bigserial",
    "plpgsql",          "::",
    "create extension", " bytea",
    " using gin",       "if not exists(select 1 from pg_"};

/// Lower case, comments and quoted text left out, blanks single.
std::string code_of(std::string_view sql) {
  std::string code;
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = skip_literal(sql, at);
    const char c = end != at ? ' ' : sql[at];
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank)
      code += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!code.empty() && code.back() != ' ')
      code += ' ';
    at = end != at ? end : at + 1;
  }
  return code;
}

constexpr std::size_t looked_at = 65536;

bool has_postgres_words(std::string_view code) {
  return std::any_of(
      std::begin(postgres_words), std::end(postgres_words),
      [&](std::string_view word) { return code.find(word) != std::string_view::npos; });
}

template <std::size_t count>
std::string_view find_mark(const Mark (&among)[count], std::string_view code) {
  for (const Mark& mark : among)
    if (code.find(mark.words) != std::string_view::npos) return mark.dialect;
  return {};
}

/// The code of the statements that PostgreSQL does not parse, whatever encoding their letters have;
/// empty when it parses all of them.
std::string refused_code(std::string_view sql) {
  if (sql.starts_with("\xEF\xBB\xBF")) sql.remove_prefix(3);
  std::string ascii(sql);
  for (char& c : ascii)
    if (static_cast<unsigned char>(c) >= 0x80) c = 'x';
  std::string code;
  for (const ParseProblem& problem : parse_text(ascii).problems) {
    const Span where = problem.statement;
    code += ' ' + code_of(std::string_view(ascii).substr(where.begin, where.end - where.begin));
  }
  return code;
}

/// What one file says of its server.
struct Reading {
  bool is_postgres = false;   ///< it has words of PostgreSQL's, or others' that PostgreSQL parses
  std::string_view dialect;   ///< another server's
  bool is_by_quotes = false;  ///< only its ` say so
  bool is_declared = false;   ///< all of it says that it is for others than PostgreSQL
};

Reading read_code(std::string_view sql) {
  const std::string code = code_of(sql.substr(0, looked_at));
  if (has_postgres_words(code)) return {true, {}, false};
  const bool has_ticks = code.find('`') != std::string::npos;
  if (!has_ticks && find_mark(marks, code).empty() && find_mark(types, code).empty()) return {};
  const std::string refused = refused_code(sql);
  if (refused.empty()) return {true, {}, false};
  if (const auto dialect = find_mark(marks, refused); !dialect.empty())
    return {false, dialect, false};
  if (const auto dialect = find_mark(types, code); !dialect.empty()) return {false, dialect, false};
  if (refused.find('`') != std::string::npos) return {false, "MySQL", true};
  return {};
}

Reading read(std::string_view sql) {
  const auto part = format_rows::postgres_part(sql);
  if (!part) return read_code(sql);
  if (part->is_named) return {true, {}, false};
  Reading reading = read_code(part->text);
  reading.is_declared = part->is_others;
  return reading;
}

std::string_view named_dialect(std::string_view word) {
  const std::string lower = to_lower(word);
  if (lower == "mysql" || lower == "mariadb") return "MySQL";
  if (lower == "cockroachdb") return "CockroachDB";
  if (lower == "sqlite" || lower == "sqlite3" || lower == "libsql" || lower == "turso")
    return "SQLite";
  if (lower == "mssql" || lower == "sqlserver") return "SQL Server";
  if (lower == "clickhouse") return "ClickHouse";
  if (lower == "oracle") return "Oracle";
  return {};
}

/// What a tool's own file says: provider = "mysql", "dialect": "sqlite".
std::string_view declared_dialect(const std::string& folder, const RepositoryView& repository) {
  const std::string lock = folder + "/migration_lock.toml";
  const std::string& toml = repository.text_of(lock);
  if (const std::size_t at = toml.find("provider"); at != std::string::npos) {
    const std::size_t begin = toml.find('"', at), end = toml.find('"', begin + 1);
    if (end != std::string::npos) return named_dialect(toml.substr(begin + 1, end - begin - 1));
  }
  const std::string& journal = repository.text_of(folder + "/meta/_journal.json");
  return named_dialect(json_string(journal, "dialect").value_or(""));
}

/// Of programs: the only driver that the project names is another server's.
std::string_view driver_dialect(const std::string& folder, const RepositoryView& repository) {
  const std::string package = repository.nearest_above(folder, "package.json");
  if (package.empty() || repository.mentions(package, "\"pg\"")) return {};
  constexpr Mark drivers[] = {{"\"mysql\"", "MySQL"},           {"\"mysql2\"", "MySQL"},
                              {"\"mariadb\"", "MySQL"},         {"\"sqlite3\"", "SQLite"},
                              {"\"better-sqlite3\"", "SQLite"}, {"\"mssql\"", "SQL Server"},
                              {"\"tedious\"", "SQL Server"}};
  for (const Mark& driver : drivers)
    if (repository.mentions(package, driver.words)) return driver.dialect;
  return {};
}

/// The first of the folder's SQL.
std::vector<std::string> first_texts(const std::string& folder,
                                     const std::vector<std::string>& sorted,
                                     const RepositoryView& repository) {
  std::vector<std::string> texts;
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (auto at = std::lower_bound(sorted.begin(), sorted.end(), prefix);
       at != sorted.end() && at->starts_with(prefix) && texts.size() < files_for_dialect; ++at)
    if (at->ends_with(".sql")) texts.push_back(repository.text_of(*at));
  return texts;
}

bool has_postgres(const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [](const std::string& text) { return read(text).is_postgres; });
}

}  // namespace

std::string_view dialect_of(std::string_view sql) { return read(sql).dialect; }

std::string_view certain_dialect_of(std::string_view sql) {
  const Reading reading = read(sql);
  return reading.is_by_quotes ? std::string_view() : reading.dialect;
}

/// Files that any server takes don't vote, unless there is only one of the other server's among
/// several.
std::string dialect_of_files(const std::vector<std::string>& texts) {
  std::map<std::string_view, std::size_t> votes;
  std::size_t postgres = 0, declared = 0;
  std::vector<Reading> readings;
  for (const std::string& text : texts) {
    readings.push_back(read(text));
    if (readings.back().is_declared) ++declared;
  }
  for (const Reading& reading : readings) {
    // What says that it is for another server says nothing of the files beside it.
    if (reading.is_declared && declared != texts.size()) continue;
    if (reading.is_postgres) ++postgres;
    if (!reading.dialect.empty()) ++votes[reading.dialect];
  }
  for (const auto& [dialect, count] : votes)
    if (count > postgres && 2 * count >= texts.size()) return std::string(dialect);
  return {};
}

std::string dialect_of_folder(const std::string& folder, const std::vector<std::string>& sorted,
                              const RepositoryView& repository) {
  if (const auto declared = declared_dialect(folder, repository); !declared.empty())
    return std::string(declared);
  const std::vector<std::string> texts = first_texts(folder, sorted, repository);
  if (texts.empty()) return std::string(driver_dialect(folder, repository));
  // A service may bear a server's name ("oracle"): its SQL knows better.
  if (!has_postgres(texts))
    for (const std::string_view part : split(folder, '/'))
      if (const auto named = named_dialect(part); !named.empty()) return std::string(named);
  return dialect_of_files(texts);
}

}  // namespace schemagate
