// SPDX-License-Identifier: MIT
// https://github.com/golang-migrate/migrate: 000001_name.up.sql, one simple query per file.
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView&) {
  const std::string_view name = file_of(path);
  const std::size_t digits = leading_digits(name).size();
  if (!name.ends_with(".up.sql") || digits == 0 || name[digits] != '_') return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::convention};
}

/// "<number>_<name>.up.<anything>": the ending says nothing to golang-migrate.
std::optional<MigrationName> name_of(std::string_view path) {
  const std::size_t up = path.rfind(".up."), down = path.rfind(".down.");
  if (up == std::string_view::npos && down == std::string_view::npos) return std::nullopt;
  const bool goes_down =
      up == std::string_view::npos || (down != std::string_view::npos && down > up);
  auto name = numbered_name(path, path.substr(goes_down ? down : up));
  if (name) name->down = goes_down;
  return name;
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::simple_query, "golang-migrate sends a file as one query"};
}

}  // namespace

extern const MigrationFormat golang_migrate{
    .name = "golang-migrate",
    .tool = "golang-migrate",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .downs = Downs::wanted,
    .duplicate_message = "golang-migrate refuses the folder: duplicate migration version",
    .late_message = "golang-migrate will never run this file where that one has run",
    .sends_mark = true,
    .without = {.templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
