// SPDX-License-Identifier: MIT
// What the atlas.hcl files of a repository say about its databases.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bot/config.h"

namespace schemagate {

struct AtlasDatabases {
  std::vector<DatabaseConfig> databases;  ///< one per set of files, whatever environments share it
  std::vector<std::string> reasons;       ///< of each: "db/atlas.hcl, env \"local\""
  std::vector<std::string> notes;         ///< what could not be taken from there
};

/// Only what is there counts: files and folders among `paths`.
AtlasDatabases atlas_databases(const std::vector<std::string>& paths,
                               const std::function<std::string(const std::string&)>& text_of);

}  // namespace schemagate
