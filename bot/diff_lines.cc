// SPDX-License-Identifier: MIT
#include "bot/diff_lines.h"

#include <set>

#include "git/changed_lines.h"

namespace schemagate {
namespace {

std::set<std::string> files_with_findings(const Report& report) {
  std::set<std::string> paths;
  for (const DatabaseReport& database : report.databases)
    for (const ReportedFinding& reported : database.findings) paths.insert(reported.place.file);
  return paths;
}

std::string text_of(const git::Repository& repository, const git::TreeEntry& entry) {
  if (entry.path.empty() || entry.kind != git::FileKind::file) return {};
  return repository.read(entry.blob).value_or("");
}

void add_range(std::vector<std::pair<int, int>>& ranges, int start, int count) {
  if (count > 0) ranges.emplace_back(start, start + count - 1);
}

}  // namespace

github::DiffLines diff_lines(const git::Repository& repository, const Report& report) {
  github::DiffLines lines;
  const std::set<std::string> wanted = files_with_findings(report);
  for (const git::ChangedFile& file : repository.changed_files(report.merge_base, report.head)) {
    // GitHub wants the path that the file has now, also for a comment on what is gone.
    const std::string& path = file.after.path.empty() ? file.before.path : file.after.path;
    if (wanted.count(path) == 0) continue;
    const git::ChangedLines changed =
        git::changed_lines(text_of(repository, file.before), text_of(repository, file.after));
    github::FileLines& found = lines[path];
    for (const git::Hunk& hunk : changed.hunks)
      add_range(found.right, hunk.new_start, hunk.new_lines);
    for (const git::Hunk& hunk : changed.changes)
      add_range(found.left, hunk.old_start, hunk.old_lines);
  }
  return lines;
}

}  // namespace schemagate
