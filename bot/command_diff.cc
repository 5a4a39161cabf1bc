// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "bot/commands.h"
#include "bot/judge.h"
#include "bot/memory.h"
#include "bot/output.h"
#include "bot/schema_source.h"
#include "bot/world.h"
#include "report/runner_text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

/// The plan's statements with their impact, as JSON lists them.
std::vector<ReportedStatement> statements_of(const Plan& plan, const SchemaSource& before,
                                             const SchemaSource& after) {
  std::vector<ReportedStatement> statements;
  Catalog catalog = before.schema.catalog;
  Session session;
  session.postgres = plan.postgres;
  for (const Step& step : plan.steps) {
    const ParsedFile parsed = parse_text(step.sql);
    ReportedStatement statement;
    statement.sql = step.sql;
    statement.group = step.group;
    statement.place =
        place_of(step.old_side ? before.sources : after.sources, step.where, step.old_side);
    if (!parsed.statements.empty())
      statement.impact = predict_and_apply(catalog, session, parsed.statements.front()).impact;
    statements.push_back(std::move(statement));
  }
  return statements;
}

std::string as_json(const Plan& plan, const SchemaSource& before, const SchemaSource& after) {
  std::vector<ReportedChange> changes;
  for (const Change& change : plan.changes) {
    const bool old_side = !change.where_new.is_somewhere();
    changes.push_back({std::string(to_string(change.kind)), change.object, change.before,
                       change.after,
                       place_of(old_side ? before.sources : after.sources,
                                old_side ? change.where_old : change.where_new, old_side)});
  }
  return difference_to_json(changes, statements_of(plan, before, after), plan.notes);
}

std::string for_people(const Plan& plan) {
  std::string out;
  for (const Change& change : plan.changes)
    out += fmt::format("{} {}\n", to_string(change.kind), visible_line(change.object));
  if (plan.changes.empty()) return "no difference\n";
  return without_workflow_commands(fmt::format(
             "{}:\n{}\n", counted(static_cast<long long>(plan.changes.size()), "change"), out)) +
         sql_without_workflow_commands(visible(to_sql(plan)));
}

}  // namespace

int run_diff(const DiffOptions& options, const CommonOptions& common) {
  const int postgres = postgres_major(common);
  const SchemaSource& before = keep(load_schema_source(options.old_schema, postgres));
  const SchemaSource& after = keep(load_schema_source(options.new_schema, postgres));
  const Diff difference =
      diff(before.schema.catalog, after.schema.catalog, rename_hints(after.sources, after.files));
  const Plan plan = make_plan(before.schema.catalog, after.schema.catalog, difference,
                              options.strategy, postgres);
  deliver_text(common, "sql", [&](const std::string& format, bool) {
    if (format == "json") return as_json(plan, before, after);
    return format == "terminal" ? for_people(plan) : sql_without_workflow_commands(to_sql(plan));
  });
  say_notes(problems_of(after), common);
  say_notes(difference.notes, common);
  say_notes(plan.notes, common);
  return options.exit_code && !plan.steps.empty() ? 1 : 0;
}

}  // namespace schemagate
