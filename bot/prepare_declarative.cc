// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "bot/prepared.h"
#include "bot/rails_versions.h"
#include "bot/schema_files.h"
#include "hcl/places.h"

namespace schemagate {
namespace {

void add_plan_steps(const Plan& plan, Prepared& out) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    std::vector<Statement> parsed = parse_text(step.sql).statements;
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

std::set<std::string> paths_of(const SourceSet& sources, const std::vector<std::uint32_t>& files) {
  std::set<std::string> paths;
  for (const std::uint32_t file : files) paths.insert(sources.file(file).path);
  return paths;
}

/// The head's files of which a part could not be read.
std::set<std::string> unread_files(const DatabaseText& text, const Problems& problems) {
  std::set<std::string> unread;
  for (const auto* refused : {&problems.parse, &text.refused})
    for (const ParseProblem& problem : *refused)
      if (problem.where.file != Span::nowhere) unread.emplace(text.sources.path(problem.where));
  return unread;
}

/// A file of which a part could not be read does not say any more what it says: that something is
/// gone from it, or from one that may be this one by another name, is not believed. Such a file
/// closes the gate by itself.
void forget_drops_in_unread(const DatabaseText& text, const Problems& problems, Diff& difference,
                            std::vector<std::string>& notes) {
  const SourceSet& sources = text.sources;
  const std::set<std::string> unread = unread_files(text, problems),
                              old = paths_of(sources, text.schema_before),
                              now = paths_of(sources, text.schema_after);
  const bool is_any_new = std::any_of(
      unread.begin(), unread.end(), [&](const std::string& path) { return old.count(path) == 0; });
  std::set<std::string> doubtful;
  std::erase_if(difference.changes, [&](const Change& change) {
    const bool gone = change.where_old.file != Span::nowhere && change.after.empty() &&
                      !change.where_new.is_somewhere();
    if (!gone) return false;
    const std::string path(sources.path(change.where_old));
    const bool may_be_moved = is_any_new && now.count(path) == 0;
    if (unread.count(path) == 0 && !may_be_moved) return false;
    doubtful.insert(path);
    return true;
  });
  for (const std::string& path : doubtful)
    notes.push_back(
        fmt::format("{}: what seems to be dropped there was not judged, for a part of {} could not "
                    "be read",
                    path, unread.count(path) != 0 ? "it" : "a new file"));
}

}  // namespace

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
  hcl::point_at_attributes(text.sources, difference.changes);
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

}  // namespace schemagate
