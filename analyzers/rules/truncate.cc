// SPDX-License-Identifier: MIT
#include <deque>
#include <set>

#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// Tables that CASCADE empties along.
std::vector<std::string> along(const Subject& subject, const std::set<QualifiedName>& named) {
  std::vector<std::string> others;
  std::set<QualifiedName> seen = named;
  std::deque<QualifiedName> open(named.begin(), named.end());
  while (!open.empty()) {
    for (const auto& [child, key] : subject.before.references_to(open.front())) {
      if (!seen.insert(child->name).second) continue;
      others.push_back(subject.describe(child->name));
      open.push_back(child->name);
    }
    open.pop_front();
  }
  return others;
}

void check(const Subject& subject, Findings& findings) {
  const auto* truncate = subject.statement.as<Truncate>();
  if (!truncate) return;
  std::set<QualifiedName> named;
  for (const QualifiedName& table : truncate->tables) named.insert(subject.resolve(table));
  const std::vector<std::string> others =
      truncate->cascade ? along(subject, named) : std::vector<std::string>{};
  for (const QualifiedName& name : named) {
    if (!subject.before.tables.count(name) || is_private(subject, name)) continue;
    auto added = findings.add(
        subject, object_of(name),
        "all rows of " + subject.describe(name) + " are lost" +
            (others.empty() ? "" : "; CASCADE empties " + enumerate(others) + " as well"));
    if (others.empty()) soften_if_empty(added, subject, name);
    added.remedy("delete in batches what is really to go, outside of the schema's migrations");
  }
}

}  // namespace

extern const Rule truncate{
    .id = "truncate",
    .severity = Severity::error,
    .summary = "a table is emptied",
    .when = "TRUNCATE of a table that this change did not create",
    .effect =
        "all its rows are lost, with CASCADE those of every table that refers to it too; ACCESS "
        "EXCLUSIVE is taken on all of them",
    .instead = "delete in batches what is to go, and only that",
    .reference = "https://www.postgresql.org/docs/current/sql-truncate.html",
    .statements = kinds<Truncate>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
