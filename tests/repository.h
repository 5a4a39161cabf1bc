// SPDX-License-Identifier: MIT
// Git repositories for tests, built object by object through libgit2: the same content gives the
// same ids on every machine, nobody's git configuration is read, and what no git program would
// write can be built too.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/read_file.h"

struct git_repository;

namespace schemagate::testing {

/// A folder of its own, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file, its folders too, and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// Runs the git program in `folder`, with nobody's configuration, and returns what it printed.
/// Throws when it fails.
std::string run_git(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

/// One file of a commit.
struct File {
  File(std::string file_text) : text(std::move(file_text)) {}  // NOLINT: a text is a file
  File(const char* file_text) : text(file_text) {}             // NOLINT
  File(std::string file_text, unsigned file_mode) : text(std::move(file_text)), mode(file_mode) {}

  std::string text;         ///< of a submodule: the commit's id
  unsigned mode = 0100644;  ///< 0100755, 0120000 symlink, 0160000 submodule
};

inline File symlink_to(std::string target) { return {std::move(target), 0120000}; }
inline File submodule_at(std::string commit) { return {std::move(commit), 0160000}; }

/// Files by path; nothing stands for "removed".
using Files = std::map<std::string, std::optional<File>>;

/// A repository with a work tree in a temporary folder. Its first branch is "main".
class TestRepository {
 public:
  TestRepository();

  std::string path() const { return folder_.path().string(); }
  std::string git_dir() const { return path() + "/.git"; }

  /// Puts a commit on `branch` (made from nothing when it is new) whose tree is the last one's with
  /// `changes`. Each commit is one minute younger than the one before. Returns its id.
  std::string commit(const std::string& branch, const Files& changes,
                     const std::string& message = "change");

  /// Makes `branch` at a commit, moving it if it exists.
  void branch(const std::string& branch, const std::string& commit);
  /// The same for any reference, named in full.
  void reference(const std::string& name, const std::string& commit);
  std::string tip(const std::string& branch) const;
  bool has(const std::string& branch) const;

  /// Merges `from` into `into` with a commit of two parents; `resolution` is put on top. Throws
  /// when a conflict is left.
  std::string merge(const std::string& into, const std::string& from, const Files& resolution = {});

  /// A commit of any parents and any tree.
  std::string commit_tree(const std::string& tree, const std::vector<std::string>& parents,
                          const std::string& message = "change");

  /// Makes HEAD, the index and the files on disk those of `branch`.
  void checkout(const std::string& branch);

  /// Writes into the work tree.
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  /// A raw object ("blob", "tree", …), checked by nobody. Returns its id.
  std::string object(const std::string& type, const std::string& bytes);
  /// The bytes of a tree's entry, for object("tree", …).
  static std::string tree_entry(const std::string& mode, const std::string& name,
                                const std::string& id);

 private:
  TemporaryFolder folder_;
  std::unique_ptr<git_repository, void (*)(git_repository*)> repository_;
  int commits_ = 0;
};

}  // namespace schemagate::testing
