// SPDX-License-Identifier: MIT
// Which files belong to which database, on either side of a change. Patterns are expanded
// (`name: "{service}"`), a file in two databases is an error, and globs that match nothing are said
// aloud.
#pragma once

#include <string>
#include <vector>

#include "bot/config.h"
#include "git/repository.h"

namespace schemagate {

/// The files of one side.
struct DatabaseFiles {
  std::vector<git::TreeEntry> schema;      ///< declarative files, sorted by path
  std::vector<git::TreeEntry> migrations;  ///< everything below the migrations folder
  std::vector<git::TreeEntry> included;    ///< what \\i and \\ir in `migrations` name elsewhere
  bool empty() const { return schema.empty() && migrations.empty(); }
};

/// Some path, blob or kind of file differs.
bool differ(const DatabaseFiles& one, const DatabaseFiles& two);

struct DatabasePair {
  DatabaseConfig config;  ///< placeholders filled in
  DatabaseFiles before, after;
  bool changed = false;  ///< some path or blob differs

  /// "MySQL": the folder of migrations changes and is another server's, so nobody judges it, and
  /// `changed` is false.
  std::string dialect;
  std::string how_found;  ///< "db/crm/**/*.sql", for `check --list`
};

/// The databases of `config` with their files on both sides, in the order of the configuration.
/// Throws Error{config} when a file belongs to two databases, two have one name, or a pattern can't
/// be expanded.
std::vector<DatabasePair> pair_databases(const Config& config,
                                         const std::vector<git::TreeEntry>& before,
                                         const std::vector<git::TreeEntry>& after);

/// The entries of `config` with placeholders in their names that no file of any of `trees` fills:
/// pairs without a file.
std::vector<DatabasePair> unfilled_patterns(
    const Config& config, const std::vector<const std::vector<git::TreeEntry>*>& trees);

}  // namespace schemagate
