// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "bot/migration_downs.h"
#include "bot/migration_history.h"
#include "bot/prepared.h"
#include "bot/printed_migrations.h"
#include "schema/placeholders.h"

namespace schemagate {
namespace {

/// Steps that the server runs as if in a block, without a BEGIN.
void mark_implicit_block(std::vector<ReviewStep>& steps, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) steps[i].single_query = true;
  steps[from].begins_transaction = true;
  steps[to - 1].ends_transaction = true;
}

/// Behind it, what is left of a query is in an implicit block again.
bool ends_block(const Statement& statement) {
  const auto* control = statement.as<Transaction>();
  return control != nullptr &&
         (control->kind == TransactionKind::commit || control->kind == TransactionKind::rollback);
}

/// What refuses a block and makes none of its own is committed at once, also in a pipeline.
bool commits_at_once(const Statement& statement) {
  const auto is_one = [](ObjectKind kind) {
    return kind == ObjectKind::database || kind == ObjectKind::tablespace;
  };
  if (const auto* other = statement.as<OtherStatement>()) return other->forbidden_in_transaction;
  if (const auto* create = statement.as<CreateObject>()) return is_one(create->object.kind);
  const auto* drop = statement.as<Drop>();
  return drop != nullptr && is_one(drop->kind());
}

/// A pipeline's first statement, and one behind a COMMIT, is in no block; the others are.
void mark_pipeline(std::vector<ReviewStep>& steps, std::size_t from, std::size_t to) {
  bool first = true, open = false;
  for (std::size_t i = from; i < to; ++i) {
    steps[i].single_query = !first;
    steps[i].begins_transaction = !first && !open;
    open = open || !first;
    first = ends_block(steps[i].statement) || (first && commits_at_once(steps[i].statement));
    open = open && !first;
  }
  steps[to - 1].ends_transaction = open;
}

/// Marks where the tool's own transactions begin and end, for the steps of one batch.
void mark_transactions(std::vector<ReviewStep>& steps, std::size_t from, std::size_t to,
                       Sending sending) {
  if (from == to) return;
  const std::size_t count = to - from;
  switch (sending) {
    case Sending::transaction:
      steps[from].begins_transaction = true;
      steps[to - 1].ends_transaction = true;
      break;
    case Sending::simple_query:
      if (count > 1) mark_implicit_block(steps, from, to);
      for (std::size_t i = from; count > 1 && i + 1 < to; ++i)
        if (ends_block(steps[i].statement)) steps[i + 1].begins_transaction = true;
      break;
    case Sending::pipeline:
      mark_pipeline(steps, from, to);
      break;
    case Sending::statements:
    case Sending::psql:
      break;
  }
}

bool is_sent_at_once(Sending sending) {
  return sending == Sending::transaction || sending == Sending::simple_query;
}

/// Templates as names, as the schema before has them, too.
std::string to_rehearse(std::string_view sql) {
  const bool template_sign =
      sql.find("${") != std::string_view::npos || sql.find("{{") != std::string_view::npos;
  return (template_sign ? without_placeholders(sql) : std::nullopt).value_or(std::string(sql));
}

/// A new migration's statements as steps, batch by batch.
void add_steps_of(const ReadFolder& read, std::size_t number, bool behind_unread, int& group,
                  Prepared& out) {
  const Migration& migration = read.folder.migrations[number];
  std::size_t from = out.steps.size();
  auto batch = migration.batches.begin();
  const auto finish = [&] {
    mark_transactions(out.steps, from, out.steps.size(), migration.sending);
    if (from != out.steps.size()) ++group;
    from = out.steps.size();
  };
  for (const Statement& statement : read.parsed[number].statements) {
    while (batch + 1 != migration.batches.end() && statement.span.begin >= batch->end) {
      finish();
      ++batch;
    }
    ReviewStep step;
    step.statement = statement;
    step.where = statement.span;
    step.included_by = migration.file;
    step.behind_unread = behind_unread;
    out.steps.push_back(std::move(step));
    Step planned;
    planned.sql = to_rehearse(read.ups.text(statement.span));
    planned.where = statement.span;
    planned.group = is_sent_at_once(migration.sending) ? group : -1;
    out.planned.push_back(std::move(planned));
  }
  finish();
}

/// The steps from `from` on are in the transaction of those before them.
void join_transaction(std::size_t from, Prepared& out) {
  if (from == 0 || from == out.steps.size()) return;
  out.steps[from - 1].ends_transaction = false;
  out.steps[from].begins_transaction = false;
  for (std::size_t i = from; i < out.planned.size(); ++i)
    out.planned[i].group = out.planned[from - 1].group;
}

/// Every statement of a migration is among those that the team's command printed.
bool is_printed(const ReadFolder& read, std::size_t number,
                const std::set<std::string_view>& printed) {
  const std::vector<Statement>& statements = read.parsed[number].statements;
  return !statements.empty() &&
         std::all_of(statements.begin(), statements.end(), [&](const Statement& statement) {
           return printed.count(read.ups.text(statement.span)) != 0;
         });
}

/// Something of it could not be read, or is carried out by nobody.
bool is_unread(const ReadFolder& read, std::size_t number) {
  const Migration& migration = read.folder.migrations[number];
  const std::vector<LostCommand>& lost = read.lost[number];
  const std::vector<MigrationProblem>& problems = read.folder.problems;
  return migration.opaque ||
         std::any_of(problems.begin(), problems.end(),
                     [&](const MigrationProblem& problem) {
                       return problem.unread && problem.file == migration.file;
                     }) ||
         std::any_of(lost.begin(), lost.end(),
                     [](const LostCommand& command) { return !command.certain_failure; });
}

std::string unread_note(const Migration& unread) {
  return fmt::format(
      "what {} makes is not known: what later migrations name and no SQL made is taken to be there",
      unread.key);
}

/// What a repeatable migration that is edited did when it ran last.
void apply_old_text(const Migration& migration, const ReadFolder& before, Session& session,
                    Catalog& catalog) {
  for (std::size_t i = 0; migration.repeatable && i < before.parsed.size(); ++i)
    if (before.folder.migrations[i].key == migration.key)
      for (const Statement& statement : before.parsed[i].statements)
        apply(catalog, session, statement);
}

/// What the folder's SQL does, apart from what was printed already.
void add_migration_steps(const ReadFolder& read, const ReadFolder& before,
                         const std::set<std::string>& old,
                         const std::optional<ParsedFile>& platform,
                         const std::set<std::string_view>& printed, Prepared& out) {
  Session session;
  if (platform)
    for (const Statement& statement : platform->statements) apply(out.before, session, statement);
  int group = 0;
  bool joins = false;
  const Migration* unread = nullptr;  // the first one
  for (std::size_t i = 0; i < read.folder.migrations.size(); ++i) {
    const Migration& migration = read.folder.migrations[i];
    if (is_printed(read, i, printed)) continue;
    if (is_unread(read, i) && printed.empty() && unread == nullptr) unread = &migration;
    if (old.count(migration.key) == 0) {
      apply_old_text(migration, before, session, out.before);
      const std::size_t from = out.steps.size();
      add_steps_of(read, i, unread != nullptr, group, out);
      if (joins && migration.one_transaction) join_transaction(from, out);
      if (out.steps.size() > from) joins = migration.one_transaction;
      continue;
    }
    for (const Statement& statement : read.parsed[i].statements)
      apply(out.before, session, statement);
  }
  if (!out.steps.empty() && out.steps.back().behind_unread)
    out.notes.push_back(unread_note(*unread));
}

/// The allowances of new migrations, and what edited ones say about having been edited.
AllowanceList migration_allowances(const DatabaseText& text, const ReadFolder& before,
                                   const std::vector<ParsedFile>& added,
                                   const std::vector<ParsedFile>& edited) {
  AllowanceList list = allowances_of(text, {}, added);
  AllowanceList of_edited = allowances_of(text, before.parsed, edited);
  for (Allowance& allowance : of_edited.allowances)
    if (allowance.rule == "edited-migration") list.allowances.push_back(std::move(allowance));
  list.findings.insert(list.findings.end(), of_edited.findings.begin(), of_edited.findings.end());
  return list;
}

/// New statements of what the team's command printed, at the lines of the code they come from.
void add_printed_steps(const DatabaseText& text, const DatabaseConfig& config,
                       const PrintedSteps& printed, Prepared& out) {
  Session session;
  for (const Statement& statement : printed.before.statements)
    apply(out.before, session, statement);
  const auto transaction = [&](std::size_t i) {
    return i < printed.added.size() ? printed.added[i].transaction : -1;
  };
  for (std::size_t i = 0; i < printed.added.size(); ++i) {
    const PrintedSteps::Added& added = printed.added[i];
    ReviewStep step;
    step.statement = printed.after.statements[added.statement];
    step.where = added.where;
    step.begins_transaction =
        added.transaction >= 0 && (i == 0 || transaction(i - 1) != added.transaction);
    step.ends_transaction = added.transaction >= 0 && transaction(i + 1) != added.transaction;
    Step planned;
    planned.sql = std::string(text.sources.text(step.statement.span));
    planned.where = step.where;
    planned.group = added.transaction;
    out.planned.push_back(std::move(planned));
    out.steps.push_back(std::move(step));
  }
  const Problems problems = new_problems(text.sources, {printed.before}, {printed.after}, {}, {});
  out.problems.parse.insert(out.problems.parse.end(), problems.parse.begin(), problems.parse.end());
  out.notes.insert(out.notes.end(), problems.notes.begin(), problems.notes.end());
  if (printed.history_differs)
    out.notes.push_back(
        fmt::format("{}: the command prints other statements for migrations that "
                    "may have run already",
                    config.migrations.path));
  out.printed = true;
}

/// What is wrong with the folder that was not so before. Where two files are at odds, the one that
/// this change brings is to blame.
std::vector<MigrationProblem> new_folder_problems(const DatabaseText& text,
                                                  const ReadFolder& before,
                                                  const ReadFolder& after) {
  const auto said = [&](const MigrationProblem& problem) {
    return std::make_pair(text.sources.file(problem.file).path, problem.message);
  };
  std::set<std::pair<std::string, std::string>> known;
  for (const MigrationProblem& problem : before.folder.problems) known.insert(said(problem));
  const std::set<std::uint32_t> unchanged(text.migrations_before.begin(),
                                          text.migrations_before.end());
  std::vector<MigrationProblem> found;
  const auto is_ours = [&](const MigrationProblem& problem) {
    return unchanged.count(problem.file) == 0;
  };
  // What an edit did to something that can't be read is not known, either.
  for (const MigrationProblem& problem : after.folder.problems)
    if (known.count(said(problem)) == 0 || (problem.unread && is_ours(problem)))
      found.push_back(problem);
  if (std::any_of(found.begin(), found.end(), is_ours))
    std::erase_if(found, [&](const MigrationProblem& problem) { return !is_ours(problem); });
  return found;
}

void add_folder_problems(const DatabaseText& text, const ReadFolder& before,
                         const ReadFolder& after, Prepared& out) {
  for (const MigrationProblem& problem : new_folder_problems(text, before, after)) {
    if (problem.certain_failure || problem.unread)
      out.problems.schema.push_back({problem.unread ? ProblemKind::unread : ProblemKind::order,
                                     problem.where, Span{}, "", problem.message});
    else
      out.notes.push_back(
          fmt::format("{}: {}", text.sources.file(problem.file).path, problem.message));
  }
}

/// Some other file of the folder names it: an include, a changelog, a plan.
bool is_mentioned(const DatabaseText& text, std::uint32_t file) {
  std::string_view name = text.sources.file(file).path;
  name.remove_prefix(name.rfind('/') + 1);
  return std::any_of(
      text.migrations_after.begin(), text.migrations_after.end(), [&](std::uint32_t other) {
        return other != file && text.sources.file(other).text.find(name) != std::string::npos;
      });
}

/// SQL that this change brings or edits beside the migrations, and that the tool passes over.
void add_unused_notes(const DatabaseText& text, const ReadFolder& after, Prepared& out) {
  const std::set<std::uint32_t> unchanged(text.migrations_before.begin(),
                                          text.migrations_before.end());
  std::set<std::uint32_t> said;
  for (const MigrationProblem& problem : after.folder.problems) said.insert(problem.file);
  for (const std::uint32_t file : after.folder.unused)
    if (unchanged.count(file) == 0 && said.count(file) == 0 && !is_mentioned(text, file))
      out.notes.push_back(
          fmt::format("{}: {} does not run this file as a migration: it was not judged",
                      text.sources.file(file).path, tool_of(after.folder.format)));
}

/// A file that some tool would run: SQL, or a numbered program.
bool may_be_migration(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  if (path.ends_with(".sql") || path.ends_with(".pgsql")) return true;
  if (path.empty() || path.front() < '0' || path.front() > '9') return false;
  for (const std::string_view ending : {".py", ".rb", ".exs", ".js", ".ts", ".go", ".rs"})
    if (path.ends_with(ending)) return true;
  return false;
}

/// A folder of which its tool reads nothing although there is SQL: the tool or the folder is wrong,
/// and checking nothing must not look like a pass.
void refuse_empty_reading(const DatabaseText& text, const DatabaseConfig& config,
                          const ReadFolder& before, const ReadFolder& after) {
  if (text.printed_after || !before.folder.migrations.empty() || !after.folder.migrations.empty())
    return;
  for (const std::uint32_t file : text.migrations_after) {
    const std::string& path = text.sources.file(file).path;
    if (!may_be_migration(path)) continue;
    throw Error(ErrorKind::config,
                fmt::format("{}/: no migration of {} is in this folder, and {} is none",
                            config.migrations.path, tool_of(after.folder.format), path),
                "are `path` and `format` in .schemagate.yml right?");
  }
}

/// The folder as its base is read, where no configuration says how: what a change brings does not
/// decide how it is judged.
ReadFolder read_after(const DatabaseText& text, const DatabaseConfig& config,
                      const JudgeOptions& options, std::vector<std::string>& notes) {
  ReadFolder after = read_folder(text, text.migrations_after, config, options);
  if (config.migrations.format != "auto" || text.migrations_before.empty()) return after;
  JudgeOptions without_head = options;
  std::erase_if(without_head.other_paths, [&](const std::string& path) {
    return config.migrations.path == "." || path.starts_with(config.migrations.path + "/");
  });
  const ReadFolder before = read_folder(text, text.migrations_before, config, without_head);
  if (before.folder.migrations.empty() || before.folder.format == after.folder.format) return after;
  if (!text.migrations_after.empty())  // nothing looks like nothing
    notes.push_back(format_is_kept(config.migrations.path, before.folder.format,
                                   after.folder.format, after.folder.reason));
  DatabaseConfig kept = config;
  kept.migrations.format = before.folder.format;
  ReadFolder as_before = read_folder(text, text.migrations_after, kept, options);
  as_before.folder.reason = before.folder.reason;
  return as_before;
}

}  // namespace

