// SPDX-License-Identifier: MIT
#include "bot/trees.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "bot/output.h"

namespace schemagate {
namespace {

bool exists(const git::Repository& repository, const std::string& revision) {
  try {
    repository.resolve(revision);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Without --base: the branch that pull requests usually go to.
std::string default_base(const git::Repository& repository) {
  for (const char* candidate : {"origin/HEAD", "origin/main", "origin/master", "main", "master"})
    if (exists(repository, candidate)) return candidate;
  throw Error(ErrorKind::usage, "no base revision was given and none of origin/main, main exists",
              "which commit should HEAD be compared with? --base REV");
}

std::string short_id(const std::string& commit) { return commit.substr(0, 12); }

std::string find_merge_base(const git::Repository& repository, const std::string& base,
                            const std::string& head) {
  const std::vector<std::string> bases = repository.merge_bases(base, head);
  if (bases.size() == 1) return bases.front();
  throw Error(
      ErrorKind::repository,
      fmt::format("{} and {} have {} merge bases", short_id(base), short_id(head), bases.size()),
      "update the branch: merge or rebase onto the tip of the base");
}

/// The configuration file of a tree, or nothing when there is none. One that can't be read is not
/// taken for none.
std::optional<std::string> config_text(const git::Repository& repository,
                                       const std::vector<git::TreeEntry>& files,
                                       const std::string& name) {
  const std::string folder = name + "/";
  for (const git::TreeEntry& entry : files) {
    const bool is_folder = entry.path.starts_with(folder);
    if (!is_folder && entry.path != name) continue;
    const ReadEntry read = is_folder ? ReadEntry{{}, "is a folder"} : read_entry(repository, entry);
    if (read.text) return read.text;
    throw Error(ErrorKind::config, fmt::format("{} {}", name, read.refused),
                "it has to be a file with the configuration itself");
  }
  return std::nullopt;
}

/// Top keys that the two say differently: "fail_on", "rules".
std::vector<std::string> changed_keys(const Config& base, const Config& head) {
  std::set<std::string> keys;
  for (const auto* side : {&base.top_texts, &head.top_texts})
    for (const auto& [key, text] : *side) keys.insert(key);
  std::vector<std::string> changed;
  for (const std::string& key : keys) {
    const auto was = base.top_texts.find(key), is = head.top_texts.find(key);
    const bool on_both = was != base.top_texts.end() && is != head.top_texts.end();
    if (!on_both || was->second != is->second) changed.push_back(key);
  }
  return changed;
}

/// A database that the base's configuration does not know is judged by the head's entry.
void add_new_databases(Config& config, const Config& head) {
  std::vector<std::string> changed = changed_keys(config, head);
  for (const DatabaseConfig& database : head.databases) {
    const auto known =
        std::find_if(config.databases.begin(), config.databases.end(),
                     [&](const DatabaseConfig& old) { return old.name == database.name; });
    if (known == config.databases.end()) {
      config.notes.push_back(fmt::format(
          "database {} is new: judged by the pull request's own configuration", database.name));
      config.databases.push_back(database);
      config.databases.back().only_at_head = true;
      config.databases.back().locked |= config.locked;
    } else {
      if (known->text != database.text) changed.push_back("the entry " + database.name);
    }
  }
  for (const DatabaseConfig& database : config.databases)
    if (std::none_of(head.databases.begin(), head.databases.end(),
                     [&](const DatabaseConfig& other) { return other.name == database.name; }))
      changed.push_back("the entry " + database.name);
  if (!changed.empty())
    config.notes.push_back(fmt::format(
        "the pull request changes {} in {}: the base's settings were used, the new ones take "
        "effect after the merge",
        join(changed, ", "), config.file));
}

/// Paths in a configuration start from the folder that it stands in for.
Config below(const std::string& folder, Config config) {
  if (folder.empty()) return config;
  config.folder = folder;
  for (DatabaseConfig& database : config.databases) {
    for (std::string& glob : database.schema) glob.insert(0, folder);
    for (std::string* path : {&database.migrations.path, &database.facts.file})
      if (!path->empty()) path->insert(0, folder);
  }
  return config;
}

Config config_of_globs(const std::vector<std::string>& globs) {
  Config config;
  config.file = "the input `schema`";
  DatabaseConfig database;
  database.name = "default";
  database.schema = globs;
  config.databases.push_back(std::move(database));
  return config;
}

using Entries = std::map<std::string, const git::TreeEntry*>;

/// What the files below `folder` hold, by their paths there.
Entries entries_below(const std::string& folder,
                      std::initializer_list<const std::vector<git::TreeEntry>*> sides) {
  Entries entries;
  for (const auto* files : sides)
    for (const git::TreeEntry& entry : *files)
      if (entry.path.starts_with(folder)) entries[entry.path.substr(folder.size())] = &entry;
  return entries;
}

std::vector<std::string> paths_of(const Entries& entries) {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : entries) paths.push_back(path);
  return paths;
}

/// The usual places, in the folder, in what both sides hold.
Config config_of_places(const git::Repository& repository, const Sides& sides,
                        const std::string& folder) {
  const auto reader = [&](const Entries& entries) {
    return [&](const std::string& path) {
      const auto at = entries.find(path);
      if (at == entries.end() || at->second->kind != git::FileKind::file) return std::string();
      return repository.read(at->second->blob).value_or("");
    };
  };
  const Entries before = entries_below(folder, {&sides.before_files});
  const Entries both = entries_below(folder, {&sides.before_files, &sides.head_files});
  const auto known = detect_migrations(paths_of(before), reader(before));
  return default_config(paths_of(both), reader(both), known);
}

/// The base's configuration, with what only the head declares.
Config config_of_files(const git::Repository& repository, const Sides& sides,
                       const std::string& name) {
  const auto at_base = config_text(repository, sides.base_files, name);
  const auto at_head = config_text(repository, sides.head_files, name);
  if (!at_base && !at_head) return {};
  Config config = parse_config(at_base ? *at_base : *at_head, name);
  if (!at_base) {
    config.notes.push_back(
        fmt::format("the base has no {}: the pull request's own was used", name));
    for (DatabaseConfig& database : config.databases) database.only_at_head = true;
    return config;
  }
  // What the branch has not got yet from the base is no change of the pull request.
  if (at_head == config_text(repository, sides.before_files, name)) return config;
  if (at_head && *at_head != *at_base) add_new_databases(config, parse_config(*at_head, name));
  if (!at_head)
    config.notes.push_back(
        fmt::format("the pull request removes {}: the base's settings were used", name));
  return config;
}

}  // namespace

ReadEntry read_entry(const git::Repository& repository, const git::TreeEntry& entry) {
  if (entry.kind == git::FileKind::symlink) return {{}, "is a symlink"};
  if (entry.kind == git::FileKind::submodule) return {{}, "is a submodule"};
  if (!entry.problem.empty()) return {{}, "has a path that " + entry.problem};
  std::optional<std::string> text = repository.read(entry.blob);
  if (!text) return {{}, fmt::format("is larger than {}", human_size(git::Repository::read_limit))};
  return {std::move(text), ""};
}

std::function<std::string(const std::string& path)> text_reader(
    const git::Repository& repository, const std::vector<git::TreeEntry>& files) {
  return [&](const std::string& path) {
    const auto at = std::lower_bound(
        files.begin(), files.end(), path,
        [](const git::TreeEntry& entry, const std::string& wanted) { return entry.path < wanted; });
    if (at == files.end() || at->path != path) return std::string();
    return read_entry(repository, *at).text.value_or("");
  };
}

Sides find_sides(git::Repository& repository, const CheckOptions& options) {
  Sides sides;
  const std::string base_revision = options.base.empty()
                                        ? (options.uncommitted ? "HEAD" : default_base(repository))
                                        : options.base;
  sides.base = repository.resolve(base_revision);
  const std::string head = repository.resolve(options.head.empty() ? "HEAD" : options.head);
  if (!options.uncommitted) sides.head = head;
  sides.before = options.exact ? sides.base : find_merge_base(repository, sides.base, head);
  sides.before_files = repository.list(sides.before);
  sides.base_files = sides.base == sides.before ? sides.before_files : repository.list(sides.base);
  sides.head_files =
      repository.list(options.uncommitted ? repository.snapshot_work_tree() : sides.head);
  return sides;
}

Config read_config(const git::Repository& repository, const Sides& sides,
                   const CheckOptions& options) {
  if (!options.config.empty()) return parse_config(read_whole_file(options.config), options.config);
  const std::string name = options.folder + options.config_path;
  Config config = config_of_files(repository, sides, name);
  if (!config.file.empty()) {
    if (!options.schema.empty())
      config.notes.push_back(
          fmt::format("the input `schema` was not used: {} says where the schema is", config.file));
    return below(options.folder, std::move(config));
  }
  if (options.config_path != config_file_name)
    throw Error(ErrorKind::config, fmt::format("there is no {} in the repository", name),
                "the input `config` names a path from the repository's root, or from "
                "`working-directory`");
  return below(options.folder, options.schema.empty()
                                   ? config_of_places(repository, sides, options.folder)
                                   : config_of_globs(options.schema));
}

std::optional<Config> config_before(const git::Repository& repository, const Sides& sides,
                                    const Config& now) {
  const std::string name = now.file.empty() ? now.folder + std::string(config_file_name) : now.file;
  const auto text = config_text(repository, sides.before_files, name);
  return text ? std::optional(below(now.folder, parse_config(*text, name))) : std::nullopt;
}

}  // namespace schemagate
