// SPDX-License-Identifier: MIT
#include "bot/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "bot/migration_downs.h"
#include "bot/migration_history.h"
#include "bot/printed_migrations.h"
#include "bot/problems.h"
#include "bot/rails_versions.h"
#include "bot/schema_files.h"
#include "report/diagram.h"
#include "schema/fingerprint.h"

namespace schemagate {
namespace {

/// Everything that is known about one change before it is reviewed.
struct Prepared {
  Catalog before, after;
  std::vector<Change> changes;
  std::vector<ReviewStep> steps;
  std::vector<Step> planned;  ///< the same steps as text, for the rehearsal
  Problems problems;
  std::vector<std::string> notes;
  AllowanceList allowances;
  Plan safe;  ///< the online plan
  bool declarative = true;
  bool printed = false;  ///< steps stand on lines of code: no SQL can take their place
};

std::vector<Statement> statements_of(const std::string& sql) { return parse_text(sql).statements; }

/// Allowances of the head, told apart from those that stood there before.
AllowanceList allowances_of(const DatabaseText& text, const std::vector<ParsedFile>& before,
                            const std::vector<ParsedFile>& after) {
  std::set<std::string> old;
  for (const Allowance& allowance : find_allowances(text.sources, before).allowances)
    old.insert(std::string(text.sources.text(allowance.where)));
  AllowanceList found = find_allowances(text.sources, after);
  for (Allowance& allowance : found.allowances)
    allowance.new_in_this_change = !old.count(std::string(text.sources.text(allowance.where)));
  std::erase_if(found.findings, [&](const Finding& finding) {
    return old.count(std::string(text.sources.text(finding.where))) > 0;
  });
  return found;
}

void add_plan_steps(const Plan& plan, Prepared& out) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    std::vector<Statement> parsed = statements_of(step.sql);
    if (parsed.size() != 1)
      throw Error(ErrorKind::internal, "a planned statement does not parse: " + step.sql,
                  "please report this with the schema that led to it");
    ReviewStep made;
    made.statement = std::move(parsed.front());
    made.where = step.where;
    made.old_side = step.old_side;
    made.change = step.change;
    const auto group_of = [&](std::size_t at) { return plan.steps[at].group; };
    made.begins_transaction = step.group >= 0 && (i == 0 || group_of(i - 1) != step.group);
    made.ends_transaction =
        step.group >= 0 && (i + 1 == plan.steps.size() || group_of(i + 1) != step.group);
    out.steps.push_back(std::move(made));
    out.planned.push_back(step);
  }
}

/// Hints of this change that rename nothing are said; those of the base are history.
void add_unused_hints(const SourceSet& sources, const std::vector<ParsedFile>& before,
                      const std::vector<RenameHint>& unused, std::vector<std::string>& notes) {
  std::set<std::string> old;
  for (const RenameHint& hint : rename_hints(sources, before))
    old.insert(std::string(sources.text(hint.where)));
  for (const RenameHint& hint : unused)
    if (!old.count(std::string(sources.text(hint.where))))
      notes.push_back(
          fmt::format("{}:{}: \"renamed from {}\" renames nothing: the base has no such object, or "
                      "the new name "
                      "was there already",
                      sources.path(hint.where), sources.begin(hint.where).line, hint.old_name));
}

/// A file of which a part could not be read does not say any more what it says: that something is
/// gone from it is not believed. Such a file closes the gate by itself.
void forget_drops_in_unread(const DatabaseText& text, const Problems& problems, Diff& difference,
                            std::vector<std::string>& notes) {
  const SourceSet& sources = text.sources;
  std::set<std::string> unread;
  for (const auto* refused : {&problems.parse, &text.refused})
    for (const ParseProblem& problem : *refused)
      if (problem.where.file != Span::nowhere) unread.emplace(sources.path(problem.where));
  std::set<std::string> doubtful;
  std::erase_if(difference.changes, [&](const Change& change) {
    const bool gone = change.where_old.file != Span::nowhere && change.after.empty() &&
                      !change.where_new.is_somewhere();
    if (!gone || unread.count(std::string(sources.path(change.where_old))) == 0) return false;
    doubtful.emplace(sources.path(change.where_old));
    return true;
  });
  for (const std::string& path : doubtful)
    notes.push_back(fmt::format(
        "{}: what seems to be dropped there was not judged, for a part of it could not be read",
        path));
}

