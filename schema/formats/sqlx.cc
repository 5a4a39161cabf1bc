// SPDX-License-Identifier: MIT
// https://github.com/launchbadge/sqlx: <number>_<name>.sql or .up.sql and .down.sql.
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<MigrationName> name_of(std::string_view path) {
  if (path.ends_with(".up.sql")) return numbered_name(path, ".up.sql");
  auto name = numbered_name(path, ".sql");
  if (name) name->down = path.ends_with(".down.sql");
  return name;
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!name_of(file_of(path))) return std::nullopt;
  if (!repository.nearest_above(folder, "sqlx.toml").empty())
    return FolderSign{folder, repository.nearest_above(folder, "sqlx.toml"), Certainty::own_file};
  if (file_of(folder) != "migrations" || !repository.depends_on(folder, "Cargo.toml", "sqlx"))
    return std::nullopt;
  return FolderSign{folder, repository.nearest_above(folder, "Cargo.toml") + " names sqlx",
                    Certainty::own_file};
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (text.starts_with("-- no-transaction"))
    return {Sending::simple_query, "-- no-transaction sends the file as one query"};
  return {Sending::transaction, "sqlx runs each file in a transaction"};
}

/// A name like x_y.sql whose x is no number stops sqlx.
void arrange(const FolderView& folder, Listing& listing) {
  for (const FolderView::File& file : folder.files())
    if (file.path.find('/') == std::string::npos && file.path.ends_with(".sql") &&
        file.path.find('_') != std::string::npos && !name_of(file.path))
      listing.problems.push_back(
          {file.number, Span{file.number, 0, 0},
           "sqlx refuses the folder: the file's name must start with a number", true});
}

}  // namespace

extern const MigrationFormat sqlx{
    .name = "sqlx",
    .tool = "sqlx",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .downs = Downs::wanted,
    .duplicate_message = "sqlx stops at the second one: its version is there with another checksum",
    .gone_message = "sqlx refuses to go on: a migration was previously applied but is missing",
    .checksums = true,
    .sends_mark = true,
    .without = {.templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
