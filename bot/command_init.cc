// SPDX-License-Identifier: MIT
// First contact: looks at a repository and writes a configuration that says what was found.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "bot/atlas_project.h"
#include "bot/commands.h"
#include "bot/config.h"
#include "bot/databases.h"
#include "bot/output.h"
#include "bot/schema_files.h"
#include "git/repository.h"
#include "schema/dialect.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

constexpr std::string_view workflow_file = ".github/workflows/schemagate.yml";
/// As README.md shows it.
constexpr std::string_view workflow =
    R"(# .github/workflows/schemagate.yml: no `paths:` filter, a required check that does not run blocks for ever
name: schemagate
on:
  pull_request: {types: [opened, synchronize, reopened, ready_for_review, edited]}
  merge_group: {types: [checks_requested]}
permissions: {contents: read, pull-requests: write, checks: write, statuses: write}
concurrency: {group: "schemagate-${{ github.event.number || github.sha }}", cancel-in-progress: true}
jobs:
  schemagate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@34e114876b0b11c390a56381ad16ebd13914f8d5  # v4.3.1
        with: {fetch-depth: 0, persist-credentials: false}
      - uses: schemagate/schemagate@v0
)";

struct Found {
  std::vector<DatabaseConfig> databases;
  std::vector<std::string> reasons;
  std::vector<std::string> left_out;  ///< and why
};

/// "services/billing/db/migrations" → "billing": the first folder that says something.
std::string name_of(const std::string& path) {
  static const std::vector<std::string> generic{
      "db",       "database", "migrations", "migration", "schema", "sql",      "services", "apps",
      "packages", "src",      "main",       "resources", "prisma", "supabase", "migrate"};
  for (const std::string_view part : split(path, '/')) {
    const std::string word = to_lower(part);
    if (word.empty() || std::find(generic.begin(), generic.end(), word) != generic.end()) continue;
    if (word.find_first_of("*?.") != std::string::npos) continue;
    return std::string(part);
  }
  return "main";
}

void add(Found& found, DatabaseConfig database, const std::string& reason) {
  const std::string name = database.name;
  int number = 1;
  while (std::any_of(found.databases.begin(), found.databases.end(),
                     [&](const auto& other) { return other.name == database.name; }))
    database.name = fmt::format("{}_{}", name, ++number);
  found.databases.push_back(std::move(database));
  found.reasons.push_back(reason);
}

/// Nobody's database: documentation, tests, and what is no migration either.
bool is_no_schema(const std::string& path) {
  if (is_skipped(path)) return true;
  static const std::vector<std::string> folders{"doc",   "docs",    "test",    "tests", "spec",
                                                "specs", "fixture", "example", "seeds", "queries"};
  const std::vector<std::string_view> parts = split(path, '/');
  return std::any_of(parts.begin(), parts.end() - 1, [&](std::string_view part) {
    return std::find(folders.begin(), folders.end(), to_lower(part)) != folders.end();
  });
}

/// Files of that ending (.sql, .hcl) that make tables and are no tool's migrations, by folder.
std::map<std::string, std::vector<std::string>> declarative_folders(
    const std::string& ending, const std::vector<std::string>& paths,
    const std::vector<DetectedFolder>& migrations,
    const std::function<std::string(const std::string&)>& text_of) {
  std::map<std::string, std::vector<std::string>> folders;
  for (const std::string& path : paths) {
    if (!path.ends_with(ending) || !is_schema_file(path) || is_no_schema(path)) continue;
    const bool in_migrations =
        std::any_of(migrations.begin(), migrations.end(), [&](const DetectedFolder& folder) {
          return folder.root.empty() || path.starts_with(folder.root + "/");
        });
    if (in_migrations) continue;
    const std::string text = to_lower(text_of(path));
    const bool makes_tables = ending == ".hcl" ? text.find("\ntable \"") != std::string::npos
                                               : text.find("create table") != std::string::npos;
    if (!makes_tables) continue;
    if (!dialect_of(text).empty()) continue;
    const std::size_t slash = path.rfind('/');
    folders[slash == std::string::npos ? "" : path.substr(0, slash)].push_back(path);
  }
  return folders;
}

/// The one file that tools write after they migrated (dbmate, Rails).
bool is_dump(const std::vector<std::string>& files) {
  if (files.size() != 1) return false;
  const std::string name = files.front().substr(files.front().rfind('/') + 1);
  return name == "schema.sql" || name == "structure.sql";
}

/// What names these files and none of a migrations folder below.
std::string pattern_of(const std::string& folder, const std::vector<std::string>& files,
                       const std::string& ending, const std::vector<DetectedFolder>& migrations) {
  if (is_dump(files)) return files.front();
  if (folder.empty()) return "*" + ending;
  const bool has_migrations = std::any_of(
      migrations.begin(), migrations.end(),
      [&](const DetectedFolder& other) { return other.root.starts_with(folder + "/"); });
  return folder + (has_migrations ? "/*" : "/**/*") + ending;
}

/// The database whose migrations lie beside these files; null when there is none.
DatabaseConfig* migrated_beside(const std::string& folder, Found& found) {
  const auto above = [](const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
  };
  for (DatabaseConfig& database : found.databases) {
    if (database.migrations.empty()) continue;
    const std::string parent = above(database.migrations.path);
    if (parent == folder || (!parent.empty() && parent == above(folder))) return &database;
  }
  return nullptr;
}

