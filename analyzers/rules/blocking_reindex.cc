// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/index_sql.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The word that CONCURRENTLY follows.
std::string keyword(ReindexKind kind) {
  switch (kind) {
    case ReindexKind::index:
      return "INDEX";
    case ReindexKind::table:
      return "TABLE";
    case ReindexKind::schema:
      return "SCHEMA";
    default:
      return "DATABASE";
  }
}

void check(const Subject& subject, Findings& findings) {
  const auto* reindex = subject.statement.as<Reindex>();
  if (!reindex || reindex->concurrently) return;
  for (const Blocking& work : blocking_work(subject, {Cause::reindex})) {
    const std::string sql =
        reindex->kind == ReindexKind::system
            ? ""
            : insert_after(subject.text(), keyword(reindex->kind), "CONCURRENTLY");
    auto added =
        add_blocking(findings, subject, work, object_of(work.relation),
                     sentence(subject, work, "to build its indexes anew") +
                         "; queries that would use an index under construction wait as well");
    if (!sql.empty()) {
      added.remedy("do it CONCURRENTLY, outside of a transaction", {sql}, true);
    }
    return;
  }
}

}  // namespace

extern const Rule blocking_reindex{
    .id = "blocking-reindex",
    .severity = Severity::error,
    .summary = "REINDEX lets nobody write to the table, and hardly anybody read it",
    .when = "REINDEX of an existing table or index without CONCURRENTLY",
    .effect =
        "SHARE on the table and ACCESS EXCLUSIVE on the index while it is built: writes queue, "
        "and so do reads, because planning a query opens every index",
    .instead = "REINDEX … CONCURRENTLY, outside of a transaction",
    .reference = "https://www.postgresql.org/docs/current/sql-reindex.html",
    .check_step = check,
};

}  // namespace schemagate::rules
