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

/// Files that name their own parts come with the part that goes up alone, and in `sendings`.
std::vector<ParsedFile> read_scripts(const std::vector<std::string>& paths, SourceSet& sources,
                                     std::map<std::uint32_t, Sending>& sendings,
                                     std::vector<std::string>& notes) {
  for (const std::string& path : paths) refuse_hcl_script(path);
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
  std::vector<ParsedFile> files;
  files.reserve(sources.size());
  for (std::uint32_t file = 0; file < sources.size(); ++file) files.push_back(parse(sources, file));
  return files;
}

/// The steps of file number `index` for the script that runs it, those of an included file where it
/// is included.
void add_steps(std::vector<ParsedFile>& files, std::uint32_t index, std::uint32_t script,
               const std::vector<FollowedInclude>& includes, std::vector<ReviewStep>& steps) {
  auto include = std::find_if(includes.begin(), includes.end(), [&](const FollowedInclude& one) {
    return one.command.file == index;
  });
  const auto add_included_before = [&](std::uint32_t offset) {
    for (; include != includes.end() && include->command.file == index &&
           include->command.begin < offset;
         ++include)
      add_steps(files, include->file, script, includes, steps);
  };
  for (Statement& statement : files[index].statements) {
    add_included_before(statement.span.begin);
    ReviewStep& step = steps.emplace_back();
    step.where = statement.span;
    step.included_by = script;
    step.statement = std::move(statement);
  }
  add_included_before(UINT32_MAX);
}

/// Marks the transaction that the file's tool opens around its steps, from number `from` on.
void mark_sending(Sending sending, std::size_t from, std::vector<ReviewStep>& steps) {
  if (from == steps.size()) return;
  const bool one_query = sending == Sending::simple_query && steps.size() - from > 1;
  if (sending != Sending::transaction && !one_query) return;
  for (std::size_t i = from; i < steps.size(); ++i) steps[i].single_query = one_query;
  steps[from].begins_transaction = true;
  steps.back().ends_transaction = true;
}

/// The first `named` files as steps, in that order; each runs as psql runs it, or as the tool whose
/// marks it has. Takes the statements out of the files.
std::vector<ReviewStep> steps_of(std::vector<ParsedFile> files, std::size_t named,
                                 const std::vector<FollowedInclude>& includes,
                                 const std::map<std::uint32_t, Sending>& sendings) {
  std::vector<ReviewStep> steps;
  std::size_t count = 0;
  for (const ParsedFile& file : files) count += file.statements.size();
  steps.reserve(count);
  for (std::uint32_t file = 0; file < named; ++file) {
    const std::size_t from = steps.size();
    add_steps(files, file, file, includes, steps);
    const auto sending = sendings.find(file);
    if (sending != sendings.end()) mark_sending(sending->second, from, steps);
  }
  return steps;
}

struct Work {
  SourceSet sources;
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

/// The schema before, as that major understands it.
void read_schema(const LintOptions& options, int postgres, Work& work, DatabaseReport& report) {
  work.input.postgres = postgres;
  if (options.schema.empty()) return;
  SchemaSource schema = load_schema_source(options.schema, postgres);
  report.notes = problems_of(schema);
  work.before = std::move(schema.schema.catalog);
}

/// Reviews again with what a running database answers, and for the major that it runs unless
/// `common` names one.
void add_facts(const AskFacts& ask, const LintOptions& options, const CommonOptions& common,
               Work& work, DatabaseReport& report) {
  ReviewInput& input = work.input;
  input.facts = ask(work.judged.wanted_tables, work.judged.wanted_probes);
  const int wanted = input.postgres;
  if (const auto other = major_of_facts(input.facts, wanted); other && !common.postgres) {
    read_schema(options, *other, work, report);
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

DatabaseReport lint(const LintOptions& options, const CommonOptions& common) {
  const DatabaseConfig config;
  Work& work = keep(Work());
  auto& [sources, before, input, judged] = work;
  DatabaseReport report;
  report.name = "-";
  read_schema(options, postgres_major(config, common), work, report);
  std::map<std::uint32_t, Sending> sendings;
  std::vector<ParsedFile> files = read_scripts(options.files, sources, sendings, report.notes);
  const Includes includes = follow_includes(sources, files, read_include);
  AllowanceList allowances = find_allowances(sources, files);
  Problems problems = new_problems(sources, {}, files, {}, {}, true);

  input.before = &before;
  input.steps = steps_of(std::move(files), options.files.size(), includes.followed, sendings);
  input.complete = !options.schema.empty();
  input.allowances = std::move(allowances.allowances);
  input.allowance_findings = std::move(allowances.findings);
  input.parse_problems = std::move(problems.parse);
  input.parse_problems.insert(input.parse_problems.end(), includes.not_followed.begin(),
                              includes.not_followed.end());
  input.sources = &sources;
  const bool lines_only = common.quiet && common.outputs.empty() &&
                          (common.format.empty() || common.format == "terminal");
  input.remedies = !lines_only;
  const bool shows_statements = common.format == "json" ? options.statements : !common.quiet;
  input.keeps_locks = shows_statements || !common.outputs.empty();
  const World world(common);
  const AskFacts ask = world.ask_facts(config, {});
  input.asks = static_cast<bool>(ask);
  judged = review(input);
  if (ask) add_facts(ask, options, common, work, report);
  report.findings = resolve(std::move(judged.findings), sources, report.name, !lines_only);
  report.notes.insert(report.notes.end(), problems.notes.begin(), problems.notes.end());
  report.notes.insert(report.notes.end(), judged.notes.begin(), judged.notes.end());
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