Prepared prepare_migrations(const DatabaseText& text, const DatabaseConfig& config,
                            const JudgeOptions& options) {
  std::vector<std::string> kept_notes;
  ReadFolder after = read_after(text, config, options, kept_notes);
  parse_folder(text, after);
  DatabaseConfig same_format = config;
  if (!after.folder.migrations.empty()) same_format.migrations.format = after.folder.format;
  ReadFolder before = read_folder(text, text.migrations_before, same_format, options);
  refuse_empty_reading(text, config, before, after);
  const std::set<std::string> old = old_migrations(before, after);

  Prepared out;
  out.declarative = false;
  std::vector<ParsedFile> old_parsed, new_parsed;
  for (std::size_t i = 0; i < after.folder.migrations.size(); ++i) {
    const bool is_new = !old.count(after.folder.migrations[i].key);
    (is_new ? new_parsed : old_parsed).push_back(after.parsed[i]);
  }
  out.problems = new_problems(text.sources, old_parsed, new_parsed, {}, {});
  out.notes = out.problems.notes;
  out.notes.insert(out.notes.end(), kept_notes.begin(), kept_notes.end());
  if (config.migrations.format == "auto")
    out.notes.push_back(fmt::format("{}: read as {} ({})", config.migrations.path,
                                    after.folder.format, after.folder.reason));
  add_folder_problems(text, before, after, out);
  add_unused_notes(text, after, out);
  if (is_edited(before, after)) parse_folder(text, before);
  std::vector<ParsedFile> edited;
  add_history_problems(text, before, after, out.problems.schema, edited);
  add_included_problems(text, old, after, out.problems.schema);
  add_order_problems(text, old, after, out.problems.schema);
  add_id_problems(before, after, out.problems.schema);
  add_lost_commands(old, after, out.problems.schema);
  std::set<std::string_view> printed_texts;
  if (text.printed_after) {
    const PrintedSteps printed = printed_steps(text);
    for (const Statement& statement : printed.after.statements)
      printed_texts.insert(text.sources.text(statement.span));
    add_printed_steps(text, config, printed, out);
    add_unprinted_problems(text, old, after, printed.named, out.problems.schema);
  } else {
    add_unread_problems(text, old, after, out.problems.schema);
  }
  out.allowances = migration_allowances(text, before, new_parsed, edited);
  std::optional<ParsedFile> platform;
  if (text.platform) platform = parse(text.sources, *text.platform);
  add_migration_steps(after, before, old, platform, printed_texts, out);
  add_down_problems(text, old, after, out.before, options.postgres, out.problems.schema);
  if (out.steps.empty() || !out.steps.back().behind_unread)
    rehearse_downs(text, old, after, out.before, out.planned, options, out.problems.schema);
  return out;
}

}  // namespace schemagate
