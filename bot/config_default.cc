// SPDX-License-Identifier: MIT
// First contact: a repository without .schemagate.yml.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "bot/atlas_project.h"
#include "bot/config.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

/// The places tried for declarative schemas, in this order; the first that matches is taken.
constexpr std::string_view schema_places[] = {
    "schema.sql",       "db/schema.sql", "schema/**/*.sql", "db/schema/**/*.sql",
    "db/structure.sql", "schema.hcl",    "db/schema.hcl",   "**/*.pg.hcl",
};

bool matches(std::string_view glob, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const std::string& path) { return glob_match(glob, path); });
}

}  // namespace

Config default_config(const std::vector<std::string>& paths,
                      const std::function<std::string(const std::string&)>& text_of) {
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
  std::string found;
  for (const std::string_view place : schema_places) {
    if (!matches(place, paths)) continue;
    database.schema = {std::string(place)};
    found = place;
    break;
  }
  for (const DetectedFolder& folder : detect_migrations(paths, text_of)) {
    if (!folder.dialect.empty()) {
      config.notes.push_back(
          fmt::format("{}/ is left out: it is written for {}", folder.root, folder.dialect));
      continue;
    }
    // Programs say less than a schema that is written down (Rails' structure.sql).
    if (!found.empty() && is_code(folder.format)) continue;
    // A dump beside a migrations folder (db/schema.sql, db/structure.sql) is written by the tool.
    database.migrations.path = folder.root;
    database.migrations.format = folder.format;
    found = fmt::format("{}/ ({}: {})", folder.root, folder.format, folder.reason);
    break;
  }
  if (found.empty()) return config;
  config.notes.push_back(fmt::format("no {} was found: judging {}", config_file_name, found));
  config.databases.push_back(std::move(database));
  return config;
}

}  // namespace schemagate
