// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "analyzers/review.h"
#include "base/error.h"
#include "bot/commands.h"
#include "bot/disk_includes.h"
#include "bot/judge.h"
#include "bot/marked_script.h"
#include "bot/memory.h"
#include "bot/output.h"
#include "bot/problems.h"
#include "bot/schema_files.h"
#include "bot/schema_source.h"
#include "bot/world.h"

namespace schemagate {
namespace {

/// Adds the files to `sources`. Those that name their own parts come with the part that goes up
/// alone, and in `sendings`.
void read_scripts(const std::vector<std::string>& paths, SourceSet& sources,
                  std::map<std::uint32_t, Sending>& sendings, std::vector<std::string>& notes) {
  for (const std::string& path : paths) refuse_other_script(path);
  for (const std::string& path : paths) {
    std::string text = path == "-" ? read_standard_input() : read_whole_file(path);
    if (auto marked = marked_script(path, text)) {
      text = std::move(marked->up);
      sendings[static_cast<std::uint32_t>(sources.size())] = marked->sending;
      notes.push_back(path + ": read as " + marked->tool + " runs it (" + marked->sending_reason +
                      "); the way down is not judged");
    }
    sources.add({path, std::move(text), {}});
  }
}

/// Marks the transaction that the file's tool opens around its steps.
void mark_sending(Sending sending, std::vector<ReviewStep>& steps) {
  if (steps.empty()) return;
  const bool one_query = sending == Sending::simple_query && steps.size() > 1;
  if (sending != Sending::transaction && !one_query) return;
  for (ReviewStep& step : steps) step.single_query = one_query;
  steps.front().begins_transaction = true;
  steps.back().ends_transaction = true;
}

/// Parses one script after the other and lets it go: what stays is what it says beside its
/// statements.
class ScriptReader {
 public:
  explicit ScriptReader(SourceSet& sources) : sources_(sources), includes_(sources, read_include) {}

  /// The steps of file number `script`, those of an included file where it is included.
  std::vector<ReviewStep> steps_of(std::uint32_t script) {
    std::vector<ParsedFile> files;
    files.push_back(parse(sources_, script));
    for (ParsedFile& included : includes_.follow(script, files.front()))
      files.push_back(std::move(included));
    const auto first_included = static_cast<std::uint32_t>(sources_.size() - files.size() + 1);
    std::vector<ReviewStep> steps;
    steps.reserve(files.front().statements.size());
    for (ParsedFile& file : files) {
      find_allowances(sources_, file, allowances);
      reach_.add(sources_, file, notes);
    }
    add_steps(files, 0, script, script, first_included, steps);
    for (ParsedFile& file : files) {
      if (file.problems.empty() && file.skipped.empty()) continue;
      std::vector<Statement>().swap(file.statements);
      rest.push_back(std::move(file));
    }
    return steps;
  }
  const std::vector<ParseProblem>& not_followed() const {
    return includes_.includes().not_followed;
  }

  AllowanceList allowances;
  std::vector<std::string> notes;
  std::vector<ParsedFile> rest;  ///< without the statements

 private:
  /// Of files[at], which is file number `number`.
  void add_steps(std::vector<ParsedFile>& files, std::size_t at, std::uint32_t number,
                 std::uint32_t script, std::uint32_t first_included,
                 std::vector<ReviewStep>& steps) {
    std::vector<FollowedInclude> own;
    for (const FollowedInclude& one : includes_.includes().followed)
      if (one.command.file == number) own.push_back(one);
    auto include = own.begin();
    const auto add_included_before = [&](std::uint32_t offset) {
      for (; include != own.end() && include->command.begin < offset; ++include)
        add_steps(files, include->file - first_included + 1, include->file, script, first_included,
                  steps);
    };
    for (Statement& statement : files[at].statements) {
      add_included_before(statement.span.begin);
      ReviewStep& step = steps.emplace_back();
      step.where = statement.span;
      step.included_by = script;
      step.statement = std::move(statement);
    }
    add_included_before(UINT32_MAX);
  }

