// SPDX-License-Identifier: MIT
#include "bot/snapshot.h"

#include <fmt/format.h>

#include <set>

#include "base/sha256.h"
#include "bot/migration_includes.h"
#include "bot/platform.h"
#include "bot/schema_files.h"
#include "bot/trees.h"
#include "schema/access.h"

namespace schemagate {

SnapshotReader::SnapshotReader(const git::Repository& repository, const DatabaseConfig& config,
                               int postgres)
    : repository_(repository), config_(config), postgres_(postgres), blobs_(repository, sources_) {}

std::vector<std::uint32_t> SnapshotReader::add(const std::vector<git::TreeEntry>& entries,
                                               Snapshot& snapshot) {
  return blobs_.read(entries, [&](const git::TreeEntry& entry, const std::string& why) {
    snapshot.problems.push_back(entry.path + '\0' + entry.blob);
    snapshot.opened.push_back(fmt::format("{} was not read: it {}", entry.path, why));
    return std::nullopt;
  });
}

const ParsedFile& SnapshotReader::parsed(std::uint32_t file) {
  const auto at = parsed_.find(file);
  return at != parsed_.end() ? at->second
                             : parsed_.emplace(file, parse(sources_, file)).first->second;
}

std::optional<ParsedFile> SnapshotReader::given_by_platform(
    const std::vector<std::uint32_t>& files) {
  auto given = platform_schema(sources_, files);
  if (!given) return std::nullopt;
  if (!platform_) platform_ = sources_.add(std::move(*given));
  return parsed(*platform_);
}

void SnapshotReader::note_problems(const SourceSet& sources, const ParsedFile& file,
                                   Snapshot& snapshot) const {
  for (const ParseProblem& problem : file.problems) {
    snapshot.problems.push_back(problem.message + '\0' +
                                std::string(sources.text(problem.statement)));
    snapshot.opened.push_back(fmt::format("{}:{}: {}", sources.path(problem.where),
                                          sources.begin(problem.where).line, problem.message));
  }
}

void SnapshotReader::note_problem(const SourceSet& sources, const ApplyProblem& problem,
                                  Snapshot& snapshot) const {
  if (problem.kind == ProblemKind::ignored || problem.sqlstate.empty()) return;
  const bool placed = problem.where.is_somewhere();
  snapshot.problems.push_back(problem.message + '\0' +
                              (placed ? std::string(sources.text(problem.where)) : ""));
  snapshot.opened.push_back(placed ? fmt::format("{}:{}: {}", sources.path(problem.where),
                                                 sources.begin(problem.where).line, problem.message)
                                   : problem.message);
}

Snapshot SnapshotReader::read(const DatabaseFiles& files, const std::vector<git::TreeEntry>& tree,
                              const Snapshot* ancestor) {
  Snapshot snapshot;
  if (!config_.migrations.empty()) {
    const std::vector<std::uint32_t> included = add(files.included, snapshot);
    read_migrations_of(add(files.migrations, snapshot), included, tree, ancestor, snapshot);
    return snapshot;
  }
  std::vector<ParsedFile> all;
  const std::vector<std::uint32_t> numbers = add(files.schema, snapshot);
  if (const auto given = given_by_platform(numbers)) all.push_back(*given);
  if (holds_hcl(sources_, numbers))
    for (ParsedFile& file : parse_schema(sources_, numbers, config_.variables))
      all.push_back(std::move(file));
  else
    for (const std::uint32_t file : numbers) all.push_back(parsed(file));
  LoadedSchema loaded = load_schema(all, postgres_);
  for (const ParsedFile& file : all) note_problems(sources_, file, snapshot);
  for (const ApplyProblem& problem : loaded.problems) note_problem(sources_, problem, snapshot);
  snapshot.catalog = std::move(loaded.catalog);
  snapshot.hints = rename_hints(sources_, all);
  return snapshot;
}

std::string SnapshotReader::expand(ParsedFile& up, SourceSet& ups,
                                   const std::vector<std::uint32_t>& files,
                                   const std::vector<std::uint32_t>& included,
                                   Snapshot& snapshot) const {
  std::string blobs;
  std::set<std::string> own;
  for (const Migration& migration : snapshot.folder.migrations)
    own.insert(sources_.file(migration.file).path);
  const FindFile find = [&](const std::string& named) -> std::optional<std::uint32_t> {
    const std::string path = included_path(snapshot.folder, named).value_or("");
    for (const auto* list : {&files, &included})
      for (const std::uint32_t file : *list)
        if (sources_.file(file).path == path) {
          blobs += " " + sources_.file(file).blob;
          return ups.add({path, included_text(snapshot.folder, sources_.file(file).text), {}});
        }
    return std::nullopt;
  };
  for (const LostCommand& lost : expand_includes(ups, find, own, up)) {
    snapshot.problems.push_back(lost.message);
    snapshot.opened.push_back(
        fmt::format("{}:{}: {}", ups.path(lost.where), ups.begin(lost.where).line, lost.message));
  }
  return blobs;
}

void SnapshotReader::read_migrations_of(const std::vector<std::uint32_t>& files,
                                        const std::vector<std::uint32_t>& included,
                                        const std::vector<git::TreeEntry>& tree,
                                        const Snapshot* ancestor, Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (const git::TreeEntry& entry : tree) paths.push_back(entry.path);
  snapshot.folder =
      read_migrations(sources_, files, config_.migrations.path, config_.migrations.format, paths,
                      config_.migrations.transactions, text_reader(repository_, tree));
  std::map<std::string, std::string> known;
  for (std::size_t i = 0; ancestor != nullptr && i < ancestor->migrations.size(); ++i)
    known[ancestor->migrations[i]] = ancestor->blobs[i];
  Session session;
  session.postgres = postgres_;
  if (const auto given = given_by_platform(files))
    for (const Statement& statement : given->statements)
      apply(snapshot.catalog, session, statement);
  for (const Migration& migration : snapshot.folder.migrations) {
    const SourceFile& source = sources_.file(migration.file);
    SourceSet ups;
    const std::uint32_t number =
        ups.add({source.path, in_place(source.text, migration.up_begin, migration.up), {}});
    ParsedFile up = parse(ups, number);
    std::string more;  // the texts that it includes
    if (includes_files(snapshot.folder, migration))
      more = expand(up, ups, files, included, snapshot);
    note_problems(ups, up, snapshot);
    snapshot.migrations.push_back(migration.key);
    snapshot.blobs.push_back(
        (migration.shares_file ? sha256_hex(content_of(migration)) : source.blob) + more);
    Script& script = snapshot.scripts.emplace_back(Script{{}, session.search_path});
    for (const Statement& statement : up.statements)
      for (const ApplyProblem& problem : apply(snapshot.catalog, session, statement))
        note_problem(ups, problem, snapshot);
    const auto was = known.find(migration.key);
    if (ancestor != nullptr && (was == known.end() || was->second != snapshot.blobs.back()))
      script.statements = std::move(up.statements);
  }
  for (const MigrationProblem& problem : snapshot.folder.problems) {
    if (!problem.certain_failure && !problem.unread) continue;
    snapshot.problems.push_back(problem.message);
    snapshot.opened.push_back(
        fmt::format("{}: {}", sources_.file(problem.file).path, problem.message));
  }
}

}  // namespace schemagate
