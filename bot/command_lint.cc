// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <iterator>
#include <set>

#include "analyzers/review.h"
#include "base/error.h"
#include "bot/commands.h"
#include "bot/judge.h"
#include "bot/output.h"
#include "bot/problems.h"
#include "bot/schema_source.h"
#include "bot/world.h"

namespace schemagate {
namespace {

/// The scripts as steps, in the order they were named; each runs as psql runs it.
struct Scripts {
  SourceSet sources;
  std::vector<ParsedFile> files;
  std::vector<ReviewStep> steps;
};

Scripts read_scripts(const std::vector<std::string>& paths) {
  Scripts scripts;
  for (const std::string& path : paths)
    scripts.sources.add({path, path == "-" ? read_standard_input() : read_whole_file(path), {}});
  for (std::uint32_t file = 0; file < scripts.sources.size(); ++file) {
    scripts.files.push_back(parse(scripts.sources, file));
    for (Statement& statement : scripts.files.back().statements) {
      ReviewStep step;
      step.where = statement.span;
      step.statement = statement;
      scripts.steps.push_back(std::move(step));
    }
  }
  return scripts;
}

DatabaseReport lint(const LintOptions& options, const CommonOptions& common) {
  const DatabaseConfig config;
  const int postgres = postgres_major(config, common);
  Catalog before;
  if (!options.schema.empty()) before = load_schema_source(options.schema, postgres).schema.catalog;
  Scripts scripts = read_scripts(options.files);
  const AllowanceList allowances = find_allowances(scripts.sources, scripts.files);
  const Problems problems = new_problems(scripts.sources, {}, scripts.files, {}, {});

  ReviewInput input;
  input.before = &before;
  input.steps = std::move(scripts.steps);
  input.postgres = postgres;
  input.complete = !options.schema.empty();
  input.allowances = allowances.allowances;
  input.allowance_findings = allowances.findings;
  input.parse_problems = problems.parse;
  input.sources = &scripts.sources;
  Review judged = review(input);
  DatabaseReport report;
  report.name = "-";
  const World world(common);
  if (const AskFacts ask = world.ask_facts(config, {})) {
    input.facts = ask(judged.wanted_tables, judged.wanted_probes);
    report.facts_source = input.facts.source;
    report.notes = input.facts.notes;
    judged = review(input);
  }
  report.findings = resolve(judged.findings, scripts.sources, report.name);
  report.notes.insert(report.notes.end(), problems.notes.begin(), problems.notes.end());
  report.notes.insert(report.notes.end(), judged.notes.begin(), judged.notes.end());
  if (!options.statements && common.format == "json") return report;
  for (std::size_t i = 0; i < judged.steps.size(); ++i) {
    ReportedStatement statement;
    statement.sql = std::string(scripts.sources.text(judged.steps[i].where));
    statement.place = place_of(scripts.sources, judged.steps[i].where, false);
    statement.impact = std::move(judged.steps[i].impact);
    report.statements.push_back(std::move(statement));
  }
  return report;
}

}  // namespace

int run_lint(const LintOptions& options, const CommonOptions& common) {
  Report report;
  report.command = "lint";
  report.databases.push_back(lint(options, common));
  report.verdict = judge(report, common.fail_on.value_or(FailOn::error));
  return deliver(report, common, options.statements);
}

}  // namespace schemagate
