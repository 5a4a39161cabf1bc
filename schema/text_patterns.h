// SPDX-License-Identifier: MIT
// Texts against patterns of SQL, as far as both are plain.
#pragma once

#include <optional>
#include <string_view>

namespace schemagate {

/// text LIKE pattern, with "\" as escape. Nothing for patterns that are very long.
std::optional<bool> is_like(std::string_view text, std::string_view pattern);

/// text ~ pattern, for patterns of ordinary characters, "^" at the begin and "$" at the end;
/// nothing for others.
std::optional<bool> matches_plain(std::string_view text, std::string_view pattern);

}  // namespace schemagate
