// SPDX-License-Identifier: MIT
#include "bot/migration_downs.h"

#include <fmt/format.h>

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

/// Who goes back misses a guard or an index rather than data or code; and values of an enum can't
/// be taken away again.
bool is_minor(const Change& change) {
  return change.kind == ChangeKind::drop_constraint || change.kind == ChangeKind::drop_index ||
         change.kind == ChangeKind::add_enum_value;
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

}  // namespace

void add_down_problems(const DatabaseText& text, const std::set<std::string>& old,
                       const ReadFolder& after, const Catalog& before, int postgres,
                       std::vector<ApplyProblem>& problems) {
  Catalog catalog = before;
  const auto say = [&](Span where, std::string message) {
    problems.push_back({ProblemKind::down, where, {}, "", std::move(message)});
  };
  for (std::size_t i = 0; i < after.folder.migrations.size(); ++i) {
    const Migration& migration = after.folder.migrations[i];
    if (old.count(migration.key) != 0 || migration.repeatable) continue;
    const Catalog start = catalog;
    std::string refused;
    if (!apply_all(after.parsed[i].statements, postgres, catalog, refused)) return;
    if (migration.opaque || migration.down.empty()) continue;
    SourceSet downs;
    const std::uint32_t file = migration.down_file.value_or(migration.file);
    const ParsedFile down =
        parse(downs, downs.add({text.sources.file(file).path, migration.down, {}}));
    if (down.statements.empty() || !down.problems.empty()) continue;
    Span where = down.statements.front().span;
    where.file = file;
    Catalog back = catalog;
    if (!apply_all(down.statements, postgres, back, refused)) {
      if (!refused.empty()) say(where, "the way down fails: " + refused);
      continue;
    }
    auto changes = diff(start, back).changes;
    std::erase_if(changes, is_minor);
    if (!changes.empty())
      say(where, "up and then down leaves another schema than before: " + left_over(changes));
  }
}

}  // namespace schemagate
