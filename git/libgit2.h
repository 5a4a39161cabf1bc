// SPDX-License-Identifier: MIT
// What the .cc files of this folder share: libgit2's handles as owners, its errors as Error, and
// the insides of a Repository. Nobody else includes it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "git/repository.h"

struct git_config;
struct git_diff;
struct git_index;
struct git_index_conflict_iterator;
struct git_object;
struct git_odb;
struct git_odb_object;
struct git_oid;
struct git_reference;
struct git_remote;
struct git_repository;
struct git_revwalk;
struct git_status_list;
struct git_tree;

namespace schemagate::git {

struct Free {
  void operator()(git_config* handle) const noexcept;
  void operator()(git_diff* handle) const noexcept;
  void operator()(git_index* handle) const noexcept;
  void operator()(git_index_conflict_iterator* handle) const noexcept;
  void operator()(git_object* handle) const noexcept;
  void operator()(git_odb* handle) const noexcept;
  void operator()(git_odb_object* handle) const noexcept;
  void operator()(git_reference* handle) const noexcept;
  void operator()(git_remote* handle) const noexcept;
  void operator()(git_repository* handle) const noexcept;
  void operator()(git_revwalk* handle) const noexcept;
  void operator()(git_status_list* handle) const noexcept;
  void operator()(git_tree* handle) const noexcept;
};

/// Owns what libgit2 gave out.
template <typename T>
using Handle = std::unique_ptr<T, Free>;

/// Starts libgit2 once per process, with the settings that make it read nothing but the repository.
void start_libgit2();

/// libgit2's message for the error that just happened.
std::string last_error();
/// Forgets it, where one could be left from an earlier call that is no failure.
void clear_error();
/// Gives the failure of a callback its message.
void set_error(const char* message);

/// Throws when `code` is an error: MissingObject when something is not found, else an Error
/// "can't <doing>: <libgit2's message>".
void check(int code, const std::string& doing);

std::string hex(const git_oid& id);
/// The id that 40 hexadecimal digits name; throws an Error for anything else.
git_oid to_oid(const std::string& digits);
bool is_full_id(std::string_view text);

/// A private folder that goes with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Repository::Impl {
  std::unique_ptr<TemporaryFolder> folder;  ///< of a fetched repository; declared first, goes last
  Handle<git_repository> repository;
  Handle<git_odb> objects;
  bool has_memory = false;  ///< new objects go to memory, see keep_new_objects_in_memory()

  explicit Impl(Handle<git_repository> opened);

  bool is_shallow() const;
  bool is_partial() const;
  /// The tree of a commit, or the tree itself.
  Handle<git_tree> tree(const std::string& commit) const;
  void keep_new_objects_in_memory();
};

/// Why a path of a tree must not be trusted, or empty.
std::string path_problem(std::string_view path);

FileKind kind_of(unsigned mode);

/// Reads a regular file below `root`, following no symlink in any part of `path`; nothing when it
/// is not there. Throws when it is something else or larger than `limit`.
std::optional<std::string> read_below(const std::string& root, const std::string& path,
                                      std::size_t limit);

}  // namespace schemagate::git
