// SPDX-License-Identifier: MIT
// The tables that a change touches and how they are related, as a diagram that GitHub draws.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/change.h"

namespace schemagate {

/// Mermaid's erDiagram of the changed tables and those one foreign key away, with keys and changed
/// columns. Empty where it would show nothing: fewer than two related tables change; or too much:
/// more than 15 of them do. Holds nothing of the names but letters, digits and a few signs.
/// https://mermaid.js.org/syntax/entityRelationshipDiagram.html
std::string er_diagram(const Catalog& before, const Catalog& after,
                       const std::vector<Change>& changes);

}  // namespace schemagate
