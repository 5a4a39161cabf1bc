// SPDX-License-Identifier: MIT
// https://sqitch.org: sqitch.plan names the changes and their order; psql runs deploy/<change>.sql.
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (file_of(path) != "sqitch.plan" || !repository.mentions(std::string(path), "%project="))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::decides_order};
}

/// deploy/<change>.sql goes up, revert/<change>.sql down; verify/ only looks.
std::optional<MigrationName> name_of(std::string_view path) {
  const bool down = path.starts_with("revert/");
  if (!path.ends_with(".sql") || (!down && !path.starts_with("deploy/"))) return std::nullopt;
  const std::string_view change = path.substr(7, path.size() - 11);
  MigrationName name = ordered_by_name(std::string(change), change);
  name.down = down;
  return name;
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::psql, "Sqitch runs psql: BEGIN and COMMIT are those of the file"};
}

struct Change {
  std::string name;
  std::uint32_t begin = 0, end = 0;  ///< its line in the plan
};

/// The plan's changes; a change that is named again was reworked, and the earlier one's script is
/// the copy with the tag that follows it.
std::vector<Change> changes_of(std::string_view plan) {
  std::vector<Change> changes;
  std::vector<std::size_t> since_tag;         // changes that wait for their tag
  std::map<std::string, std::string> tag_of;  // "name index" → tag
  std::map<std::string, std::vector<std::size_t>> seen;
  std::vector<std::string> tags;
  each_line(plan, [&](std::string_view line, std::size_t begin, std::size_t end) {
    line = trim(line);
    if (line.empty() || line.front() == '%' || line.front() == '#') return;
    const std::string word(line.substr(0, line.find_first_of(" \t")));
    if (word.front() == '@') {
      for (const std::size_t i : since_tag) tags[i] = word;
      since_tag.clear();
      return;
    }
    seen[word].push_back(changes.size());
    since_tag.push_back(changes.size());
    changes.push_back({word, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    tags.emplace_back();
  });
  for (const auto& [name, numbers] : seen)
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i)
      changes[numbers[i]].name = name + tags[numbers[i]];
  return changes;
}

void arrange(const FolderView& folder, Listing& listing) {
  const FolderView::File* plan = folder.find("sqitch.plan");
  if (plan == nullptr) return;
  std::map<std::string, ListedMigration> files;
  for (ListedMigration& migration : listing.migrations)
    files.emplace(migration.name.version, std::move(migration));
  listing.migrations.clear();
  for (const Change& change : changes_of(plan->text)) {
    auto found = files.extract(change.name);
    if (!found.empty()) {
      listing.migrations.push_back(std::move(found.mapped()));
      continue;
    }
    listing.problems.push_back(
        {plan->number, Span{plan->number, change.begin, change.end},
         fmt::format("the plan names {0}, and deploy/{0}.sql is not there: sqitch deploy stops",
                     change.name),
         true});
  }
  for (const auto& [name, migration] : files)
    listing.problems.push_back({migration.file, Span{migration.file, 0, 0},
                                "Sqitch never runs this file: sqitch.plan does not name it",
                                false});
}

}  // namespace

extern const MigrationFormat sqitch{
    .name = "sqitch",
    .tool = "Sqitch",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .downs = Downs::wanted,
    .late_message =
        "Sqitch refuses to go on: a change put before another gives that one a new id, "
        "\"Cannot find this change\"",
};

}  // namespace schemagate::format_rows
