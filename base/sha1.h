// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace schemagate {

/// SHA-1 of `data`, 40 lower-case hexadecimal digits: for values that other tools stored, never for
/// our own.
std::string sha1_hex(std::string_view data);

}  // namespace schemagate
