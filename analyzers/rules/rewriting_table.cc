// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::string why(Cause cause) {
  switch (cause) {
    case Cause::set_logged:
      return "to change whether it is logged";
    case Cause::tablespace:
      return "to move it to another tablespace";
    case Cause::access_method:
      return "to change its access method";
    case Cause::set_expression:
      return "to compute the generated column anew";
    case Cause::cluster:
      return "to put the rows in order";
    default:
      return "to give space back";
  }
}

std::string explanation(Cause cause) {
  switch (cause) {
    case Cause::cluster:
    case Cause::vacuum_full:
    case Cause::tablespace:
      return "pg_repack or pg_squeeze do this while everybody works; a plain VACUUM already makes "
             "the space usable again";
    case Cause::set_expression:
      return "add a new column, keep it up to date by a trigger and fill it in batches";
    default:
      return "PostgreSQL has no way to do it while everybody works: choose a quiet hour, or move "
             "the "
             "rows to a new table";
  }
}

/// ALTER INDEX … SET TABLESPACE: the table itself is not locked, what reads by the index is.
void check_moved_index(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || alter->kind != ObjectKind::index) return;
  for (const Work& work : subject.impact.work) {
    if (work.kind != WorkKind::index_build || work.cause != Cause::tablespace) continue;
    if (subject.is_new(work.index) || (!work.relation.empty() && subject.is_idle(work.relation)))
      continue;
    const bool known = !work.relation.empty();
    auto added = findings.add(
        subject, object_of(work.index),
        "copies the index " + shown(work.index) + " under ACCESS EXCLUSIVE on it: no query on " +
            (known ? subject.describe(work.relation) : std::string("its table")) +
            " that the index could serve, and no write, gets on until it is done");
    if (known) added.soften_if_small(subject, work.relation);
    added.remedy("build a new index there CONCURRENTLY, then drop this one CONCURRENTLY");
  }
}

/// VACUUM FULL and CLUSTER without a table, where the tables are not known.
void check_everything(const Subject& subject, Findings& findings) {
  const auto* vacuum = subject.statement.as<Vacuum>();
  const auto* cluster = subject.statement.as<Cluster>();
  const bool all = (vacuum && vacuum->vacuum && vacuum->full && vacuum->tables.empty()) ||
                   (cluster && cluster->table.empty());
  if (!all || subject.complete) return;
  findings
      .add(subject, "",
           vacuum ? "rewrites every table of the database, one after the other, under ACCESS "
                    "EXCLUSIVE: nobody can read or write a table while it is its turn"
                  : "rewrites every table that was clustered before, one after the other, under "
                    "ACCESS EXCLUSIVE: nobody can read or write a table while it is its turn")
      .evidence("lock", std::string(to_string(LockMode::access_exclusive)))
      .remedy(explanation(vacuum ? Cause::vacuum_full : Cause::cluster));
}

void check(const Subject& subject, Findings& findings) {
  check_moved_index(subject, findings);
  check_everything(subject, findings);
  for (const Blocking& work :
       blocking_work(subject, {Cause::set_logged, Cause::tablespace, Cause::access_method,
                               Cause::set_expression, Cause::cluster, Cause::vacuum_full})) {
    add_blocking(findings, subject, work, object_of(work.relation),
                 sentence(subject, work, why(work.cause)))
        .remedy(explanation(work.cause));
  }
}

}  // namespace

extern const Rule rewriting_table{
    .id = "rewriting-table",
    .severity = Severity::error,
    .summary = "a whole table is written anew while nobody may touch it",
    .when =
        "SET LOGGED or UNLOGGED, SET TABLESPACE, SET ACCESS METHOD, SET EXPRESSION of a stored "
        "column, CLUSTER or VACUUM FULL on an existing table",
    .effect =
        "ACCESS EXCLUSIVE is held while the table and its indexes are written anew, and twice "
        "the space is needed",
    .instead = "pg_repack or pg_squeeze where they can do it, else a quiet hour",
    .reference = "https://www.postgresql.org/docs/current/explicit-locking.html",
    .check_step = check,
};

}  // namespace schemagate::rules
