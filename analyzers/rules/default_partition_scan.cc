// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The partitioned table and the bounds of the partition that comes.
std::pair<const Table*, const PartitionBound*> coming(const Subject& subject) {
  if (const auto* create = subject.statement.as<CreateTable>()) {
    return {subject.table(create->partition_of), create->bound ? &*create->bound : nullptr};
  }
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter || alter->commands.empty() || !alter->commands.front().bound) return {};
  return {subject.table(alter->name), &*alter->commands.front().bound};
}

Sql proven_first(const Subject& subject, const QualifiedName& partition) {
  const auto [parent, bound] = coming(subject);
  const Table* table = subject.table(partition);
  if (!parent || !bound || !table || !parent->partition_by) return {};
  const std::string inside = bound_condition(*parent->partition_by, *bound);
  if (inside.empty()) return {};
  return with_lock_timeout(subject, proven_steps(*table, "NOT (" + inside + ")", subject.text()));
}

void check(const Subject& subject, Findings& findings) {
  for (const Blocking& work : blocking_work(subject, {Cause::default_partition})) {
    add_blocking(findings, subject, work, object_of(work.relation),
                 sentence(subject, work, "to see that no row of it belongs to the new partition"))
        .remedy(
            "first let a CHECK prove while everybody works that the default partition holds none "
            "of its rows; it is dropped afterwards",
            proven_first(subject, work.relation), true);
    return;
  }
}

}  // namespace

extern const Rule default_partition_scan{
    .id = "default-partition-scan",
    .severity = Severity::error,
    .summary = "a new partition reads the whole default partition while nobody may touch it",
    .when =
        "a partition is made or attached beside a default partition that no valid CHECK proves to "
        "hold none of its rows",
    .effect = "ACCESS EXCLUSIVE on the default partition is held for a full scan",
    .instead =
        "a CHECK on the default partition that excludes the new bounds, NOT VALID, then "
        "VALIDATE, before the partition comes",
    .reference =
        "https://www.postgresql.org/docs/current/"
        "ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    .check_step = check,
};

}  // namespace schemagate::rules
