// SPDX-License-Identifier: MIT
// Constants that can't be values of a type: what the input functions of PostgreSQL refuse, as far
// as it is certain. https://www.postgresql.org/docs/current/datatype.html
#pragma once

#include <optional>
#include <string>

#include "schema/impact_builder.h"

namespace schemagate {

/// Why the text can't be read as a value of the type (22P02, 22003, 22007, 22008, 42P01), lengths
/// and precisions left aside.
std::optional<Failure> refused_constant(const ImpactBuilder& b, const TypeName& type,
                                        const std::string& text);

/// Why a constant, a string or a number as SQL writes them, does not fit into a column of that type
/// when a row gets it (22001, 22003, 22026).
std::optional<Failure> unfit_constant(const ImpactBuilder& b, const TypeName& type,
                                      const std::string& sql);

}  // namespace schemagate
