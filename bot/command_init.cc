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
constexpr std::string_view workflow =
    R"(# Judges every pull request that changes the schema. No `paths:` filter: a required check
# that does not run would block a pull request for ever.
name: schemagate
on:
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review]
permissions:
  contents: read
  pull-requests: write
  checks: write
  statuses: write
concurrency:
  group: schemagate-${{ github.event.number }}
  cancel-in-progress: true
jobs:
  schemagate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: schemagate/schemagate@v0
)";

struct Found {
  std::vector<DatabaseConfig> databases;
  std::vector<std::string> reasons;
  std::vector<std::string> left_out;  ///< other servers' folders
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

/// Folders whose files of that ending (.sql, .hcl) make tables and that are no tool's migrations.
std::map<std::string, int> declarative_folders(
    const std::string& ending, const std::vector<std::string>& paths,
    const std::vector<DetectedFolder>& migrations,
    const std::function<std::string(const std::string&)>& text_of) {
  std::map<std::string, int> folders;
  for (const std::string& path : paths) {
    if (!path.ends_with(ending) || !is_schema_file(path)) continue;
    const bool in_migrations = std::any_of(
        migrations.begin(), migrations.end(),
        [&](const DetectedFolder& folder) { return path.starts_with(folder.root + "/"); });
    if (in_migrations) continue;
    const std::string text = to_lower(text_of(path));
    const bool makes_tables = ending == ".hcl" ? text.find("\ntable \"") != std::string::npos
                                               : text.find("create table") != std::string::npos;
    if (!makes_tables) continue;
    if (!dialect_of(text).empty()) continue;
    const std::size_t slash = path.rfind('/');
    ++folders[slash == std::string::npos ? "" : path.substr(0, slash)];
  }
  return folders;
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
    database.migrations.path = folder.root;
    database.migrations.format = folder.format;
    add(found, std::move(database), folder.reason);
  }
  for (const std::string ending : {".sql", ".hcl"})
    for (const auto& [folder, count] : declarative_folders(ending, paths, migrations, text_of)) {
      DatabaseConfig database;
      database.name = name_of(folder);
      database.schema = {(folder.empty() ? "*" : folder + "/**/*") + ending};
      const bool inside_another =
          std::any_of(found.databases.begin(), found.databases.end(), [&](const auto& other) {
            return !other.schema.empty() &&
                   glob_match(other.schema.front(), folder + "/x" + ending);
          });
      if (inside_another) continue;
      add(found, std::move(database),
          ending == ".hcl" ? fmt::format("{} of Atlas HCL with tables", counted(count, "file"))
                           : fmt::format("{} with CREATE TABLE", counted(count, "file")));
    }
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
  for (const std::string& note : found.left_out) print(note + "\n");
  if (found.databases.empty())
    throw Error(
        ErrorKind::config, "no schema and no migrations folder was found",
        "where are the SQL files? write .schemagate.yml by hand, see docs/configuration.md");
  for (std::size_t i = 0; i < found.databases.size(); ++i) {
    const DatabaseConfig& database = found.databases[i];
    print(fmt::format(
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
