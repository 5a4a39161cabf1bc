// SPDX-License-Identifier: MIT
// psql's \i and \ir in schema files and migrations: what they name belongs to the database. They
// are followed inside the repository, at the same commit, and never outside of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bot/databases.h"

namespace schemagate {

/// The databases of `config` with their files on both sides, included ones too.
std::vector<DatabasePair> find_databases(const git::Repository& repository, const Config& config,
                                         const std::vector<git::TreeEntry>& before,
                                         const std::vector<git::TreeEntry>& after);

/// True for "\i FILE", "\ir FILE" and their long names.
bool is_include(std::string_view command);

/// Where the file may be that `command` of the file `path` names, the likeliest first: \i is
/// relative to the folder where people start psql, mostly the repository's root, else one above the
/// file; then to the file. Empty: outside
/// of the repository. `path` is of a tree, or of a disk: then it may be absolute.
std::vector<std::string> include_targets(std::string_view command, std::string_view path);

}  // namespace schemagate
