// SPDX-License-Identifier: MIT
// Names that are longer than the server keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// Identifiers in SQL text that are longer than 63 bytes, each once, in order.
std::vector<std::string> long_identifiers(std::string_view sql);
/// What the server makes of such a name: 63 bytes, never half a character.
std::string cut_identifier(const std::string& name);

}  // namespace schemagate
