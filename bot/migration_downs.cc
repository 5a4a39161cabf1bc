// SPDX-License-Identifier: MIT
#include "bot/migration_downs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/plan.h"

namespace schemagate {
namespace {

/// Applies the statements; false when one is refused, which is then told, or its effect is not
/// known.
bool apply_all(const std::vector<Statement>& statements, int postgres, Catalog& catalog,
               std::string& refused) {
  Session session;
  session.postgres = postgres;
  for (const Statement& statement : statements) {
    if (statement.as<DoBlock>() != nullptr) return false;
    if (statement.as<OtherStatement>() != nullptr) return false;
    for (const ApplyProblem& problem : apply(catalog, session, statement))
      if (problem.kind != ProblemKind::ignored && !problem.sqlstate.empty()) {
        refused = problem.message;
        return false;
      }
  }
  return true;
}

/// Who goes back misses a guard or an index rather than data or code; values of an enum can't be
/// taken away again, and a validated constraint can't be made a NOT VALID one.
bool is_minor(const Change& change) {
  return change.kind == ChangeKind::drop_constraint || change.kind == ChangeKind::drop_index ||
         change.kind == ChangeKind::add_enum_value ||
         change.kind == ChangeKind::validate_constraint;
}

/// A constraint that is back, only not validated, is as good a way back as there is.
bool comes_back(const Change& change, const std::vector<Change>& all) {
  if (change.kind != ChangeKind::add_constraint) return false;
  return std::any_of(all.begin(), all.end(), [&](const Change& gone) {
    return gone.kind == ChangeKind::drop_constraint && gone.object == change.object &&
           gone.before + " NOT VALID" == change.after;
  });
}

/// What a way back leaves that people should know of.
std::vector<Change> left_by(const Catalog& start, const Catalog& back) {
  const std::vector<Change> all = diff(start, back).changes;
  std::vector<Change> left;
  for (const Change& change : all)
    if (!is_minor(change) && !comes_back(change, all)) left.push_back(change);
  return left;
}

/// Of the change that is left: `add column public.t.a`.
std::string left_over(const std::vector<Change>& changes) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < changes.size() && i < most; ++i)
    text +=
        fmt::format("{}{} {}", i == 0 ? "" : ", ", to_string(changes[i].kind), changes[i].object);
  if (changes.size() > most) text += fmt::format(" and {} more", changes.size() - most);
  return text;
}

