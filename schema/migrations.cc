// SPDX-License-Identifier: MIT
#include "schema/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "schema/formats.h"

namespace schemagate {
namespace {

/// The text with everything outside the ranges blanked, line ends kept: offsets stay true.
std::string keep(std::string_view text,
                 const std::vector<std::pair<std::size_t, std::size_t>>& ranges) {
  std::string kept(text);
  std::size_t from = 0;
  const auto blank = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      if (kept[i] != '\n' && kept[i] != '\r') kept[i] = ' ';
  };
  for (const auto& [begin, end] : ranges) {
    blank(from, begin);
    from = end;
  }
  blank(from, kept.size());
  return kept;
}

struct Named {
  std::uint32_t file = 0;
  std::string path;  ///< relative to the folder
  MigrationName name;
};

std::string relative(std::string_view path, std::string_view root) {
  if (!root.empty() && path.starts_with(root)) path.remove_prefix(root.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path);
}

std::vector<Named> named_files(const SourceSet& sources, const std::vector<std::uint32_t>& files,
                               const std::string& root, const MigrationFormat& format) {
  std::vector<Named> named;
  for (const std::uint32_t file : files) {
    const std::string path = relative(sources.file(file).path, root);
    if (!format.recursive && path.find('/') != std::string::npos) continue;
    if (auto name = format.name_of(path)) named.push_back({file, path, std::move(*name)});
  }
  std::stable_sort(named.begin(), named.end(),
                   [](const Named& a, const Named& b) { return runs_before(a.name, b.name); });
  return named;
}

void find_duplicates(const std::vector<Named>& named, const MigrationFormat& format,
                     const SourceSet& sources, MigrationFolder& folder) {
  if (format.duplicate_message.empty()) return;
  std::map<std::pair<std::string, bool>, std::uint32_t> seen;
  for (const Named& file : named) {
    const auto [at, added] =
        seen.emplace(std::make_pair(file.name.version, file.name.down), file.file);
    if (added) continue;
    for (const std::uint32_t one : {at->second, file.file}) {
      const std::uint32_t other = one == file.file ? at->second : file.file;
      folder.problems.push_back({one, Span{one, 0, 0},
                                 fmt::format("version {} is also used by {}: {}", file.name.version,
                                             sources.file(other).path, format.duplicate_message),
                                 true});
    }
  }
}

SendingChoice overridden(SendingChoice choice, const std::string& transactions) {
  if (transactions == "none") return {Sending::statements, "transactions: none"};
  if (transactions == "file" || transactions == "all")
    return {Sending::transaction, "transactions: " + transactions};
  return choice;
}

const MigrationFormat& chosen_format(const std::string& name) {
  if (const MigrationFormat* format = find_format(name)) return *format;
  const std::vector<std::string> names = migration_formats();
  const auto near = nearest(name, names);
  throw Error(ErrorKind::config, fmt::format("unknown migration format '{}'", name),
              near ? fmt::format("did you mean '{}'?", *near)
                   : fmt::format("known: auto, {}", join(names, ", ")));
}

/// Looks at the folder alone: what its names and markers say.
DetectedFolder recognise(const SourceSet& sources, const std::vector<std::uint32_t>& files,
                         const std::string& root, const std::vector<std::string>& other_paths) {
  std::vector<std::string> paths = other_paths;
  std::map<std::string, std::uint32_t> numbers;
  for (const std::uint32_t file : files) {
    const std::string& path = sources.file(file).path;
    if (numbers.emplace(path, file).second) paths.push_back(path);
  }
  const auto text_of = [&](const std::string& path) {
    const auto at = numbers.find(path);
    return at == numbers.end() ? std::string() : sources.file(at->second).text;
  };
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  for (DetectedFolder& found : detect_migrations(paths, text_of))
    if (found.root == root) return std::move(found);
  return {root, "plain", "no tool's marker was found: as psql would run the files"};
}

}  // namespace

std::string_view to_string(Sending sending) {
  switch (sending) {
    case Sending::transaction:
      return "in a transaction";
    case Sending::statements:
      return "statement by statement";
    case Sending::simple_query:
      return "as one query";
    case Sending::pipeline:
      return "as a pipeline";
    case Sending::psql:
      return "as psql does";
  }
  return "";
}

std::vector<std::string> migration_formats() {
  std::vector<std::string> names;
  for (const MigrationFormat& format : formats()) names.emplace_back(format.name);
  return names;
}

std::string_view late_migration_message(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found == nullptr ? std::string_view() : found->late_message;
}

bool keeps_checksums(std::string_view format) {
  const MigrationFormat* found = find_format(format);
  return found != nullptr && found->checksums;
}

MigrationFolder read_migrations(const SourceSet& sources, const std::vector<std::uint32_t>& files,
                                const std::string& root, const std::string& format_name,
                                const std::vector<std::string>& other_paths,
                                const std::string& transactions) {
  MigrationFolder folder;
  folder.format = format_name;
  folder.reason = "as configured";
  if (format_name == "auto") {
    const DetectedFolder found = recognise(sources, files, root, other_paths);
    folder.format = found.format;
    folder.reason = found.reason;
  }
  const MigrationFormat& format = chosen_format(folder.format);
  const std::vector<Named> named = named_files(sources, files, root, format);
  find_duplicates(named, format, sources, folder);
  const SiblingText sibling = [&](const std::string& path) {
    for (const std::uint32_t file : files)
      if (sources.file(file).path == path) return sources.file(file).text;
    return std::string();
  };
  for (const Named& file : named) {
    if (file.name.down) continue;
    const SourceFile& source = sources.file(file.file);
    const MigrationParts parts = format.parts_of(source.text);
    Migration migration;
    migration.file = file.file;
    migration.version = file.name.version;
    migration.up = keep(source.text, parts.up);
    if (!parts.down.empty()) migration.down = keep(source.text, parts.down);
    SendingChoice choice =
        overridden(format.sending_of(source.text, source.path, sibling), transactions);
    migration.sending = choice.sending;
    migration.sending_reason = std::move(choice.reason);
    migration.repeatable = file.name.repeatable;
    if (parts.up.empty() && !source.text.empty())
      folder.problems.push_back({file.file, Span{file.file, 0, 0},
                                 fmt::format("{} finds nothing to run in this file", format.name),
                                 false});
    folder.migrations.push_back(std::move(migration));
  }
  return folder;
}

}  // namespace schemagate