std::set<std::string> paths_of(const SourceSet& sources, const std::vector<std::uint32_t>& files) {
  std::set<std::string> paths;
  for (const std::uint32_t file : files) paths.insert(sources.file(file).path);
  return paths;
}

std::vector<std::uint32_t> with_platform(const DatabaseText& text,
                                         std::vector<std::uint32_t> files) {
  if (text.platform) files.push_back(*text.platform);
  return files;
}

Prepared prepare_declarative(const DatabaseText& text, const DatabaseConfig& config,
                             const JudgeOptions& options) {
  const auto [before, after] =
      parse_schema(text.sources, with_platform(text, text.schema_before),
                   with_platform(text, text.schema_after), config.variables);
  LoadedSchema old_schema = load_schema(before, options.postgres);
  LoadedSchema new_schema = load_schema(after, options.postgres);

  Prepared out;
  out.problems =
      new_problems(text.sources, before, after, old_schema.problems, new_schema.problems, true);
  add_includes(text.sources, before, after, paths_of(text.sources, text.schema_after),
               out.problems);
  out.notes = out.problems.notes;
  for (std::string& note : rails_version_notes(text.sources, text.schema_before, text.schema_after,
                                               options.other_paths))
    out.notes.push_back(std::move(note));
  out.before = std::move(old_schema.catalog);
  out.after = std::move(new_schema.catalog);
  out.allowances = allowances_of(text, before, after);

  Diff difference = diff(out.before, out.after, rename_hints(text.sources, after));
  forget_drops_in_unread(text, out.problems, difference, out.notes);
  add_unused_hints(text.sources, before, difference.unused_hints, out.notes);
  out.notes.insert(out.notes.end(), difference.notes.begin(), difference.notes.end());
  out.safe = make_plan(out.before, out.after, difference, Strategy::online, options.postgres);
  const Plan plan = config.apply_online ? out.safe
                                        : make_plan(out.before, out.after, difference,
                                                    Strategy::direct, options.postgres);
  out.notes.insert(out.notes.end(), plan.notes.begin(), plan.notes.end());
  out.changes = plan.changes;
  add_plan_steps(plan, out);
  return out;
}

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

