// SPDX-License-Identifier: MIT
#include "bot/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "bot/applied.h"
#include "bot/includes.h"
#include "bot/snapshot.h"
#include "bot/snapshot_news.h"
#include "bot/trees.h"
#include "bot/world.h"
#include "schema/fingerprint.h"

namespace schemagate {
namespace {

/// The four trees of a merge, as lists of files. `merged_files` is empty while git can't merge.
struct MergeSides {
  Sides sides;
  std::vector<git::TreeEntry> merged_files;
  git::MergedTree merged;
};

/// For a tip that is no commit: what the base would be with another pull request.
Sides sides_of_tree(const git::Repository& repository, const GateOptions& options) {
  Sides sides;
  sides.before = repository.resolve(options.merge_base);
  sides.base = options.base_tree;
  sides.head = repository.resolve(options.head);
  sides.before_files = repository.list(sides.before);
  sides.base_files = repository.list(sides.base);
  sides.head_files = repository.list(sides.head);
  return sides;
}

MergeSides find_merge(git::Repository& repository, const GateOptions& options) {
  MergeSides found;
  CheckOptions commits;
  commits.base = options.base;
  commits.head = options.head;
  found.sides = options.base_tree.empty() ? find_sides(repository, commits)
                                          : sides_of_tree(repository, options);
  if (!options.merge_base.empty()) {
    found.sides.before = repository.resolve(options.merge_base);
    found.sides.before_files = repository.list(found.sides.before);
  }
  const Sides& sides = found.sides;
  found.merged = repository.merge_trees(sides.before, sides.base, sides.head);
  if (!found.merged.tree.empty()) found.merged_files = repository.list(found.merged.tree);
  return found;
}

const DatabasePair* find_pair(const std::vector<DatabasePair>& pairs, const std::string& name) {
  const auto at = std::find_if(pairs.begin(), pairs.end(),
                               [&](const DatabasePair& pair) { return pair.config.name == name; });
  return at == pairs.end() ? nullptr : &*at;
}

std::map<std::string, std::string> blobs_by_path(const DatabaseFiles& files) {
  std::map<std::string, std::string> blobs;
  for (const auto* list : {&files.schema, &files.migrations, &files.included})
    for (const git::TreeEntry& file : *list) blobs[file.path] = file.blob;
  return blobs;
}

/// In words, the first thing that a side does; empty where it does nothing.
std::string first_change(const std::vector<Change>& changes, const Snapshot& before,
                         const Snapshot& now) {
  if (!changes.empty())
    return fmt::format("{} {}", to_string(changes.front().kind), changes.front().object);
  const std::vector<std::string> added = new_migrations(before, now);
  return added.empty() ? std::string() : "adds " + added.front();
}

/// The two sides of one database and everything between them.
class DatabaseEvaluation {
 public:
  DatabaseEvaluation(const git::Repository& repository, const MergeSides& sides,
                     const DatabasePair& change, const DatabasePair* landing, int postgres)
      : repository_(repository),
        sides_(sides),
        change_(change),
        landing_pair_(landing),
        reader_(repository, change.config, postgres),
        postgres_(postgres) {
    gate_.name = change.config.name;
    const auto& [commits, merged_files, merged] = sides;
    ancestor_ = reader_.read(change.before, commits.before_files);
    head_ = reader_.read(change.after, commits.head_files, &ancestor_);
    if (landing != nullptr) base_ = reader_.read(landing->before, commits.base_files, &ancestor_);
    if (landing != nullptr && !merged.tree.empty())
      landing_ = reader_.read(landing->after, merged_files);
  }

  DatabaseGate evaluate() {
    const MergeSide ours{head_.catalog, head_.hints, new_scripts(ancestor_, head_)};
    const MergeSide theirs{base_.catalog, base_.hints, new_scripts(ancestor_, base_)};
    merge_ = merge(ancestor_.catalog, ours, theirs, postgres_);
    gate_.grade = merge_.grade;
    gate_.row_files = new_row_files(ancestor_, head_);
    gate_.interactions = merge_.interactions;
    own_problems();
    unread_migrations();
    migrations();
    if (can_merge()) landing();
    return gate_;
  }

