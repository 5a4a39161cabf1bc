// SPDX-License-Identifier: MIT
#include "bot/pipeline.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "bot/blob_reader.h"
#include "bot/coverage.h"
#include "bot/databases.h"
#include "bot/includes.h"
#include "bot/judge.h"
#include "bot/landing.h"
#include "bot/locked.h"
#include "bot/migration_command.h"
#include "bot/platform.h"
#include "bot/trees.h"
#include "bot/turns.h"
#include "bot/world.h"

namespace schemagate {
namespace {

/// Reads a database's files of both sides.
class TextReader {
 public:
  TextReader(const git::Repository& repository, DatabaseText& text)
      : blobs_(repository, text.sources), text_(text) {}

  std::vector<std::uint32_t> read(const std::vector<git::TreeEntry>& entries, bool is_head) {
    return blobs_.read(entries, [&](const git::TreeEntry& entry, const std::string& why) {
      return refuse(entry, is_head, why);
    });
  }

 private:
  std::optional<std::uint32_t> refuse(const git::TreeEntry& entry, bool is_head,
                                      const std::string& why) {
    if (!is_head) {
      text_.notes.push_back(fmt::format("{} of the base was not read: it {}", entry.path, why));
      return std::nullopt;
    }
    const std::uint32_t file = text_.sources.add({entry.path, "", entry.blob});
    text_.refused.push_back({Span{file, 0, 0}, Span{file, 0, 0},
                             fmt::format("{} was not read: it {}", entry.path, why)});
    return std::nullopt;
  }

