// SPDX-License-Identifier: MIT
#include "bot/marked_script.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace schemagate {
namespace {

/// The tool whose marker a line of the text begins with; empty when there is none.
std::string_view linter_of(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> markers{
      {{"-- +goose up", "goose"}, {"-- migrate:up", "dbmate"}, {"-- +migrate up", "sql-migrate"}}};
  // Most files hold none of them: their words are looked for before their lines.
  if (text.find("+goose") == text.npos && text.find("migrate") == text.npos) return {};
  for (const std::string_view line : split(text, '\n')) {
    const std::string start = to_lower(trim(line).substr(0, 20));
    for (const auto& [marker, tool] : markers)
      if (start.starts_with(marker)) return tool;
  }
  return {};
}

}  // namespace

std::optional<MarkedScript> marked_script(const std::string& path, const std::string& text) {
  const std::string_view tool = linter_of(text);
  if (tool.empty()) return std::nullopt;
  const std::size_t slash = path.rfind('/');
  SourceSet sources;
  const std::string name = slash == path.npos ? path : path.substr(slash + 1);
  sources.add({"migrations/" + name, text, {}});
  MigrationFolder folder = read_migrations(sources, {0}, "migrations", std::string(tool), {});
  if (folder.migrations.size() != 1 || folder.migrations.front().opaque) return std::nullopt;
  Migration& migration = folder.migrations.front();
  return MarkedScript{std::string(tool), in_place(text, migration.up_begin, migration.up),
                      migration.sending, std::move(migration.sending_reason)};
}

}  // namespace schemagate
