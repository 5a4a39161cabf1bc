// SPDX-License-Identifier: MIT
#include "bot/includes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "bot/trees.h"
#include "schema/dialect.h"
#include "schema/migrations.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

struct Include {
  std::string file;
  bool from_file = false;  ///< relative to the file that includes it
};

/// https://www.postgresql.org/docs/current/app-psql.html
std::optional<Include> include_of(std::string_view command) {
  const std::size_t end = std::min(command.find_first_of(" \t\r\n'"), command.size());
  const std::string_view name = command.substr(0, end);
  Include include;
  include.from_file = name == "\\ir" || name == "\\include_relative";
  if (!include.from_file && name != "\\i" && name != "\\include") return std::nullopt;
  const std::string_view rest = trim(command.substr(end));
  if (rest.starts_with('\''))
    include.file = std::string(rest.substr(1, rest.find('\'', 1) - 1));
  else
    include.file = std::string(rest.substr(0, rest.find_first_of(" \t\r\n\\")));
  return include;
}

std::string folder_with_slash(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
}

/// "db/tables/a.sql" of "db/x/../tables/./a.sql"; nothing when it leads out of the root.
std::optional<std::string> inside(const std::string& path) {
  if (path.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
    } else {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    }
  }
  return join(parts, "/");
}

/// A line begins like a psql command that includes: only then the file is parsed to be sure.
bool may_include(std::string_view text) {
  for (std::size_t at = text.find("\\i"); at != std::string_view::npos;
       at = text.find("\\i", at + 1)) {
    const std::size_t line = text.substr(0, at).find_last_not_of(" \t");
    if (at == 0 || line == std::string_view::npos || text[line] == '\n') return true;
  }
  return false;
}

using Tree = std::map<std::string_view, const git::TreeEntry*>;
using CommandsOfBlobs = std::map<std::string, std::vector<std::string>>;

/// Adds included files of one side, each once and before the file that includes it.
class Includes {
 public:
  Includes(const git::Repository& repository, const std::vector<git::TreeEntry>& entries,
           CommandsOfBlobs& known)
      : repository_(repository), known_(known) {
    for (const git::TreeEntry& entry : entries) tree_.emplace(entry.path, &entry);
  }

  void follow(std::vector<git::TreeEntry>& files) {
    found_.clear();
    seen_.clear();
    for (const git::TreeEntry& file : files) add(file, 0);
    files = found_;
  }

  /// What migrations include of files that are not among them.
  std::vector<git::TreeEntry> followed_from(const std::vector<git::TreeEntry>& migrations) {
    found_.clear();
    seen_.clear();
    std::set<std::string_view> own;
    for (const git::TreeEntry& file : migrations) own.insert(file.path);
    for (const git::TreeEntry& file : migrations)
      if (file.path.ends_with(".sql") || file.path.ends_with(".ddl")) add(file, 0);
    std::erase_if(found_, [&](const git::TreeEntry& file) { return own.count(file.path) != 0; });
    return found_;
  }

 private:
  void add(const git::TreeEntry& file, int depth) {
    if (depth > most_nested_includes || !seen_.insert(file.path).second) return;
    for (const std::string& command : commands_of(file))
      for (const std::string& target : include_targets(command, file.path)) {
        const auto at = tree_.find(target);
        if (at == tree_.end()) continue;
        add(*at->second, depth + 1);
        break;
      }
    found_.push_back(file);
  }

  /// Of a blob that both sides have they are looked for once.
  const std::vector<std::string>& commands_of(const git::TreeEntry& file) {
    const auto [at, is_new] = known_.try_emplace(file.blob);
    if (!is_new) return at->second;
    const ReadEntry read = read_entry(repository_, file);
    if (!read.text || !may_include(*read.text)) return at->second;
    for (const Skipped& skipped : parse_text(*read.text).skipped)
      if (skipped.kind == SkippedKind::psql_command && is_include(trim(skipped.text)))
        at->second.emplace_back(trim(skipped.text));
    return at->second;
  }

