// SPDX-License-Identifier: MIT
// Migrations that are programs: the team's own command prints their SQL. It runs the code of the
// commit that is judged, so it runs in the pull request's own job only, as another user where we
// are root, and with nothing of our environment.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "git/repository.h"

namespace schemagate {

struct PrintedMigrations {
  std::optional<std::string> sql;
  std::string refused;  ///< why there is none: "ended with an error: …"
};

struct CommandLimits {
  std::chrono::seconds time{300};
  std::size_t output_bytes = std::size_t{8} << 20;
};

/// Runs `command` by /bin/sh in a folder of its own that holds the files of `tree`. Its
/// environment: PATH, HOME and TMPDIR (that folder's), LANG, and SCHEMAGATE_WORKSPACE, where the
/// job's checkout is, for what was installed there.
PrintedMigrations print_migrations(const git::Repository& repository,
                                   const std::vector<git::TreeEntry>& tree,
                                   const std::string& command, const CommandLimits& limits = {});

}  // namespace schemagate