/// A pipeline's first statement, and one behind a COMMIT, is in no block; the others are.
void mark_pipeline(std::vector<ReviewStep>& steps, std::size_t from, std::size_t to) {
  bool first = true, open = false;
  for (std::size_t i = from; i < to; ++i) {
    steps[i].single_query = !first;
    steps[i].begins_transaction = !first && !open;
    open = open || !first;
    first = ends_block(steps[i].statement);
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

/// A new migration's statements as steps, batch by batch.
void add_steps_of(const ReadFolder& read, std::size_t number, int& group, Prepared& out) {
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
    out.steps.push_back(std::move(step));
    Step planned;
    planned.sql = std::string(read.ups.text(statement.span));
    planned.where = statement.span;
    planned.group = is_sent_at_once(migration.sending) ? group : -1;
    out.planned.push_back(std::move(planned));
  }
  finish();
}

void add_migration_steps(const ReadFolder& read, const std::set<std::string>& old,
                         const std::optional<ParsedFile>& platform, Prepared& out) {
  Session session;
  if (platform)
    for (const Statement& statement : platform->statements) apply(out.before, session, statement);
  int group = 0;
  for (std::size_t i = 0; i < read.folder.migrations.size(); ++i) {
    if (old.count(read.folder.migrations[i].key) == 0) {
      add_steps_of(read, i, group, out);
      continue;
    }
    for (const Statement& statement : read.parsed[i].statements)
      apply(out.before, session, statement);
  }
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
void add_printed_steps(const DatabaseText& text, const DatabaseConfig& config, Prepared& out) {
  const PrintedSteps printed = printed_steps(text);
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
  for (const MigrationProblem& problem : after.folder.problems)
    if (known.count(said(problem)) == 0) found.push_back(problem);
  const auto is_ours = [&](const MigrationProblem& problem) {
    return unchanged.count(problem.file) == 0;
  };
  if (std::any_of(found.begin(), found.end(), is_ours))
    std::erase_if(found, [&](const MigrationProblem& problem) { return !is_ours(problem); });
  return found;
}

void add_folder_problems(const DatabaseText& text, const ReadFolder& before,
                         const ReadFolder& after, Prepared& out) {
  for (const MigrationProblem& problem : new_folder_problems(text, before, after)) {
    if (problem.certain_failure)
      out.problems.schema.push_back(
          {ProblemKind::order, problem.where, Span{}, "", problem.message});
    else
      out.notes.push_back(
          fmt::format("{}: {}", text.sources.file(problem.file).path, problem.message));
  }
}

Prepared prepare_migrations(const DatabaseText& text, const DatabaseConfig& config,
                            const JudgeOptions& options) {
  ReadFolder after = read_folder(text, text.migrations_after, config, options);
  parse_folder(after);
  DatabaseConfig same_format = config;
  if (!after.folder.migrations.empty()) same_format.migrations.format = after.folder.format;
  ReadFolder before = read_folder(text, text.migrations_before, same_format, options);
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
  if (config.migrations.format == "auto")
    out.notes.push_back(fmt::format("{}: read as {} ({})", config.migrations.path,
                                    after.folder.format, after.folder.reason));
  add_folder_problems(text, before, after, out);
  if (is_edited(before, after)) parse_folder(before);
  std::vector<ParsedFile> edited;
  add_history_problems(text, before, after, out.problems.schema, edited);
  add_order_problems(text, old, after, out.problems.schema);
  add_id_problems(before, after, out.problems.schema);
  if (text.printed_after)
    add_printed_steps(text, config, out);
  else
    add_unread_problems(text, old, after, out.problems.schema);
  out.allowances = migration_allowances(text, before, new_parsed, edited);
  std::optional<ParsedFile> platform;
  if (text.platform) platform = parse(text.sources, *text.platform);
  add_migration_steps(after, old, platform, out);
  add_down_problems(text, old, after, out.before, options.postgres, out.problems.schema);
  rehearse_downs(text, old, after, out.before, out.planned, options, out.problems.schema);
  return out;
}

/// With schema files beside the migrations: do the migrations lead to what the files declare?
void check_arrival(const DatabaseText& text, const Catalog& reached, const DatabaseConfig& config,
                   const JudgeOptions& options, std::vector<std::string>& notes) {
  if (text.schema_after.empty()) return;
  const LoadedSchema declared = load_schema(
      parse_schema(text.sources, with_platform(text, text.schema_after), config.variables),
      options.postgres);
  for (const Change& change : diff(reached, declared.catalog).changes) {
    if (change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke ||
        change.kind == ChangeKind::change_owner || !change.where_new.is_somewhere())
      continue;
    notes.push_back(fmt::format("{}:{}: the migrations do not arrive here: {} {} is missing",
                                text.sources.path(change.where_new),
                                text.sources.begin(change.where_new).line, to_string(change.kind),
                                change.object));
  }
}

ReviewInput review_input(const Prepared& prepared, const DatabaseText& text,
                         const DatabaseConfig& config, const JudgeOptions& options) {
  ReviewInput input;
  input.before = &prepared.before;
  input.after = prepared.declarative ? &prepared.after : nullptr;
  input.steps = prepared.steps;
  input.changes = prepared.changes;
  input.declarative = prepared.declarative;
  input.postgres = options.postgres;
  input.thresholds = config.thresholds;
  input.settings = config.rules;
  input.allow = config.allow;
  input.allowances = prepared.allowances.allowances;
  if (!config.other_tools)
    std::erase_if(input.allowances,
                  [](const Allowance& allowance) { return allowance.tool != "schemagate"; });
  input.allowance_findings = prepared.allowances.findings;
  input.parse_problems = prepared.problems.parse;
  input.parse_problems.insert(input.parse_problems.end(), text.refused.begin(), text.refused.end());
  input.schema_problems = prepared.problems.schema;
  input.sources = &text.sources;
  return input;
}

ReportedStatement reported(const Prepared& prepared, const JudgedStep& judged, std::size_t index,
                           const SourceSet& sources, const Facts& facts) {
  ReportedStatement statement;
  statement.sql = prepared.planned[index].sql;
  statement.group = prepared.planned[index].group;
  statement.place = place_of(sources, judged.where, judged.old_side);
  statement.impact = judged.impact;
  if (judged.impact.known) statement.duration = how_long(judged.impact, facts);
  for (const RelationLock& lock : judged.impact.locks)
    if (std::find(judged.felt.begin(), judged.felt.end(), lock) == judged.felt.end())
      statement.new_relations.push_back(lock.relation);
  return statement;
}

void report_changes(const Prepared& prepared, const SourceSet& sources, DatabaseReport& report) {
  for (const Change& change : prepared.changes) {
    const bool old_side = !change.where_new.is_somewhere();
    report.changes.push_back(
        {std::string(to_string(change.kind)), change.object, change.before, change.after,
         place_of(sources, old_side ? change.where_old : change.where_new, old_side)});
  }
}

/// Apart from the lock timeouts, which the findings speak of.
bool same_statements(const Plan& one, const std::vector<Step>& two) {
  const auto statements = [](const std::vector<Step>& steps) {
    std::vector<std::string> sql;
    for (const Step& step : steps)
      if (!step.sql.starts_with("SET lock_timeout")) sql.push_back(step.sql);
    return sql;
  };
  return statements(one.steps) == statements(two);
}

/// The whole lines that the statement takes up, when nothing else stands on them.
std::optional<Replacement> lines_of(const SourceSet& sources, Span statement) {
  const Position begin = sources.begin(statement), end = sources.end(statement);
  Replacement lines;
  lines.line = begin.line;
  lines.end_line = end.line;
  const std::string_view first = sources.line(statement.file, begin.line),
                         last = sources.line(statement.file, end.line);
  const auto column = [](int number) { return static_cast<std::size_t>(std::max(number, 1) - 1); };
  std::string_view rest = trim(last.substr(std::min(column(end.column), last.size())));
  if (rest.starts_with(';')) rest = trim(rest.substr(1));
  const bool alone =
      trim(first.substr(0, std::min(column(begin.column), first.size()))).empty() && rest.empty();
  return alone ? std::optional(lines) : std::nullopt;
}

/// Findings about a part of a printed statement stand where the whole statement comes from.
void move_to_code(const DatabaseText& text, const Prepared& prepared,
                  std::vector<Finding>& findings) {
  for (Finding& finding : findings)
    if (finding.where.file == *text.printed_after && finding.step >= 0)
      finding.where = prepared.steps.at(static_cast<std::size_t>(finding.step)).where;
}

/// In a migration file the remedy's statements take the statement's place.
void add_replacements(const Prepared& prepared, const SourceSet& sources,
                      std::vector<ReportedFinding>& findings) {
  for (ReportedFinding& reported : findings) {
    const Finding& finding = reported.finding;
    if (!finding.remedy || finding.remedy->sql.empty() || finding.step < 0) continue;
    const Step& step = prepared.planned.at(static_cast<std::size_t>(finding.step));
    const bool in_tools_transaction = step.group >= 0;
    if (finding.remedy->separate_transactions && in_tools_transaction) continue;
    reported.replacement = lines_of(sources, step.where);
    if (reported.replacement) reported.replacement->text = join(finding.remedy->sql, ";\n") + ";";
  }
}

/// Statements of the safe plan that block somebody for work on a table that was there before.
std::vector<std::string> long_locks(const Prepared& prepared, int postgres) {
  std::vector<std::string> found;
  Catalog catalog = prepared.before;
  Session session;
  session.postgres = postgres;
  for (const Step& step : prepared.safe.steps) {
    for (const Statement& statement : statements_of(step.sql)) {
      const Impact impact = predict_and_apply(catalog, session, statement).impact;
      const auto lock =
          std::find_if(impact.locks.begin(), impact.locks.end(), [&](const RelationLock& held) {
            return blocks_writes(held.mode) && prepared.before.tables.count(held.relation) != 0 &&
                   std::any_of(impact.work.begin(), impact.work.end(),
                               [&](const Work& work) { return work.relation == held.relation; });
          });
      if (lock == impact.locks.end()) continue;
      const bool rewrites = !impact.rewrites().empty();
      found.push_back(fmt::format("{} {} {} under {}", step.sql,
                                  rewrites ? "rewrites" : "reads all of", to_sql(lock->relation),
                                  to_sql(lock->mode)));
    }
  }
  return found;
}

/// Once more, for the major of the facts' server.
DatabaseReport judge_for(int postgres, const DatabaseText& text, const DatabaseConfig& config,
                         const JudgeOptions& options) {
  JudgeOptions again = options;
  again.postgres = postgres;
  again.postgres_is_fixed = true;
  DatabaseReport report = judge_database(text, config, again);
  report.notes.insert(report.notes.begin(), other_major_note(postgres, options.postgres));
  return report;
}

}  // namespace

std::optional<int> major_of_facts(const Facts& facts, int judged_for) {
  constexpr int oldest = 14, newest = 18;
  if (!facts.postgres) return std::nullopt;
  const int major = std::clamp(*facts.postgres, oldest, newest);
  return major == judged_for ? std::nullopt : std::optional(major);
}

std::string other_major_note(int of_facts, int judged_for) {
  return fmt::format("the server of the facts decides: judged for PostgreSQL {}, not {}", of_facts,
                     judged_for);
}

Place place_of(const SourceSet& sources, Span span, bool old_side) {
  Place place;
  place.old_side = old_side;
  if (!span.is_somewhere()) return place;
  const Position begin = sources.begin(span), end = sources.end(span);
  place.file = std::string(sources.path(span));
  place.line = begin.line;
  place.column = begin.column;
  place.end_line = end.line;
  place.end_column = end.column;
  place.excerpt = std::string(sources.line(span.file, begin.line));
  return place;
}

std::vector<ReportedFinding> resolve(std::vector<Finding> findings, const SourceSet& sources,
                                     const std::string& database, bool details) {
  std::vector<ReportedFinding> resolved;
  resolved.reserve(findings.size());
  for (Finding& finding : findings) {
    ReportedFinding& made = resolved.emplace_back();
    made.place = place_of(sources, finding.where, finding.old_side);
    if (details) made.fingerprint = fingerprint(finding, database);
    made.finding = std::move(finding);
  }
  return resolved;
}

DatabaseReport judge_database(const DatabaseText& text, const DatabaseConfig& config,
                              const JudgeOptions& options) {
  DatabaseReport report;
  report.name = config.name;
  Prepared prepared = config.migrations.empty() ? prepare_declarative(text, config, options)
                                                : prepare_migrations(text, config, options);
  ReviewInput input = review_input(prepared, text, config, options);
  input.asks = static_cast<bool>(options.ask_facts);
  Review judged = review(input);
  input.asks = false;
  bool again = false;
  if (options.ask_facts && !prepared.steps.empty()) {
    input.facts = options.ask_facts(judged.wanted_tables, judged.wanted_probes);
    const auto other = major_of_facts(input.facts, options.postgres);
    if (other && !options.postgres_is_fixed) return judge_for(*other, text, config, options);
    report.facts_source = input.facts.source;
    // The server's own, which a deployment's sessions begin with.
    if (const auto zone = input.facts.settings.find("timezone"); zone != input.facts.settings.end())
      input.initial_settings["timezone"] = zone->second;
    report.notes = input.facts.notes;
    again = true;
  }
  if (options.rehearse && !prepared.steps.empty()) {
    RehearsalResult rehearsal =
        options.rehearse(prepared.before, prepared.planned, options.postgres);
    input.rehearsed = std::move(rehearsal.steps);
    report.rehearsal = std::move(rehearsal.summary);
    report.notes.insert(report.notes.end(), rehearsal.notes.begin(), rehearsal.notes.end());
    again = again || !input.rehearsed.empty();
  }
  if (again) judged = review(input);
  if (!prepared.declarative) {
    check_arrival(text, judged.after, config, options, prepared.notes);
    prepared.changes = diff(prepared.before, judged.after).changes;
  }

  if (text.printed_after) move_to_code(text, prepared, judged.findings);
  report.findings = resolve(judged.findings, text.sources, config.name);
  for (ReportedFinding& found : report.findings)
    found.needs_review =
        !found.finding.allowed_because.empty() &&
        who_may_allow(found.finding.rule, config.rules, config.allow) == WhoMayAllow::reviewed;
  if (!prepared.declarative && !prepared.printed)
    add_replacements(prepared, text.sources, report.findings);
  report_changes(prepared, text.sources, report);
  for (std::size_t i = 0; i < judged.steps.size(); ++i)
    report.statements.push_back(reported(prepared, judged.steps[i], i, text.sources, input.facts));
  const std::vector<std::string>* all_notes[] = {&text.notes, &prepared.notes};
  for (const auto* more : all_notes)
    report.notes.insert(report.notes.end(), more->begin(), more->end());
  report.diagram = er_diagram(prepared.before, prepared.declarative ? prepared.after : judged.after,
                              prepared.changes);
  const std::vector<ObjectText> base = object_texts(prepared.before),
                                head = object_texts(prepared.declarative ? prepared.after
                                                                         : judged.after);
  report.base_checksum = schema_checksum(base);
  report.head_checksum = schema_checksum(head);
  report.plan_checksum = plan_checksum(base, head, prepared.changes);
  if (prepared.declarative && !same_statements(prepared.safe, prepared.planned)) {
    report.safe_plan = to_sql(prepared.safe);
    report.safe_plan_exceptions = long_locks(prepared, options.postgres);
  }
  return report;
}

}  // namespace schemagate
