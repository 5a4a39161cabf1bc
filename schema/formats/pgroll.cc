// SPDX-License-Identifier: MIT
// https://github.com/xataio/pgroll: JSON or YAML files of operations. Only `sql` holds SQL; what
// the other operations do is pgroll's own business.
#include <algorithm>

#include "base/text.h"
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
  return {Sending::statements, "pgroll sends a sql operation by itself"};
}

/// The SQL of `up:` keys below `- sql:` in YAML, in place; block scalars and one-line values.
std::string yaml_sql(std::string_view text, std::vector<TextRange>& ranges) {
  std::string out(text);
  for (char& c : out)
    if (c != '\n' && c != '\r') c = ' ';
  bool in_sql = false;
  std::size_t block = std::string::npos;  // the indent of the key whose block scalar we are in
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const std::size_t indent = std::min(line.find_first_not_of(" -"), line.size());
    const std::string_view rest = trim(line.substr(indent));
    if (block != std::string::npos && (rest.empty() || line.find_first_not_of(' ') > block)) {
      std::copy(line.begin(), line.end(), out.begin() + static_cast<std::ptrdiff_t>(begin));
      ranges.back().second = end;
      return;
    }
    block = std::string::npos;
    if (rest == "sql:")
      in_sql = true;
    else if (rest.ends_with(":") && line.find('-') < indent)
      in_sql = false;
    if (!in_sql || !rest.starts_with("up:")) return;
    const std::string_view value = trim(rest.substr(3));
    if (value.starts_with('|') || value.starts_with('>')) {
      block = indent;
      ranges.emplace_back(end, end);
      return;
    }
    std::size_t at = static_cast<std::size_t>(value.data() - text.data());
    std::size_t length = value.size();
    if (length > 1 && (value.front() == '"' || value.front() == '\'')) {
      ++at;
      length -= 2;
    }
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), length,
                out.begin() + static_cast<std::ptrdiff_t>(at));
    ranges.emplace_back(at, at + length);
  });
  return out;
}

/// The objects behind `"sql":` in JSON.
std::vector<TextRange> sql_objects(std::string_view text) {
  constexpr std::string_view key = "\"sql\"";
  std::vector<TextRange> objects;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at += key.size();
    const std::size_t open = text.find_first_not_of(" \t\r\n:", at);
    if (open == std::string_view::npos || text[open] != '{') continue;
    int depth = 0;
    bool quoted = false;
    std::size_t end = open;
    for (; end < text.size(); ++end) {
      const char c = text[end];
      if (quoted && c == '\\') ++end;
      if (c == '"') quoted = !quoted;
      if (!quoted && c == '{') ++depth;
      if (!quoted && c == '}' && --depth == 0) break;
    }
    objects.emplace_back(open, std::min(end, text.size()));
    at = std::min(end, text.size());
  }
  return objects;
}

/// `up` of other operations is an expression, no statement.
void keep_sql_operations(std::string_view text, std::vector<TextRange>& ranges) {
  const std::vector<TextRange> objects = sql_objects(text);
  std::erase_if(ranges, [&](const TextRange& range) {
    return std::none_of(objects.begin(), objects.end(), [&](const TextRange& object) {
      return range.first >= object.first && range.second <= object.second;
    });
  });
}

void arrange(const FolderView& folder, Listing& listing) {
  for (ListedMigration& migration : listing.migrations) {
    const std::string_view text = folder.text(migration.path);
    migration.parts = {};
    const bool json = migration.path.ends_with(".json");
    std::vector<TextRange> ranges;
    migration.text = json ? json_sql(text, "up", &ranges) : yaml_sql(text, ranges);
    if (json) keep_sql_operations(text, ranges);
    migration.parts.up = ranges;
    migration.opaque = std::any_of(
        std::begin(operations), std::end(operations),
        [&](std::string_view operation) { return text.find(operation) != std::string_view::npos; });
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
    .late_message = "pgroll refuses to go on: the order of the files differs from its history",
};

}  // namespace schemagate::format_rows
