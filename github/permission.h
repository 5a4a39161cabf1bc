// SPDX-License-Identifier: MIT
// Which permission of the workflow's token each way of reporting needs: the table that README shows
// and that the message of a 403 is made from.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace schemagate::github {

namespace permission {
inline constexpr std::string_view none = "";
inline constexpr std::string_view read_contents = "contents: read";
inline constexpr std::string_view write_contents = "contents: write";
inline constexpr std::string_view read_pull_requests = "pull-requests: read";
inline constexpr std::string_view write_pull_requests = "pull-requests: write";
inline constexpr std::string_view read_checks = "checks: read";
inline constexpr std::string_view write_checks = "checks: write";
inline constexpr std::string_view read_statuses = "statuses: read";
inline constexpr std::string_view write_statuses = "statuses: write";
}  // namespace permission

struct ReporterPermission {
  std::string_view reporter;    ///< "review", "check-run": the word of the input `reporters`
  std::string_view permission;  ///< none: it needs no token
};
std::span<const ReporterPermission> reporter_permissions();

/// The question to ask a person whose token lacks `permission`.
std::string permission_hint(std::string_view permission);

}  // namespace schemagate::github
