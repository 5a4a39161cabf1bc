// SPDX-License-Identifier: MIT
// https://atlasgo.io: <version>_<name>.sql beside atlas.sum, a transaction per file.
#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView&) {
  if (file_of(path) != "atlas.sum") return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::shared_mark};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  const std::string_view stem = path.substr(0, path.size() - 4);
  return ordered_by_name(std::string(stem.substr(0, stem.find('_'))), path);
}

/// Directives count in the leading comment block only, and only when a blank line ends it.
bool transaction_is_off(std::string_view text) {
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

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (transaction_is_off(text)) return {Sending::statements, "-- atlas:txmode none"};
  return {Sending::transaction, "Atlas runs each file in a transaction"};
}

bool is_checkpoint(std::string_view text) {
  const std::vector<std::string> comments = leading_comments(text);
  for (const std::string& comment : comments)
    if (comment.starts_with("atlas:checkpoint")) return true;
  return false;
}

/// An empty database starts at the last checkpoint; where migrations ran, checkpoints are skipped.
/// Both ways lead to one schema, and what is judged is the way of those that ran.
void arrange(const FolderView& folder, Listing& listing) {
  std::vector<ListedMigration> kept;
  for (ListedMigration& migration : listing.migrations)
    if (!is_checkpoint(folder.text(migration.path)))
      kept.push_back(std::move(migration));
    else if (kept.empty())
      kept.push_back(std::move(migration));  // the history before it was deleted
  listing.migrations = std::move(kept);
}

}  // namespace

extern const MigrationFormat atlas{
    .name = "atlas",
    .tool = "Atlas",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .duplicate_message = "Atlas refuses the folder: two files with the same version",
    .late_message = "Atlas refuses to migrate: the file was added out of order",
    .checksums = true,
};

}  // namespace schemagate::format_rows
