// SPDX-License-Identifier: MIT
// What a platform has put into a database before its first migration. Its migrations and schema
// files refer to that as if it were there, and it is: Supabase's auth.users.
#pragma once

#include <optional>
#include <vector>

#include "base/source.h"

namespace schemagate {

/// A file with the SQL of what the platform gives, when files of the database lie where that
/// platform wants them and none of them makes it itself.
std::optional<SourceFile> platform_schema(const SourceSet& sources,
                                          const std::vector<std::uint32_t>& files);

}  // namespace schemagate
