// SPDX-License-Identifier: MIT
// https://docs.djangoproject.com/en/stable/topics/migrations: <app>/migrations/NNNN_name.py.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/formats/code.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!path.ends_with(".py") || file_of(folder) != "migrations" ||
      !repository.mentions(std::string(path), "migrations.Migration"))
    return std::nullopt;
  return FolderSign{folder, std::string(path) + " is a migrations.Migration", Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".py") || path.starts_with('_') || path.starts_with('.')) return std::nullopt;
  const std::string_view name = path.substr(0, path.size() - 3);
  return ordered_by_name(std::string(name), name);
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  return code_sending(text, "atomic = False", "Django");
}

/// Where a line assigns to `name`.
std::size_t assignment_of(std::string_view text, std::string_view name) {
  std::size_t found = std::string_view::npos;
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t) {
    line = trim(line);
    if (found != std::string_view::npos || !line.starts_with(name)) return;
    if (trim(line.substr(name.size())).starts_with('=')) found = begin;
  });
  return found;
}

/// The names of `dependencies = [("app", "name"), …]` (or `replaces`) that are in this folder.
std::vector<std::string> names_in(std::string_view text, std::string_view list_name,
                                  const FolderView& folder) {
  std::vector<std::string> names;
  const std::size_t at = assignment_of(text, list_name);
  if (at == std::string_view::npos) return names;
  const std::string_view list = text.substr(at, text.find(']', at) - at);
  for (std::size_t i = list.find_first_of("'\""); i != std::string_view::npos;
       i = list.find_first_of("'\"", i)) {
    const std::size_t close = list.find(list[i], i + 1);
    if (close == std::string_view::npos) break;
    const std::string name(list.substr(i + 1, close - i - 1));
    if (folder.find(name + ".py") != nullptr) names.push_back(name);
    i = close + 1;
  }
  return names;
}

/// A squashed migration stands where those stood that it replaces: behind what they came after, and
/// before what came after them. Both ways lead to one schema; those that it replaces may have run,
/// so they stay in the history.
void put_in_place(const std::map<std::string, std::vector<std::string>>& replaced,
                  Listing& listing) {
  constexpr std::size_t most = 64;  // people squash a few times, and not the same twice
  std::map<std::string_view, std::vector<std::string_view>> squashed_by;
  for (const auto& [squashed, names] : replaced)
    for (const std::string& name : names)
      if (auto& by = squashed_by[name]; by.size() < most) by.push_back(squashed);
  for (ListedMigration& migration : listing.migrations) {
    std::vector<std::string>& parents = migration.parents;
    std::set<std::string_view> known{migration.name.version};
    const std::vector<std::string_view>& own = squashed_by[migration.name.version];
    known.insert(own.begin(), own.end());
    const std::size_t enough = parents.size() + most;
    for (std::size_t i = 0; i < parents.size(); ++i)
      if (const auto at = squashed_by.find(parents[i]); at != squashed_by.end())
        for (const std::string_view squashed : at->second)
          if (parents.size() < enough && known.insert(squashed).second)
            parents.emplace_back(squashed);
    const std::vector<std::string>& names = replaced.at(migration.name.version);
    parents.insert(parents.end(), names.begin(), names.end());
  }
}

void arrange(const FolderView& folder, Listing& listing) {
  std::erase_if(listing.migrations, [&](const ListedMigration& migration) {
    return folder.text(migration.path).find("migrations.Migration") == std::string_view::npos;
  });
  std::map<std::string, std::vector<std::string>> replaced;  // by what squashed them
  for (ListedMigration& migration : listing.migrations) {
    const std::string_view text = folder.text(migration.path);
    migration.parents = names_in(text, "dependencies", folder);
    replaced[migration.name.version] = names_in(text, "replaces", folder);
  }
  put_in_place(replaced, listing);
  arrange_graph(listing,
                "migrate refuses to run, conflicting migrations: multiple leaf nodes in the graph");
}

}  // namespace

extern const MigrationFormat django{
    .name = "django",
    .tool = "Django",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .code_hint = "`manage.py sqlmigrate` prints it: migrations: {command: …}",
    .is_code = true,
    .without = {.up_and_down = "the way down is code",
                .templates = "code",
                .duplicate = "a file's name is its version"},
};

}  // namespace schemagate::format_rows
