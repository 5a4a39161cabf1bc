// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for (const Blocking& work : blocking_work(subject, {Cause::attach_partition})) {
    const bool build = work.kind == WorkKind::index_build;
    add_blocking(findings, subject, work, object_of(work.relation),
                 sentence(subject, work,
                          build ? "to build the index " + shown(work.index)
                                : "to see that every row is within the partition's bounds"))
        .remedy(build ? "build the same index on the table CONCURRENTLY before it is attached"
                      : "first give the table a CHECK that says the same as the bounds (and that the "
                        "key is not NULL), NOT VALID, and validate it while everybody works; drop it "
                        "afterwards");
    return;
  }
}

}  // namespace

extern const Rule attach_partition_scan{
    .id = "attach-partition-scan",
    .severity = Severity::error,
    .summary = "ATTACH PARTITION reads the whole table while nobody may touch it",
    .when = "an existing table is attached as a partition, and no valid CHECK proves its bounds, or it "
            "lacks an index that the partitioned table has",
    .effect = "ACCESS EXCLUSIVE on the attached table is held for a full scan; the partitioned table "
              "itself stays usable",
    .instead = "a CHECK that matches the bounds, NOT VALID, then VALIDATE; indexes built CONCURRENTLY; "
               "then ATTACH",
    .reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    .check_step = check,
};

}  // namespace schemagate::rules