  /// What of the change the database behind `source` lacks. Judged against what would land.
  std::vector<std::string> lacking(const std::string& source) const {
    const bool lands = can_merge() && !landing_.catalog.schemas.empty();
    const Catalog &before = lands ? base_.catalog : ancestor_.catalog,
                  &after = lands ? landing_.catalog : head_.catalog;
    return not_applied({before, after, merge_.ours}, source, postgres_);
  }

  DatabaseChecksums checksums() const {
    return {
        gate_.name,
        schema_checksum(base_.catalog),
        gate_.merged_checksum,
        plan_checksum(object_texts(ancestor_.catalog), object_texts(head_.catalog), merge_.ours),
        rows_checksum(new_row_files(ancestor_, base_), gate_.row_files),
        unread()};
  }

 private:
  void worse(Grade grade) { gate_.grade = std::max(gate_.grade, grade); }
  void broken(const std::string& why) {
    worse(Grade::broken);
    gate_.notes.push_back(why);
  }
  void interacts(Interaction row) {
    worse(Grade::interacting);
    gate_.interactions.push_back(std::move(row));
  }
  /// Empty where everything new can be read.
  std::string unread() const {
    const bool is_read = new_problems(head_, {&ancestor_}).empty() &&
                         new_problems(base_, {&ancestor_}).empty() &&
                         new_problems(landing_, {&ancestor_}).empty();
    if (is_read) return {};
    return unread_checksum(landing_pair_ == nullptr ? std::map<std::string, std::string>()
                                                    : blobs_by_path(landing_pair_->before),
                           blobs_by_path(change_.after));
  }
  bool can_merge() const { return !sides_.merged.tree.empty() && sides_.merged.doubts.empty(); }

  /// What the pull request broke by itself.
  void own_problems() {
    for (const std::string& problem : new_problems(head_, {&ancestor_})) broken(problem);
  }

  /// What a program, or a change without SQL, does to the database nobody knows: it meets whatever
  /// the other side does.
  void unread_migrations() {
    const std::vector<std::string> ours = new_unread_migrations(ancestor_, head_),
                                   theirs = new_unread_migrations(ancestor_, base_);
    if (!ours.empty()) worse(Grade::disjoint);
    const std::string own = first_change(merge_.ours, ancestor_, head_),
                      others = first_change(merge_.theirs, ancestor_, base_);
    if (!ours.empty() && !others.empty())
      interacts({ours.front(), "adds " + ours.front(), others,
                 "what it does to the schema can't be read: it may be what the base changed"});
    else if (!theirs.empty() && !own.empty())
      interacts(
          {theirs.front(), own, "adds " + theirs.front(),
           "what it does to the schema can't be read: it may be what the pull request changes"});
  }

  /// Applied files that were edited, and new ones that the tool would not run after the base's.
  void migrations() {
    std::map<std::string, std::string> blobs;
    for (std::size_t i = 0; i < head_.migrations.size(); ++i)
      blobs[head_.migrations[i]] = head_.blobs[i];
    for (std::size_t i = 0; i < ancestor_.migrations.size(); ++i) {
      if (ancestor_.folder.migrations[i].repeatable) continue;
      const auto now = blobs.find(ancestor_.migrations[i]);
      if (now == blobs.end())
        broken(fmt::format("{} may have run already and is gone", ancestor_.migrations[i]));
      else if (now->second != ancestor_.blobs[i])
        broken(fmt::format("{} may have run already and was edited", ancestor_.migrations[i]));
    }
    same_versions();
    late_migrations();
  }

  /// Two new files with one version: at best the tool runs one of them.
  void same_versions() {
    std::map<std::string, std::string> theirs;
    for (std::size_t i = 0; i < base_.migrations.size(); ++i)
      theirs[base_.folder.migrations[i].version] = base_.migrations[i];
    const std::set<std::string> old(ancestor_.migrations.begin(), ancestor_.migrations.end());
    for (std::size_t i = 0; i < head_.migrations.size(); ++i) {
      const Migration& migration = head_.folder.migrations[i];
      const std::string& path = head_.migrations[i];
      const auto other = theirs.find(migration.version);
      if (migration.repeatable || old.count(path) != 0 || other == theirs.end()) continue;
      if (other->second != path && old.count(other->second) == 0)
        interacts({path, "adds " + path, "adds " + other->second,
                   fmt::format("the base already has a version {}", migration.version)});
    }
  }

