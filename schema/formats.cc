// SPDX-License-Identifier: MIT
// The table of migration tools. Facts: each tool's documentation and source; how a file is sent was
// tried on a server ("five ways of sending a file", docs/migrations.md).
#include "schema/formats.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace schemagate {
namespace {

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// A text cut at marker lines: each marker opens the part it names ('u'p, 'd'own, or '-' for
/// neither).
MigrationParts cut_at(std::string_view text, char first, char (*marker)(std::string_view line)) {
  MigrationParts parts;
  char open = first;
  std::size_t from = 0;
  const auto close = [&](std::size_t to) {
    if (from < to && open == 'u') parts.up.emplace_back(from, to);
    if (from < to && open == 'd') parts.down.emplace_back(from, to);
  };
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const char next = marker(line);
    if (next == 0) return;
    close(begin);
    open = next;
    from = end;
  });
  close(text.size());
  return parts;
}

bool has_line(std::string_view text, bool (*wanted)(std::string_view line)) {
  bool found = false;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    found = found || wanted(line);
  });
  return found;
}

// ---- golang-migrate: 000001_name.up.sql, one simple query
// ------------------------------------------

std::optional<MigrationName> golang_migrate_name(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  const bool up = path.ends_with(".up.sql"), down = path.ends_with(".down.sql");
  if (digits.empty() || path.substr(digits.size(), 1) != "_" || (!up && !down)) return std::nullopt;
  const std::string number = without_leading_zeros(digits);
  return MigrationName{number, 0, {number}, std::string(path), down, false};
}

SendingChoice golang_migrate_sending(std::string_view, const std::string&, const SiblingText&) {
  return {Sending::simple_query, "golang-migrate sends a file as one query"};
}

// ---- goose: -- +goose Up / Down, a transaction per file
// -------------------------------------------

/// The annotation of a line, lower case: "up", "no transaction"; empty when it has none.
std::string goose_annotation(std::string_view line) {
  if (!line.starts_with("--")) return {};
  line = trim(line.substr(2));
  if (to_lower(line.substr(0, 6)) != "+goose") return {};
  return to_lower(trim(line.substr(6)));
}

std::optional<MigrationName> goose_name(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  if (digits.empty() || path.substr(digits.size(), 1) != "_" || !path.ends_with(".sql"))
    return std::nullopt;
  const std::string number = without_leading_zeros(digits);
  return MigrationName{number, 0, {number}, std::string(path), false, false};
}

MigrationParts goose_parts(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    const std::string word = goose_annotation(line);
    return word == "up" ? 'u' : word == "down" ? 'd' : '\0';
  });
}

SendingChoice goose_sending(std::string_view text, const std::string&, const SiblingText&) {
  if (has_line(text,
               [](std::string_view line) { return goose_annotation(line) == "no transaction"; }))
    return {Sending::statements, "-- +goose NO TRANSACTION"};
  return {Sending::transaction, "goose runs each file in a transaction"};
}

// ---- dbmate: -- migrate:up / migrate:down, a transaction per section
// ------------------------------

/// The rest of a "-- migrate:up" line behind the marker; nothing when the line is none.
std::optional<std::string> dbmate_marker(std::string_view line, std::string_view direction) {
  if (!line.starts_with("--")) return std::nullopt;
  line = trim(line.substr(2));
  if (!line.starts_with("migrate:") || !line.substr(8).starts_with(direction)) return std::nullopt;
  line.remove_prefix(8 + direction.size());
  if (!line.empty() && line.front() != ' ' && line.front() != '\t') return std::nullopt;
  return std::string(trim(line));
}

std::optional<MigrationName> dbmate_name(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  if (digits.empty() || !path.ends_with(".sql")) return std::nullopt;
  return MigrationName{std::string(digits), 0, {}, std::string(path), false, false};
}

MigrationParts dbmate_parts(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    return dbmate_marker(line, "up") ? 'u' : dbmate_marker(line, "down") ? 'd' : '\0';
  });
}

SendingChoice dbmate_sending(std::string_view text, const std::string&, const SiblingText&) {
  const bool off = has_line(text, [](std::string_view line) {
    const auto options = dbmate_marker(line, "up");
    return options && options->find("transaction:false") != std::string::npos;
  });
  if (off)
    return {Sending::simple_query,
            "-- migrate:up transaction:false sends the section as one query"};
  return {Sending::transaction, "dbmate runs each file in a transaction"};
}

// ---- Flyway: V1__name.sql, R__name.sql, a transaction per script
// ----------------------------------

std::optional<MigrationName> flyway_name(std::string_view path) {
  const std::string_view name = file_name(path);
  if (!to_lower(name).ends_with(".sql") || name.size() < 5) return std::nullopt;
  const std::size_t separator = name.find("__");
  if (separator == std::string_view::npos) return std::nullopt;
  const std::string_view description = name.substr(separator + 2, name.size() - separator - 6);
  if (name.starts_with("R__"))
    return MigrationName{"R " + std::string(description), 1,     {},
                         std::string(description),        false, true};
  if (name.front() != 'V' && name.front() != 'U' && name.front() != 'B') return std::nullopt;
  std::vector<std::string> parts;
  std::string version = replace_all(std::string(name.substr(1, separator - 1)), "_", ".");
  for (const std::string_view part : split(version, '.')) {
    if (part.empty() || leading_digits(part).size() != part.size()) return std::nullopt;
    parts.push_back(without_leading_zeros(part));
  }
  while (parts.size() > 1 && parts.back() == "0") parts.pop_back();
  const bool other =
      name.front() != 'V';  // undo scripts; baselines only count on an empty database
  return MigrationName{join(parts, "."), 0, parts, std::string(name), other, false};
}

