// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace schemagate {

/// SHA-256 of `data`, 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view data);

}  // namespace schemagate
