// SPDX-License-Identifier: MIT
// Storage parameters: which ones a table, an index, a view has, and within which bounds.
// https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Whose parameters they are: 't' of a table or materialized view, 'v' of a view, 'c' of a column,
/// or of an index of a method: 'b'tree, 'h'ash, 'g'ist, 's'pgist, g'i'n, b'r'in.
/// Fails (22023) at one that there is not on this major, and at a value that it can't have.
void check_storage_parameters(ImpactBuilder& b, const Options& options, char owner);

/// The letter of an access method, or a blank for one that is not PostgreSQL's own.
char letter_of_method(std::string_view method);

}  // namespace schemagate
