// SPDX-License-Identifier: MIT
// Private to the access files.
#pragma once

#include <string>
#include <vector>

#include "schema/access.h"
#include "schema/apply.h"

namespace schemagate {

/// What must not come about for the statement to mean what it means: a relation or type of a name
/// without a schema, in a schema that is looked into before the one where it is found; a schema
/// that new things would go to.
std::vector<AccessKey> shadows_of(const Statement& statement, const Catalog& catalog,
                                  const std::vector<std::string>& search_path);

}  // namespace schemagate
