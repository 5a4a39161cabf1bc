// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "bot/commands.h"
#include "bot/judge.h"
#include "bot/output.h"
#include "bot/schema_files.h"
#include "bot/schema_source.h"
#include "bot/world.h"
#include "report/runner_text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

struct Judged {
  SourceSet sources;
  std::vector<ReportedStatement> statements;
};

/// Text that PostgreSQL does not parse: a statement that fails, and nothing else is known of it.
ReportedStatement refused(const SourceSet& sources, const ParseProblem& problem) {
  ReportedStatement reported;
  reported.sql = std::string(sources.text(problem.statement));
  reported.place = place_of(sources, problem.where, false);
  reported.impact.fails = Failure{"42601", problem.message};
  reported.impact.known = false;
  return reported;
}

Judged predict_all(const ImpactOptions& options, Catalog catalog, int postgres) {
  refuse_other_script(options.file);
  Judged judged;
  judged.sources.add({options.file,
                      options.file == "-" ? read_standard_input() : read_whole_file(options.file),
                      {}});
  ParsedFile file = parse(judged.sources, 0);
  auto problem = file.problems.begin();
  const auto add_problems_before = [&](std::uint32_t offset) {
    for (; problem != file.problems.end() && problem->statement.begin < offset; ++problem)
      judged.statements.push_back(refused(judged.sources, *problem));
  };
  Session session;
  session.postgres = postgres;
  session.stops_at_failures = true;
  for (const Statement& statement : file.statements) {
    add_problems_before(statement.span.begin);
    ReportedStatement reported;
    reported.sql = std::string(judged.sources.text(statement.span));
    reported.place = place_of(judged.sources, statement.span, false);
    reported.impact = predict_and_apply(catalog, session, statement).impact;
    judged.statements.push_back(std::move(reported));
  }
  add_problems_before(UINT32_MAX);
  return judged;
}

}  // namespace

int run_impact(const ImpactOptions& options, const CommonOptions& common) {
  const int postgres = postgres_major(common);
  Catalog before;
  std::vector<std::string> notes;
  if (!options.schema.empty()) {
    SchemaSource schema = load_schema_source(options.schema, postgres);
    notes = problems_of(schema);
    before = std::move(schema.schema.catalog);
  }
  Judged judged = predict_all(options, before, postgres);
  MeasuredOn measured;
  if (options.measure) measured = World(common).measure(before, judged.statements, postgres);
  notes.insert(notes.end(), measured.notes.begin(), measured.notes.end());
  deliver_text(common, "terminal", [&](const std::string& format, bool color) {
    if (format == "json")
      return statements_to_json(postgres, judged.statements, measured.version, notes);
    std::string text = to_terminal(judged.statements, {.color = color});
    if (options.measure) text += fmt::format("measured on PostgreSQL {}\n", measured.version);
    for (const std::string& note : notes) text += fmt::format("note: {}\n", visible_line(note));
    return without_workflow_commands(text);
  });
  return 0;
}

}  // namespace schemagate
