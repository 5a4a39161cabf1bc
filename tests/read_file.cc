// SPDX-License-Identifier: MIT
#include "tests/read_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace schemagate::testing {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("can't read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace schemagate::testing
