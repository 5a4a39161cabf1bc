// SPDX-License-Identifier: MIT
#include "schema/folder_view.h"

#include <algorithm>

namespace schemagate {

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

std::string_view file_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool RepositoryView::has(std::string_view path) const {
  return std::binary_search(paths_.begin(), paths_.end(), path, std::less<>());
}

bool RepositoryView::has_below(std::string_view prefix) const {
  const auto at = std::lower_bound(paths_.begin(), paths_.end(), prefix, std::less<>());
  return at != paths_.end() && at->starts_with(prefix);
}

const std::string& RepositoryView::text_of(const std::string& path) const {
  const auto known = texts_.find(path);
  if (known != texts_.end()) return known->second;
  return texts_.emplace(path, has(path) ? text_of_(path) : std::string()).first->second;
}

bool RepositoryView::mentions(const std::string& path, std::string_view word) const {
  return text_of(path).find(word) != std::string::npos;
}

std::string RepositoryView::nearest_above(std::string_view folder, std::string_view name) const {
  for (std::string at(folder);; at = folder_of(at)) {
    std::string path = at.empty() ? std::string(name) : at + "/" + std::string(name);
    if (has(path)) return path;
    if (at.empty()) return {};
  }
}

bool RepositoryView::depends_on(std::string_view folder, std::string_view name,
                                std::string_view word) const {
  const std::string path = nearest_above(folder, name);
  return !path.empty() && mentions(path, word);
}

FolderView::FolderView(const SourceSet& sources, const std::vector<std::uint32_t>& files,
                       std::string root, const RepositoryView& around)
    : root_(std::move(root)), around_(around) {
  for (const std::uint32_t number : files) {
    const SourceFile& file = sources.file(number);
    std::string_view path = file.path;
    if (!root_.empty() && path.starts_with(root_)) path.remove_prefix(root_.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    by_path_.emplace(path, files_.size());
    files_.push_back({number, std::string(path), file.text});
  }
}

const FolderView::File* FolderView::find(std::string_view path) const {
  const auto at = by_path_.find(path);
  return at == by_path_.end() ? nullptr : &files_[at->second];
}

const FolderView::File* FolderView::find_end_of(std::string_view path) const {
  std::size_t first = files_.size();
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1))
    if (const auto at = by_path_.find(path.substr(slash + 1)); at != by_path_.end())
      first = std::min(first, at->second);
  return first == files_.size() ? nullptr : &files_[first];
}

std::string_view FolderView::text(std::string_view path) const {
  const File* file = find(path);
  return file == nullptr ? std::string_view() : file->text;
}

const std::string& FolderView::text_above(std::string_view name) const {
  return around_.text_of(around_.nearest_above(root_, name));
}

std::string FolderView::setting(std::string_view name, std::string_view otherwise) const {
  const auto at = settings_.find(name);
  return at == settings_.end() ? std::string(otherwise) : at->second;
}

}  // namespace schemagate
