// SPDX-License-Identifier: MIT
#include "bot/working_directory.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace schemagate {
namespace {

[[noreturn]] void refuse_directory(const std::string& path, const std::string& why) {
  throw Error(ErrorKind::usage, fmt::format("input working-directory can't be '{}': {}", path, why),
              "it is a plain path inside the workspace, as `services/billing`");
}

}  // namespace

WorkingDirectory working_directory(const std::string& workspace, const std::string& path) {
  namespace fs = std::filesystem;
  WorkingDirectory found{workspace, ""};
  if (path.starts_with('/')) refuse_directory(path, "it is absolute");
  fs::path here(workspace);
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." || part == ".git" || part.find('\\') != std::string_view::npos)
      refuse_directory(path, "it leads out");
    here /= part;
    found.folder += std::string(part) + "/";
    std::error_code ignored;
    const fs::file_status status = fs::symlink_status(here, ignored);
    if (fs::is_symlink(status)) refuse_directory(path, "it leads over a symlink");
    if (fs::exists(status) && !fs::is_directory(status)) refuse_directory(path, "it is a file");
    if (fs::exists(here / ".git", ignored)) found = {here.string(), ""};
  }
  return found;
}

}  // namespace schemagate
