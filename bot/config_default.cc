// SPDX-License-Identifier: MIT
// First contact: a repository without .schemagate.yml.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "bot/atlas_project.h"
#include "bot/config.h"
#include "schema/dialect.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

/// The places tried for declarative schemas, in this order; the first that matches is taken.
constexpr std::string_view schema_places[] = {
    "schema.sql",       "db/schema.sql", "schema/**/*.sql", "db/schema/**/*.sql",
    "db/structure.sql", "schema.hcl",    "db/schema.hcl",   "**/*.pg.hcl",
};

std::string left_out(const std::string& what, std::string_view dialect) {
  return fmt::format("{} is left out: it is written for {}", what, dialect);
}

/// The first of the usual places with a file that may be PostgreSQL's; empty when there is none.
std::string find_schema(const std::vector<std::string>& paths,
                        const std::function<std::string(const std::string&)>& text_of,
                        std::vector<std::string>& notes) {
  for (const std::string_view place : schema_places) {
    std::string other;  // a file for another server
    std::string_view dialect;
    for (const std::string& path : paths) {
      if (!glob_match(place, path)) continue;
      dialect = path.ends_with(".sql") ? dialect_of(text_of(path)) : std::string_view();
      if (dialect.empty()) return std::string(place);
      other = path;
    }
    if (!other.empty()) notes.push_back(left_out(other, dialect));
  }
  return {};
}

/// Folders of migrations that nobody judges without a configuration: a database is one of them.
void note_others(const std::vector<DetectedFolder>& others, std::vector<std::string>& notes) {
  if (others.empty()) return;
  std::vector<std::string> named;
  for (const DetectedFolder& folder : others)
    named.push_back(fmt::format("{}/ ({})", folder.root, folder.format));
  constexpr std::size_t most = 5;
  const std::size_t count = named.size();
  if (count > most) named.resize(most);
  notes.push_back(fmt::format(
      "not judged: {}{}; `schemagate init` writes a configuration with all of them",
      join(named, ", "), count > most ? fmt::format(" and {} more", count - most) : ""));
}

/// The folders, those that the base has first and read as they are there: what a change brings does
/// not decide how it is judged.
std::vector<DetectedFolder> find_folders(
    const std::vector<std::string>& paths,
    const std::function<std::string(const std::string&)>& text_of,
    const std::vector<DetectedFolder>& known, std::vector<std::string>& notes) {
  std::vector<DetectedFolder> folders = detect_migrations(paths, text_of);
  const auto at_base = [&](const DetectedFolder& folder) {
    return std::find_if(known.begin(), known.end(), [&](const DetectedFolder& other) {
      return other.root == folder.root && other.dialect.empty();
    });
  };
  for (DetectedFolder& folder : folders) {
    const auto was = at_base(folder);
    if (was == known.end()) continue;
    if (was->format == folder.format && folder.dialect.empty()) continue;
    if (was->format != folder.format)
      notes.push_back(format_is_kept(folder.root, was->format, folder.format, folder.reason));
    folder = *was;
  }
  std::stable_partition(folders.begin(), folders.end(), [&](const DetectedFolder& folder) {
    return at_base(folder) != known.end();
  });
  return folders;
}

}  // namespace

std::string format_is_kept(const std::string& root, const std::string& was, const std::string& is,
                           const std::string& reason) {
  return fmt::format(
      "{}/ is read as {}, as the base's files are; with this change it looks like {} ({}): if the "
      "tool changes, say so first with `format: {}` in {}",
      root.empty() ? "." : root, was, is, reason, is, config_file_name);
}

Config default_config(const std::vector<std::string>& paths,
                      const std::function<std::string(const std::string&)>& text_of,
                      const std::vector<DetectedFolder>& known) {
  Config config;
  AtlasDatabases atlas = atlas_databases(paths, text_of);
  config.notes = std::move(atlas.notes);
  if (!atlas.databases.empty()) {
    config.notes.push_back(fmt::format("no {} was found: judging what {} names", config_file_name,
                                       join(atlas.reasons, "; ")));
    config.databases = std::move(atlas.databases);
    return config;
  }
  DatabaseConfig database;
  database.name = "default";
  std::string found = find_schema(paths, text_of, config.notes);
  if (!found.empty()) database.schema = {found};
  std::vector<DetectedFolder> others;
  for (DetectedFolder& folder : find_folders(paths, text_of, known, config.notes)) {
    if (!folder.dialect.empty()) {
      config.notes.push_back(left_out(folder.root + "/", folder.dialect));
      continue;
    }
    // Programs say less than a schema that is written down (Rails' structure.sql).
    if (!database.schema.empty() && is_code(folder.format)) continue;
    if (!database.migrations.empty()) {
      others.push_back(std::move(folder));
      continue;
    }
    // A dump beside a migrations folder (db/schema.sql, db/structure.sql) is written by the tool.
    database.migrations.path = folder.root.empty() ? "." : folder.root;
    database.migrations.format = folder.format;
    found = fmt::format("{}/ ({}: {})", database.migrations.path, folder.format, folder.reason);
    const std::string beside = schema_beside(folder.format, folder.root);
    if (database.schema.empty() && std::any_of(paths.begin(), paths.end(), [&](const auto& path) {
          return !beside.empty() && glob_match(beside, path);
        }))
      database.schema = {beside};
  }
  if (found.empty()) return config;
  config.notes.push_back(fmt::format("no {} was found: judging {}", config_file_name, found));
  note_others(others, config.notes);
  config.databases.push_back(std::move(database));
  return config;
}

Error nothing_found() {
  return Error(ErrorKind::config,
               fmt::format("no schema was found: neither {} nor a schema file or a migrations "
                           "folder in the usual places",
                           config_file_name),
               "`schemagate init` writes a configuration");
}

}  // namespace schemagate
