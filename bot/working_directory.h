// SPDX-License-Identifier: MIT
// The input `working-directory`: where in the workspace the clone lies (the `path` of
// actions/checkout), or a folder of the repository, as in a repository of many projects. The
// workspace holds the pull request's files, so no symlink is followed on the way.
#pragma once

#include <string>

namespace schemagate {

struct WorkingDirectory {
  std::string clone;   ///< the folder on this machine that holds the repository
  std::string folder;  ///< of the repository: "services/billing/"; empty: its root
};

/// `path` is relative to the workspace; it need not exist where the repository is still to be
/// fetched. Throws Error{usage} for a path that leads out of the workspace or over a symlink.
WorkingDirectory working_directory(const std::string& workspace, const std::string& path);

}  // namespace schemagate
