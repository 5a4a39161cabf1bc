// SPDX-License-Identifier: MIT
// https://www.prisma.io: <timestamp>_<name>/migration.sql, one simple query per file.
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

}  // namespace

extern const MigrationFormat prisma{
    .name = "prisma",
    .tool = "Prisma",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .checksums = true,
};

}  // namespace schemagate::format_rows
