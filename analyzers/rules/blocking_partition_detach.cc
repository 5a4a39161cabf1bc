// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || alter->commands.size() != 1) return;
  const AlterTableCommand& command = alter->commands.front();
  if (command.action != AlterTableAction::detach_partition || command.concurrently) return;
  const QualifiedName parent = subject.resolve(alter->name);
  if (!subject.table(parent) || subject.is_idle(parent)) return;
  // Beside a default partition PostgreSQL has no CONCURRENTLY: there is nothing better to do.
  if (subject.before.default_partition_of(parent)) return;
  auto added = findings.add(subject, object_of(subject.resolve(command.relation)),
                            "waits for ACCESS EXCLUSIVE on " + subject.describe(parent) +
                                ": detaching is instant, but until the running queries end "
                                "everybody who comes after them "
                                "waits behind it");
  added.lock(subject, parent);
  if (subject.has_lock_timeout()) added.severity(Severity::note);
  added.remedy("detach it CONCURRENTLY, outside of a transaction",
               {subject.text() + " CONCURRENTLY"}, true);
}

}  // namespace

extern const Rule blocking_partition_detach{
    .id = "blocking-partition-detach",
    .severity = Severity::warning,
    .summary = "DETACH PARTITION makes everybody wait behind the queries that run",
    .when =
        "a partition of an existing table is detached without CONCURRENTLY; only a note when a "
        "lock_timeout limits the wait; silent beside a default partition, where PostgreSQL knows "
        "no other way",
    .effect =
        "ACCESS EXCLUSIVE on the whole partitioned table: held for an instant, but while it is "
        "waited for, every new query queues behind it",
    .instead = "DETACH PARTITION … CONCURRENTLY, outside of a transaction",
    .reference =
        "https://www.postgresql.org/docs/current/"
        "sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
