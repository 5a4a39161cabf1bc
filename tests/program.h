// SPDX-License-Identifier: MIT
// Runs the built program as a user would and keeps what it printed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace schemagate::testing {

struct ProgramRun {
  int exit_code = -1;  ///< 128 + signal when it was killed
  std::string out, err;
  double cpu_seconds = 0;
  long peak_kilobytes = 0;
};

struct ProgramSettings {
  std::string directory;  ///< where it runs; empty: here
  std::map<std::string, std::string>
      environment;    ///< added to a small fixed one (PATH, HOME, LANG)
  std::string input;  ///< its standard input
  int timeout_seconds = 120;
  long memory_limit_megabytes = 0;   ///< address space; 0: none
  std::function<void(int)> started;  ///< called with the process's number
};

/// Runs `program` with `arguments`. Throws std::runtime_error when it can't be started at all.
ProgramRun run_program(const std::string& program, const std::vector<std::string>& arguments,
                       const ProgramSettings& settings = {});

}  // namespace schemagate::testing
