// SPDX-License-Identifier: MIT
#include "bot/rails_versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"

namespace schemagate {
namespace {

constexpr std::string_view list_begins = "INSERT INTO \"schema_migrations\" (version) VALUES";

std::string digits_at(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return std::string(text.substr(0, end));
}

/// The versions of the list; nothing when the file has none.
std::set<std::string> listed(std::string_view text) {
  std::set<std::string> versions;
  const std::size_t begin = text.find(list_begins);
  if (begin == std::string_view::npos) return versions;
  const std::string_view list = text.substr(begin, text.find(';', begin) - begin);
  for (std::size_t at = list.find("('"); at != std::string_view::npos; at = list.find("('", at + 2))
    if (std::string version = digits_at(list.substr(at + 2)); !version.empty())
      versions.insert(std::move(version));
  return versions;
}

/// "db/" of "db/structure.sql".
std::string folder_with_slash(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

/// Migrations of the folder by version.
std::map<std::string, std::string> migrations_of(const std::string& folder,
                                                 const std::vector<std::string>& paths) {
  const std::string prefix = folder + "migrate/";
  std::map<std::string, std::string> found;
  for (const std::string& path : paths) {
    if (!path.starts_with(prefix) || !path.ends_with(".rb")) continue;
    if (std::string version = digits_at(path.substr(prefix.size())); !version.empty())
      found.emplace(std::move(version), path);
  }
  return found;
}

}  // namespace

std::vector<std::string> rails_version_notes(const SourceSet& sources,
                                             const std::vector<std::uint32_t>& before,
                                             const std::vector<std::uint32_t>& after,
                                             const std::vector<std::string>& paths) {
  std::map<std::string, std::set<std::string>> old_lists;
  for (const std::uint32_t file : before)
    old_lists[sources.file(file).path] = listed(sources.file(file).text);
  std::vector<std::string> notes;
  for (const std::uint32_t file : after) {
    const std::string& path = sources.file(file).path;
    const auto old = old_lists.find(path);
    const std::set<std::string> now = listed(sources.file(file).text);
    if (old == old_lists.end() || old->second == now || old->second.empty() || now.empty())
      continue;
    const auto migrations = migrations_of(folder_with_slash(path), paths);
    if (migrations.empty()) continue;
    for (const std::string& version : old->second)
      if (const auto at = migrations.find(version);
          now.count(version) == 0 && at != migrations.end())
        notes.push_back(fmt::format(
            "{} does not list version {} any more, and {} is there: a database that is loaded from "
            "it would run that migration again",
            path, version, at->second));
    for (const std::string& version : now)
      if (old->second.count(version) == 0 && migrations.count(version) == 0)
        notes.push_back(fmt::format(
            "{} lists version {}, of which there is no migration: what it did came along from "
            "another branch",
            path, version));
  }
  return notes;
}

}  // namespace schemagate
