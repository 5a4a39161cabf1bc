// SPDX-License-Identifier: MIT
// Which partitions the planner leaves alone because of a query's conditions, and which one a row
// goes to. Knows keys that begin with plain columns, and constants that it can compare.
// https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/impact_builder.h"

namespace schemagate {

/// The partitions of `table`, at all levels, that can hold no row which `condition` is true for.
/// `qualifiers`: what the condition calls the table, with "" when a bare name is a column of it.
std::vector<QualifiedName> pruned_partitions(const ImpactBuilder& b, const Table& table,
                                             const std::vector<std::string>& qualifiers,
                                             const canonical::Node& condition);

/// The partitions on the way of rows with these constants; nothing when that can't be told, an
/// empty list when no partition takes such a row.
std::optional<std::vector<QualifiedName>> route(
    const ImpactBuilder& b, const Table& table,
    const std::vector<std::pair<std::string, canonical::Node>>& values);

}  // namespace schemagate
