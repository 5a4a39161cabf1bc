// SPDX-License-Identifier: MIT
#include "bot/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "bot/prepared.h"
#include "bot/schema_files.h"
#include "report/diagram.h"
#include "schema/fingerprint.h"
#include "schema/placeholders.h"

namespace schemagate {
namespace {

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

/// Statements that can't stand in one transaction would.
bool would_stand_in_transaction(const Remedy& remedy, const Step& step, const JudgedStep& judged) {
  const bool in_tools_transaction = step.group >= 0;
  return (remedy.separate_transactions && in_tools_transaction) ||
         (remedy.is_for_no_transaction() && judged.in_transaction);
}

/// In a migration file the remedy's statements take the statement's place.
void add_replacements(const Prepared& prepared, const std::vector<JudgedStep>& steps,
                      const SourceSet& sources, std::vector<ReportedFinding>& findings) {
  for (ReportedFinding& reported : findings) {
    const Finding& finding = reported.finding;
    if (!finding.remedy || finding.remedy->sql.empty() || finding.step < 0) continue;
    const auto at = static_cast<std::size_t>(finding.step);
    const Step& step = prepared.planned.at(at);
    if (would_stand_in_transaction(*finding.remedy, step, steps.at(at))) continue;
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
    for (const Statement& statement : parse_text(step.sql).statements) {
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

/// What is dropped or renamed is so by every plan.
std::vector<std::string> losses(const std::vector<ReportedFinding>& findings) {
  std::vector<std::string> found;
  for (const ReportedFinding& reported : findings) {
    const Finding& finding = reported.finding;
    const Rule* rule = find_rule(finding.rule);
    const bool in_every_plan = (rule != nullptr && rule->loses_data) ||
                               finding.rule.starts_with("drop-") ||
                               finding.rule.starts_with("rename-");
    if (in_every_plan && finding.allowed_because.empty() && finding.severity != Severity::note)
      found.push_back(finding.message);
  }
  return found;
}

/// What was there when these were found.
struct FoundBy {
  std::set<Ground> grounds;
  std::vector<Finding> findings;
};

/// What is found with less needs no more: the least comes first. What none of them has rests on
/// `all`.
void add_grounds(const std::vector<FoundBy>& with_less, const std::set<Ground>& all,
                 DatabaseReport& report) {
  // Findings about several statements may have one fingerprint.
  std::map<std::pair<std::string, int>, const std::set<Ground>*> known;
  for (const FoundBy& one : with_less)
    for (const Finding& finding : one.findings)
      known.emplace(std::pair(fingerprint(finding, report.name), finding.step), &one.grounds);
  for (ReportedFinding& reported : report.findings) {
    const auto at = known.find({reported.fingerprint, reported.finding.step});
    reported.rests_on = at == known.end() ? all : *at->second;
  }
}

std::vector<Finding> without_rehearsal(ReviewInput input) {
  input.rehearsed.clear();
  return review(input).findings;
}

/// No statement was left out, and none stands behind one that failed.
bool is_whole(const std::vector<Rehearsed>& steps) {
  return !steps.empty() && std::all_of(steps.begin(), steps.end(), [](const Rehearsed& step) {
    return step.not_run_because.empty();
  });
}

/// What no statement made was only taken to be there: this change does not bring it.
void forget_assumed(Prepared& prepared) {
  if (prepared.steps.empty() || !prepared.steps.back().behind_unread) return;
  std::erase_if(prepared.changes, [](const Change& change) {
    return !change.where_new.is_somewhere() && !change.where_old.is_somewhere();
  });
}

/// Why a rehearsal says nothing: it stopped at what an unread migration may have made, or at what a
/// variable stands for. Empty: it does.
std::string why_in_vain(const Prepared& prepared, const SourceSet& sources,
                        const std::vector<Rehearsed>& steps) {
  constexpr std::string_view missing[] = {"42P01", "42703", "42704", "42883", "3F000"};
  for (std::size_t i = 0; i < steps.size() && i < prepared.steps.size(); ++i) {
    if (steps[i].sqlstate.empty()) continue;
    const Span where = prepared.steps[i].where;
    if (where.is_somewhere() && without_placeholders(sources.text(where)))
      return "not rehearsed: the statements hold variables that are filled in when they run";
    if (prepared.steps[i].behind_unread &&
        std::find(std::begin(missing), std::end(missing), steps[i].sqlstate) != std::end(missing))
      return "not rehearsed: the statements need what an unread migration makes";
  }
  return "";
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

/// A line for people to look at. Of one that is as long as a file, each finding has the start, or
/// nothing where it lies far behind: thousands of copies are no help.
std::string start_of_line(std::string_view line, int column) {
  constexpr std::size_t long_line = 10'000, start = 2'000;
  if (line.size() <= long_line) return std::string(line);
  if (static_cast<std::size_t>(column) > start / 2) return {};
  std::size_t end = start;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return std::string(line.substr(0, end));
}

Place place_of(const SourceSet& sources, Span span, bool old_side, bool details) {
  Place place;
  place.old_side = old_side;
  if (!span.is_somewhere()) return place;
  const Position begin = sources.begin(span);
  place.file = std::string(sources.path(span));
  place.line = begin.line;
  place.column = begin.column;
  if (!details) return place;
  const Position end = sources.end(span);
  place.end_line = end.line;
  place.end_column = end.column;
  place.excerpt = start_of_line(sources.line(span.file, begin.line), begin.column);
  return place;
}

std::vector<ReportedFinding> resolve(std::vector<Finding> findings, const SourceSet& sources,
                                     const std::string& database, bool details) {
  std::vector<ReportedFinding> resolved;
  resolved.reserve(findings.size());
  for (Finding& finding : findings) {
    ReportedFinding& made = resolved.emplace_back();
    made.place = place_of(sources, finding.where, finding.old_side, details);
    if (details) made.fingerprint = fingerprint(finding, database);
    made.finding = std::move(finding);
  }
  return resolved;
}

DatabaseReport judge_database(const DatabaseText& text, const DatabaseConfig& config,
                              const JudgeOptions& options) {
  DatabaseReport report;
  report.name = config.name;
  report.postgres = options.postgres;
  Prepared prepared = config.migrations.empty() ? prepare_declarative(text, config, options)
                                                : prepare_migrations(text, config, options);
  ReviewInput input = review_input(prepared, text, config, options);
  input.asks = static_cast<bool>(options.ask_facts);
  Review judged = review(input);
  input.asks = false;
  bool again = false;
  std::vector<FoundBy> with_less;
  std::set<Ground> grounds;
  if (!prepared.steps.empty()) report.missing = {Ground::facts, Ground::rehearsal};
  if (options.ask_facts && !prepared.steps.empty()) {
    input.facts = options.ask_facts(judged.wanted_tables, judged.wanted_probes);
    const auto other = major_of_facts(input.facts, options.postgres);
    if (other && !options.postgres_is_fixed) return judge_for(*other, text, config, options);
    report.facts_source = input.facts.source;
    if (!report.facts_source.empty()) {
      report.missing.erase(Ground::facts);
      grounds.insert(Ground::facts);
    }
    // The server's own, which a deployment's sessions begin with.
    if (const auto zone = input.facts.settings.find("timezone"); zone != input.facts.settings.end())
      input.initial_settings["timezone"] = zone->second;
    report.notes = input.facts.notes;
    again = true;
  }
  if (options.rehearse && !prepared.steps.empty()) {
    RehearsalResult rehearsal =
        options.rehearse(prepared.before, prepared.planned, options.postgres);
    report.rehearsal = std::move(rehearsal.summary);
    if (std::string why = why_in_vain(prepared, text.sources, rehearsal.steps); !why.empty()) {
      rehearsal.steps.clear();
      rehearsal.notes.clear();
      report.rehearsal = std::move(why);
    }
    input.rehearsed = std::move(rehearsal.steps);
    report.notes.insert(report.notes.end(), rehearsal.notes.begin(), rehearsal.notes.end());
    again = again || !input.rehearsed.empty();
    if (is_whole(input.rehearsed)) report.missing.erase(Ground::rehearsal);
    if (!input.rehearsed.empty()) grounds.insert(Ground::rehearsal);
  }
  if (again) {
    with_less.push_back({{}, std::move(judged.findings)});
    if (grounds.size() > 1) with_less.push_back({{Ground::facts}, without_rehearsal(input)});
    judged = review(input);
  }
  if (!prepared.declarative) {
    check_arrival(text, judged.after, config, options, prepared.notes);
    prepared.changes = diff(prepared.before, judged.after).changes;
    forget_assumed(prepared);
  }

  if (text.printed_after) move_to_code(text, prepared, judged.findings);
  report.findings = resolve(judged.findings, text.sources, config.name);
  if (again) add_grounds(with_less, grounds, report);
  for (ReportedFinding& found : report.findings)
    found.needs_review =
        !found.finding.allowed_because.empty() &&
        who_may_allow(found.finding.rule, config.rules, config.allow) == WhoMayAllow::reviewed;
  if (!prepared.declarative && !prepared.printed)
    add_replacements(prepared, judged.steps, text.sources, report.findings);
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
    report.safe_plan_losses = losses(report.findings);
  }
  return report;
}

}  // namespace schemagate
