// SPDX-License-Identifier: MIT
// https://hasura.io: migrations/<database>/<version>_<name>/up.sql, one query per file.
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (file_of(path) != "up.sql") return std::nullopt;
  const std::string migration = folder_of(path), folder = folder_of(migration);
  const std::string config = repository.nearest_above(folder, "config.yaml");
  if (leading_digits(file_of(migration)).empty() || config.empty() ||
      !repository.mentions(config, "metadata_directory"))
    return std::nullopt;
  return FolderSign{folder, config, Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view file = path.substr(slash + 1);
  auto name = numbered_name(path.substr(0, slash), "");
  if (!name || (file != "up.sql" && file != "down.sql")) return std::nullopt;
  name->down = file == "down.sql";
  return name;
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::simple_query, "Hasura sends a file as one query"};
}

}  // namespace

extern const MigrationFormat hasura{
    .name = "hasura",
    .tool = "Hasura",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .downs = Downs::wanted,
    .duplicate_message = "Hasura refuses the folder: found duplicate migrations",
    .sends_mark = true,
    .without = {.templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
