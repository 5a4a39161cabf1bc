// SPDX-License-Identifier: MIT
// The list of versions at the end of Rails' structure.sql: whoever loads the file takes those
// migrations for done, and every merge rewrites the list.
#pragma once

#include <string>
#include <vector>

#include "base/source.h"

namespace schemagate {

/// Versions that this change takes from the list although their migrations are there, and such that
/// it adds without one. `paths` are the head's.
std::vector<std::string> rails_version_notes(const SourceSet& sources,
                                             const std::vector<std::uint32_t>& before,
                                             const std::vector<std::uint32_t>& after,
                                             const std::vector<std::string>& paths);

}  // namespace schemagate
