// SPDX-License-Identifier: MIT
// https://ollycope.com/software/yoyo: <id>.sql and <id>.rollback.sql, ordered by -- depends:.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

bool is_program(std::string_view path) {
  return path.ends_with(".py") && !file_of(path).starts_with('_');
}

std::vector<std::string> depends_of(std::string_view path, std::string_view text) {
  if (is_program(path))
    return python_strings(text, "__depends__").value_or(std::vector<std::string>());
  std::vector<std::string> ids;
  for (const std::string& comment : leading_comments(text)) {
    if (!comment.starts_with("depends:")) continue;
    for (const std::string_view id : split(std::string_view(comment).substr(8), ' '))
      if (!trim(id).empty()) ids.emplace_back(trim(id));
  }
  return ids;
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  const bool code =
      is_program(path) && (repository.mentions(std::string(path), "from yoyo import") ||
                           repository.mentions(std::string(path), "import yoyo"));
  if (!path.ends_with(".sql") && !code) return std::nullopt;
  const std::string settings = repository.nearest_above(folder, "yoyo.ini");
  if (!settings.empty() && repository.mentions(settings, std::string(file_of(folder))))
    return FolderSign{folder, settings, Certainty::own_file};
  if (path.ends_with(".rollback.sql") &&
      repository.has(std::string(path.substr(0, path.size() - 13)) + ".sql"))
    return FolderSign{folder, std::string(path), Certainty::convention};
  if (code) return FolderSign{folder, std::string(path) + " imports yoyo", Certainty::own_file};
  if (depends_of(path, repository.text_of(std::string(path))).empty()) return std::nullopt;
  return FolderSign{folder, std::string(path) + " has -- depends:", Certainty::convention};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql") && !is_program(path)) return std::nullopt;
  const bool down = path.ends_with(".rollback.sql");
  const std::string id(path.substr(0, path.size() - (down ? 13 : path.size() - path.rfind('.'))));
  MigrationName name = ordered_by_name(id, id);
  name.down = down;
  name.repeatable = id.starts_with("post-apply");
  name.rank = name.repeatable ? 1 : 0;
  return name;
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  for (const std::string& comment : leading_comments(text))
    if (comment.starts_with("transactional:") && to_lower(comment).ends_with("false"))
      return {Sending::statements, "-- transactional: false"};
  return {Sending::transaction, "yoyo runs each migration in a transaction"};
}

/// Topological, ties by name: a migration comes when all that it depends on are there.
void arrange(const FolderView& folder, Listing& listing) {
  make_code_opaque(listing);
  std::set<std::string> known;
  for (ListedMigration& migration : listing.migrations) {
    migration.parents = depends_of(migration.path, folder.text(migration.path));
    known.insert(migration.name.version);
  }
  for (std::size_t i = arrange_by_parents(listing.migrations); i < listing.migrations.size(); ++i) {
    const std::uint32_t file = listing.migrations[i].file;
    listing.problems.push_back(
        {file, Span{file, 0, 0},
         "yoyo refuses the folder: migrations depend on each other in a ring", true});
  }
  for (const ListedMigration& migration : listing.migrations)
    for (const std::string& id : migration.parents)
      if (known.count(id) == 0)
        listing.problems.push_back(
            {migration.file, Span{migration.file, 0, 0},
             fmt::format("yoyo refuses the folder: {} depends on {}, which is not there",
                         migration.name.version, id),
             true});
}

/// What stands behind the last statement is a query for itself, which psycopg2 refuses when it is
/// only a comment.
void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  std::size_t last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = skip_literal(text, at);
    if (next == at && text[at] == ';') last = at + 1;
    at = std::max(next, at + 1);
  }
  const std::size_t comment = text.find_first_not_of(" \t\r\n", last);
  if (last == 0 || comment == std::string_view::npos ||
      !statement_starts(text.substr(last)).empty() ||
      text.substr(last, comment - last).find('\n') == std::string_view::npos)
    return;
  const auto at = static_cast<std::uint32_t>(comment);
  problems.push_back({migration.file, Span{migration.file, at, at + 1},
                      "yoyo sends the comment behind the last statement as a query, and psycopg2 "
                      "refuses an empty one",
                      true});
}

}  // namespace

extern const MigrationFormat yoyo{
    .name = "yoyo",
    .tool = "yoyo",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .downs = Downs::wanted,
    .duplicate_message = "yoyo refuses the folder: MigrationConflict",
    .code_hint = sql_instead,
    .sends_mark = true,
};

}  // namespace schemagate::format_rows
