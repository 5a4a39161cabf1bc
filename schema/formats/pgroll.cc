// SPDX-License-Identifier: MIT
// https://github.com/xataio/pgroll: JSON or YAML files of operations. Only `sql` holds SQL; what
// the other operations do is pgroll's own business.
#include <algorithm>

#include "schema/formats/yaml_document.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

constexpr std::string_view operations[] = {"create_table",      "add_column",
                                           "alter_column",      "create_index",
                                           "create_constraint", "drop_column",
                                           "drop_table",        "drop_index",
                                           "drop_constraint",   "drop_multicolumn_constraint",
                                           "rename_table",      "rename_column",
                                           "rename_constraint", "set_replica_identity"};

bool is_ours(std::string_view path) {
  return path.ends_with(".json") || path.ends_with(".yaml") || path.ends_with(".yml");
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!is_ours(path) || leading_digits(file_of(path)).empty()) return std::nullopt;
  const std::string& text = repository.text_of(std::string(path));
  if (text.find("operations") == std::string::npos) return std::nullopt;
  const bool ours =
      text.find("\"sql\"") != std::string::npos || text.find("- sql:") != std::string::npos ||
      std::any_of(std::begin(operations), std::end(operations), [&](std::string_view operation) {
        return text.find(operation) != std::string::npos;
      });
  if (!ours) return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has pgroll's operations",
                    Certainty::convention};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!is_ours(path)) return std::nullopt;
  return ordered_by_name(std::string(path.substr(0, path.rfind('.'))), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::simple_query, "pgroll sends a sql operation as one query"};
}

/// What a `sql` operation holds, from `at`; returns where it ends.
std::size_t read_sql(const std::vector<YamlEntry>& entries, std::size_t at, MigrationParts& parts) {
  const std::size_t depth = entries[at].depth;
  const std::size_t own = ++at < entries.size() ? entries[at].depth : depth;
  for (; at < entries.size() && entries[at].depth > depth; ++at) {
    const YamlEntry& entry = entries[at];
    if (entry.depth != own || entry.value.empty()) continue;
    if (entry.key == "up") parts.up.push_back(entry.at);
    if (entry.key == "down") parts.down.push_back(entry.at);
  }
  return at;
}

/// `up` and `down` of other operations are expressions, no statements.
void read_operations(const std::vector<YamlEntry>& entries, ListedMigration& migration) {
  auto list = std::find_if(entries.begin(), entries.end(),
                           [](const YamlEntry& entry) { return entry.key == "operations"; });
  if (list == entries.end() || list + 1 == entries.end()) return;
  const std::size_t depth = list->depth, own = (list + 1)->depth;
  for (auto at = static_cast<std::size_t>(list - entries.begin()) + 1;
       at < entries.size() && entries[at].depth > depth;) {
    if (entries[at].depth == own && entries[at].key == "sql") {
      at = read_sql(entries, at, migration.parts);
      continue;
    }
    migration.opaque = true;
    ++at;
  }
}

void arrange(const FolderView& folder, Listing& listing) {
  for (ListedMigration& migration : listing.migrations) {
    YamlDocument document = read_yaml(folder.text(migration.path));
    migration.parts = {};
    migration.text = std::move(document.text);
    read_operations(document.entries, migration);
  }
}

}  // namespace

extern const MigrationFormat pgroll{
    .name = "pgroll",
    .tool = "pgroll",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .each_section = true,
    .duplicate_message = "pgroll refuses the second one: its history has a migration of that name",
    .late_message = "pgroll refuses to go on: the order of the files differs from its history",
    .without = {.templates = "SQL is sent as it is"},
};

}  // namespace schemagate::format_rows
