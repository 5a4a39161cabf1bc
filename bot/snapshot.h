// SPDX-License-Identifier: MIT
// One database at several commits: its files parsed once per blob, its schema as a catalog.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/blob_reader.h"
#include "bot/databases.h"
#include "git/repository.h"
#include "schema/apply.h"
#include "schema/merge.h"
#include "schema/migrations.h"
#include "schema/plan.h"

namespace schemagate {

/// The schema of a database at one commit.
struct Snapshot {
  Catalog catalog;
  std::vector<RenameHint> hints;
  std::vector<std::string> problems;    ///< what does not parse or resolve, with its place's text
  std::vector<std::string> opened;      ///< problems as people read them: "db/a.sql:4: …"
  MigrationFolder folder;               ///< empty for declarative files
  std::vector<std::string> migrations;  ///< keys of the folder's migrations, in the tool's order
  std::vector<std::string> blobs;       ///< … and the text of each, as blob ids or digests
  std::vector<Script> scripts;          ///< … and what it runs; empty for those known before
};

class SnapshotReader {
 public:
  SnapshotReader(const git::Repository& repository, const DatabaseConfig& config, int postgres);

  /// `tree`: everything at that commit, for the markers of migration formats. The scripts are kept
  /// of migrations that `ancestor` has not, or with another text.
  Snapshot read(const DatabaseFiles& files, const std::vector<git::TreeEntry>& tree,
                const Snapshot* ancestor = nullptr);

 private:
  std::vector<std::uint32_t> add(const std::vector<git::TreeEntry>& entries, Snapshot& snapshot);
  const ParsedFile& parsed(std::uint32_t file);
  /// platform_schema() of the files.
  std::optional<ParsedFile> given_by_platform(const std::vector<std::uint32_t>& files);
  void note_problems(const SourceSet& sources, const ParsedFile& file, Snapshot& snapshot) const;
  void note_problem(const SourceSet& sources, const ApplyProblem& problem,
                    Snapshot& snapshot) const;
  /// Puts what `up` includes in its place, and adds it to `ups`. Returns the blobs, each behind a
  /// blank.
  std::string expand(ParsedFile& up, SourceSet& ups, const std::vector<std::uint32_t>& files,
                     const std::vector<std::uint32_t>& included, Snapshot& snapshot) const;
  void read_migrations_of(const std::vector<std::uint32_t>& files,
                          const std::vector<std::uint32_t>& included,
                          const std::vector<git::TreeEntry>& tree, const Snapshot* ancestor,
                          Snapshot& snapshot);

  const git::Repository& repository_;
  const DatabaseConfig& config_;
  int postgres_;
  SourceSet sources_;
  BlobReader blobs_;
  std::map<std::uint32_t, ParsedFile> parsed_;
  std::optional<std::uint32_t> platform_;
};

}  // namespace schemagate
