// SPDX-License-Identifier: MIT
// The tree that a merge gives.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// As git's own merge.renameLimit.
constexpr unsigned rename_limit = 7000;

std::vector<std::string> conflicting_paths(git_index* index) {
  git_index_conflict_iterator* opened = nullptr;
  check(git_index_conflict_iterator_new(&opened, index), "list the conflicts");
  const Handle<git_index_conflict_iterator> conflicts(opened);
  std::set<std::string> paths;
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  while (git_index_conflict_next(&ancestor, &ours, &theirs, conflicts.get()) == 0)
    for (const git_index_entry* side : {ours, theirs, ancestor})
      if (side != nullptr) {
        paths.insert(side->path);
        break;
      }
  return {paths.begin(), paths.end()};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

/// Folders that one side moved away: files left them by renames and none is there any more.
std::set<std::string> moved_folders(const std::vector<ChangedFile>& changes,
                                    const std::vector<TreeEntry>& left) {
  std::set<std::string> moved;
  for (const ChangedFile& change : changes) {
    if (change.status != FileStatus::renamed) continue;
    const std::string folder = folder_of(change.before.path);
    if (!folder.empty() && folder != folder_of(change.after.path)) moved.insert(folder);
  }
  std::erase_if(moved, [&](const std::string& folder) {
    return std::any_of(left.begin(), left.end(),
                       [&](const TreeEntry& entry) { return folder_of(entry.path) == folder; });
  });
  return moved;
}

/// git moves a new file along with its folder, or asks; libgit2 leaves it where it is.
void doubt_moved_folders(const std::set<std::string>& moved, const std::vector<ChangedFile>& others,
                         std::vector<std::string>& doubts) {
  for (const ChangedFile& change : others) {
    if (change.status != FileStatus::added && change.status != FileStatus::renamed) continue;
    const std::string folder = folder_of(change.after.path);
    if (moved.count(folder) != 0)
      doubts.push_back(
          fmt::format("{} is new in a folder that the other side moved away", change.after.path));
  }
}

std::vector<std::string> changed_on_both_sides(const std::vector<ChangedFile>& ours,
                                               const std::vector<ChangedFile>& theirs) {
  std::set<std::string> paths;
  for (const ChangedFile& change : ours) paths.insert(change.before.path);
  std::vector<std::string> both;
  for (const ChangedFile& change : theirs)
    if (!change.before.path.empty() && paths.count(change.before.path) != 0)
      both.push_back(change.before.path);
  return both;
}

/// A merge driver may give another text. https://git-scm.com/docs/gitattributes
void doubt_merge_drivers(const std::string& file, const std::string& attributes,
                         const std::vector<std::string>& paths, std::vector<std::string>& doubts) {
  for (const std::string_view line : split(attributes, '\n')) {
    const std::string_view pattern = line.substr(0, line.find_first_of(" \t"));
    if (line.starts_with('#') || line.find("merge") == std::string_view::npos) continue;
    for (const std::string& path : paths) {
      const std::string name = path.substr(path.rfind('/') + 1);
      if (glob_match(pattern, name) || glob_match(pattern, path) || pattern == "/" + path)
        doubts.push_back(fmt::format("{} names a way of merging {}", file, path));
    }
  }
}

}  // namespace

MergedTree Repository::merge_trees(const std::string& ancestor, const std::string& ours,
                                   const std::string& theirs) {
  impl_->keep_new_objects_in_memory();
  const auto base = impl_->tree(ancestor), one = impl_->tree(ours), two = impl_->tree(theirs);
  git_merge_options options;
  git_merge_options_init(&options, GIT_MERGE_OPTIONS_VERSION);
  options.flags = GIT_MERGE_FIND_RENAMES;
  options.target_limit = rename_limit;
  git_index* merged = nullptr;
  check(
      git_merge_trees(&merged, impl_->repository.get(), base.get(), one.get(), two.get(), &options),
      "merge " + theirs + " into " + ours);
  const Handle<git_index> index(merged);

  MergedTree result;
  const auto our_changes = changed_files(ancestor, ours),
             their_changes = changed_files(ancestor, theirs);
  doubt_moved_folders(moved_folders(our_changes, list(ours)), their_changes, result.doubts);
  doubt_moved_folders(moved_folders(their_changes, list(theirs)), our_changes, result.doubts);
  const auto both = changed_on_both_sides(our_changes, their_changes);
  for (const TreeEntry& entry : list(ours)) {
    if (both.empty() || !entry.path.ends_with(".gitattributes")) continue;
    doubt_merge_drivers(entry.path, read(entry.blob).value_or(""), both, result.doubts);
  }
  if (git_index_has_conflicts(index.get()) != 0) {
    result.conflicts = conflicting_paths(index.get());
    return result;
  }
  git_oid tree;
  check(git_index_write_tree_to(&tree, index.get(), impl_->repository.get()),
        "write the merged tree");
  result.tree = hex(tree);
  return result;
}

}  // namespace schemagate::git
