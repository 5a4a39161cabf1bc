// SPDX-License-Identifier: MIT
// Files that leave the container: below the workspace, which holds the pull request's own files and
// is therefore hostile. No symlink is followed on the way, and what is written belongs to whom the
// workspace belongs.
#pragma once

#include <string>

namespace schemagate {

/// Writes `text` to `path` below `root`, making its folders; a folder that is made here gets a
/// .gitignore of its own. Throws Error{usage} for a path that leads out, or through a symlink.
void write_below(const std::string& root, const std::string& path, const std::string& text);

}  // namespace schemagate
