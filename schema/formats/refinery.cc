// SPDX-License-Identifier: MIT
// https://github.com/rust-db/refinery: V1__name.sql and U2__name.sql, always in a transaction.
#include "base/text.h"
#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

std::optional<MigrationName> name_of(std::string_view path) {
  const std::string_view file = file_of(path);
  if (!file.ends_with(".sql") && !file.ends_with(".rs")) return std::nullopt;
  if (file.front() != 'V' && file.front() != 'U') return std::nullopt;
  const std::size_t separator = file.find("__");
  if (separator == std::string_view::npos) return std::nullopt;
  MigrationName name = ordered_by_name(std::string(file.substr(1, separator - 1)), file);
  for (const std::string_view part : split(name.version, '.')) {
    if (!all_digits(part)) return std::nullopt;
    name.parts.push_back(without_leading_zeros(part));
  }
  return name;
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!name_of(path) || !repository.depends_on(folder, "Cargo.toml", "refinery"))
    return std::nullopt;
  return FolderSign{folder, repository.nearest_above(folder, "Cargo.toml") + " names refinery",
                    Certainty::own_file};
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::transaction, "refinery runs every migration in a transaction, without a switch"};
}

}  // namespace

extern const MigrationFormat refinery{
    .name = "refinery",
    .tool = "refinery",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange_code,
    .duplicate_message = "refinery refuses the folder: repeated version",
    .gone_message = "refinery refuses to migrate: the migration is missing from the filesystem",
    .late_message = "refinery refuses to migrate: the version is missing where a later one has run",
    .checksums = true,
    .code_hint = sql_instead,
    .sends_mark = true,
    .without = {.up_and_down = "refinery only goes up", .templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
