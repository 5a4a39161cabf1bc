// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/doubts.h"
#include "analyzers/index_sql.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::string name_of(const CreateIndex& create, const QualifiedName& table) {
  return create.name.empty() ? object_of(table) : object_of({table.schema, create.name});
}

/// The index of the partitioned table in the outcome, found by what is new there.
QualifiedName new_index(const Subject& subject, const Catalog& after, const QualifiedName& table) {
  for (const Index* index : after.indexes_of(table)) {
    if (!subject.before.indexes.count(index->name)) return index->name;
  }
  return {};
}

void add_remedy(Findings::Added added, const Subject& subject, const CreateIndex& create,
                const QualifiedName& table) {
  const Table* found = subject.table(create.table);
  if (found && found->kind == RelationKind::partitioned_table) {
    const Catalog after = outcome(subject);
    added.remedy(
        "a partitioned table's index can't be built concurrently: make it for ONLY the table, "
        "build "
        "one on each partition concurrently and attach it",
        with_lock_timeout(subject,
                          partitioned_index_steps(after, new_index(subject, after, table))),
        true);
    return;
  }
  added.remedy("build it CONCURRENTLY, outside of a transaction: it takes longer and blocks nobody",
               concurrent_index(subject.text(), create, table), true);
}

void check(const Subject& subject, Findings& findings) {
  const auto* create = subject.statement.as<CreateIndex>();
  if (!create || create->concurrently) return;
  if (certain_to_fail(subject, ProbeKind::duplicates, -1)) return;
  for (const Blocking& work : blocking_work(subject, {Cause::create_index})) {
    const QualifiedName table = subject.resolve(create->table);
    const auto added = add_blocking(findings, subject, work, name_of(*create, table),
                                    sentence(subject, work, "to build the index"));
    if (subject.remedies) add_remedy(added, subject, *create, table);
    return;
  }
}

}  // namespace

extern const Rule blocking_index_build{
    .id = "blocking-index-build",
    .severity = Severity::error,
    .summary = "CREATE INDEX lets nobody write to the table while it builds",
    .when = "an index is made on an existing table or materialized view without CONCURRENTLY",
    .effect =
        "SHARE is held for a scan of the whole table, on a partitioned table for all its "
        "partitions: reads go on, writes queue",
    .instead =
        "CREATE INDEX CONCURRENTLY outside of a transaction; on a partitioned table CREATE "
        "INDEX ON ONLY it, CONCURRENTLY on each partition, then ALTER INDEX … ATTACH "
        "PARTITION",
    .reference = "https://www.postgresql.org/docs/current/sql-createindex.html",
    .statements = kinds<CreateIndex>,
    .check_step = check,
};

}  // namespace schemagate::rules
