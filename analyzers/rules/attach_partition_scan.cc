// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

Sql proven_first(const Subject& subject, const AlterTable& alter, const QualifiedName& partition) {
  const Table* parent = subject.table(alter.name);
  const Table* table = subject.table(partition);
  const AlterTableCommand& command = alter.commands.front();
  if (!parent || !table || !parent->partition_by || !command.bound) return {};
  return with_lock_timeout(
      subject,
      proven_steps(*table, bound_condition(*parent->partition_by, *command.bound), subject.text()));
}

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter) return;
  for (const Blocking& work : blocking_work(subject, {Cause::attach_partition})) {
    const bool build = work.kind == WorkKind::index_build;
    auto added =
        add_blocking(findings, subject, work, object_of(work.relation),
                     sentence(subject, work,
                              build ? "to build the index " + shown(work.index)
                                    : "to see that every row is within the partition's bounds"));
    if (build) {
      added.remedy("build the same index on the table CONCURRENTLY before it is attached");
    } else {
      added.remedy(
          "first let a CHECK prove the bounds while everybody works; it is dropped "
          "afterwards",
          proven_first(subject, *alter, work.relation), true);
    }
    return;
  }
}

}  // namespace

extern const Rule attach_partition_scan{
    .id = "attach-partition-scan",
    .severity = Severity::error,
    .summary = "ATTACH PARTITION reads the whole table while nobody may touch it",
    .when =
        "an existing table is attached as a partition, and no valid CHECK proves its bounds, or it "
        "lacks an index that the partitioned table has",
    .effect =
        "ACCESS EXCLUSIVE on the attached table is held for a full scan; the partitioned table "
        "itself stays usable",
    .instead =
        "a CHECK that matches the bounds, NOT VALID, then VALIDATE; indexes built CONCURRENTLY; "
        "then ATTACH",
    .reference =
        "https://www.postgresql.org/docs/current/"
        "ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
