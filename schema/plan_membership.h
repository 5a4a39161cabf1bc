// SPDX-License-Identifier: MIT
// Tables that leave the table above them, get other parents or are of a type that changes; private
// to the plan* files.
#pragma once

#include "schema/plan_parts.h"

namespace schemagate::planning {

/// DETACH PARTITION of the change `index`; it may come back with other bounds.
void detach_partition(Context& context, int index);
/// INHERIT and NO INHERIT.
void change_parents(Context& context, int index);
/// A partition or child has its parent's names for NOT NULL when it was created as one.
void rename_not_nulls(const Context& context, Action& made, const Table& was, const Table& now);

/// Tables of a composite type whose attributes change are tied to it again.
void tie_typed_tables(Context& context);

}  // namespace schemagate::planning
