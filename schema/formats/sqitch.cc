// SPDX-License-Identifier: MIT
// https://sqitch.org: sqitch.plan names the changes and their order; psql runs deploy/<change>.sql.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/sha1.h"
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
std::optional<MigrationName> name_by(std::string_view path, const std::string& ending) {
  const bool down = path.starts_with("revert/");
  constexpr std::size_t folder = std::string_view("deploy/").size();
  if (!path.ends_with(ending) || (!down && !path.starts_with("deploy/")) ||
      path.size() <= folder + ending.size())
    return std::nullopt;
  const std::string_view change = path.substr(folder, path.size() - folder - ending.size());
  MigrationName name = ordered_by_name(std::string(change), change);
  name.down = down;
  return name;
}

std::optional<MigrationName> name_of(std::string_view path) { return name_by(path, ".sql"); }

/// With the ending that sqitch.conf names.
FolderView::Settings settings_of(const FolderView& folder) {
  const auto extension = setting_of(folder.text_above("sqitch.conf"), "extension");
  return {{"ending", "." + extension.value_or("sql")}};
}

std::optional<MigrationName> name_in(std::string_view path, const FolderView& folder) {
  return name_by(path, folder.setting("ending", ".sql"));
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::psql, "Sqitch runs psql: BEGIN and COMMIT are those of the file"};
}

struct Change {
  std::string name;                  ///< of its scripts: "list@v1" when it was reworked after @v1
  std::string first_name;            ///< in the plan
  std::size_t rework = 0;            ///< how often the name was there before
  std::uint32_t begin = 0, end = 0;  ///< its line in the plan
  std::string id;
};

/// The words of "[users other:app !old]".
struct Needs {
  std::string required, conflicting;  ///< as they stand in what an id is made of
};
Needs needs_of(std::string_view words) {
  Needs needs;
  for (const std::string_view word : split(words, ' ')) {
    if (trim(word).empty()) continue;
    if (word.front() == '!')
      needs.conflicting += fmt::format("\n  - {}", word.substr(1));
    else
      needs.required += fmt::format("\n  + {}", word);
  }
  return needs;
}

/// What stands behind "# ", its escapes undone.
std::string note_of(std::string_view line) {
  const std::size_t mark = line.find(" #");
  if (mark == std::string_view::npos) return {};
  return replace_all(std::string(trim(line.substr(mark + 2))), "\\n", "\n");
}

/// The id by which Sqitch knows a deployed change: of its line in the plan and the id before it.
std::string id_of(std::string_view line, std::string_view project, std::string_view uri,
                  const std::string& parent) {
  const std::string note = note_of(line);
  line = trim(line.substr(0, line.find(" #")));
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view name = line.substr(0, blank);
  std::string_view rest = trim(line.substr(blank));
  Needs needs;
  if (rest.starts_with('[')) {
    const std::size_t close = std::min(rest.find(']'), rest.size());
    needs = needs_of(rest.substr(1, close - 1));
    rest = trim(rest.substr(std::min(close + 1, rest.size())));
  }
  const std::size_t date = std::min(rest.find(' '), rest.size());
  std::string info = fmt::format("project {}", project);
  if (!uri.empty()) info += fmt::format("\nuri {}", uri);
  info += fmt::format("\nchange {}", name);
  if (!parent.empty()) info += "\nparent " + parent;
  info += fmt::format("\nplanner {}\ndate {}", trim(rest.substr(date)), rest.substr(0, date));
  if (!needs.required.empty()) info += "\nrequires" + needs.required;
  if (!needs.conflicting.empty()) info += "\nconflicts" + needs.conflicting;
  if (!note.empty()) info += "\n\n" + note;
  return sha1_hex(fmt::format("change {}", info.size()) + '\0' + info);
}

