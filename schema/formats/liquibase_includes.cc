// SPDX-License-Identifier: MIT
#include "schema/formats/liquibase_includes.h"

#include <algorithm>

#include "base/text.h"

namespace schemagate::format_rows {
namespace {

/// "db/a/../b/./c/" as "db/b/c", without what says where Liquibase begins to look.
std::string plain_path(std::string_view path) {
  for (const std::string_view start : {"classpath*:", "classpath:"})
    if (path.starts_with(start)) path.remove_prefix(start.size());
  std::vector<std::string_view> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else
      parts.push_back(part);
  }
  std::string out;
  for (const std::string_view part : parts) out += (out.empty() ? "" : "/") + std::string(part);
  return out;
}

std::string beside(const FolderView::File& from, std::string_view path) {
  return plain_path(folder_of(from.path) + "/" + std::string(path));
}

/// The files below a folder that an includeAll's depths and ending let through.
std::vector<const FolderView::File*> files_below(const FolderView& folder, const std::string& top,
                                                 const ChangelogItem& item) {
  const std::string start = top.empty() ? "" : top + "/";
  std::vector<const FolderView::File*> found;
  for (const FolderView::File& file : folder.files()) {
    if (!file.path.starts_with(start)) continue;
    const auto depth = 1 + std::count(file.path.begin() + static_cast<std::ptrdiff_t>(start.size()),
                                      file.path.end(), '/');
    if (depth >= item.min_depth && depth <= item.max_depth &&
        to_lower(file.path).ends_with(item.ending))
      found.push_back(&file);
  }
  std::sort(found.begin(), found.end(),
            [](const auto* one, const auto* two) { return one->path < two->path; });
  return found;
}

}  // namespace

const FolderView::File* included_changelog(const FolderView& folder, const FolderView::File& from,
                                           std::string_view path) {
  if (const auto* found = folder.find(beside(from, path))) return found;
  const std::string plain = plain_path(path);
  if (const auto* found = folder.find(plain)) return found;
  return folder.find_end_of(plain);
}

std::vector<const FolderView::File*> included_changelogs(const FolderView& folder,
                                                         const FolderView::File& from,
                                                         const ChangelogItem& item) {
  std::vector<std::string> tops = {beside(from, item.include), plain_path(item.include)};
  constexpr std::size_t most = 50;  // folders above: paths are somebody's text
  while (tops.size() < most && tops.back().find('/') != std::string::npos)
    tops.push_back(tops.back().substr(tops.back().find('/') + 1));
  for (const std::string& top : tops)
    if (auto found = files_below(folder, top, item); !found.empty()) return found;
  return {};
}

}  // namespace schemagate::format_rows
