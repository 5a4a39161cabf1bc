// SPDX-License-Identifier: MIT
#include "bot/allowed_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "bot/databases.h"
#include "bot/includes.h"
#include "bot/pipeline.h"
#include "bot/trees.h"

namespace schemagate {
namespace {

/// No comment that allows something is without one of these.
bool may_allow(std::string_view text) {
  constexpr std::array<std::string_view, 5> marks{"schemagate", "squawk-ignore", "eugene",
                                                  "atlas:nolint", "pgfence"};
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    return text.find(mark) != std::string_view::npos;
  });
}

bool may_allow(const git::Repository& repository, const DatabaseFiles& files) {
  const auto in = [&](const std::vector<git::TreeEntry>& entries) {
    return std::any_of(entries.begin(), entries.end(), [&](const git::TreeEntry& entry) {
      const ReadEntry read = read_entry(repository, entry);
      return read.text && may_allow(*read.text);
    });
  };
  return in(files.schema) || in(files.migrations) || in(files.included);
}

}  // namespace

AllowedWork allowed_work(git::Repository& repository, const GateOptions& options,
                         CommonOptions common) {
  CheckOptions check_options;
  check_options.base = options.base;
  check_options.head = options.head;
  check_options.config_path = options.config_path;
  check_options.folder = options.folder;
  check_options.schema = options.schema;
  const Sides sides = find_sides(repository, check_options);
  const Config config = read_config(repository, sides, check_options);
  for (const DatabasePair& pair :
       find_databases(repository, config, sides.before_files, sides.head_files))
    if (pair.changed && pair.config.migrations.command.empty() && may_allow(repository, pair.after))
      check_options.databases.push_back(pair.config.name);
  AllowedWork found;
  if (check_options.databases.empty()) return found;
  common.no_rehearsal = common.no_commands = common.no_servers = true;
  const Report report = check(repository, check_options, common);
  for (const DatabaseReport& database : report.databases)
    for (const ReportedFinding& one : database.findings) {
      if (!one.needs_review) continue;
      const Finding& finding = one.finding;
      found[fmt::format("{}\n{}\n{}\n{}", database.name, database.plan_checksum, one.fingerprint,
                        finding.allowed_because)] =
          finding.rule + (finding.object.empty() ? "" : " " + finding.object);
    }
  return found;
}

}  // namespace schemagate
