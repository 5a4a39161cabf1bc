// SPDX-License-Identifier: MIT
#include "analyzers/index_sql.h"
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* create = subject.statement.as<CreateIndex>();
  if (!create || !create->concurrently || !create->if_not_exists) return;
  const QualifiedName table = subject.resolve(create->table);
  if (subject.is_new(table)) return;
  const QualifiedName index{table.schema, create->name};
  findings
      .add(
          subject, object_of(index),
          "if an earlier attempt failed, IF NOT EXISTS finds the invalid index that it left, skips "
          "this statement and reports success: " +
              shown(index) + " then costs every write and serves no query")
      .remedy("drop what may be left over, then build it",
              subject.remedies ? concurrent_index(subject.text(), *create, table) : Sql(), true);
}

}  // namespace

extern const Rule concurrent_index_if_not_exists{
    .id = "concurrent-index-if-not-exists",
    .severity = Severity::warning,
    .summary = "CREATE INDEX CONCURRENTLY IF NOT EXISTS keeps a broken index",
    .when = "an index is built CONCURRENTLY with IF NOT EXISTS on an existing table",
    .effect =
        "a build that failed leaves an invalid index; the next run sees the name, skips, and "
        "exits with success",
    .instead = "DROP INDEX CONCURRENTLY IF EXISTS, then CREATE INDEX CONCURRENTLY",
    .reference =
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    .statements = kinds<CreateIndex>,
    .check_step = check,
};

}  // namespace schemagate::rules
