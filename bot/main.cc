// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
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

/// Where a standard stream is closed, the next connection would get its number, and our words.
void open_standard_streams() {
  int descriptor = 0;
  do {
    descriptor = open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor >= 0) close(descriptor);
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  schemagate::use_large_pages();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (arguments == std::vector<std::string>{"--version"}) {
    fmt::print("schemagate {}\n", SCHEMAGATE_VERSION);
    return 0;
  }
  const bool json = schemagate::wants_json(arguments);
  try {
    if (arguments.empty() && schemagate::from_environment("GITHUB_ACTIONS") == "true") {
      // A job whose log nobody reads still closes the gate. What it starts has the usual handler.
      std::signal(SIGPIPE, [](int) {});
      return schemagate::run_action(schemagate::from_environment, SCHEMAGATE_VERSION);
    }
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
