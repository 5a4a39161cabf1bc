// SPDX-License-Identifier: MIT
#include "tests/sleepers.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace schemagate::testing {

std::string long_sleep() { return "sleep 561." + std::to_string(getpid()); }

int sleepers() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();  // nothing of a process that has just ended
    std::string line = text.str();
    std::replace(line.begin(), line.end(), '\0', ' ');
    if (line.find(long_sleep() + " ") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace schemagate::testing
