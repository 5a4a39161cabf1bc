// SPDX-License-Identifier: MIT
#include "github/permission.h"

#include <fmt/format.h>

#include <array>

namespace schemagate::github {

std::span<const ReporterPermission> reporter_permissions() {
  static constexpr std::array<ReporterPermission, 6> table = {{
      {"review", permission::write_pull_requests},
      {"comment", permission::write_pull_requests},
      {"check-run", permission::write_checks},
      {"status", permission::write_statuses},
      {"summary", permission::none},
      {"annotations", permission::none},
  }};
  return table;
}

std::string permission_hint(std::string_view permission) {
  if (permission.empty()) return "is the token valid, and for this repository?";
  std::string reporters;
  for (const auto& entry : reporter_permissions()) {
    if (entry.permission != permission) continue;
    reporters += fmt::format("{}{}", reporters.empty() ? "" : ", ", entry.reporter);
  }
  if (!reporters.empty()) reporters = fmt::format(" (for: {})", reporters);
  if (!permission.ends_with("write")) {
    return fmt::format("does the workflow say `permissions: {{{}}}`{}?", permission, reporters);
  }
  return fmt::format(
      "does the workflow say `permissions: {{{}}}`{}? for a pull request from a fork or from "
      "Dependabot GitHub makes every token read-only",
      permission, reporters);
}

}  // namespace schemagate::github
