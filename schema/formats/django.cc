// SPDX-License-Identifier: MIT
// https://docs.djangoproject.com/en/stable/topics/migrations: <app>/migrations/NNNN_name.py.
#include "base/text.h"
#include "schema/formats/code.h"

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

/// The names of `dependencies = [("app", "name"), …]` that are in this folder.
std::vector<std::string> dependencies_of(std::string_view text, const FolderView& folder) {
  std::vector<std::string> names;
  const std::size_t at = text.find("dependencies");
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

void arrange(const FolderView& folder, Listing& listing) {
  std::erase_if(listing.migrations, [&](const ListedMigration& migration) {
    return folder.text(migration.path).find("migrations.Migration") == std::string_view::npos;
  });
  for (ListedMigration& migration : listing.migrations)
    migration.parents = dependencies_of(folder.text(migration.path), folder);
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
};

}  // namespace schemagate::format_rows
