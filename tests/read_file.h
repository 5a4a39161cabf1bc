// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace schemagate::testing {

/// The bytes of a file. Throws std::runtime_error when it can't be read; safe on any thread.
std::string read_file(const std::filesystem::path& path);

}  // namespace schemagate::testing