  const git::Repository& repository_;
  CommandsOfBlobs& known_;
  Tree tree_;
  std::vector<git::TreeEntry> found_;
  std::set<std::string> seen_;
};

/// Some file changed that no database has: one that is unchanged by itself may include it.
bool has_other_change(const std::vector<DatabasePair>& pairs,
                      const std::vector<git::TreeEntry>& before,
                      const std::vector<git::TreeEntry>& after) {
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const git::TreeEntry& entry : before) known.emplace(entry.path, entry.blob);
  std::set<std::string_view> changed;
  for (const git::TreeEntry& entry : after)
    if (known.erase({entry.path, entry.blob}) == 0) changed.insert(entry.path);
  for (const auto& [path, blob] : known) changed.insert(path);
  for (const DatabasePair& pair : pairs)
    for (const DatabaseFiles* files : {&pair.before, &pair.after})
      for (const auto* entries : {&files->schema, &files->migrations})
        for (const git::TreeEntry& entry : *entries) changed.erase(entry.path);
  return !changed.empty();
}

/// What a folder of migrations is written for, by the files of the older side: those of a change
/// can't talk it away from its judge.
std::string dialect_of(const git::Repository& repository, const DatabasePair& pair) {
  std::vector<std::string> texts;
  for (const git::TreeEntry& entry : pair.before.migrations) {
    if (texts.size() == files_for_dialect) break;
    if (!entry.path.ends_with(".sql")) continue;
    if (auto text = read_entry(repository, entry).text) texts.push_back(*std::move(text));
  }
  return dialect_of_files(texts);
}

}  // namespace

bool is_include(std::string_view command) { return include_of(command).has_value(); }

std::vector<std::string> include_targets(std::string_view command, std::string_view path) {
  const std::optional<Include> include = include_of(command);
  std::vector<std::string> targets;
  if (!include || include->file.empty()) return targets;
  if (!include->from_file)
    if (auto target = inside(include->file)) targets.push_back(*std::move(target));
  if (include->file.starts_with('/')) return targets;
  // Folders between the root and the file, where a service's own scripts start psql.
  for (std::size_t slash = path.find('/', 1);
       !include->from_file && !path.starts_with('/') && slash != std::string_view::npos;
       slash = path.find('/', slash + 1))
    if (auto target = inside(std::string(path.substr(0, slash + 1)) + include->file))
      targets.push_back(*std::move(target));
  const std::string beside = folder_with_slash(path) + include->file;
  if (path.starts_with('/'))
    targets.push_back(std::filesystem::path(beside).lexically_normal().string());
  else if (auto target = inside(beside))
    targets.push_back(*std::move(target));
  return targets;
}

std::vector<DatabasePair> find_databases(const git::Repository& repository, const Config& config,
                                         const std::vector<git::TreeEntry>& before,
                                         const std::vector<git::TreeEntry>& after) {
  std::vector<DatabasePair> pairs = pair_databases(config, before, after);
  const bool others_changed = has_other_change(pairs, before, after);
  CommandsOfBlobs known;
  Includes old_includes(repository, before, known), new_includes(repository, after, known);
  for (DatabasePair& pair : pairs) {
    if (!pair.changed && !others_changed) continue;
    old_includes.follow(pair.before.schema);
    new_includes.follow(pair.after.schema);
    pair.before.included = old_includes.followed_from(pair.before.migrations);
    pair.after.included = new_includes.followed_from(pair.after.migrations);
    pair.changed = differ(pair.before, pair.after);
    const bool is_configured = !config.file.empty() && pair.config.migrations.format != "auto";
    if (pair.changed && !is_configured) pair.dialect = dialect_of(repository, pair);
    pair.changed = pair.changed && pair.dialect.empty();
  }
  return pairs;
}

}  // namespace schemagate
