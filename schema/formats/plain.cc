// SPDX-License-Identifier: MIT
// Numbered SQL files of no tool that is known, as psql runs them.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string_view name = file_of(path);
  std::string folder = folder_of(path);
  const bool folder_is_numbered = name == "up.sql" && !leading_digits(file_of(folder)).empty();
  if (folder_is_numbered) folder = folder_of(folder);
  if (!name.ends_with(".sql") || (leading_digits(name).empty() && !folder_is_numbered))
    return std::nullopt;
  if (file_of(folder) == "up" && repository.has_below(folder_of(folder) + "/down/"))
    folder = folder_of(folder);
  const std::string_view last = file_of(folder);
  if (last != "migrations" && last != "migration" && last != "migrate") return std::nullopt;
  return FolderSign{folder, std::string(path) + " is a numbered SQL file", Certainty::numbered};
}

/// Its name leaves no doubt: "2_b.down.sql", and "002.undo.b.sql" of Postgrator.
bool goes_down(const std::string& name) {
  constexpr std::string_view endings[] = {".down.sql", ".undo.sql", ".revert.sql", ".rollback.sql"};
  const std::size_t digits = leading_digits(name).size();
  return name == "down.sql" || name == "rollback.sql" ||
         (digits != 0 && std::string_view(name).substr(digits).starts_with(".undo.")) ||
         std::any_of(std::begin(endings), std::end(endings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// The name of the way up if this is a way down: "2_b.sql" of "2_b_down.sql" and "2_undo_b.sql";
/// empty when it is none.
std::string without_down(std::string_view name) {
  constexpr std::string_view endings[] = {"_down.sql",     "-down.sql", "_rollback.sql",
                                          "-rollback.sql", "_undo.sql", "_revert.sql"};
  for (const std::string_view ending : endings)
    if (name.ends_with(ending))
      return std::string(name.substr(0, name.size() - ending.size())) + ".sql";
  const std::size_t digits = leading_digits(name).size();
  const std::string_view word = name.substr(digits == 0 ? 0 : std::min(digits + 1, name.size()));
  for (const std::string_view down : {"rollback", "undo", "down", "revert"}) {
    const std::string_view rest = word.substr(std::min(down.size(), word.size()));
    const bool ends = rest.starts_with('_') || rest.starts_with('-') || rest.starts_with('.');
    if (!word.starts_with(down) || !ends || rest == ".sql") continue;
    return std::string(name.substr(0, name.size() - word.size())) + std::string(rest.substr(1));
  }
  return {};
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::string lower = to_lower(path);
  if (!lower.ends_with(".sql") && !lower.ends_with(".ddl")) return std::nullopt;
  std::string_view name = file_of(path);
  if (name.starts_with('V') || name.starts_with('v')) name.remove_prefix(1);
  std::string number(leading_digits(name));
  if (number.empty()) number = std::string(leading_digits(path));  // 0042_name/up.sql
  MigrationName found;
  found.version = number.empty() ? std::string(path) : without_leading_zeros(number);
  if (!number.empty()) found.parts = {without_leading_zeros(number)};
  found.name = std::string(path);
  found.down = goes_down(to_lower(file_of(path)));
  return found;
}

constexpr std::string_view up_folders[] = {"up", "ups",   "migrate", "deploy",
                                           "do", "apply", "forward", "upgrade"};
constexpr std::string_view down_folders[] = {"down",     "downs",    "rollback", "rollbacks",
                                             "undo",     "undos",    "revert",   "reverts",
                                             "backward", "downgrade"};

/// What a way up is found by: its folder and its name, or its number where it has one.
std::string name_key(std::string_view lower_path, std::string_view name) {
  return "name " + folder_of(lower_path) + "/" + std::string(name);
}
std::string number_key(std::string_view lower_path, std::string_view version) {
  return "number " + folder_of(lower_path) + "/" + std::string(version);
}
/// By the number in a folder, whatever the name says: "003_tear_down.sql" above
/// "down/003_tear_down.sql".
std::string folder_key(std::string_view folder, std::string_view version) {
  return "folder " + std::string(folder) + "/" + std::string(version);
}

/// The ways up whose names leave no doubt: each file of thousands is looked for among them.
FolderView::Settings settings_of(const FolderView& folder) {
  FolderView::Settings ups;
  for (const FolderView::File& file : folder.files()) {
    const std::string lower = to_lower(file.path);
    const auto name = name_of(file.path);
    const bool numbered_up = name && !name->down && !name->parts.empty();
    if (numbered_up) ups.emplace(folder_key(folder_of(lower), name->version), "");
    if (!without_down(file_of(lower)).empty()) continue;
    ups.emplace(name_key(lower, file_of(lower)), "");
    if (numbered_up) ups.emplace(number_key(lower, name->version), "");
  }
  return ups;
}

/// "db/down/2_b.sql" beside "db/up/2_b.sql" or below "db/2_b.sql", or any way up of its number
/// there.
bool is_in_down_folder(const std::string& lower_path, const MigrationName& name,
                       const FolderView& folder) {
  const std::string inner = folder_of(lower_path);
  if (name.parts.empty() || std::find(std::begin(down_folders), std::end(down_folders),
                                      file_of(inner)) == std::end(down_folders))
    return false;
  const std::string above = folder_of(inner);
  const std::string before = above.empty() ? "" : above + "/";
  return folder.has_setting(folder_key(above, name.version)) ||
         std::any_of(std::begin(up_folders), std::end(up_folders), [&](std::string_view up) {
           return folder.has_setting(folder_key(before + std::string(up), name.version));
         });
}

/// What might be a way down or an up like "003_scale_down.sql" is one beside its way up: a file of
/// the same number, or of the same name where there are no numbers.
std::optional<MigrationName> name_in(std::string_view path, const FolderView& folder) {
  auto name = name_of(path);
  if (!name || name->down) return name;
  const std::string lower = to_lower(path);
  if (is_in_down_folder(lower, *name, folder)) {
    name->down = true;
    return name;
  }
  const std::string up = without_down(file_of(lower));
  if (up.empty()) return name;
  name->down = folder.has_setting(name->parts.empty() ? name_key(lower, up)
                                                      : number_key(lower, name->version));
  return name;
}

/// A file without a number that another one includes runs in its place, not by itself.
void arrange(const FolderView& folder, Listing& listing) {
  std::set<std::uint32_t> included;
  for (const FolderView::File& file : folder.files()) {
    if (file.text.find("\\i") == std::string_view::npos) continue;
    each_command_line(file.text, [&](std::string_view line, std::size_t, std::size_t) {
      const std::string name = included_file(line);
      const FolderView::File* target = name.empty() ? nullptr : include_target(folder, file, name);
      if (target != nullptr && target != &file) included.insert(target->number);
    });
  }
  std::erase_if(listing.migrations, [&](const ListedMigration& migration) {
    return migration.name.parts.empty() && included.count(migration.file) != 0;
  });
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::psql,
          "each statement by itself, BEGIN and COMMIT honoured, as psql runs a file"};
}

}  // namespace

extern const MigrationFormat plain{
    .name = "plain",
    .tool = "psql",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .name_in = name_in,
    .settings_of = settings_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .downs = Downs::wanted,
    .includes_files = true,
};

}  // namespace schemagate::format_rows
