// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/blocking.h"
#include "analyzers/index_sql.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// REFRESH … CONCURRENTLY needs a unique index over columns that covers all rows.
bool can_be_concurrent(const Subject& subject, const QualifiedName& view) {
  const auto indexes = subject.before.indexes_of(view);
  return std::any_of(indexes.begin(), indexes.end(), [](const Index* index) {
    return index->unique && index->valid && index->where.empty() &&
           std::none_of(index->elements.begin(), index->elements.end(),
                        [](const IndexElement& element) { return element.column.empty(); });
  });
}

void check(const Subject& subject, Findings& findings) {
  const auto* refresh = subject.statement.as<Refresh>();
  if (!refresh || refresh->concurrently) return;
  const QualifiedName view = subject.resolve(refresh->name);
  const auto found = subject.before.views.find(view);
  if (found == subject.before.views.end() || !found->second.populated || subject.is_idle(view)) {
    return;
  }
  if (refresh->with_no_data) {
    findings
        .add(subject, object_of(view),
             "empties " + subject.describe(view) +
                 ": every query on it fails until it is refreshed with data")
        .lock(subject, view)
        .remedy("leave WITH NO DATA away");
    return;
  }
  auto added = findings.add(subject, object_of(view),
                            "holds ACCESS EXCLUSIVE on " + subject.describe(view) +
                                ": nobody can read it until its query is done");
  added.lock(subject, view).soften_if_small(subject, view);
  if (can_be_concurrent(subject, view)) {
    added.remedy("refresh it CONCURRENTLY", {insert_after(subject.text(), "VIEW", "CONCURRENTLY")});
  } else {
    added.remedy(
        "give it a unique index on plain columns (CREATE UNIQUE INDEX CONCURRENTLY), then "
        "refresh it CONCURRENTLY");
  }
}

}  // namespace

extern const Rule blocking_refresh{
    .id = "blocking-refresh",
    .severity = Severity::error,
    .summary = "REFRESH MATERIALIZED VIEW lets nobody read it until its query is done",
    .when =
        "an existing, populated materialized view is refreshed without CONCURRENTLY, or emptied by "
        "WITH NO DATA",
    .effect = "ACCESS EXCLUSIVE on the view is held while the query runs and the indexes are built",
    .instead = "a unique index, then REFRESH MATERIALIZED VIEW CONCURRENTLY",
    .reference = "https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
    .statements = kinds<Refresh>,
    .check_step = check,
};

}  // namespace schemagate::rules