/// The steps that lead back, last migration first. Nothing when one has no way down.
std::vector<Step> steps_back(const DatabaseText& text, const std::set<std::string>& old,
                             const ReadFolder& after) {
  std::vector<Step> steps;
  int group = 1'000'000;  // other transactions than those of the way up
  const auto& migrations = after.folder.migrations;
  for (auto at = migrations.rbegin(); at != migrations.rend(); ++at) {
    if (old.count(at->key) != 0) continue;
    if (at->opaque || at->repeatable || at->down.empty()) return {};
    const std::uint32_t file = at->down_file.value_or(at->file);
    SourceSet downs;
    const SourceFile& source = text.sources.file(file);
    const ParsedFile down =
        parse(downs, downs.add({source.path, in_place(source.text, at->down_begin, at->down), {}}));
    if (down.statements.empty() || !down.problems.empty()) return {};
    ++group;
    const bool at_once =
        at->sending == Sending::transaction || at->sending == Sending::simple_query;
    for (const Statement& statement : down.statements) {
      Step step;
      step.sql = std::string(downs.text(statement.span));
      step.where = Span{file, statement.span.begin, statement.span.end};
      step.group = at_once ? group : -1;
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

/// A schema that a server wrote down.
Catalog catalog_of(const std::vector<std::string>& statements, int postgres) {
  return load_schema({parse_text(join(statements, ";\n"))}, postgres).catalog;
}

/// What a server found out about the way back; nothing when it leads back.
std::string told_by_server(const postgres::WayBack& back, int postgres) {
  if (back.failed)
    return fmt::format("the way down fails on PostgreSQL {}: {}", back.version, back.message);
  if (back.before == back.after) return {};
  const auto changes = left_by(catalog_of(back.before, postgres), catalog_of(back.after, postgres));
  if (changes.empty()) return {};
  return fmt::format(
      "up and then down, tried on PostgreSQL {}, leaves another schema than before: {}",
      back.version, left_over(changes));
}

}  // namespace

void rehearse_downs(const DatabaseText& text, const std::set<std::string>& old,
                    const ReadFolder& after, const Catalog& before, const std::vector<Step>& up,
                    const JudgeOptions& options, std::vector<ApplyProblem>& problems) {
  const bool known = std::any_of(problems.begin(), problems.end(), [](const ApplyProblem& problem) {
    return problem.kind == ProblemKind::down;
  });
  if (!options.rehearse_back || known || up.empty()) return;
  const std::vector<Step> down = steps_back(text, old, after);
  if (down.empty()) return;
  std::vector<Step> all = up;
  all.insert(all.end(), down.begin(), down.end());
  // A sandbox has its extensions before anything runs: what comes and goes with them is not seen.
  const bool has_extensions = std::any_of(all.begin(), all.end(), [](const Step& step) {
    return to_lower(step.sql).find("extension") != std::string::npos;
  });
  if (has_extensions) return;
  const postgres::WayBack back = options.rehearse_back(before, all, up.size(), options.postgres);
  if (!back.tried) return;
  std::string message = told_by_server(back, options.postgres);
  if (!message.empty())
    problems.push_back({ProblemKind::down,
                        back.failed ? all.at(*back.failed).where : down.front().where,
                        {},
                        "",
                        std::move(message)});
}

void add_down_problems(const DatabaseText& text, const std::set<std::string>& old,
                       const ReadFolder& after, const Catalog& before, int postgres,
                       std::vector<ApplyProblem>& problems) {
  constexpr std::size_t most_tables = 500'000;  // copied and compared, all ways down together
  std::size_t tables = 0;
  Catalog catalog = before;
  const auto say = [&](Span where, std::string message) {
    problems.push_back({ProblemKind::down, where, {}, "", std::move(message)});
  };
  for (std::size_t i = 0; i < after.folder.migrations.size(); ++i) {
    const Migration& migration = after.folder.migrations[i];
    if (migration.opaque && !text.printed_after) return;  // later ones may need what it makes
    if (old.count(migration.key) != 0 || migration.repeatable) continue;
    const bool has_down = !migration.opaque && !migration.down.empty();
    const std::uint32_t file = migration.down_file.value_or(migration.file);
    if (has_down) tables += catalog.tables.size();
    if (tables > most_tables)
      return say(Span{file, 0, 1},
                 fmt::format("the ways down of {} and of the new migrations behind it were not "
                             "looked at: there are too many",
                             migration.version));
    const Catalog start = has_down ? catalog : Catalog();
    std::string refused;
    if (!apply_all(after.parsed[i].statements, postgres, catalog, refused)) return;
    if (!has_down) continue;
    SourceSet downs;
    const SourceFile& source = text.sources.file(file);
    const ParsedFile down = parse(
        downs,
        downs.add({source.path, in_place(source.text, migration.down_begin, migration.down), {}}));
    if (down.statements.empty() || !down.problems.empty() || !down.skipped.empty()) continue;
    Span where = down.statements.front().span;
    where.file = file;
    Catalog back = catalog;
    if (!apply_all(down.statements, postgres, back, refused)) {
      if (!refused.empty()) say(where, "the way down fails: " + refused);
      continue;
    }
    const auto changes = left_by(start, back);
    if (!changes.empty())
      say(where, "up and then down leaves another schema than before: " + left_over(changes));
  }
}

}  // namespace schemagate
