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

void remedy(Findings::Added& added, const Subject& subject, const Reindex& reindex) {
  if (reindex.kind == ReindexKind::system) return;
  added.remedy("do it CONCURRENTLY, outside of a transaction",
               {insert_after(subject.text(), keyword(reindex.kind), "CONCURRENTLY")}, true);
}

/// Whose indexes are built, when the schema is not known: "the table of i", "every table of s".
std::string unknown_tables(const Subject& subject, const Reindex& reindex) {
  switch (reindex.kind) {
    case ReindexKind::index: {
      const auto index = subject.before.indexes.find(subject.resolve(reindex.name));
      const bool known = index != subject.before.indexes.end() && !index->second.table.empty();
      return known ? "" : "all of the table of " + shown(subject.resolve(reindex.name));
    }
    case ReindexKind::table:
      return "";
    case ReindexKind::schema:
      return "every table of the schema " + quote_identifier(reindex.name.name);
    case ReindexKind::system:
      return "every system catalog";
    default:
      return "every table of the database";
  }
}

std::string object_named(const Subject& subject, const Reindex& reindex) {
  if (reindex.kind == ReindexKind::schema) return quote_identifier(reindex.name.name);
  return reindex.kind == ReindexKind::index ? object_of(subject.resolve(reindex.name)) : "";
}

void check(const Subject& subject, Findings& findings) {
  const auto* reindex = subject.statement.as<Reindex>();
  if (!reindex || reindex->concurrently) return;
  const std::string waiting = "; queries that would use an index under construction wait as well";
  if (const std::string tables = unknown_tables(subject, *reindex);
      !tables.empty() && (!subject.complete || reindex->kind == ReindexKind::system)) {
    auto added =
        findings.add(subject, object_named(subject, *reindex),
                     "reads " + tables + " (size unknown) under SHARE to build the " +
                         "indexes anew: nobody can write there until it is done" + waiting);
    return remedy(added, subject, *reindex);
  }
  for (const Blocking& work : blocking_work(subject, {Cause::reindex})) {
    auto added = add_blocking(findings, subject, work, object_of(work.relation),
                              sentence(subject, work, "to build its indexes anew") + waiting);
    return remedy(added, subject, *reindex);
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
    .statements = kinds<Reindex>,
    .check_step = check,
};

}  // namespace schemagate::rules
