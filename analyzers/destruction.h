// SPDX-License-Identifier: MIT
// What rules about dropping need: who still uses an object, in the schema and in the running
// database.
#pragma once

#include <string>
#include <vector>

#include "analyzers/rule.h"

namespace schemagate {

/// Made in this review or temporary: dropping it takes nothing from anybody.
bool is_private(const Subject& subject, const QualifiedName& relation);

/// "; the running database uses it in view reports.people and 142 statements", from the answer to a
/// question about users; empty when nobody was asked or nobody uses it.
std::string users(const Subject& subject, const Probe& probe);
/// The same as evidence "users".
void add_users(Findings::Added& added, const Subject& subject, const Probe& probe);

/// A note when the table is known to be empty.
void soften_if_empty(Findings::Added& added, const Subject& subject, const QualifiedName& relation);

bool index_uses(const Index& index, const std::string& column);
bool constraint_uses(const Constraint& constraint, const std::string& column);

/// Functions whose body names the relation (and the column): "function public.total(integer)".
std::vector<std::string> functions_naming(const Catalog& catalog, const QualifiedName& relation,
                                          const std::string& column = {});

}  // namespace schemagate
