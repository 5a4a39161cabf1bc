// SPDX-License-Identifier: MIT
#include "bot/disk_includes.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/text.h"
#include "bot/includes.h"
#include "bot/output.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// What the includes of `file` may not lead out of.
fs::path boundary_of(const fs::path& file) {
  std::error_code error;
  for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) return folder;
    if (folder == folder.parent_path()) break;
  }
  const fs::path here = fs::canonical(".", error);
  return is_inside(file, here) ? here : file.parent_path();
}

std::string normal(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

std::string why_not(std::string_view command) {
  return fmt::format(
      "{} is not followed: there is no such file, it leads out of the repository, or "
      "is nested deeper than {} files",
      command, most_nested_includes);
}

}  // namespace

std::optional<std::string> read_include(const std::string& path, const std::string& from) {
  std::error_code error;
  const fs::path file = fs::canonical(path, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const fs::path including = fs::canonical(from, error);
  if (error || !is_inside(file, boundary_of(including))) return std::nullopt;
  return read_whole_file(path);
}

std::vector<ParsedFile> IncludeFollower::follow(std::uint32_t file, const ParsedFile& parsed) {
  std::vector<ParsedFile> added;
  follow(file, parsed.skipped, 0, added);
  return added;
}

void IncludeFollower::follow(std::uint32_t file, const std::vector<Skipped>& skipped, int depth,
                             std::vector<ParsedFile>& added) {
  for (const Skipped& one : skipped) {
    const std::string_view command = trim(one.text);
    if (one.kind == SkippedKind::psql_command && is_include(command))
      include(file, one.span, command, depth, added);
  }
}

void IncludeFollower::include(std::uint32_t file, Span where, std::string_view command, int depth,
                              std::vector<ParsedFile>& added) {
  if (known_.empty())
    for (const SourceFile& known : sources_.files()) known_.insert(normal(known.path));
  const std::string from = sources_.file(file).path;
  for (const std::string& target : include_targets(command, from)) {
    if (known_.count(normal(target)) != 0) return;
    if (depth == most_nested_includes) break;
    std::optional<std::string> text = read_(target, from);
    if (!text) continue;
    const std::uint32_t number = sources_.add({target, *std::move(text), {}});
    known_.insert(normal(target));
    includes_.followed.push_back({where, number});
    added.push_back(parse(sources_, number));
    const std::vector<Skipped> skipped = added.back().skipped;  // `added` may grow
    follow(number, skipped, depth + 1, added);
    return;
  }
  includes_.not_followed.push_back({where, where, why_not(command)});
}

Includes follow_includes(SourceSet& sources, std::vector<ParsedFile>& files,
                         const ReadInclude& read) {
  IncludeFollower follower(sources, read);
  const std::size_t named = files.size();
  for (std::uint32_t file = 0; file < named; ++file)
    for (ParsedFile& added : follower.follow(file, files[file])) files.push_back(std::move(added));
  return follower.includes();
}

}  // namespace schemagate
