// SPDX-License-Identifier: MIT
#include "bot/coverage.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "bot/schema_files.h"
#include "schema/dialect.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

bool declares_schema(const std::string& path, const std::string& sql) {
  if (path.ends_with(".hcl")) return sql.find("\ntable \"") != std::string::npos;
  if (!certain_dialect_of(sql).empty()) return false;
  constexpr std::array<std::string_view, 5> words{"create table", "alter table", "drop table",
                                                  "create unique index", "create index"};
  const std::string text = to_lower(sql);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

void add_paths(const DatabaseFiles& files, std::set<std::string>& owned) {
  for (const auto* entries : {&files.schema, &files.migrations, &files.included})
    for (const git::TreeEntry& entry : *entries) owned.insert(entry.path);
}

/// Those of folders that are written for another server.
void leave_out_dialects(const git::Repository& repository, const std::vector<git::TreeEntry>& tree,
                        std::vector<std::string>& files) {
  if (files.empty()) return;
  std::vector<std::string> paths;
  for (const git::TreeEntry& entry : tree)
    if (entry.kind == git::FileKind::file && entry.problem.empty()) paths.push_back(entry.path);
  const RepositoryView::TextOf text_of = text_reader(repository, tree);
  const RepositoryView view(paths, text_of);
  std::vector<std::string> folders;
  for (const DetectedFolder& folder : detect_migrations(paths, text_of))
    if (!folder.dialect.empty()) folders.push_back(folder.root + "/");
  std::erase_if(files, [&](const std::string& path) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return path.starts_with(folder); }) ||
           (path.find('/') != std::string::npos &&
            !dialect_of_folder(folder_of(path), paths, view).empty());
  });
}

bool is_absent(const DatabasePair& pair) { return pair.before.empty() && pair.after.empty(); }

}  // namespace

std::vector<std::string> schema_files_of_no_database(const git::Repository& repository,
                                                     const Sides& sides,
                                                     const std::vector<DatabasePair>& pairs) {
  std::set<std::string> owned;
  for (const DatabasePair& pair : pairs) {
    add_paths(pair.before, owned);
    add_paths(pair.after, owned);
  }
  std::map<std::string, std::string> old_blobs;
  for (const git::TreeEntry& entry : sides.before_files) old_blobs[entry.path] = entry.blob;
  std::vector<std::string> found;
  for (const git::TreeEntry& entry : sides.head_files) {
    const auto old_blob = old_blobs.find(entry.path);
    const bool same = old_blob != old_blobs.end() && old_blob->second == entry.blob;
    if (same || !is_schema_file(entry.path) || owned.count(entry.path) ||
        entry.kind != git::FileKind::file || !entry.problem.empty() || is_skipped(entry.path))
      continue;
    if (declares_schema(entry.path, repository.read(entry.blob).value_or("")))
      found.push_back(entry.path);
  }
  leave_out_dialects(repository, sides.head_files, found);
  return found;
}

std::vector<std::string> newer_than_branch(const git::Repository& repository, const Sides& sides,
                                           const Config& config,
                                           const std::vector<DatabasePair>& pairs) {
  if (sides.base == sides.before || std::none_of(pairs.begin(), pairs.end(), is_absent)) return {};
  std::set<std::string> changed, at_base;
  if (const auto old_config = config_before(repository, sides, config))
    for (const DatabasePair& pair :
         pair_databases(*old_config, sides.before_files, sides.head_files))
      if (pair.changed) changed.insert(pair.config.name);
  for (const DatabasePair& pair : pair_databases(config, sides.base_files, sides.base_files))
    if (!pair.after.empty()) at_base.insert(pair.config.name);
  std::vector<std::string> names;
  for (const DatabasePair& pair : pairs)
    if (is_absent(pair) && at_base.count(pair.config.name) && !changed.count(pair.config.name))
      names.push_back(pair.config.name);
  return names;
}

}  // namespace schemagate
