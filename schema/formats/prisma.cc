// SPDX-License-Identifier: MIT
// https://www.prisma.io: <timestamp>_<name>/migration.sql, one simple query per file.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView&) {
  if (file_of(path) != "migration_lock.toml") return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path.substr(slash) != "/migration.sql")
    return std::nullopt;
  return ordered_by_name(std::string(path.substr(0, slash)), path.substr(0, slash));
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::simple_query, "Prisma sends a file as one query"};
}

/// The command compares names as its language does, and stops at a folder without its file.
void arrange(const FolderView& folder, Listing& listing) {
  std::stable_sort(listing.migrations.begin(), listing.migrations.end(),
                   [](const ListedMigration& one, const ListedMigration& two) {
                     return locale_less(one.name.version, two.name.version);
                   });
  for (const FolderView::File& file : folder.files()) {
    const std::size_t slash = file.path.find('/');
    if (slash == std::string::npos ||
        folder.find(file.path.substr(0, slash) + "/migration.sql") != nullptr)
      continue;
    listing.problems.push_back(
        {file.number, Span{file.number, 0, 0},
         fmt::format("Prisma refuses the folder: {}/migration.sql is not there",
                     file.path.substr(0, slash)),
         true});
  }
}

/// A file whose line ends git turned is taken as well.
std::string summed_text(std::string_view text) {
  return replace_all(std::string(text), "\r\n", "\n");
}

}  // namespace

extern const MigrationFormat prisma{
    .name = "prisma",
    .tool = "Prisma",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .checksums = true,
    .summed_text = summed_text,
    .edit_message =
        "`prisma migrate dev` wants to reset the database, and `prisma migrate deploy` goes on: "
        "where it ran before, the edited part never runs",
    .without = {.up_and_down = "Prisma only goes up", .templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
