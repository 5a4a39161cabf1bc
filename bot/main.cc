// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/error.h"
#include "bot/action.h"
#include "bot/command_line.h"
#include "bot/memory.h"
#include "bot/output.h"
#include "report/report.h"

namespace {

/// Exit code of "could not judge": never green.
constexpr int could_not_judge = 2;

int fail(bool json, std::string_view kind, std::string_view message, std::string_view hint) {
  schemagate::complain(fmt::format("schemagate: {}\n", message));
  if (!hint.empty()) schemagate::complain(fmt::format("  hint: {}\n", hint));
  try {
    if (json) schemagate::print(schemagate::error_to_json(kind, message, hint));
  } catch (const schemagate::Error& error) {
    schemagate::complain(fmt::format("schemagate: {}\n", error.what()));
  }
  return could_not_judge;
}

}  // namespace

int main(int argc, char** argv) {
  schemagate::use_large_pages();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (arguments == std::vector<std::string>{"--version"}) {
    fmt::print("schemagate {}\n", SCHEMAGATE_VERSION);
    return 0;
  }
  const bool json = schemagate::wants_json(arguments);
  try {
    if (arguments.empty() && schemagate::from_environment("GITHUB_ACTIONS") == "true")
      return schemagate::run_action(schemagate::from_environment, SCHEMAGATE_VERSION);
    return schemagate::run_command_line(arguments);
  } catch (const schemagate::Error& error) {
    return fail(json, schemagate::to_string(error.kind), error.what(), error.hint);
  } catch (const std::bad_alloc&) {
    return fail(json, "internal", "out of memory", "");
  } catch (const std::exception& error) {
    return fail(json, "internal", fmt::format("internal error: {}", error.what()),
                "please report this with the input that led to it");
  }
}
