// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "bot/action.h"
#include "bot/clone.h"
#include "bot/commands.h"
#include "bot/databases.h"
#include "bot/includes.h"
#include "bot/output.h"
#include "bot/pipeline.h"
#include "bot/trees.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

/// The work tree is judged as it is: nothing is fetched for it.
Clone open_clone(const CheckOptions& options) {
  if (options.uncommitted) return Clone(options.repository, {});
  return Clone::with_origin(options.repository, from_environment);
}

/// How each folder of migrations is read.
std::map<std::string, std::string> formats_of(const git::Repository& repository,
                                              const std::vector<git::TreeEntry>& files,
                                              std::vector<std::string>& left_out) {
  std::vector<std::string> paths;
  for (const git::TreeEntry& entry : files)
    if (entry.kind == git::FileKind::file && entry.problem.empty()) paths.push_back(entry.path);
  std::map<std::string, std::string> formats;
  for (const DetectedFolder& folder : detect_migrations(paths, text_reader(repository, files))) {
    formats[folder.root.empty() ? "." : folder.root] =
        fmt::format("{}: {}; ", folder.format, folder.reason);
    if (!folder.dialect.empty())
      left_out.push_back(
          fmt::format("{}/ is left out: it is written for {}", folder.root, folder.dialect));
  }
  return formats;
}

int list_databases(git::Repository& repository, const CheckOptions& options) {
  const Sides sides = find_sides(repository, options);
  const Config config = read_config(repository, sides, options);
  std::vector<std::string> lines = config.notes, left_out;
  auto formats = formats_of(repository, sides.head_files, left_out);
  if (!config.file.empty()) lines.insert(lines.end(), left_out.begin(), left_out.end());
  for (const DatabasePair& pair :
       find_databases(repository, config, sides.before_files, sides.head_files)) {
    const std::size_t files = pair.after.schema.size() + pair.after.migrations.size();
    const MigrationsSetting& migrations = pair.config.migrations;
    const bool configured = !config.file.empty() && migrations.format != "auto";
    const std::string format = migrations.empty() ? ""
                               : configured       ? migrations.format + ", as configured; "
                                                  : formats[migrations.path];
    lines.push_back(fmt::format("{}: {} ({}{}{})", pair.config.name, pair.how_found, format,
                                counted(static_cast<long long>(files), "file"),
                                pair.changed ? ", changed" : ""));
  }
  for (const DatabasePair& pair :
       unfilled_patterns(config, {&sides.before_files, &sides.head_files}))
    lines.push_back(fmt::format("{}: no file matches {}", pair.config.name, pair.how_found));
  if (!lines.empty()) print_text(join(lines, "\n") + "\n");
  if (config.databases.empty()) throw nothing_found();
  return 0;
}

/// True for the object itself and what is part of it: "public.users" covers "public.users.email".
bool is_about(const std::string& object, const std::string& wanted) {
  return object == wanted || object.starts_with(wanted + ".") || object == "public." + wanted ||
         object.starts_with("public." + wanted + ".");
}

/// Leaves only what concerns one object.
void keep_only(Report& report, const std::string& wanted) {
  std::size_t left = 0;
  for (DatabaseReport& database : report.databases) {
    std::erase_if(database.changes,
                  [&](const ReportedChange& change) { return !is_about(change.object, wanted); });
    std::erase_if(database.findings, [&](const ReportedFinding& found) {
      return !is_about(found.finding.object, wanted);
    });
    std::erase_if(database.statements, [&](const ReportedStatement& statement) {
      return std::none_of(statement.impact.locks.begin(), statement.impact.locks.end(),
                          [&](const RelationLock& lock) {
                            const std::string relation = to_sql(lock.relation);
                            return is_about(relation, wanted) || is_about(wanted, relation);
                          });
    });
    database.safe_plan.clear();
    left += database.changes.size() + database.findings.size() + database.statements.size();
  }
  if (left == 0)
    throw Error(ErrorKind::usage, fmt::format("nothing in this change concerns '{}'", wanted),
                "objects are named like public.users.email");
}

}  // namespace

int run_check(const CheckOptions& options, const CommonOptions& common) {
  Clone clone = open_clone(options);
  if (options.list)
    return clone.run(
        [&](git::Repository& repository) { return list_databases(repository, options); });
  const bool with_statements = true;
  Report report = check(clone, options, common);
  if (!options.explain.empty()) keep_only(report, options.explain);
  return deliver(report, common, with_statements);
}

}  // namespace schemagate
