// SPDX-License-Identifier: MIT
// What the databases of a configuration do not cover: checking nothing must not look like a pass.
#pragma once

#include <string>
#include <vector>

#include "bot/databases.h"
#include "bot/trees.h"
#include "git/repository.h"

namespace schemagate {

/// Changed files that declare a schema (CREATE TABLE and the like) and that none of `pairs` owns,
/// by path.
std::vector<std::string> schema_files_of_no_database(const git::Repository& repository,
                                                     const Sides& sides,
                                                     const std::vector<DatabasePair>& pairs);

/// Databases without a file on both sides that the branch is too old to know: they have files at
/// the base's tip, and by the configuration of the merge base it changes none of theirs.
std::vector<std::string> newer_than_branch(const git::Repository& repository, const Sides& sides,
                                           const Config& config,
                                           const std::vector<DatabasePair>& pairs);

}  // namespace schemagate
