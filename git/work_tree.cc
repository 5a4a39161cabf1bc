// SPDX-License-Identifier: MIT
// The work tree as a tree in memory.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <git2/sys/mempack.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "git/descriptor.h"
#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// A file of the work tree larger than this is not taken into memory.
constexpr std::size_t max_file_size = std::size_t{64} << 20;

[[noreturn]] void fail_to_read(const std::string& path, const std::string& why,
                               std::string hint = {}) {
  throw Error(ErrorKind::source, fmt::format("can't read {}: {}", path, why), std::move(hint));
}

/// A file on its way into the tree: from the index, or to be read from disk.
struct WorkFile {
  git_oid id{};
  unsigned mode = 0;
  bool is_on_disk = false;
};

using WorkFiles = std::map<std::string, WorkFile>;

Handle<git_index> open_index(git_repository* repository) {
  git_index* found = nullptr;
  const int code = git_repository_index(&found, repository);
  Handle<git_index> index(found);
  if (code < 0) {
    throw Error(ErrorKind::repository, fmt::format("can't read the index: {}", last_error()),
                "a sparse or split index? `git update-index --no-split-index` and "
                "`git sparse-checkout reapply --no-sparse-index` make it a plain one");
  }
  return index;
}

WorkFiles indexed_files(git_index* index) {
  WorkFiles files;
  for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index, i);
    files[entry->path] = {entry->id, entry->mode, false};
  }
  return files;
}

bool is_left_out(git_index* index, const char* path) {
  const git_index_entry* entry = git_index_get_bypath(index, path, GIT_INDEX_STAGE_NORMAL);
  return entry && (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE);
}

/// Changes `files` from what the index has to what the disk has.
void apply_status(git_repository* repository, git_index* index, WorkFiles& files) {
  git_status_options options;
  git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
  options.show = GIT_STATUS_SHOW_WORKDIR_ONLY;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                  GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
  git_status_list* found = nullptr;
  check(git_status_list_new(&found, repository, &options), "compare the work tree with the index");
  const Handle<git_status_list> status(found);
  for (std::size_t i = 0; i < git_status_list_entrycount(status.get()); ++i) {
    const git_status_entry* entry = git_status_byindex(status.get(), i);
    if (!entry->index_to_workdir) continue;
    if (entry->status & GIT_STATUS_WT_DELETED) {
      const char* path = entry->index_to_workdir->old_file.path;
      if (!is_left_out(index, path)) files.erase(path);
    } else {
      const git_diff_file& file = entry->index_to_workdir->new_file;
      if (!std::string_view(file.path).ends_with('/')) files[file.path] = {{}, file.mode, true};
    }
  }
}

bool is_wanted(const std::string& path, const PathFilter& wanted) {
  if (!wanted) return true;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (!wanted(std::string_view(path).substr(0, slash + 1))) return false;
  }
  return wanted(path);
}

}  // namespace

std::optional<std::string> read_below(const std::string& root, const std::string& path,
                                      std::size_t limit) {
  constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size() && file.get() >= 0; ++i) {
    // O_NONBLOCK: a named pipe must not make us wait for its writer.
    const int flags =
        i + 1 < parts.size() ? folder_flags : O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    file = Descriptor(openat(file.get(), std::string(parts[i]).c_str(), flags));
  }
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  struct stat found {};
  if (file.get() < 0 || fstat(file.get(), &found) < 0) fail_to_read(path, strerror(errno));
  if (!S_ISREG(found.st_mode)) fail_to_read(path, "not a regular file");
  std::string text;
  std::string buffer(std::size_t{1} << 16, '\0');
  for (ssize_t count = 1; count != 0;) {
    count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) fail_to_read(path, strerror(errno));
    if (count > 0) text.append(buffer, 0, static_cast<std::size_t>(count));
    if (text.size() > limit) {
      fail_to_read(path, "larger than " + human_size(static_cast<long long>(limit)),
                   "does it belong into .gitignore?");
    }
  }
  return text;
}

/// What a symlink says; it is kept as git keeps it and never followed.
std::optional<std::string> read_target(const std::string& path) {
  std::error_code error;
  auto target = std::filesystem::read_symlink(path, error).string();
  return error ? std::nullopt : std::optional(std::move(target));
}

void Repository::Impl::keep_new_objects_in_memory() {
  if (has_memory) return;
  git_odb_backend* memory = nullptr;
  check(git_mempack_new(&memory), "keep objects in memory");
  constexpr int before_all_others = 1000;
  check(git_odb_add_backend(objects.get(), memory, before_all_others), "keep objects in memory");
  has_memory = true;
}

std::string Repository::snapshot_work_tree(const PathFilter& wanted) {
  git_repository* repository = impl_->repository.get();
  if (root().empty()) {
    throw Error(ErrorKind::repository, "a bare repository has no work tree",
                "compare two commits instead: --base REV --head REV");
  }
  const auto index = open_index(repository);
  auto files = indexed_files(index.get());
  apply_status(repository, index.get(), files);
  impl_->keep_new_objects_in_memory();

  git_index* opened = nullptr;
  check(git_index_new(&opened), "make a tree of the work tree");
  const Handle<git_index> snapshot(opened);
  for (auto& [path, file] : files) {
    if (!is_wanted(path, wanted)) continue;
    if (file.is_on_disk) {
      const auto text = kind_of(file.mode) == FileKind::symlink
                            ? read_target(root() + path)
                            : read_below(root(), path, max_file_size);
      if (!text) continue;
      check(git_odb_write(&file.id, impl_->objects.get(), text->data(), text->size(),
                          GIT_OBJECT_BLOB),
            "take in " + path);
    }
    git_index_entry entry{};
    entry.path = path.c_str();
    entry.mode = file.mode;
    entry.id = file.id;
    check(git_index_add(snapshot.get(), &entry), "take in " + path);
  }
  git_oid tree{};
  check(git_index_write_tree_to(&tree, snapshot.get(), repository), "make a tree of the work tree");
  return hex(tree);
}

}  // namespace schemagate::git