  SourceSet& sources_;
  IncludeFollower includes_;
  ReachNotes reach_;
};

struct Work {
  SourceSet sources;
  std::map<std::uint32_t, Sending> sendings;  ///< of files that name their own parts
  Catalog before;
  ReviewInput input;
  Review judged;
};

void add_statements(DatabaseReport& report, const SourceSet& sources,
                    std::vector<JudgedStep>& steps) {
  report.statements.reserve(steps.size());
  for (JudgedStep& step : steps) {
    ReportedStatement& statement = report.statements.emplace_back();
    statement.sql = std::string(sources.text(step.where));
    statement.place = place_of(sources, step.where, false);
    statement.impact = std::move(step.impact);
  }
}

/// The schema before, as that major understands it. Returns what is wrong with it.
std::vector<std::string> read_schema(const LintOptions& options, int postgres, Work& work) {
  work.input.postgres = postgres;
  if (options.schema.empty()) return {};
  SchemaSource schema = load_schema_source(options.schema, postgres);
  work.before = std::move(schema.schema.catalog);
  return problems_of(schema);
}

/// Reviews again with what a running database answers, and for the major that it runs unless
/// `common` names one.
void add_facts(const AskFacts& ask, const LintOptions& options, const CommonOptions& common,
               Work& work, DatabaseReport& report) {
  ReviewInput& input = work.input;
  input.facts = ask(work.judged.wanted_tables, work.judged.wanted_probes);
  const int wanted = input.postgres;
  if (const auto other = major_of_facts(input.facts, wanted); other && !common.postgres) {
    (void)read_schema(options, *other, work);  // what is wrong with it was said
    report.notes.push_back(other_major_note(*other, wanted));
    work.judged = review(input);
    input.facts = ask(work.judged.wanted_tables, work.judged.wanted_probes);
  }
  input.asks = false;
  if (const auto zone = input.facts.settings.find("timezone"); zone != input.facts.settings.end())
    input.initial_settings["timezone"] = zone->second;
  report.facts_source = input.facts.source;
  report.notes.insert(report.notes.end(), input.facts.notes.begin(), input.facts.notes.end());
  work.judged = review(input);
}

/// Hardly fewer steps than the files have statements: a last one may end without a semicolon.
std::size_t expected_steps(const SourceSet& sources) {
  std::size_t ends = sources.size();
  for (const auto& [path, text, blob] : sources.files())
    for (auto at = text.find(';'); at != std::string::npos; at = text.find(';', at + 1)) ++ends;
  return std::min(ends, max_statements);
}

/// Judges script by script; the steps stay only where `again` says that facts may ask for them
/// again.
void judge_scripts(Work& work, bool again, DatabaseReport& report) {
  auto& [sources, sendings, before, input, judged] = work;
  const auto named = static_cast<std::uint32_t>(sources.size());
  ScriptReader reader(sources);
  StepwiseReview* stepwise = nullptr;
  if (!again) stepwise = &keep(StepwiseReview(input, expected_steps(sources)));
  for (std::uint32_t script = 0; script < named; ++script) {
    std::vector<ReviewStep> steps = reader.steps_of(script);
    if (const auto sending = sendings.find(script); sending != sendings.end())
      mark_sending(sending->second, steps);
    if (stepwise)
      stepwise->judge(std::move(steps));
    else
      std::move(steps.begin(), steps.end(), std::back_inserter(input.steps));
  }
  Problems problems = new_problems(sources, {}, reader.rest, {}, {}, true);
  input.allowances = std::move(reader.allowances.allowances);
  input.allowance_findings = std::move(reader.allowances.findings);
  input.parse_problems = std::move(problems.parse);
  input.parse_problems.insert(input.parse_problems.end(), reader.not_followed().begin(),
                              reader.not_followed().end());
  report.notes.insert(report.notes.end(), reader.notes.begin(), reader.notes.end());
  report.notes.insert(report.notes.end(), problems.notes.begin(), problems.notes.end());
  judged = stepwise ? stepwise->finish() : review(input);
}

DatabaseReport lint(const LintOptions& options, const CommonOptions& common) {
  const DatabaseConfig config;
  Work& work = keep(Work());
  auto& [sources, sendings, before, input, judged] = work;
  DatabaseReport report;
  report.name = "-";
  report.notes = read_schema(options, postgres_major(config, common), work);
  read_scripts(options.files, sources, sendings, report.notes);
  input.before = &before;
  input.complete = !options.schema.empty();
  input.sources = &sources;
  const bool lines_only = common.quiet && common.outputs.empty() &&
                          (common.format.empty() || common.format == "terminal");
  input.remedies = !lines_only;
  const bool shows_statements = common.format == "json" ? options.statements : !common.quiet;
  input.keeps_locks = shows_statements || !common.outputs.empty();
  const World world(common);
  const AskFacts ask = world.ask_facts(config, {});
  input.asks = static_cast<bool>(ask);
  judge_scripts(work, input.asks, report);
  if (ask) add_facts(ask, options, common, work, report);
  report.postgres = input.postgres;
  report.findings = resolve(std::move(judged.findings), sources, report.name, !lines_only);
  if (input.keeps_locks) add_statements(report, sources, judged.steps);
  return report;
}

}  // namespace

int run_lint(const LintOptions& options, const CommonOptions& common) {
  Report& report = keep(Report());
  report.command = "lint";
  report.databases.push_back(lint(options, common));
  report.verdict = judge(report, common.fail_on.value_or(FailOn::error));
  return deliver(report, common, options.statements);
}

}  // namespace schemagate
