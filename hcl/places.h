// SPDX-License-Identifier: MIT
// Where in an HCL file a change of a column stands: at the attribute that says it.
#pragma once

#include <vector>

#include "base/source.h"
#include "schema/change.h"

namespace schemagate::hcl {

/// Moves the places of such changes from the column's block to `type`, `null`, `default` and so on.
/// What has no attribute of its own stays where it is.
void point_at_attributes(const SourceSet& sources, std::vector<Change>& changes);

}  // namespace schemagate::hcl
