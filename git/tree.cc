// SPDX-License-Identifier: MIT
// Repository's trees and blobs.
#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "git/libgit2.h"

namespace schemagate::git {
namespace {

/// Trees can name each other, so a few kilobytes can stand for more files than there is memory.
constexpr std::size_t max_files = 1'000'000;
constexpr std::size_t max_depth = 500;

/// C0 and C1 controls, DEL, and the marks that reorder text (U+202A–202E, U+2066–2069): `bytes` is
/// valid UTF-8.
bool has_control_character(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (i + 1 < bytes.size() && byte == 0xc2 && static_cast<unsigned char>(bytes[i + 1]) < 0xa0) {
      return true;
    }
    if (i + 2 >= bytes.size() || byte != 0xe2) continue;
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    const auto third = static_cast<unsigned char>(bytes[i + 2]);
    if (second == 0x80 && third >= 0xaa && third <= 0xae) return true;
    if (second == 0x81 && third >= 0xa6 && third <= 0xa9) return true;
  }
  return false;
}

/// True for the path of nearly every file: plain letters, and no part that starts with a dot. It
/// has none of the problems, which are dearer to look for.
bool is_plain(std::string_view path) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+ ";
  char previous = '/';
  for (const char byte : path) {
    const bool is_separator = byte == '/' || byte == '.';
    if (is_separator ? previous == '/' : letters.find(byte) == letters.npos) return false;
    previous = byte;
  }
  return previous != '/';
}

/// A folder that is being listed.
struct Level {
  Handle<git_tree> tree;
  std::size_t next = 0;
  std::size_t prefix = 0;  ///< length of the folder's path, with its '/'
};

}  // namespace

FileKind kind_of(unsigned mode) {
  if (mode == GIT_FILEMODE_LINK) return FileKind::symlink;
  if (mode == GIT_FILEMODE_COMMIT) return FileKind::submodule;
  return FileKind::file;
}

std::string path_problem(std::string_view path) {
  if (is_plain(path)) return {};
  if (!is_utf8(path)) return "is not valid UTF-8";
  if (has_control_character(path)) return "contains a control character";
  if (path.find('\\') != std::string_view::npos) return "contains a backslash";
  if (path.starts_with('/')) return "is absolute";
  for (const std::string_view part : split(path, '/')) {
    if (part.empty()) return "has a folder without a name";
    if (part == "." || part == "..") return fmt::format("contains \"{}\"", part);
    if (to_lower(part) == ".git") return "points into .git";
  }
  return {};
}

Handle<git_tree> Repository::Impl::tree(const std::string& commit) const {
  const git_oid id = to_oid(commit);
  git_object* found = nullptr;
  check(git_object_lookup(&found, repository.get(), &id, GIT_OBJECT_ANY), "read " + commit);
  const Handle<git_object> object(found);
  git_object* peeled = nullptr;
  check(git_object_peel(&peeled, object.get(), GIT_OBJECT_TREE), "read the tree of " + commit);
  return Handle<git_tree>(reinterpret_cast<git_tree*>(peeled));
}

std::vector<TreeEntry> Repository::list(const std::string& commit, const PathFilter& wanted) const {
  std::vector<TreeEntry> files;
  std::string path;
  std::size_t seen = 0;
  std::vector<Level> levels;
  levels.push_back({impl_->tree(commit)});
  while (!levels.empty()) {
    Level& level = levels.back();
    path.resize(level.prefix);
    const git_tree_entry* entry = git_tree_entry_byindex(level.tree.get(), level.next++);
    if (!entry) {
      levels.pop_back();
      continue;
    }
    if (++seen > max_files) {
      throw Error(ErrorKind::repository,
                  fmt::format("the tree of {} has more than {} files", commit, max_files));
    }
    path += git_tree_entry_name(entry);
    const auto mode = git_tree_entry_filemode_raw(entry);
    const bool is_folder = git_tree_entry_type(entry) == GIT_OBJECT_TREE;
    if (is_folder) path += '/';
    if (wanted && !wanted(path)) continue;
    if (!is_folder) {
      files.push_back({path, kind_of(mode), hex(*git_tree_entry_id(entry)), path_problem(path)});
      continue;
    }
    if (levels.size() == max_depth) {
      throw Error(ErrorKind::repository,
                  fmt::format("the tree of {} has more than {} nested folders", commit, max_depth));
    }
    git_tree* found = nullptr;
    check(git_tree_lookup(&found, impl_->repository.get(), git_tree_entry_id(entry)),
          "read the folder " + path);
    levels.push_back({Handle<git_tree>(found), 0, path.size()});
  }
  return files;
}

std::optional<std::string> Repository::read(const std::string& blob, std::size_t limit) const {
  const git_oid id = to_oid(blob);
  git_odb* objects = impl_->objects.get();
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  check(git_odb_read_header(&size, &type, objects, &id), "read the object " + blob);
  if (type != GIT_OBJECT_BLOB) {
    throw Error(ErrorKind::repository,
                fmt::format("{} is a {}, not a file", blob, git_object_type2string(type)));
  }
  if (size > limit) return std::nullopt;
  git_odb_object* found = nullptr;
  check(git_odb_read(&found, objects, &id), "read the object " + blob);
  const Handle<git_odb_object> object(found);
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

std::vector<std::pair<std::string, std::string>> case_collisions(
    const std::vector<TreeEntry>& entries) {
  std::unordered_map<std::string, const TreeEntry*> first;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& entry : entries) {
    const auto [found, is_new] = first.emplace(to_lower(entry.path), &entry);
    if (!is_new) pairs.emplace_back(found->second->path, entry.path);
  }
  return pairs;
}

}  // namespace schemagate::git