  void late_migrations() {
    const std::set<std::string> old(ancestor_.migrations.begin(), ancestor_.migrations.end()),
        bases(base_.migrations.begin(), base_.migrations.end());
    const std::string_view late = late_migration_message(landing_.folder);
    if (late.empty()) return;
    std::string ours_path;
    const Migration* ours = nullptr;
    for (std::size_t i = 0; i < landing_.migrations.size(); ++i) {
      const Migration& migration = landing_.folder.migrations[i];
      const std::string& path = landing_.migrations[i];
      if (migration.repeatable || old.count(path) != 0) continue;
      if (bases.count(path) == 0) {
        ours = &migration;
        ours_path = path;
      } else if (ours != nullptr && ours->version != migration.version) {
        return interacts({ours_path, "adds " + ours_path, "adds " + path,
                          fmt::format("the base already has a later version: {}", late)});
      }
    }
  }

  /// What a migration includes is judged with it, and must be what runs.
  void changed_includes() {
    const std::vector<std::string> ours = new_changed_includes(ancestor_, head_, landing_),
                                   theirs = new_changed_includes(ancestor_, base_, landing_);
    if (!ours.empty())
      interacts({ours.front(), "adds " + ours.front(), "changes what it includes",
                 "the base changes a file that it includes"});
    if (!theirs.empty())
      interacts({theirs.front(), "changes what it includes", "adds " + theirs.front(),
                 "the pull request changes a file that it includes"});
  }

  void landing() {
    changed_includes();
    gate_.merged_checksum = schema_checksum(landing_.catalog);
    // What the interactions explain is no other trouble: mending them mends it.
    const bool explained = !gate_.interactions.empty();
    for (const std::string& problem : new_problems(landing_, {&base_, &head_})) {
      if (!explained) worse(Grade::broken);
      gate_.notes.push_back("merged: " + problem);
    }
    if (gate_.grade >= Grade::interacting) return;
    for (const Change& change : differences(merge_.merged, landing_.catalog))
      return broken(
          fmt::format("the merged files give another schema than both changes together: {} {}",
                      to_string(change.kind), change.object));
    if (!same_changes(diff(base_.catalog, landing_.catalog, landing_.hints).changes, merge_.ours))
      interacts({merge_.ours.empty() ? gate_.name : merge_.ours.front().object, "", "",
                 "on the base's tip the pull request would make another change than was judged"});
  }

