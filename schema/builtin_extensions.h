// SPDX-License-Identifier: MIT
// What is known of PostgreSQL's own extensions without a server.
#pragma once

#include <string_view>

namespace schemagate {

/// The comment that CREATE EXTENSION gives it; empty for one that is not PostgreSQL's own.
std::string_view comment_of_extension(std::string_view name);

}  // namespace schemagate
