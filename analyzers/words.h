// SPDX-License-Identifier: MIT
// The words of findings: names as people say them, objects as the contract names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/catalog.h"
#include "schema/impact.h"

namespace schemagate {

/// "orders"; the schema is left out when it is public.
std::string shown(const QualifiedName& name);
/// "orders.note"
std::string shown(const QualifiedName& relation, std::string_view part);
/// "public.orders": a finding's object.
std::string object_of(const QualifiedName& relation);
/// "public.orders.note"
std::string object_of(const QualifiedName& relation, std::string_view part);
/// "a", "a and b", "a, b and c", "a, b, c and 4 more" when there are more than `limit`.
std::string enumerate(const std::vector<std::string>& words, std::size_t limit = 5);
/// "reads and writes", "writes", "" when neither waits.
std::string_view blocked_by(LockMode mode);
/// "nobody can read or write it", "nobody can write to it"
std::string_view nobody_can(LockMode mode);
/// "columns a and b", "column a"
std::string columns_shown(const std::vector<std::string>& columns);

}  // namespace schemagate