  const git::Repository& repository_;
  const MergeSides& sides_;
  const DatabasePair& change_;
  const DatabasePair* landing_pair_;
  SnapshotReader reader_;
  int postgres_;
  Snapshot ancestor_, base_, head_, landing_;
  Merge merge_;
  DatabaseGate gate_;
};

Gate gate_of(Grade grade) {
  switch (grade) {
    case Grade::none:
      return Gate::not_applicable;
    case Grade::disjoint:
    case Grade::adjacent:
      return Gate::granted;
    case Grade::interacting:
      return Gate::stale;
    case Grade::broken:
      return Gate::failed;
  }
  return Gate::failed;
}

/// A conflict or a doubt about the merge: nobody knows what would land.
void close_without_merge(const git::MergedTree& merged, GateReport& report) {
  for (const std::string& path : merged.conflicts)
    report.notes.push_back(fmt::format("{} is in conflict with the base", path));
  for (const std::string& doubt : merged.doubts)
    report.notes.push_back(fmt::format("what git would land can't be told: {}", doubt));
  const bool is_open = report.gate == Gate::granted || report.gate == Gate::not_applicable;
  // Without a schema change a conflict is git's business alone.
  if (!merged.doubts.empty() && is_open) report.gate = Gate::stale;
  if (!merged.conflicts.empty() && report.gate == Gate::granted) report.gate = Gate::stale;
}

/// Where the change to a database must have arrived already: "[DATABASE=]SOURCE", or what the
/// configuration says.
std::optional<std::string> applied_source(const GateOptions& options,
                                          const DatabaseConfig& of_database, const Config& config) {
  const std::string& database = of_database.name;
  for (const std::string& applied : options.applied) {
    if (applied.starts_with(database + "=")) return applied.substr(database.size() + 1);
    const bool is_named = std::any_of(
        config.databases.begin(), config.databases.end(),
        [&](const DatabaseConfig& other) { return applied.starts_with(other.name + "="); });
    if (!is_named && config.databases.size() == 1) return applied;
    if (!is_named)
      throw Error(ErrorKind::usage, fmt::format("--applied {} names no database", applied),
                  "with several databases: --applied NAME=URL");
  }
  if (options.asks_applied && !of_database.applied.empty() && !of_database.only_at_head)
    return expand_environment(of_database.applied);
  return std::nullopt;
}

/// What a variable holds is shown by the variable's name, also where it can't be read.
std::vector<std::string> lacking_by_name(const DatabaseEvaluation& database,
                                         const std::string& source, const std::string& name) {
  try {
    return database.lacking(source);
  } catch (const Error& error) {
    if (!name.starts_with('$')) throw;
    throw Error(error.kind, replace_all(error.what(), source, name), error.hint);
  }
}

void close_before_deployment(GateReport& report) {
  const bool lacks = std::any_of(report.databases.begin(), report.databases.end(),
                                 [](const DatabaseGate& database) {
                                   return database.not_applied && !database.not_applied->empty();
                                 });
  report.awaits_deployment = lacks && report.gate == Gate::granted;
  if (report.awaits_deployment) report.gate = Gate::stale;
}

}  // namespace

bool writes_rows(const GateReport& report) {
  return std::any_of(report.databases.begin(), report.databases.end(),
                     [](const DatabaseGate& database) { return !database.row_files.empty(); });
}

std::string landing_plan(const GateReport& report) {
  if (!writes_rows(report)) return report.plan_checksum;
  std::string text = "schemagate/rows/v1\n";
  for (const DatabaseGate& database : report.databases)
    for (const std::string& file : database.row_files) text += file + "\n";
  return report.plan_checksum + "+" + sha256_hex(text);
}

GateReport evaluate_gate(git::Repository& repository, const GateOptions& options,
                         const CommonOptions& common) {
  const MergeSides sides = find_merge(repository, options);
  CheckOptions commits;
  commits.config = options.config;
  commits.config_path = options.config_path;
  commits.folder = options.folder;
  commits.schema = options.schema;
  const Config config = read_config(repository, sides.sides, commits);
  if (config.databases.empty())
    throw Error(ErrorKind::config, "no schema was found",
                "`schemagate init` writes a configuration");
  GateReport report;
  report.merge_base = sides.sides.before;
  report.base = sides.sides.base;
  report.head = sides.sides.head;
  const auto changes =
      find_databases(repository, config, sides.sides.before_files, sides.sides.head_files);
  const auto landings =
      find_databases(repository, config, sides.sides.base_files, sides.merged_files);
  std::vector<DatabaseChecksums> checksums;
  for (const DatabasePair& change : changes) {
    if (!change.changed) continue;
    const int postgres = postgres_major(change.config, common);
    DatabaseEvaluation database(repository, sides, change, find_pair(landings, change.config.name),
                                postgres);
    report.databases.push_back(database.evaluate());
    report.grade = std::max(report.grade, report.databases.back().grade);
    checksums.push_back(database.checksums());
    report.databases.back().plan_checksum = checksums.back().plan;
    if (const auto source = applied_source(options, change.config, config))
      report.databases.back().not_applied =
          lacking_by_name(database, *source, change.config.applied);
  }
  report.gate = gate_of(report.grade);
  close_without_merge(sides.merged, report);
  close_before_deployment(report);
  report.checksum = gate_checksum(checksums);
  report.plan_checksum = plan_checksum(checksums);
  return report;
}

}  // namespace schemagate
