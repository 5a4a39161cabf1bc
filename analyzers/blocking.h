// SPDX-License-Identifier: MIT
// Work that grows with a table and is done under a lock that somebody feels: what most rules about
// locks speak of.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "analyzers/rule.h"

namespace schemagate {

struct Blocking {
  Cause cause = Cause::other;
  WorkKind kind = WorkKind::scan;  ///< the heaviest one
  int command = -1;
  QualifiedName relation;  ///< the table; of a partitioned tree its topmost table
  QualifiedName index;
  std::string detail;
  LockMode lock = LockMode::access_exclusive;  ///< on `relation`
};

/// The work of these causes that blocks reads or writes of a table that may be in use, one entry
/// per cause and command; partitions are folded into the table above them.
std::vector<Blocking> blocking_work(const Subject& subject, std::initializer_list<Cause> causes);

/// "reads all of orders (size unknown) under SHARE <purpose>: nobody can write to it until it is
/// done".
std::string sentence(const Subject& subject, const Blocking& blocking, std::string_view purpose);

/// Adds a finding about `blocking` with its lock as evidence, softened for a small table.
Findings::Added add_blocking(Findings& findings, const Subject& subject, const Blocking& blocking,
                             std::string object, std::string message);

}  // namespace schemagate
