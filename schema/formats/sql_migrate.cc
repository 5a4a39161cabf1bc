// SPDX-License-Identifier: MIT
// https://github.com/rubenv/sql-migrate: -- +migrate Up and Down, a transaction per file.
#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

/// The words behind "-- +migrate", which must stand at the line's start: "Up notransaction".
std::string command(std::string_view line) {
  return line.starts_with("-- +migrate ") ? std::string(trim(line.substr(12))) : std::string();
}

bool goes_up(std::string_view line) { return command(line).starts_with("Up"); }

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql")) return std::nullopt;
  const std::string folder = folder_of(path);
  if (leading_digits(file_of(path)).empty() &&
      repository.nearest_above(folder, "dbconfig.yml").empty())
    return std::nullopt;
  if (!has_line(repository.text_of(std::string(path)), goes_up)) return std::nullopt;
  return FolderSign{folder, std::string(path) + " has -- +migrate Up", Certainty::convention};
}

/// Numbers by value, other names as text behind them.
std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  MigrationName name = ordered_by_name(std::string(path), path);
  const std::string_view digits = leading_digits(path);
  if (digits.empty())
    name.rank = 1;
  else
    name.parts = {without_leading_zeros(digits)};
  return name;
}

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    const std::string word = command(line);
    return word.starts_with("Up") ? 'u' : word.starts_with("Down") ? 'd' : '\0';
  });
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (has_line(text, [](std::string_view line) {
        return goes_up(line) && command(line).find("notransaction") != std::string::npos;
      }))
    return {Sending::statements, "-- +migrate Up notransaction"};
  return {Sending::transaction, "sql-migrate runs each file in a transaction"};
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  const auto is_marker = [](std::string_view line) {
    return goes_up(line) || command(line).starts_with("Down");
  };
  if (!check_marker(migration, text, "sql-migrate", "-- +migrate Up", is_marker, problems)) return;
  check_line_ends(migration, text, "sql-migrate", "+migrate", problems);
  check_last_line_end(migration, text, "sql-migrate", problems);
}

}  // namespace

extern const MigrationFormat sql_migrate{
    .name = "sql-migrate",
    .tool = "sql-migrate",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .check_file = check_file,
    .cuts_at_line_ends = true,
    .downs = Downs::wanted,
    .gone_message = "sql-migrate refuses to go on: unknown migration in database",
    .without = {.templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