/// The plan's changes; a change that is named again was reworked, and the earlier one's script is
/// the copy with the tag that follows it.
std::vector<Change> changes_of(std::string_view plan) {
  std::vector<Change> changes;
  std::vector<std::size_t> since_tag;         // changes that wait for their tag
  std::map<std::string, std::string> tag_of;  // "name index" → tag
  std::map<std::string, std::vector<std::size_t>> seen;
  std::vector<std::string> tags;
  std::string project, uri, parent;
  each_line(plan, [&](std::string_view line, std::size_t begin, std::size_t end) {
    line = trim(line);
    if (line.starts_with("%project=")) project = trim(line.substr(9));
    if (line.starts_with("%uri=")) uri = trim(line.substr(5));
    if (line.empty() || line.front() == '%' || line.front() == '#') return;
    const std::string word(line.substr(0, line.find_first_of(" \t")));
    if (word.front() == '@') {
      for (const std::size_t i : since_tag) tags[i] = word;
      since_tag.clear();
      return;
    }
    const std::size_t rework = seen[word].size();
    seen[word].push_back(changes.size());
    since_tag.push_back(changes.size());
    parent = id_of(line, project, uri, parent);
    changes.push_back({word, word, rework, static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(end), parent});
    tags.emplace_back();
  });
  for (const auto& [name, numbers] : seen)
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i)
      changes[numbers[i]].name = name + tags[numbers[i]];
  return changes;
}

/// What a change requires must stand above it: a change, one as of a tag, a tag.
void check_requirements(const FolderView::File& plan, Listing& listing) {
  std::set<std::string> above;
  each_line(plan.text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    line = trim(line.substr(0, line.find(" #")));
    if (line.empty() || line.front() == '%' || line.front() == '#') return;
    const std::string name(line.substr(0, line.find_first_of(" \t")));
    const std::size_t open = line.find('['), close = line.find(']');
    if (name.front() != '@' && open != std::string_view::npos && close > open)
      for (const std::string_view one : split(line.substr(open + 1, close - open - 1), ' ')) {
        const std::string_view needed = one.substr(0, one.find('@', 1));
        if (needed.empty() || needed.front() == '!' || needed.find(':') != std::string_view::npos ||
            above.count(std::string(needed)) != 0)
          continue;
        listing.problems.push_back(
            {plan.number,
             Span{plan.number, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
             fmt::format("sqitch deploy refuses the plan: {} requires {}, which does not stand "
                         "above it",
                         name, needed),
             true});
      }
    above.insert(name);
  });
}

void arrange(const FolderView& folder, Listing& listing) {
  const FolderView::File* plan = folder.find("sqitch.plan");
  if (plan == nullptr) return;
  std::map<std::string, ListedMigration> files;
  for (ListedMigration& migration : listing.migrations)
    files.emplace(migration.name.version, std::move(migration));
  listing.migrations.clear();
  std::set<std::string> named;
  for (const Change& change : changes_of(plan->text)) {
    if (!named.insert(change.name).second) {
      listing.problems.push_back(
          {plan->number, Span{plan->number, change.begin, change.end},
           fmt::format("sqitch refuses the plan: {} duplicates an earlier change, and no tag "
                       "stands between them",
                       change.name),
           true});
      continue;
    }
    auto found = files.extract(change.name);
    if (!found.empty()) {
      ListedMigration& migration = listing.migrations.emplace_back(std::move(found.mapped()));
      migration.key = fmt::format("deploy/{}{}", change.first_name, folder.setting("ending"));
      if (change.rework > 0) migration.key += fmt::format(", reworked ({})", change.rework);
      migration.own_id = change.id;
      migration.own_id_at = Span{plan->number, change.begin, change.end};
      continue;
    }
    listing.problems.push_back(
        {plan->number, Span{plan->number, change.begin, change.end},
         fmt::format("the plan names {0}, and deploy/{0}{1} is not there: sqitch deploy stops",
                     change.name, folder.setting("ending")),
         true});
  }
  check_requirements(*plan, listing);
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
    .name_in = name_in,
    .settings_of = settings_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .downs = Downs::needed,
    .late_message =
        "Sqitch refuses to go on: a change put before another gives that one a new id, "
        "\"Cannot find this change\"",
    .includes_files = true,
};

}  // namespace schemagate::format_rows
