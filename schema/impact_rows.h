// SPDX-License-Identifier: MIT
// Which rows a statement reaches, as far as its constants say: partitions that are left out, the
// one that a new row goes to, conditions that no row fulfils.
#pragma once

#include "schema/impact_written_rows.h"

namespace schemagate {

/// Leaves out of what follows the partitions that the WHERE clause excludes, and every reading of
/// rows when it excludes all.
void prune_partitions(ImpactBuilder& b, const DataStatement& s);

/// Locks the partitions that the rows of INSERT … VALUES go to; true when they are known.
bool route_rows(ImpactBuilder& b, const DataStatement& s, const Table& table,
                const WrittenRows& written);
/// The same for rows that UPDATE moves.
void route_moved_rows(ImpactBuilder& b, const DataStatement& s, const Table& table,
                      const WrittenRows& written);

}  // namespace schemagate
