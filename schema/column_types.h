// SPDX-License-Identifier: MIT
// What a column can't be: types that no column may have, modifiers that a type does not take,
// clauses that exclude each other.
#pragma once

#include "schema/impact_builder.h"

namespace schemagate {

/// Fails at a pseudo-type (42P16), at modifiers out of bounds (22023) or where the type takes none
/// (42601), at an unknown schema (3F000), at a collation that does not exist (42704) or is not for
/// the type (42804).
void check_column_type(ImpactBuilder& b, const std::string& column, const TypeName& type,
                       const std::string& collation);

/// Fails (42704) at a type that is nowhere. What extensions bring is not known.
void check_type_exists(ImpactBuilder& b, const TypeName& type);

/// A new column of `table` (a name for messages): its type, and what is written beside it.
void check_new_column(ImpactBuilder& b, const ColumnDefinition& column, const std::string& table);

/// A collation of that name may exist: those of initdb hang on the machine.
bool may_be_collation(const ImpactBuilder& b, const std::string& written);

/// serial, bigserial, serial4 and so on: an integer with a sequence.
bool is_serial(const TypeName& type);

/// smallint, integer or bigint, no domain over one: what an identity column may be.
bool is_exactly_integer(const TypeName& type);

/// Fails when the compression method (22023, 0A000) or the storage (22023, 0A000) is not for the
/// type.
void check_compression(ImpactBuilder& b, const TypeName& type, const std::string& method);
void check_storage(ImpactBuilder& b, const TypeName& type, const std::string& storage);

}  // namespace schemagate
