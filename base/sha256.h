// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// SHA-256 of `data`, 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view data);

/// SHA-256 of each prefix: of the first part, of the first two, … in base64.
std::vector<std::string> running_sha256_base64(const std::vector<std::string>& parts);

}  // namespace schemagate
