// SPDX-License-Identifier: MIT
// Scripts that `dotnet ef migrations script` wrote: a section per migration, and in an idempotent
// script every command inside a DO block.
#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

constexpr std::string_view history = "\"__EFMigrationsHistory\"";

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql") || !repository.mentions(std::string(path), history))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has __EFMigrationsHistory",
                    Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  return ordered_by_name(std::string(path), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::psql, "BEGIN and COMMIT are those of the script"};
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
}

/// Leaves of "DO $EF$ BEGIN IF NOT EXISTS(…) THEN … END IF; END $EF$;" what stands between.
bool unwrap_blocks(std::string& text) {
  bool any = false;
  for (std::size_t at = text.find("DO $EF$"); at != std::string::npos;
       at = text.find("DO $EF$", at)) {
    const std::size_t then = text.find(" THEN", at), end = text.find("END $EF$;", at);
    if (end == std::string::npos) break;
    const std::size_t end_if = text.rfind("END IF;", end);  // a body in between has its own
    if (end_if == std::string::npos || then > end_if) break;
    blank(text, at, then + 5);
    blank(text, end_if, end + 9);
    at = end;
    any = true;
  }
  return any;
}

/// The id in "INSERT … VALUES ('20240101000000_Init', '8.0')"; empty when there is none.
std::string id_in(std::string_view insert) {
  const std::size_t values = insert.find("VALUES");
  if (values == std::string_view::npos) return {};
  const std::size_t begin = insert.find('\'', values);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = insert.find('\'', begin + 1);
  return end == std::string_view::npos ? std::string()
                                       : std::string(insert.substr(begin + 1, end - begin - 1));
}

/// Statements behind the last section are no migration of EF Core, and run with the script.
void add_rest(const ListedMigration& script, const std::string& text, std::size_t begin,
              Listing& listing) {
  const std::vector<StatementStart> starts = statement_starts(std::string_view(text).substr(begin));
  if (std::all_of(starts.begin(), starts.end(), [](const StatementStart& start) {
        return start.words.starts_with("commit") || start.words.starts_with("start transaction");
      }))
    return;
  ListedMigration rest = script;
  rest.name = ordered_by_name("end of " + script.path, script.path);
  rest.name.rank = 1;
  rest.parts.up = {{begin, text.size()}};
  rest.shares_file = true;
  listing.migrations.push_back(std::move(rest));
}

/// Where the next "INSERT INTO "__EFMigrationsHistory"" begins, whatever schema is in front of the
/// table.
std::size_t next_insert(std::string_view text, std::size_t from) {
  constexpr std::string_view into = "INSERT INTO ";
  for (std::size_t at = text.find(history, from); at != std::string_view::npos;
       at = text.find(history, at + 1)) {
    const std::string_view line = text.substr(text.rfind('\n', at) + 1);
    const std::string_view before =
        line.substr(0, static_cast<std::size_t>(text.data() + at - line.data()));
    const std::size_t insert = before.rfind(into);
    if (insert == std::string_view::npos) continue;
    const std::string_view schema = before.substr(insert + into.size());
    if (schema.empty() || schema.ends_with('.')) return at - (before.size() - insert);
  }
  return std::string_view::npos;
}

/// A section ends behind the line of its INSERT INTO "__EFMigrationsHistory" and a COMMIT that
/// follows.
void add_sections(const ListedMigration& script, const std::string& text, bool in_blocks,
                  Listing& listing) {
  std::size_t begin = 0;
  for (std::size_t at = next_insert(text, 0), end = 0; at != std::string::npos;
       at = next_insert(text, end)) {
    end = text.find(';', at);
    if (end == std::string::npos) break;
    const std::string id = id_in(std::string_view(text).substr(at, end - at));
    ++end;
    const std::size_t next = text.find_first_not_of(" \t\r\n", end);
    if (next != std::string::npos && text.compare(next, 7, "COMMIT;") == 0) end = next + 7;
    ListedMigration section = script;
    section.name = ordered_by_name(id, script.path);
    section.parts.up = {{begin, end}};
    section.shares_file = true;
    if (in_blocks)
      section.sending = SendingChoice{Sending::transaction,
                                      "an idempotent script runs every command in a DO block"};
    listing.migrations.push_back(std::move(section));
    begin = end;
  }
  add_rest(script, text, begin, listing);
}

/// Where a migration has run, an idempotent script passes over it.
void forget_repeated(Listing& listing) {
  std::set<std::string> seen;
  std::erase_if(listing.migrations, [&](const ListedMigration& section) {
    const bool is_new = seen.insert(section.name.version).second;
    return !is_new && section.sending && section.sending->sending == Sending::transaction;
  });
}

void arrange(const FolderView& folder, Listing& listing) {
  std::vector<ListedMigration> scripts = std::move(listing.migrations);
  listing.migrations.clear();
  for (ListedMigration& script : scripts) {
    std::string text(folder.text(script.path));
    if (text.find(history) == std::string::npos) continue;
    const bool in_blocks = unwrap_blocks(text);
    for (const std::string_view word : {"START TRANSACTION;", "COMMIT;"})
      for (std::size_t at = text.find(word); in_blocks && at != std::string::npos;
           at = text.find(word, at + 1))
        blank(text, at, at + word.size());
    script.shared_text = listing.texts.size();
    add_sections(script, text, in_blocks, listing);
    listing.texts.push_back(std::move(text));
  }
  forget_repeated(listing);
  std::stable_sort(listing.migrations.begin(), listing.migrations.end(),
                   [](const ListedMigration& one, const ListedMigration& two) {
                     return std::tie(one.name.rank, one.name.version) <
                            std::tie(two.name.rank, two.name.version);
                   });
}

}  // namespace

extern const MigrationFormat efcore{
    .name = "efcore",
    .tool = "EF Core",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .duplicate_message = "the second script fails: EF Core's history has the migration already",
    .includes_files = true,
    .without = {.up_and_down = "a script goes one way",
                .templates = "EF Core writes the script out"},
};

}  // namespace schemagate::format_rows