  BlobReader blobs_;
  DatabaseText& text_;
};

DatabaseText read_text(const git::Repository& repository, const DatabasePair& pair) {
  DatabaseText text;
  TextReader reader(repository, text);
  text.schema_before = reader.read(pair.before.schema, false);
  text.migrations_before = reader.read(pair.before.migrations, false);
  text.included_before = reader.read(pair.before.included, false);
  text.schema_after = reader.read(pair.after.schema, true);
  text.migrations_after = reader.read(pair.after.migrations, true);
  text.included_after = reader.read(pair.after.included, true);
  std::vector<std::uint32_t> all(text.sources.size());
  std::iota(all.begin(), all.end(), 0U);
  if (auto given = platform_schema(text.sources, all))
    text.platform = text.sources.add(std::move(*given));
  return text;
}

std::vector<std::string> paths_of(const std::vector<git::TreeEntry>& entries) {
  std::vector<std::string> paths;
  for (const git::TreeEntry& entry : entries) paths.push_back(entry.path);
  return paths;
}

/// A database that could not be judged: the gate stays closed and the others are still judged.
DatabaseReport not_judged(const std::string& name, const Error& error) {
  DatabaseReport report;
  report.name = name;
  report.judged = false;
  report.notes.push_back(fmt::format("could not be judged: {}{}", error.what(),
                                     error.hint.empty() ? "" : fmt::format(" ({})", error.hint)));
  return report;
}

Error nothing_matches(const DatabasePair& pair) {
  return Error(ErrorKind::config, fmt::format("no file matches {}", pair.how_found),
               "is the pattern in .schemagate.yml right?");
}

/// Runs the team's command for one side; what it printed becomes a file of `text`.
std::uint32_t print_side(const git::Repository& repository, const MigrationsSetting& migrations,
                         const std::vector<git::TreeEntry>& tree, const std::string& side,
                         DatabaseText& text) {
  PrintedMigrations printed = print_migrations(repository, tree, migrations.command);
  if (!printed.sql)
    throw Error(ErrorKind::config,
                fmt::format("`{}` {} for the {}", migrations.command, printed.refused, side),
                "it must print the SQL of all migrations, see docs/configuration.md");
  return text.sources.add(
      {"(printed by the command of " + migrations.path + ")", std::move(*printed.sql), {}});
}

/// A side without migrations has nothing to print: the command would find no files.
std::uint32_t print_unless_empty(const git::Repository& repository,
                                 const MigrationsSetting& migrations, const DatabaseFiles& files,
                                 const std::vector<git::TreeEntry>& tree, const std::string& side,
                                 DatabaseText& text) {
  if (!files.migrations.empty()) return print_side(repository, migrations, tree, side, text);
  return text.sources.add({"(no migrations in " + migrations.path + ")", "", {}});
}

/// Migrations that are programs: their SQL as the team's own command prints it.
void print_both(const git::Repository& repository, const DatabasePair& pair,
                const std::vector<git::TreeEntry>& old_tree,
                const std::vector<git::TreeEntry>& new_tree, const CommonOptions& common,
                DatabaseText& text) {
  const MigrationsSetting& migrations = pair.config.migrations;
  if (migrations.command.empty()) return;
  if (common.no_commands)
    throw Error(ErrorKind::config,
                fmt::format("{}: the command that prints the migrations runs the pull request's "
                            "code, and this job has the base's rights",
                            migrations.path),
                "run schemagate on: pull_request");
  text.printed_before =
      print_unless_empty(repository, migrations, pair.before, old_tree, "base", text);
  text.printed_after =
      print_unless_empty(repository, migrations, pair.after, new_tree, "head", text);
}

/// A running server is asked while other databases are judged.
AskFacts asked_meanwhile(AskFacts ask, Turns& turns) {
  return [ask = std::move(ask), &turns](const std::vector<QualifiedName>& tables,
                                        const std::vector<Probe>& probes) {
    return turns.while_others_work([&] { return ask(tables, probes); });
  };
}

Rehearse rehearsed_meanwhile(Rehearse rehearse, Turns& turns) {
  return [rehearse = std::move(rehearse), &turns](const Catalog& before,
                                                  const std::vector<Step>& steps, int postgres) {
    return turns.while_others_work([&] { return rehearse(before, steps, postgres); });
  };
}

/// Judges one database between the two sides of `pair`: files of `old_tree` and of `head_files`.
DatabaseReport judge_sides(const git::Repository& repository, const Sides& sides,
                           const DatabasePair& pair, const std::vector<git::TreeEntry>& old_tree,
                           const std::vector<git::TreeEntry>& head_files,
                           const CommonOptions& common, World& world, Turns& turns, bool rehearse) {
  JudgeOptions options;
  options.postgres = postgres_major(pair.config, common);
  options.postgres_is_fixed = wished_postgres(pair.config, common).has_value();
  options.new_database = pair.before.empty();
  options.other_paths = paths_of(head_files);
  options.read_other = text_reader(repository, head_files);
  options.ask_facts = world.ask_facts(pair.config, [&](const std::string& path) {
    for (const git::TreeEntry& entry : sides.base_files)
      if (entry.path == path) return repository.read(entry.blob);
    return std::optional<std::string>();
  });
  if (options.ask_facts && world.asks_server(pair.config))
    options.ask_facts = asked_meanwhile(std::move(options.ask_facts), turns);
  if (rehearse) options.rehearse = world.rehearse(pair.config);
  if (options.rehearse) options.rehearse = rehearsed_meanwhile(std::move(options.rehearse), turns);
  RehearseBack back = rehearse ? world.rehearse_back(pair.config) : nullptr;
  if (back)
    options.rehearse_back = [back = std::move(back), &turns](const Catalog& before,
                                                             const std::vector<Step>& steps,
                                                             std::size_t down, int postgres) {
      return turns.while_others_work([&] { return back(before, steps, down, postgres); });
    };
  DatabaseText text = read_text(repository, pair);
  print_both(repository, pair, old_tree, head_files, common, text);
  return judge_database(text, pair.config, options);
}

/// What the change does more where the base moved on in this database.
void add_landing(const git::Repository& repository, const Sides& sides, const Landing& landing,
                 const CommonOptions& common, World& world, Turns& turns, DatabaseReport& report) {
  if (!landing.concerns(report.name)) return;
  const DatabasePair* pair = landing.find(report.name);
  if (!pair) {
    report.missing.insert(Ground::landing);
    report.notes.push_back(
        fmt::format("what would land on the base's tip was not judged: {}", landing.unknown()));
    return;
  }
  const DatabaseReport landed = judge_sides(repository, sides, *pair, sides.base_files,
                                            landing.files(), common, world, turns, false);
  add_landing_findings(landed, sides.head_files, landing.files(), report);
}

DatabaseReport judge_pair(const git::Repository& repository, const Sides& sides,
                          const DatabasePair& pair, const Landing& landing,
                          const CommonOptions& common, World& world, Turns& turns) {
  const std::string& name = pair.config.name;
  try {
    if (pair.before.empty() && pair.after.empty()) throw nothing_matches(pair);
    DatabaseReport report = judge_sides(repository, sides, pair, sides.before_files,
                                        sides.head_files, common, world, turns, true);
    add_landing(repository, sides, landing, common, world, turns, report);
    return report;
  } catch (const git::MissingObject&) {
    throw;  // another clone may have it
  } catch (const Error& error) {
    if (error.kind == ErrorKind::internal || error.kind == ErrorKind::usage) throw;
    return not_judged(name, error);
  }
}

/// Without a configuration a pull request may change a schema that was not found: nobody looked at
/// it, and that is not a pass.
void add_uncovered(const git::Repository& repository, const Sides& sides, const Config& config,
                   const std::vector<DatabasePair>& pairs, Report& report) {
  if (!config.file.empty()) return;
  std::vector<std::string> files = schema_files_of_no_database(repository, sides, pairs);
  std::erase_if(files, [&](const std::string& path) { return !path.starts_with(config.folder); });
  if (files.empty()) return;
  constexpr std::size_t most_named = 3;
  const std::size_t count = files.size();
  if (count > most_named) files.resize(most_named);
  const std::string more =
      count > most_named ? fmt::format(" and {} more", count - most_named) : "";
  report.databases.push_back(not_judged(
      "?",
      Error(ErrorKind::config,
            fmt::format("{}{} {} and {} to no database that was found", join(files, ", "), more,
                        count == 1 ? "changes" : "change", count == 1 ? "belongs" : "belong"),
            "`schemagate init` writes a configuration")));
}

/// A pattern that stands for no database at all is as wrong as a path that names no file, unless
/// the base's tip has what the branch is too old to know.
void add_unfilled(const Sides& sides, const Config& config, const CheckOptions& options,
                  Report& report) {
  for (const DatabasePair& pair :
       unfilled_patterns(config, {&sides.before_files, &sides.head_files, &sides.base_files}))
    if (is_wanted(pair.config, options))
      report.databases.push_back(not_judged(pair.config.name, nothing_matches(pair)));
}

void refuse_unknown_names(const CheckOptions& options, const std::vector<DatabasePair>& pairs) {
  std::vector<std::string> names;
  for (const DatabasePair& pair : pairs) names.push_back(pair.config.name);
  for (const std::string& wanted : options.databases) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    const auto near = nearest(wanted, names);
    throw Error(ErrorKind::usage, fmt::format("there is no database '{}'", wanted),
                near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("known: {}", join(names, ", ")));
  }
}

/// People who wait see how far it is; logs and pipes don't.
class Progress {
 public:
  Progress(std::size_t count, const CommonOptions& common)
      : count_(count), shown_(!common.quiet && count > 1 && isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begins(const std::string& name) {
    if (shown_) fmt::print(stderr, "\r\033[K{} of {} databases: {}", ++number_, count_, name);
  }

 private:
  std::size_t count_, number_ = 0;
  bool shown_;
};

/// Their reports, in their order. Each waits for its servers while others are judged.
std::vector<DatabaseReport> judge_pairs(const git::Repository& repository, const Sides& sides,
                                        const std::vector<const DatabasePair*>& pairs,
                                        const Landing& landing, const CommonOptions& common) {
  constexpr std::size_t most_at_once = 4;
  World world(common);
  Turns turns;
  Progress progress(pairs.size(), common);
  std::vector<DatabaseReport> reports(pairs.size());
  turns.run(pairs.size(), most_at_once, [&](std::size_t i) {
    progress.begins(pairs[i]->config.name);
    reports[i] = judge_pair(repository, sides, *pairs[i], landing, common, world, turns);
  });
  return reports;
}

/// What changes and is for other servers, said once.
std::vector<std::string> left_out_notes(const std::vector<DatabasePair>& pairs) {
  std::vector<std::string> notes;
  for (const DatabasePair& pair : pairs)
    if (!pair.dialect.empty())
      notes.push_back(
          fmt::format("{} is left out: it is written for {}", pair.how_found, pair.dialect));
  return notes;
}

/// The databases that are asked for and change, or that nobody finds a file of; names the others
/// that are asked for.
std::vector<const DatabasePair*> pairs_to_judge(const std::vector<DatabasePair>& pairs,
                                                const std::vector<std::string>& newer,
                                                const CheckOptions& options,
                                                std::vector<std::string>& unchanged) {
  std::vector<const DatabasePair*> to_judge;
  for (const DatabasePair& pair : pairs) {
    if (!is_wanted(pair.config, options)) continue;
    const bool is_there = !pair.before.empty() || !pair.after.empty();
    if (!pair.dialect.empty()) continue;
    const bool is_newer = std::find(newer.begin(), newer.end(), pair.config.name) != newer.end();
    if (!pair.changed && (is_there || is_newer))
      unchanged.push_back(pair.config.name);
    else
      to_judge.push_back(&pair);
  }
  return to_judge;
}

}  // namespace

Report check(git::Repository& repository, const CheckOptions& options,
             const CommonOptions& common) {
  const Sides sides = find_sides(repository, options);
  const Config config = read_config(repository, sides, options);
  if (config.databases.empty()) throw nothing_found();

  Report report;
  report.command = "check";
  report.base = sides.base;
  report.head = sides.head;
  report.merge_base = sides.before;
  report.notes = sides.notes;
  report.notes.insert(report.notes.end(), config.notes.begin(), config.notes.end());
  const std::vector<DatabasePair> pairs =
      find_databases(repository, config, sides.before_files, sides.head_files);
  refuse_unknown_names(options, pairs);
  report.of_all_databases = std::all_of(pairs.begin(), pairs.end(), [&](const DatabasePair& pair) {
    return is_wanted(pair.config, options) && pair.dialect.empty();
  });
  const std::vector<std::string> newer = newer_than_branch(repository, sides, config, pairs);
  const Landing landing = options.exact ? Landing() : Landing(repository, sides, config);
  const std::vector<const DatabasePair*> to_judge =
      pairs_to_judge(pairs, newer, options, report.unchanged_databases);
  for (std::string& note : left_out_notes(pairs)) report.notes.push_back(std::move(note));
  for (std::string& note : held_by_lock(config, to_judge, options, common))
    report.notes.push_back(std::move(note));
  report.databases = judge_pairs(repository, sides, to_judge, landing, common);
  add_unfilled(sides, config, options, report);
  add_uncovered(repository, sides, config, pairs, report);
  report.fail_on = fail_on_of(config, common);
  report.verdict = judge(report, report.fail_on);
  return report;
}

Report check(Clone& clone, const CheckOptions& options, const CommonOptions& common) {
  Report report =
      clone.run([&](git::Repository& repository) { return check(repository, options, common); });
  report.notes.insert(report.notes.begin(), clone.notes().begin(), clone.notes().end());
  return report;
}

}  // namespace schemagate
