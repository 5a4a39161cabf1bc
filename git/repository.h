// SPDX-License-Identifier: MIT
// A git repository as data: commits, trees, blobs and what changed between them, by object id. It
// reads the object database through libgit2. It starts no git program, runs no hook or filter,
// reads no configuration of the user or the machine, follows no symlink, and writes nothing into
// the repository. Ids are lower-case hexadecimal. Whatever can't be read is thrown as an Error.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace schemagate::git {

/// An object that should be there is not in this clone (shallow, partial, single branch). Another
/// clone may have it: see Repository::fetch().
struct MissingObject : Error {
  explicit MissingObject(const std::string& message);
};

enum class FileKind { file, symlink, submodule };

/// One file of a tree. Only a `file` has bytes that may be read as such.
struct TreeEntry {
  std::string path;  ///< from the root, '/' between folders, as git stores it
  FileKind kind = FileKind::file;
  std::string blob;     ///< object id; of a submodule, the commit's
  std::string problem;  ///< why the path must not be trusted ("contains a backslash"), or empty
};

enum class FileStatus { added, modified, deleted, renamed };

/// One file that differs between two trees. `before` of an added file and `after` of a deleted one
/// are empty.
struct ChangedFile {
  FileStatus status = FileStatus::modified;
  TreeEntry before;
  TreeEntry after;
};

/// The tree that merging two commits gives, as far as libgit2 can tell. It is in memory only and
/// read like any other.
struct MergedTree {
  std::string tree;                    ///< empty when there is a conflict
  std::vector<std::string> conflicts;  ///< paths in conflict
  /// Why git itself may answer differently; then `tree` must not be trusted.
  std::vector<std::string> doubts;
};

/// Asked about files ("db/a.sql") and, before a folder is opened, about the folder ("db/").
using PathFilter = std::function<bool(std::string_view path)>;

/// What to fetch, and from where.
struct FetchRequest {
  std::string url;    ///< https; http to a loopback address only; no user or password in it
  std::string token;  ///< given to that server when it asks for a password; may be empty
  std::vector<std::string> references;  ///< "refs/heads/main", "refs/pull/12/head"
  bool all_branches_and_tags = false;   ///< as well
  std::string ca_file = {};             ///< certificates to trust; empty: the system's
};

class Repository {
 public:
  /// The repository that `path` lies in: a work tree, a linked work tree, or bare. Who owns the
  /// folder does not matter.
  static Repository open(const std::string& path);

  /// A bare repository in a temporary folder, with the whole history of the references. They keep
  /// their names; a branch can be resolved as "main" and as "origin/main". Removed with the object.
  static Repository fetch(const FetchRequest& request);

  /// The same, and what `clone` has: its objects, HEAD, branches and tags; of branches of "origin"
  /// the server's are newer. Requires: the clone's folder stays where it is.
  static Repository fetch(const FetchRequest& request, const Repository& clone);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  /// The commit that `revision` (id, branch, tag, "origin/main", "HEAD~2") names.
  std::string resolve(const std::string& revision) const;

  /// The best common ancestors of two commits: at least one, several after criss-cross merges.
  std::vector<std::string> merge_bases(const std::string& one, const std::string& two) const;

  /// The files of a commit or tree that are `wanted`, sorted by the bytes of their paths.
  std::vector<TreeEntry> list(const std::string& commit, const PathFilter& wanted = {}) const;

  /// The work tree as a tree that exists in memory only and is read like any other: every wanted
  /// file that is tracked or not ignored, as it is on disk; what a sparse checkout left out is
  /// unchanged.
  std::string snapshot_work_tree(const PathFilter& wanted = {});

  /// The bytes of a blob; nothing when they are more than `limit`: then they are not inflated
  /// either.
  std::optional<std::string> read(const std::string& blob, std::size_t limit = read_limit) const;
  static constexpr std::size_t read_limit = std::size_t{8} << 20;

  /// What changed between two commits or trees, sorted by path. A file that was moved and is still
  /// at least half the same is renamed, as git has it.
  std::vector<ChangedFile> changed_files(const std::string& before, const std::string& after) const;

  /// Merges `theirs` into `ours`; `ancestor` is their merge base. Starts no git program and no
  /// merge driver.
  MergedTree merge_trees(const std::string& ancestor, const std::string& ours,
                         const std::string& theirs);

  /// History was cut off (--depth) or objects were left out (--filter) when this clone was made.
  bool is_incomplete() const;
  /// The root of the work tree, empty when bare.
  std::string root() const;
  /// remote.origin.url without user and password, the one setting that is read.
  std::optional<std::string> origin_url() const;

 private:
  struct Impl;
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Pairs of different entries whose paths are one where upper and lower case are not told apart.
std::vector<std::pair<std::string, std::string>> case_collisions(
    const std::vector<TreeEntry>& entries);

}  // namespace schemagate::git
