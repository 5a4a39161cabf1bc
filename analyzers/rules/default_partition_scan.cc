// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  for (const Blocking& work : blocking_work(subject, {Cause::default_partition})) {
    add_blocking(findings, subject, work, object_of(work.relation),
                 sentence(subject, work, "to see that no row of it belongs to the new partition"))
        .remedy("first give the default partition a CHECK that keeps the new partition's rows out, "
                "NOT VALID, and validate it while everybody works; drop it afterwards");
    return;
  }
}

}  // namespace

extern const Rule default_partition_scan{
    .id = "default-partition-scan",
    .severity = Severity::error,
    .summary = "a new partition reads the whole default partition while nobody may touch it",
    .when = "a partition is made or attached beside a default partition that no valid CHECK proves to "
            "hold none of its rows",
    .effect = "ACCESS EXCLUSIVE on the default partition is held for a full scan",
    .instead = "a CHECK on the default partition that excludes the new bounds, NOT VALID, then "
               "VALIDATE, before the partition comes",
    .reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    .check_step = check,
};

}  // namespace schemagate::rules
