// SPDX-License-Identifier: MIT
// https://diesel.rs: <version>_<name>/up.sql and down.sql, a transaction per migration.
#include <fmt/format.h>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (file_of(path) != "up.sql") return std::nullopt;
  const std::string migration = folder_of(path), folder = folder_of(migration);
  if (leading_digits(file_of(migration)).empty()) return std::nullopt;
  for (const std::string_view name : {"diesel.toml", "Cargo.toml"}) {
    const std::string at = repository.nearest_above(folder, name);
    if (!at.empty() && (name == "diesel.toml" || repository.mentions(at, "diesel")))
      return FolderSign{folder, at, Certainty::own_file};
  }
  return std::nullopt;
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view folder = path.substr(0, slash), file = path.substr(slash + 1);
  if (file != "up.sql" && file != "down.sql") return std::nullopt;
  const std::string_view version = folder.substr(0, folder.find('_'));
  MigrationName name = ordered_by_name(replace_all(std::string(version), "-", ""), folder);
  name.name = name.version + " " + name.name;
  name.down = file == "down.sql";
  return name;
}

SendingChoice sending_of(std::string_view, const std::string& path, const FolderView& folder) {
  const std::string metadata = folder_of(path) + "/metadata.toml";
  if (setting_of(folder.text(metadata), "run_in_transaction") == "false")
    return {Sending::simple_query, "run_in_transaction = false in " + metadata};
  return {Sending::transaction, "Diesel runs each migration in a transaction"};
}

/// A folder without up.sql stops Diesel.
void arrange(const FolderView& folder, Listing& listing) {
  for (const FolderView::File& file : folder.files()) {
    const std::size_t slash = file.path.find('/');
    if (slash == std::string::npos || file.path.front() == '.' ||
        folder.find(file.path.substr(0, slash) + "/up.sql") != nullptr)
      continue;
    listing.problems.push_back({file.number, Span{file.number, 0, 0},
                                fmt::format("Diesel refuses the folder: {}/up.sql is not there",
                                            file.path.substr(0, slash)),
                                true});
  }
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  if (statement_starts(text).empty())
    problems.push_back({migration.file, Span{migration.file, 0, 0},
                        "Diesel stops at this file: it received an empty query", true});
}

}  // namespace

extern const MigrationFormat diesel{
    .name = "diesel",
    .tool = "Diesel",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .downs = Downs::wanted,
    .duplicate_message = "Diesel runs only one of two migrations with the same version",
    .sends_mark = true,
    .without = {.templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