/// Files that declare a schema: a database of their own, or what a database's migrations lead to.
void add_declared(const std::string& folder, const std::vector<std::string>& files,
                  const std::string& ending, const std::vector<DetectedFolder>& migrations,
                  Found& found) {
  const bool inside_another =
      std::any_of(found.databases.begin(), found.databases.end(), [&](const auto& other) {
        return !other.schema.empty() && glob_match(other.schema.front(), files.front());
      });
  if (inside_another) return;
  const std::string pattern = pattern_of(folder, files, ending, migrations);
  const std::string reason =
      counted(static_cast<long long>(files.size()), "file") +
      (ending == ".hcl" ? " of Atlas HCL with tables" : " with CREATE TABLE");
  if (DatabaseConfig* beside = migrated_beside(folder, found)) {
    if (is_code(beside->migrations.format)) {
      // Programs say less than a schema that is written down (Rails' structure.sql).
      beside->migrations = {};
      beside->schema = {pattern};
      found.reasons.at(static_cast<std::size_t>(beside - found.databases.data())) = reason;
    } else if (is_dump(files)) {
      found.left_out.push_back(files.front() + " is left out: " + beside->migrations.format +
                               "'s files beside it say more");
    } else {
      beside->schema = {pattern};
    }
    return;
  }
  DatabaseConfig database;
  database.name = name_of(folder);
  database.schema = {pattern};
  add(found, std::move(database), reason);
}

Found look(const std::vector<std::string>& paths,
           const std::function<std::string(const std::string&)>& text_of) {
  Found found;
  const AtlasDatabases atlas = atlas_databases(paths, text_of);
  if (!atlas.databases.empty()) {
    for (std::size_t i = 0; i < atlas.databases.size(); ++i) {
      DatabaseConfig database = atlas.databases[i];
      if (atlas.databases.size() == 1) database.name = "main";
      add(found, std::move(database), atlas.reasons[i]);
    }
    return found;
  }
  const std::vector<DetectedFolder> migrations = detect_migrations(paths, text_of);
  for (const DetectedFolder& folder : migrations) {
    if (!folder.dialect.empty()) {
      found.left_out.push_back(folder.root + "/ is left out: it is written for " + folder.dialect);
      continue;
    }
    DatabaseConfig database;
    database.name = name_of(folder.root);
    database.migrations.path = folder.root.empty() ? "." : folder.root;
    database.migrations.format = folder.format;
    add(found, std::move(database), folder.reason);
  }
  for (const std::string ending : {".sql", ".hcl"})
    for (const auto& [folder, files] : declarative_folders(ending, paths, migrations, text_of))
      add_declared(folder, files, ending, migrations, found);
  return found;
}

std::string config_text(const Found& found) {
  std::string out =
      "# Which databases this repository holds. Written by `schemagate init`; see "
      "docs/configuration.md.\n"
      "postgres: 17\ndatabases:\n";
  for (std::size_t i = 0; i < found.databases.size(); ++i) {
    const DatabaseConfig& database = found.databases[i];
    out += fmt::format("  - name: {}  # {}\n", database.name, found.reasons[i]);
    if (!database.migrations.empty())
      out += fmt::format("    migrations: {{path: {}, format: {}}}\n", database.migrations.path,
                         database.migrations.format);
    if (!database.variables.empty()) {
      std::string values;
      for (const auto& [name, value] : database.variables)
        values += fmt::format("{}{}: \"{}\"", values.empty() ? "" : ", ", name, value);
      out += "    variables: {" + values + "}\n";
    }
    if (database.schema.size() == 1)
      out += fmt::format("    schema: \"{}\"\n", database.schema.front());
    else if (!database.schema.empty())
      out += fmt::format("    schema: [\"{}\"]\n", join(database.schema, "\", \""));
  }
  return out;
}

void write_unless_there(const std::string& root, std::string_view file, const std::string& text,
                        bool force) {
  const std::string path = root + "/" + std::string(file);
  if (std::filesystem::exists(path) && !force) {
    print(fmt::format("{} is there already, left alone (--force overwrites it)\n", file));
    return;
  }
  write_whole_file(path, text);
  print(fmt::format("wrote {}\n", file));
}

}  // namespace

int run_init(const InitOptions& options, const CommonOptions&) {
  git::Repository repository = git::Repository::open(options.directory);
  const std::vector<git::TreeEntry> files = repository.list(repository.snapshot_work_tree());
  std::map<std::string, std::string> blobs;
  std::vector<std::string> paths;
  for (const git::TreeEntry& entry : files) {
    if (entry.kind != git::FileKind::file || !entry.problem.empty()) continue;
    blobs[entry.path] = entry.blob;
    paths.push_back(entry.path);
  }
  const Found found = look(paths, [&](const std::string& path) {
    const auto at = blobs.find(path);
    return at == blobs.end() ? std::string() : repository.read(at->second).value_or("");
  });
  for (const std::string& note : found.left_out) print_text(note + "\n");
  if (found.databases.empty())
    throw Error(
        ErrorKind::config, "no schema and no migrations folder was found",
        "where are the SQL files? write .schemagate.yml by hand, see docs/configuration.md");
  for (std::size_t i = 0; i < found.databases.size(); ++i) {
    const DatabaseConfig& database = found.databases[i];
    print_text(fmt::format(
        "found {}: {} ({})\n", database.name,
        database.migrations.empty() ? database.schema.front() : database.migrations.path + "/",
        database.migrations.empty() ? found.reasons[i]
                                    : database.migrations.format + ", " + found.reasons[i]));
  }
  const std::string root = repository.root().empty() ? options.directory : repository.root();
  write_unless_there(root, config_file_name, config_text(found), options.force);
  write_unless_there(root, workflow_file, std::string(workflow), options.force);
  return 0;
}

}  // namespace schemagate
