// SPDX-License-Identifier: MIT
// Where the base moved on in a database that the pull request changes as well: what the change
// does there, as far as it is more than reviewers see against the merge base.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bot/databases.h"
#include "bot/trees.h"
#include "report/report.h"

namespace schemagate {

/// What landing on the base's tip would change, database by database.
class Landing {
 public:
  Landing() = default;
  Landing(git::Repository& repository, const Sides& sides, const Config& config);

  /// The base's tip changed a file of this database since the merge base.
  bool concerns(const std::string& database) const;
  /// The base's tip and the tree that would land; nothing when that can't be told, see unknown().
  const DatabasePair* find(const std::string& database) const;
  const std::string& unknown() const { return unknown_; }
  /// Of the tree that would land.
  const std::vector<git::TreeEntry>& files() const { return files_; }

 private:
  std::vector<std::string> moved_;
  std::vector<DatabasePair> pairs_;
  std::vector<git::TreeEntry> files_;
  std::string unknown_;
};

/// Adds those findings of `landed` that `report` has not, marked as what happens on the base's tip.
/// One whose file is not the same in `head` as in `merged` has no line of it.
void add_landing_findings(const DatabaseReport& landed, const std::vector<git::TreeEntry>& head,
                          const std::vector<git::TreeEntry>& merged, DatabaseReport& report);

}  // namespace schemagate
