// SPDX-License-Identifier: MIT
// Which files differ between two trees of a Repository.
#include <git2.h>

#include <algorithm>

#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// As git's own diff.renameLimit: with more added or deleted files only exact moves are paired.
constexpr std::size_t rename_limit = 1000;

TreeEntry entry_of(const git_diff_file& file) {
  return {file.path, kind_of(file.mode), hex(file.id), path_problem(file.path)};
}

ChangedFile changed_file(const git_diff_delta& delta) {
  ChangedFile file;
  switch (delta.status) {
    case GIT_DELTA_ADDED:
      file.status = FileStatus::added;
      break;
    case GIT_DELTA_DELETED:
      file.status = FileStatus::deleted;
      break;
    case GIT_DELTA_RENAMED:
      file.status = FileStatus::renamed;
      break;
    default:
      file.status = FileStatus::modified;
  }
  if (file.status != FileStatus::added) file.before = entry_of(delta.old_file);
  if (file.status != FileStatus::deleted) file.after = entry_of(delta.new_file);
  return file;
}

}  // namespace

std::vector<ChangedFile> Repository::changed_files(const std::string& before,
                                                   const std::string& after) const {
  const auto old_tree = impl_->tree(before);
  const auto new_tree = impl_->tree(after);
  git_diff_options options;
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
  options.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
  git_diff* found = nullptr;
  check(git_diff_tree_to_tree(&found, impl_->repository.get(), old_tree.get(), new_tree.get(),
                              &options),
        "compare " + before + " with " + after);
  const Handle<git_diff> diff(found);

  git_diff_find_options renames;
  git_diff_find_options_init(&renames, GIT_DIFF_FIND_OPTIONS_VERSION);
  renames.flags = GIT_DIFF_FIND_RENAMES | GIT_DIFF_FIND_DONT_IGNORE_WHITESPACE;
  renames.rename_limit = rename_limit;
  check(git_diff_find_similar(diff.get(), &renames), "pair renamed files");

  std::vector<ChangedFile> files;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    files.push_back(changed_file(*git_diff_get_delta(diff.get(), i)));
  }
  const auto path = [](const ChangedFile& file) -> const std::string& {
    return file.after.path.empty() ? file.before.path : file.after.path;
  };
  std::stable_sort(files.begin(), files.end(),
                   [&](const ChangedFile& a, const ChangedFile& b) { return path(a) < path(b); });
  return files;
}

}  // namespace schemagate::git
