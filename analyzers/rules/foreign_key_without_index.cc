// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// A complete index whose first columns are these, in any order.
bool has_index(const Catalog& catalog, const QualifiedName& table,
               const std::vector<std::string>& columns) {
  for (const Index* index : catalog.indexes_of(table)) {
    if (!index->where.empty() || index->elements.size() < columns.size()) continue;
    const auto end = index->elements.begin() + static_cast<std::ptrdiff_t>(columns.size());
    if (std::all_of(index->elements.begin(), end, [&](const IndexElement& element) {
          return std::find(columns.begin(), columns.end(), element.column) != columns.end();
        })) {
      return true;
    }
  }
  return false;
}

/// Foreign keys of `table` that are not in the base.
void check_table(const WholeSubject& whole, int step, const Table& table, Findings& findings) {
  const auto base = whole.base.tables.find(table.name);
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& key = constraint.definition;
    if (key.kind != ConstraintKind::foreign_key ||
        has_index(whole.after, table.name, key.columns)) {
      continue;
    }
    if (base != whole.base.tables.end() && base->second.constraint(key.name)) continue;
    const std::string index =
        "CREATE INDEX CONCURRENTLY ON " + to_sql(table.name) + " (" + to_sql(key.columns) + ")";
    findings
        .add(whole, step, object_of(table.name, key.name),
             "no index of " + shown(table.name) + " begins with " + columns_shown(key.columns) +
                 ": every DELETE or key UPDATE of a row of " + shown(key.referenced) +
                 " reads the whole table")
        .remedy("make one: " + index);
  }
}

void check_all(const WholeSubject& whole, Findings& findings) {
  std::set<QualifiedName> seen;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const Statement& statement = *whole.steps[i].statement;
    const auto* create = statement.as<CreateTable>();
    const auto* alter = statement.as<AlterTable>();
    if (!create && !alter) continue;
    Session session;
    const QualifiedName& written = create ? create->name : alter->name;
    const QualifiedName name = whole.base.tables.count(whole.existing(i, written))
                                   ? whole.existing(i, written)
                                   : creation_name(session, written);
    const auto table = whole.after.tables.find(name);
    if (table == whole.after.tables.end() || !seen.insert(name).second) continue;
    check_table(whole, static_cast<int>(i), table->second, findings);
  }
}

}  // namespace

extern const Rule foreign_key_without_index{
    .id = "foreign-key-without-index",
    .severity = Severity::note,
    .summary = "a foreign key without an index behind it",
    .when = "a new foreign key's columns are not the first columns of any complete index",
    .effect =
        "PostgreSQL indexes the referenced side only: each DELETE or key UPDATE there reads this "
        "whole table",
    .instead = "an index on the referencing columns",
    .reference = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    .check_all = check_all,
    .looks_again = adds_foreign_key,
    .on_by_default = false,
};

}  // namespace schemagate::rules
