// SPDX-License-Identifier: MIT
#include "bot/atlas_project.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "bot/schema_files.h"
#include "hcl/project.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

class Projects {
 public:
  Projects(const std::vector<std::string>& paths,
           const std::function<std::string(const std::string&)>& text_of)
      : paths_(paths), text_of_(text_of) {}

  AtlasDatabases run() {
    for (const std::string& path : paths_)
      if (path == "atlas.hcl" || path.ends_with("/atlas.hcl")) project(path);
    if (found_.databases.size() == 1) found_.databases[0].name = "default";
    return std::move(found_);
  }

 private:
  void project(const std::string& path) {
    const std::string folder = path.substr(0, path.size() - std::string_view("atlas.hcl").size());
    hcl::Project project = hcl::read_project(text_of_(path));
    for (std::string& note : project.notes) found_.notes.push_back(path + ": " + std::move(note));
    for (const hcl::Environment& env : project.environments) {
      DatabaseConfig database = read(folder, env);
      if (database.schema.empty() && database.migrations.empty()) continue;
      if (merge(database)) continue;
      database.name = name_of(folder, env.name);
      found_.reasons.push_back(env.name.empty() ? path
                                                : fmt::format("{}, env \"{}\"", path, env.name));
      found_.databases.push_back(std::move(database));
    }
  }

  void note_missing(const std::string& folder, const hcl::Environment& env,
                    const std::string& what) {
    found_.notes.push_back(fmt::format("{}atlas.hcl{}: {} is not there", folder,
                                       env.name.empty() ? "" : ": env \"" + env.name + "\"", what));
  }

  DatabaseConfig read(const std::string& folder, const hcl::Environment& env) {
    DatabaseConfig database;
    database.variables = env.variables;
    for (const std::string& source : env.schema) {
      // Atlas replays a folder of migrations that is named as the schema.
      const std::string root = existing_folder(folder, source);
      if (!root.empty() && is_there(root + "/atlas.sum")) {
        database.migrations.path = root;
        database.migrations.format = "atlas";
      } else if (!add_schema(folder, source, database)) {
        note_missing(folder, env, source);
      }
    }
    if (!env.migrations.empty() && existing_folder(folder, env.migrations).empty())
      note_missing(folder, env, env.migrations);
    if (const std::string root = existing_folder(folder, env.migrations); !root.empty()) {
      database.migrations.path = root;
      database.migrations.format = format_of(env.format);
    }
    return database;
  }

  /// Environments that share files are one database, wherever it runs. True: it is known already.
  bool merge(const DatabaseConfig& database) {
    for (DatabaseConfig& known : found_.databases) {
      const bool shares =
          (!known.migrations.empty() && known.migrations.path == database.migrations.path) ||
          std::any_of(database.schema.begin(), database.schema.end(), [&](const auto& glob) {
            return std::find(known.schema.begin(), known.schema.end(), glob) != known.schema.end();
          });
      if (!shares) continue;
      if (known.migrations.empty()) known.migrations = database.migrations;
      for (const std::string& glob : database.schema)
        if (std::find(known.schema.begin(), known.schema.end(), glob) == known.schema.end())
          known.schema.push_back(glob);
      return true;
    }
    return false;
  }

  /// "db/x" of "db/" and "./x"; Atlas runs in the folder of its file, or in the repository's.
  std::vector<std::string> candidates(const std::string& folder, const std::string& written) const {
    std::vector<std::string> out;
    for (const std::string& base : {folder, std::string()}) {
      std::string path = std::filesystem::path(base + written).lexically_normal().generic_string();
      while (path.ends_with('/')) path.pop_back();
      if (!path.empty() && !path.starts_with("..") && !path.starts_with('/')) out.push_back(path);
    }
    return out;
  }

  bool is_there(const std::string& path) const {
    return std::find(paths_.begin(), paths_.end(), path) != paths_.end();
  }

  bool holds_files(const std::string& folder) const {
    return std::any_of(paths_.begin(), paths_.end(),
                       [&](const std::string& path) { return path.starts_with(folder + "/"); });
  }

  std::string existing_folder(const std::string& folder, const std::string& written) const {
    if (written.empty()) return "";
    for (const std::string& path : candidates(folder, written))
      if (holds_files(path)) return path;
    return "";
  }

  /// False: there is no such file or folder.
  bool add_schema(const std::string& folder, const std::string& written, DatabaseConfig& database) {
    for (const std::string& path : candidates(folder, written)) {
      if (is_there(path)) {
        if (is_schema_file(path)) database.schema.push_back(path);
        return true;
      }
      bool found = false;
      for (const char* ending : {".hcl", ".sql"})
        if (std::any_of(paths_.begin(), paths_.end(), [&](const std::string& file) {
              return file.starts_with(path + "/") && file.ends_with(ending) && is_schema_file(file);
            })) {
          database.schema.push_back(path + "/**/*" + ending);
          found = true;
        }
      if (found) return true;
    }
    return false;
  }

  static std::string format_of(const std::string& written) {
    if (written.empty()) return "atlas";
    const std::vector<std::string> known = migration_formats();
    return std::find(known.begin(), known.end(), written) == known.end() ? "auto" : written;
  }

  /// The last folder and the environment, made unique.
  std::string name_of(std::string folder, const std::string& env) {
    while (folder.ends_with('/')) folder.pop_back();
    const std::string last = folder.substr(folder.rfind('/') + 1);
    std::string name = last.empty() || env.empty() ? last + env : last + "_" + env;
    if (name.empty()) name = "main";
    std::string unique = name;
    for (int number = 2; !names_.insert(unique).second; ++number)
      unique = fmt::format("{}_{}", name, number);
    return unique;
  }

  const std::vector<std::string>& paths_;
  const std::function<std::string(const std::string&)>& text_of_;
  std::set<std::string> names_;
  AtlasDatabases found_;
};

}  // namespace

AtlasDatabases atlas_databases(const std::vector<std::string>& paths,
                               const std::function<std::string(const std::string&)>& text_of) {
  return Projects(paths, text_of).run();
}

}  // namespace schemagate
