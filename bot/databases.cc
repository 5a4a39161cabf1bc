// SPDX-License-Identifier: MIT
#include "bot/databases.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "bot/path_pattern.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

bool is_pattern(const DatabaseConfig& database) {
  return database.name.find('{') != std::string::npos;
}

/// The placeholders of a text, in order: {"service"} of "services/{service}/db".
std::vector<std::string> placeholders(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    std::string name = text.substr(at + 1, end - at - 1);
    if (name.find(',') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

std::string fill(std::string text, const Bindings& bindings) {
  for (const auto& [name, value] : bindings)
    text = replace_all(std::move(text), "{" + name + "}", value);
  return text;
}

/// Every way to fill the placeholders of `database` so that a file exists.
std::set<Bindings> find_bindings(const DatabaseConfig& database,
                                 const std::vector<const std::string*>& paths) {
  std::set<Bindings> found;
  const auto search = [&](const std::string& glob, bool is_folder) {
    if (placeholders(glob).empty()) return;
    const PathPattern pattern(glob, is_folder);
    Bindings bindings;
    for (const std::string* path : paths)
      if (pattern.match(*path, bindings)) found.insert(std::move(bindings));
  };
  for (const std::string& glob : database.schema) search(glob, false);
  if (!database.migrations.empty()) search(database.migrations.path, true);
  return found;
}

/// What of a configuration finds the files of a database, as people read it.
std::string how_found(const DatabaseConfig& database) {
  return database.migrations.empty() ? join(database.schema, ", ") : database.migrations.path + "/";
}

/// Two ways to fill patterns may give one name.
void refuse_same_names(const std::vector<DatabaseConfig>& databases) {
  std::map<std::string, const DatabaseConfig*> seen;
  for (const DatabaseConfig& database : databases) {
    const auto [at, is_new] = seen.emplace(database.name, &database);
    if (!is_new)
      throw Error(ErrorKind::config,
                  fmt::format("two databases have the name {}: {} and {}", database.name,
                              how_found(*at->second), how_found(database)),
                  "does the name hold every placeholder of its path: name: \"{team}-{service}\"?");
  }
}

std::vector<DatabaseConfig> expand(const Config& config,
                                   const std::vector<const std::string*>& paths) {
  std::vector<DatabaseConfig> databases;
  std::set<std::string> single;  // entries of their own override what a pattern would give
  for (const DatabaseConfig& database : config.databases)
    if (!is_pattern(database)) single.insert(database.name);
  for (const DatabaseConfig& database : config.databases) {
    if (!is_pattern(database)) {
      databases.push_back(database);
      continue;
    }
    for (const Bindings& bindings : find_bindings(database, paths)) {
      DatabaseConfig filled = database;
      filled.name = fill(filled.name, bindings);
      if (single.count(filled.name)) continue;
      if (is_pattern(filled))
        throw Error(ErrorKind::config,
                    fmt::format("the name {} holds a placeholder that its paths do not have",
                                database.name),
                    "is it spelled as in `schema` or `migrations`?");
      for (std::string& glob : filled.schema) glob = fill(glob, bindings);
      for (auto& [name, value] : filled.variables) value = fill(value, bindings);
      filled.migrations.path = fill(filled.migrations.path, bindings);
      filled.facts.url = fill(filled.facts.url, bindings);
      filled.facts.file = fill(filled.facts.file, bindings);
      filled.applied = fill(filled.applied, bindings);
      databases.push_back(std::move(filled));
    }
  }
  refuse_same_names(databases);
  return databases;
}

/// The folder that every match of the glob lies in: "db/crm" of "db/crm/**/*.sql".
std::string fixed_folder(const std::string& glob) {
  const std::size_t wild = glob.find_first_of("*?{[");
  const std::size_t slash = glob.rfind('/', wild);
  if (wild == std::string::npos || slash == std::string::npos) return {};
  return glob.substr(0, slash + 1);
}

/// Which database a path belongs to; remembers it to find files that belong to two.
class Owners {
 public:
  void claim(const git::TreeEntry& entry, const DatabaseConfig& database) {
    const auto [at, added] = owner_.emplace(entry.path, database.name);
    if (!added && at->second != database.name)
      throw Error(ErrorKind::config,
                  fmt::format("{} belongs to two databases, {} and {}", entry.path, at->second,
                              database.name),
                  "do the patterns of .schemagate.yml overlap?");
  }

 private:
  std::map<std::string, std::string> owner_;
};

/// Of a tool that has the repository's top as its folder (Sqitch), the files it may look at.
bool is_of_top_folder(const std::string& path) {
  constexpr std::string_view settings[] = {".plan", ".conf", ".toml", ".hjson"};
  if (path.ends_with(".sql") || path.starts_with("deploy/") || path.starts_with("revert/"))
    return !is_skipped(path);
  return path.find('/') == std::string::npos &&
         std::any_of(std::begin(settings), std::end(settings),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

DatabaseFiles select(const DatabaseConfig& database, const std::vector<git::TreeEntry>& entries,
                     Owners& owners) {
  DatabaseFiles files;
  const std::string folder = database.migrations.empty() ? "" : database.migrations.path + "/";
  std::vector<std::string> code;
  if (!folder.empty()) code = code_folders(database.migrations.path);
  const auto is_code = [&](const std::string& path) {
    return std::any_of(code.begin(), code.end(),
                       [&](const std::string& below) { return path.starts_with(below + "/"); });
  };
  std::vector<std::pair<std::string, std::string>> globs;  // fixed folder, glob
  for (const std::string& glob : database.schema) globs.emplace_back(fixed_folder(glob), glob);
  for (const git::TreeEntry& entry : entries) {
    if (folder == "./"
            ? is_of_top_folder(entry.path)
            : !folder.empty() && (entry.path.starts_with(folder) || is_code(entry.path))) {
      owners.claim(entry, database);
      files.migrations.push_back(entry);
      continue;
    }
    const bool chosen = std::any_of(globs.begin(), globs.end(), [&](const auto& glob) {
      return entry.path.starts_with(glob.first) && glob_match(glob.second, entry.path);
    });
    if (!chosen) continue;
    owners.claim(entry, database);
    files.schema.push_back(entry);
  }
  return files;
}

std::vector<const std::string*> paths_of(
    const std::vector<const std::vector<git::TreeEntry>*>& trees) {
  std::vector<const std::string*> paths;
  for (const auto* tree : trees)
    for (const git::TreeEntry& entry : *tree) paths.push_back(&entry.path);
  return paths;
}

bool same(const std::vector<git::TreeEntry>& one, const std::vector<git::TreeEntry>& two) {
  return std::equal(one.begin(), one.end(), two.begin(), two.end(),
                    [](const git::TreeEntry& a, const git::TreeEntry& b) {
                      return a.path == b.path && a.blob == b.blob && !a.blob.empty() &&
                             a.kind == b.kind;
                    });
}

}  // namespace

bool differ(const DatabaseFiles& one, const DatabaseFiles& two) {
  return !same(one.schema, two.schema) || !same(one.migrations, two.migrations) ||
         !same(one.included, two.included);
}

std::vector<DatabasePair> pair_databases(const Config& config,
                                         const std::vector<git::TreeEntry>& before,
                                         const std::vector<git::TreeEntry>& after) {
  const std::vector<const std::string*> paths = paths_of({&before, &after});
  Owners owners_before, owners_after;
  std::vector<DatabasePair> pairs;
  for (DatabaseConfig& database : expand(config, paths)) {
    DatabasePair pair;
    pair.before = select(database, before, owners_before);
    pair.after = select(database, after, owners_after);
    pair.changed = differ(pair.before, pair.after);
    pair.how_found = how_found(database);
    pair.config = std::move(database);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

std::vector<DatabasePair> unfilled_patterns(
    const Config& config, const std::vector<const std::vector<git::TreeEntry>*>& trees) {
  const std::vector<const std::string*> paths = paths_of(trees);
  std::vector<DatabasePair> unfilled;
  for (const DatabaseConfig& database : config.databases) {
    if (!is_pattern(database) || !find_bindings(database, paths).empty()) continue;
    DatabasePair& pair = unfilled.emplace_back();
    pair.how_found = how_found(database);
    pair.config = database;
  }
  return unfilled;
}

}  // namespace schemagate