/// What Flyway itself recognises as not allowed in a transaction; the rest it runs in one and
/// fails.
bool flyway_leaves_transaction(const std::string& start) {
  for (const std::string_view word :
       {"create index concurrently", "create unique index concurrently", "drop index concurrently",
        "create database", "drop database", "create tablespace", "drop tablespace",
        "create subscription", "drop subscription", "alter system", "reindex schema",
        "reindex database", "reindex system", "reindex (verbose) schema",
        "reindex (verbose) database", "vacuum", "discard all"})
    if (start.starts_with(word)) return true;
  return false;
}

SendingChoice flyway_sending(std::string_view text, const std::string& path,
                             const SiblingText& sibling) {
  const std::string settings = to_lower(sibling(path + ".conf"));
  std::string compact;
  for (const char c : settings)
    if (c != ' ' && c != '\t') compact += c;
  if (compact.find("executeintransaction=false") != std::string::npos)
    return {Sending::statements, "executeInTransaction=false in " + path + ".conf"};
  for (const std::string& start : statement_starts(text))
    if (flyway_leaves_transaction(start))
      return {Sending::statements,
              "Flyway runs a script with such a statement without a transaction"};
  return {Sending::transaction, "Flyway runs each script in a transaction"};
}

// ---- Prisma: <timestamp>_<name>/migration.sql, one simple query
// -----------------------------------

std::optional<MigrationName> prisma_name(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path.substr(slash) != "/migration.sql")
    return std::nullopt;
  const std::string folder(path.substr(0, slash));
  return MigrationName{folder, 0, {}, folder, false, false};
}

SendingChoice prisma_sending(std::string_view, const std::string&, const SiblingText&) {
  return {Sending::simple_query, "Prisma sends a file as one query"};
}

// ---- Atlas: <version>_<name>.sql, a transaction per file
// ------------------------------------------

std::optional<MigrationName> atlas_name(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  const std::string_view stem = path.substr(0, path.size() - 4);
  return MigrationName{
      std::string(stem.substr(0, stem.find('_'))), 0, {}, std::string(path), false, false};
}

/// Directives count in the leading comment block only, and only when a blank line ends it.
bool atlas_transaction_is_off(std::string_view text) {
  bool leading = true, directive = false, ended = false;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    if (!leading) return;
    if (trim(line).empty()) {
      leading = false;
      ended = true;
    } else if (!line.starts_with("--") && !line.starts_with("#")) {
      leading = false;
    } else {
      directive = directive || line.find("atlas:txmode none") != std::string_view::npos;
    }
  });
  return directive && (ended || leading);
}

SendingChoice atlas_sending(std::string_view text, const std::string&, const SiblingText&) {
  if (atlas_transaction_is_off(text)) return {Sending::statements, "-- atlas:txmode none"};
  return {Sending::transaction, "Atlas runs each file in a transaction"};
}

// ---- plain: numbered SQL files as psql runs them
// --------------------------------------------------

std::optional<MigrationName> plain_name(std::string_view path) {
  const std::string lower = to_lower(path);
  if (!lower.ends_with(".sql") && !lower.ends_with(".ddl")) return std::nullopt;
  std::string_view name = file_name(path);
  if (name.starts_with('V') || name.starts_with('v')) name.remove_prefix(1);
  std::string number(leading_digits(name));
  if (number.empty()) number = std::string(leading_digits(path));  // 0042_name/up.sql
  const std::string lower_name = to_lower(file_name(path));
  bool down = lower_name == "down.sql" || lower_name.find("rollback") != std::string::npos;
  for (const std::string_view ending :
       {".down.sql", "_down.sql", "-down.sql", ".undo.sql", ".revert.sql"})
    down = down || lower_name.ends_with(ending);
  MigrationName found;
  found.version = number.empty() ? std::string(path) : without_leading_zeros(number);
  if (!number.empty()) found.parts = {without_leading_zeros(number)};
  found.name = std::string(path);
  found.down = down;
  return found;
}

SendingChoice plain_sending(std::string_view, const std::string&, const SiblingText&) {
  return {Sending::psql,
          "each statement by itself, BEGIN and COMMIT honoured, as psql runs a file"};
}

constexpr std::array<MigrationFormat, 7> table{{
    {"golang-migrate", false, golang_migrate_name, all_up, golang_migrate_sending,
     "golang-migrate refuses the folder: duplicate migration version",
     "golang-migrate will never run this file where that one has run", false},
    {"goose", false, goose_name, goose_parts, goose_sending,
     "goose refuses the folder: found duplicate migration version",
     "goose refuses to go up: found missing migrations before the current version", false},
    {"dbmate", false, dbmate_name, dbmate_parts, dbmate_sending,
     "dbmate runs only one of two files with the same version", "", false},
    {"flyway", true, flyway_name, all_up, flyway_sending,
     "Flyway refuses the folder: found more than one migration with this version",
     "Flyway refuses to migrate: detected resolved migration not applied", true},
    {"prisma", true, prisma_name, all_up, prisma_sending, "", "", true},
    {"atlas", false, atlas_name, all_up, atlas_sending,
     "Atlas refuses the folder: two files with the same version",
     "Atlas refuses to migrate: the file was added out of order", true},
    {"plain", true, plain_name, all_up, plain_sending, "", "", false},
}};

}  // namespace

std::span<const MigrationFormat> formats() { return table; }

const MigrationFormat* find_format(std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const MigrationFormat& format) { return format.name == name; });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace schemagate
