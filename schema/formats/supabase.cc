// SPDX-License-Identifier: MIT
// https://supabase.com/docs/guides/cli: supabase/migrations/<number>_<name>.sql, pipelines.
#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "schema/formats_text.h"
#include "schema/parse.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!folder.ends_with("supabase/migrations") || !path.ends_with(".sql")) return std::nullopt;
  const std::string config = folder_of(folder) + "/config.toml";
  if (!repository.has(config)) return std::nullopt;
  return FolderSign{folder, config, Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!numbered_name(path, ".sql")) return std::nullopt;
  return ordered_by_name(std::string(leading_digits(path)), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::pipeline, "Supabase sends a file as one pipeline"};
}

/// In small letters, blanks made single; comments stay, as the tool takes them for words.
std::string words_of(std::string_view sql) {
  std::string words;
  for (const char c : sql)
    if (!std::isspace(static_cast<unsigned char>(c)))
      words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  return words + " ";
}

bool starts_with_any(const std::string& words, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return words.starts_with(start); });
}

/// What the command sends by itself because it knows that no pipeline takes it.
bool goes_alone(const std::string& words) {
  if (words.starts_with("reindex ") || words.starts_with("reindex("))
    return words.find(" concurrently ") != std::string::npos;
  return starts_with_any(
      words, {"create index concurrently ", "create unique index concurrently ",
              "drop index concurrently ", "vacuum ", "vacuum(", "alter system ", "cluster "});
}

/// One of these, and the whole file goes statement by statement.
bool controls_transaction(const std::string& words) {
  if (words.starts_with("rollback "))
    return !starts_with_any(words,
                            {"rollback to ", "rollback work to ", "rollback transaction to "});
  return starts_with_any(
      words, {"begin ", "start transaction ", "commit ", "end ", "abort ", "prepare transaction "});
}

constexpr std::string_view no_transaction = "-- pg-delta: transaction=false";

void arrange_file(ListedMigration& migration, std::string_view text) {
  std::string_view first = text.substr(0, std::min(text.find('\n'), text.size()));
  if (first.ends_with('\r')) first.remove_suffix(1);
  if (first == no_transaction) {
    migration.sending = {Sending::statements, std::string(no_transaction)};
    return;
  }
  std::vector<TextRange> parts{{0, text.size()}};
  for (const Statement& statement : parse_text(text).statements) {
    const std::string words =
        words_of(text.substr(statement.span.begin, statement.span.end - statement.span.begin));
    if (controls_transaction(words)) {
      migration.sending = {Sending::statements,
                           "Supabase sends a file with BEGIN or COMMIT statement by statement"};
      return;
    }
    if (!goes_alone(words)) continue;
    parts.back().second = statement.span.begin;
    parts.emplace_back(statement.span.begin, statement.span.end);
    parts.emplace_back(statement.span.end, text.size());
  }
  std::erase_if(parts, [](const TextRange& part) { return part.first == part.second; });
  if (parts.size() < 2) return;
  migration.parts.up = std::move(parts);
  migration.sending = {Sending::pipeline,
                       "Supabase sends a file as one pipeline, and by itself what it knows that "
                       "no pipeline takes"};
}

/// A first file that old releases of the command wrote for the platform's own schema.
bool is_skipped(std::string_view path) {
  constexpr std::string_view first_without = "20211209000000";
  const std::string_view time = leading_digits(path);
  return time.size() == first_without.size() && time < first_without &&
         path.substr(time.size()) == "_init.sql";
}

/// As release 2.117 of the command does; older ones sent everything as one pipeline.
void arrange(const FolderView& folder, Listing& listing) {
  if (!listing.migrations.empty() && is_skipped(listing.migrations.front().path)) {
    const std::uint32_t file = listing.migrations.front().file;
    listing.problems.push_back(
        {file, Span{file, 0, 0},
         "Supabase skips this file: the first one is taken for the platform's own by its name",
         false});
    listing.migrations.erase(listing.migrations.begin());
  }
  for (ListedMigration& migration : listing.migrations)
    arrange_file(migration, folder.text(migration.path));
}

/// What `supabase db diff` compares with.
std::string declared_schemas(std::string_view root) {
  return folder_of(root) + "/schemas/**/*.sql";
}

}  // namespace

extern const MigrationFormat supabase{
    .name = "supabase",
    .tool = "Supabase",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .each_section = true,
    .duplicate_message = "Supabase refuses the second one: its version is in the history already",
    .gone_message =
        "Supabase refuses to push: remote migration versions not found in local migrations "
        "directory",
    .late_message =
        "Supabase refuses to push: local migration files to be inserted before the last "
        "migration",
    .schema_beside = declared_schemas,
    .without = {.up_and_down = "Supabase only goes up", .templates = "files are sent as they are"},
};

}  // namespace schemagate::format_rows
