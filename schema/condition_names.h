// SPDX-License-Identifier: MIT
// The names that PL/pgSQL has for errors: RAISE unique_violation, EXCEPTION WHEN duplicate_object.
#pragma once

#include <string_view>

namespace schemagate {

/// "23505" for "unique_violation"; empty when no error has that name.
std::string_view sqlstate_of(std::string_view condition);

/// Does WHEN `condition`, a name in lower case or an SQLSTATE, catch that error?
bool handles(std::string_view condition, std::string_view sqlstate);

}  // namespace schemagate
