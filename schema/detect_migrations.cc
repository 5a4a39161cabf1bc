// SPDX-License-Identifier: MIT
// Which folders of a repository are migrations, and of which tool. Markers beat names; a folder is
// claimed once, by the most certain sign.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/formats.h"

namespace schemagate {
namespace {

constexpr std::string_view skipped_folders[] = {"node_modules", "vendor",   ".venv",    "target",
                                                "dist",         "testdata", "examples", "fixtures"};

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}
std::string_view file_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_skipped(std::string_view path) {
  for (const std::string_view part : split(path, '/'))
    if (std::find(std::begin(skipped_folders), std::end(skipped_folders), part) !=
        std::end(skipped_folders))
      return true;
  return false;
}

/// What one path may say about its folder; the text is only read when the name can't decide.
struct Sign {
  std::string format, reason;
  int certainty = 0;  ///< 3 a tool's own marker, 2 a naming convention, 1 numbered files
};

bool mentions(const std::string& text, std::string_view marker) {
  return text.find(marker) != std::string::npos;
}

bool is_numbered(std::string_view name) { return !leading_digits(name).empty(); }

std::optional<Sign> sign_in_text(const std::string& path, const std::string& text) {
  if (mentions(text, "-- +goose Up") || mentions(text, "--+goose Up") ||
      mentions(text, "-- +goose up"))
    return Sign{"goose", path + " has -- +goose Up", 3};
  if (mentions(text, "-- migrate:up") || mentions(text, "--migrate:up"))
    return Sign{"dbmate", path + " has -- migrate:up", 3};
  return std::nullopt;
}

/// The folder that a path speaks about, and how.
std::optional<std::pair<std::string, Sign>> sign_of(
    const std::string& path, const std::function<std::string(const std::string&)>& text_of) {
  const std::string_view name = file_of(path);
  const std::string folder = folder_of(path);
  if (name == "atlas.sum") return std::make_pair(folder, Sign{"atlas", path, 2});
  if (name == "migration_lock.toml") return std::make_pair(folder, Sign{"prisma", path, 3});
  if (!name.ends_with(".sql")) return std::nullopt;
  if (name.ends_with(".up.sql") && is_numbered(name))
    return std::make_pair(folder, Sign{"golang-migrate", path, 3});
  const MigrationFormat* flyway = find_format("flyway");
  if ((name.starts_with("V") || name.starts_with("R__")) && flyway->name_of(name))
    return std::make_pair(folder, Sign{"flyway", path, 3});
  if (!is_numbered(name)) return std::nullopt;
  if (auto sign = sign_in_text(path, text_of(path))) return std::make_pair(folder, *sign);
  const std::string_view last = file_of(folder);
  if (last == "migrations" || last == "migration" || last == "migrate")
    return std::make_pair(folder, Sign{"plain", path + " is a numbered SQL file", 1});
  return std::nullopt;
}

}  // namespace

std::vector<DetectedFolder> detect_migrations(
    const std::vector<std::string>& paths,
    const std::function<std::string(const std::string& path)>& text_of) {
  std::map<std::string, Sign> best;
  std::map<std::string, int> looked;  // a few files of a folder decide, not thousands
  for (const std::string& path : paths) {
    if (is_skipped(path)) continue;
    const std::string folder = folder_of(path);
    const auto known = best.find(folder);
    if (known != best.end() && known->second.certainty == 3 && looked[folder] > 3) continue;
    auto sign = sign_of(path, text_of);
    if (!sign) continue;
    ++looked[folder];
    const auto [at, added] = best.emplace(sign->first, sign->second);
    if (!added && sign->second.certainty > at->second.certainty) at->second = sign->second;
  }
  std::vector<std::pair<int, DetectedFolder>> found;
  for (auto& [folder, sign] : best) {
    // Flyway's subfolders belong to the folder above them that is Flyway's as well.
    const auto parent = best.find(folder_of(folder));
    if (sign.format == "flyway" && parent != best.end() && parent->second.format == "flyway")
      continue;
    found.push_back({sign.certainty, {folder, sign.format, sign.reason}});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<DetectedFolder> folders;
  for (auto& [certainty, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

}  // namespace schemagate
