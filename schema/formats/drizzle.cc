// SPDX-License-Identifier: MIT
// https://orm.drizzle.team: a journal names the files and their order; since 1.0 folders do. One
// transaction around all pending files.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

constexpr std::string_view journal = "meta/_journal.json";

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (path.ends_with("/_journal.json") && file_of(folder_of(path)) == "meta")
    return FolderSign{folder_of(folder_of(path)), std::string(path), Certainty::decides_order};
  if (file_of(path) != "snapshot.json" || !repository.has(folder_of(path) + "/migration.sql"))
    return std::nullopt;
  const std::string folder = folder_of(folder_of(path));
  for (const std::string_view ending : {"ts", "js", "json", "mjs"}) {
    const std::string config =
        repository.nearest_above(folder, fmt::format("drizzle.config.{}", ending));
    if (!config.empty()) return FolderSign{folder, config, Certainty::own_file};
  }
  return std::nullopt;
}

/// The 1.0 layout; with a journal the files are named by it.
std::optional<MigrationName> name_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos)
    return path.ends_with(".sql")
               ? std::optional(ordered_by_name(std::string(path.substr(0, path.size() - 4)), path))
               : std::nullopt;
  if (path.substr(slash) != "/migration.sql") return std::nullopt;
  return ordered_by_name(std::string(path.substr(0, slash)), path.substr(0, slash));
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::transaction,
          "Drizzle runs all pending migrations in one transaction, without a switch"};
}

/// Journals name each entry's tag, and its time, which decides whether it runs.
struct Entry {
  std::string tag;
  long long when = 0;
};

std::vector<Entry> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  for (std::size_t at = text.find("\"idx\""); at != std::string_view::npos;
       at = text.find("\"idx\"", at + 1)) {
    const std::string_view own = text.substr(at, text.find("\"idx\"", at + 1) - at);
    Entry entry;
    entry.tag = json_string(own, "tag").value_or("");
    const std::size_t when = own.find("\"when\"");
    if (when != std::string_view::npos) {
      const std::size_t digits = own.find_first_of("0123456789", when);
      if (digits != std::string_view::npos)
        entry.when = std::stoll("0" + std::string(leading_digits(own.substr(digits, 18))));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// An entry older than one above it never runs where that one has run.
void check_times(const std::vector<Entry>& entries, const FolderView::File& file,
                 Listing& listing) {
  long long newest = 0;
  std::string newest_tag;
  std::map<std::string_view, std::uint32_t> files;
  for (const ListedMigration& migration : listing.migrations)
    files.emplace(migration.name.version, migration.file);
  for (const Entry& entry : entries) {
    const auto at = files.find(entry.tag);
    if (entry.when < newest && at != files.end())
      listing.problems.push_back(
          {at->second, Span{at->second, 0, 0},
           fmt::format("{} gives it an older time than {}: where that one has run, Drizzle never "
                       "runs this file",
                       file.path, newest_tag),
           true});
    if (entry.when >= newest) newest_tag = entry.tag;
    newest = std::max(newest, entry.when);
  }
}

constexpr std::size_t digits_of_number = 4;

/// "0001" of "0001_add_users".
std::string number_of(std::string_view tag) { return std::string(leading_digits(tag)); }

/// Two branches that made the same number: each one's snapshot knows nothing of the other's.
void check_numbers(Listing& listing) {
  std::map<std::string, std::uint32_t> seen;
  for (const ListedMigration& migration : listing.migrations) {
    const std::string number = number_of(migration.name.version);
    if (number.size() != digits_of_number) continue;
    const auto [at, added] = seen.emplace(number, migration.file);
    if (added) continue;
    for (const std::uint32_t one : {at->second, migration.file})
      listing.problems.push_back(
          {one, Span{one, 0, 0},
           fmt::format("number {} is there twice: `drizzle-kit check` refuses it, and the next "
                       "`drizzle-kit generate` misses what one of the two did",
                       number),
           true});
  }
}

void arrange(const FolderView& folder, Listing& listing) {
  const FolderView::File* file = folder.find(journal);
  if (file == nullptr) {
    std::erase_if(listing.migrations, [](const ListedMigration& migration) {
      return migration.path.find('/') == std::string::npos;
    });
    return;
  }
  std::map<std::string, ListedMigration> files;
  for (ListedMigration& migration : listing.migrations)
    files.emplace(migration.name.version, std::move(migration));
  listing.migrations.clear();
  const std::vector<Entry> entries = entries_of(file->text);
  for (const Entry& entry : entries) {
    auto found = files.extract(entry.tag);
    if (!found.empty())
      listing.migrations.push_back(std::move(found.mapped()));
    else
      listing.problems.push_back(
          {file->number, Span{file->number, 0, 0},
           fmt::format("the journal names {}.sql, which is not there: Drizzle stops", entry.tag),
           true});
  }
  for (const auto& [tag, migration] : files)
    listing.problems.push_back({migration.file, Span{migration.file, 0, 0},
                                "Drizzle never runs this file: the journal does not name it",
                                number_of(tag).size() == digits_of_number});
  check_times(entries, *file, listing);
  check_numbers(listing);
}

}  // namespace

extern const MigrationFormat drizzle{
    .name = "drizzle",
    .tool = "Drizzle",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .one_transaction = true,
    .sends_mark = true,
    .without = {.up_and_down = "Drizzle only goes up", .templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
