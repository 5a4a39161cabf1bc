// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

std::string reason(const Doubt& doubt) {
  const Probe& probe = doubt.probe;
  const bool single = probe.columns.size() == 1;
  const std::string what = single ? shown(probe.table, probe.columns.front())
                                  : shown(probe.table) + " (" + to_sql(probe.columns) + ")";
  const std::string groups =
      count_of(doubt.answer->groups, single ? "value" : "combination") + " of " + what;
  const bool one = doubt.answer->groups.value == 1 && !doubt.answer->groups.at_least;
  return groups + (one ? " occurs" : " occur") + " more than once (" +
         count_of(doubt.answer->rows, "row") + ")";
}

/// The statement that shows the rows to clean up.
std::string duplicates_query(const Probe& probe) {
  const std::string columns = to_sql(probe.columns);
  return "SELECT " + columns + ", count(*) FROM " + to_sql(probe.table) +
         (probe.condition.empty() ? "" : " WHERE " + probe.condition) + " GROUP BY " + columns +
         " HAVING count(*) > 1";
}

void check(const Subject& subject, Findings& findings) {
  const auto* create = subject.statement.as<CreateIndex>();
  for (const Doubt& doubt : doubts(subject, ProbeKind::duplicates)) {
    std::string text = doubt.is_certain() ? reason(doubt) : "";
    if (create && create->concurrently) text += ", and an invalid index would stay behind";
    tell(subject, findings, doubt, text,
         columns_shown(doubt.probe.columns) + " of " + shown(doubt.probe.table) +
             " holds duplicates",
         "duplicate_rows",
         {"merge or delete the duplicates first; this shows them: " + duplicates_query(doubt.probe),
          {},
          false});
  }
}

}  // namespace

extern const Rule unique_over_duplicates{
    .id = "unique-over-duplicates",
    .severity = Severity::error,
    .summary = "a unique constraint or index over values that are not unique",
    .when =
        "a unique constraint, primary key or unique index is made on columns that exist, and "
        "the database holds duplicates in them",
    .effect =
        "the statement fails with \"could not create unique index\" and takes the deployment "
        "with it; CREATE UNIQUE INDEX CONCURRENTLY leaves an invalid index behind",
    .instead = "remove the duplicates, stop what makes them, then add the constraint",
    .reference = "https://www.postgresql.org/docs/current/indexes-unique.html",
    .statements = kinds<AlterTable, CreateIndex>,
    .check_step = check,
};

}  // namespace schemagate::rules
