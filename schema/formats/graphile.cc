// SPDX-License-Identifier: MIT
// https://github.com/graphile/migrate: committed/NNNNNN.sql with a chain of hashes, and
// current.sql.
#include <fmt/format.h>

#include <algorithm>

#include "base/sha1.h"
#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

/// The value of a "--! Name: value" header.
std::string header(std::string_view text, std::string_view name) {
  std::string value;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    if (!value.empty() || !line.starts_with("--! ")) return;
    line.remove_prefix(4);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
      value = trim(line.substr(name.size() + 1));
  });
  return value;
}

/// "--! no-transaction", with a blank or without.
bool is_no_transaction(std::string_view line) {
  if (!line.starts_with("--!")) return false;
  const std::string_view word = trim(line.substr(3));
  return word == "no-transaction" || word.starts_with("no-transaction ");
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (file_of(folder) != "committed" || !path.ends_with(".sql") ||
      header(repository.text_of(std::string(path)), "Hash").empty())
    return std::nullopt;
  return FolderSign{folder_of(folder), std::string(path) + " has --! Hash:", Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (path == "current.sql" || (path.starts_with("current/") && path.ends_with(".sql"))) {
    MigrationName name = ordered_by_name(std::string(path), path);
    name.rank = 1;
    name.repeatable = true;
    return name;
  }
  if (!path.starts_with("committed/") || !path.ends_with(".sql")) return std::nullopt;
  const std::string_view file = file_of(path);
  const std::string_view digits = leading_digits(file);
  if (digits.empty()) return std::nullopt;
  return ordered_by_name(std::string(digits), file);
}

/// What stands behind the headers and the blank line that ends them.
std::string_view body_of(std::string_view text) {
  std::size_t body = 0;
  bool in_headers = true;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t end) {
    if (in_headers && line.starts_with("--! ") && !is_no_transaction(line))
      body = end;
    else
      in_headers = false;
  });
  return text.substr(body);
}

/// Only the first line of the body says it.
SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  std::string_view body = body_of(text);
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (is_no_transaction(body.substr(0, body.find('\n'))))
    return {Sending::simple_query, "--! no-transaction sends the file as one query"};
  return {Sending::transaction, "graphile-migrate runs each file in a transaction"};
}

void add_problem(Listing& listing, const ListedMigration& migration, std::string message) {
  listing.problems.push_back(
      {migration.file, Span{migration.file, 0, 0}, std::move(message), true});
}

/// "a.sql" of "--! include a.sql"; empty when the line is none.
std::string_view included_by(std::string_view line) {
  constexpr std::string_view word = "include";
  if (!line.starts_with("--!")) return {};
  line = trim(line.substr(3));
  if (!line.starts_with(word)) return {};
  line.remove_prefix(word.size());
  if (!line.starts_with(' ') && !line.starts_with('\t')) return {};
  line = trim(line);
  return line.ends_with(".sql") ? line : std::string_view();
}

/// "--!include a.sql" as psql would write it, same length: what fixtures/a.sql holds runs there.
std::string with_psql_includes(std::string_view text) {
  std::string out(text);
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t) {
    const std::string_view name = included_by(line);
    if (name.empty()) return;
    std::string instead = "\\i " + std::string(name);
    instead.resize(line.size(), ' ');
    out.replace(begin, line.size(), instead);
  });
  return out;
}

/// Each file's hash covers its text and the hash before: an edit or a fork breaks the chain.
void arrange(const FolderView& folder, Listing& listing) {
  std::string previous;
  for (ListedMigration& migration : listing.migrations) {
    if (migration.name.repeatable) {
      migration.text = with_psql_includes(folder.text(migration.path));
      continue;
    }
    const std::string_view text = folder.text(migration.path);
    const std::string hash = header(text, "Hash"), before = header(text, "Previous");
    if (before != (previous.empty() ? "-" : previous))
      add_problem(listing, migration,
                  fmt::format("graphile-migrate refuses the folder: Previous is {}, and the file "
                              "before has {}",
                              before, previous.empty() ? "-" : previous));
    const std::string chained = previous + "\n" + std::string(trim(body_of(text)));
    const std::string expected = "sha1:" + sha1_hex(std::string(trim(chained)) + "\n");
    const bool allowed = text.find("--! AllowInvalidHash") != std::string_view::npos;
    if (hash != expected && before == (previous.empty() ? "-" : previous) && !allowed)
      add_problem(
          listing, migration,
          fmt::format("graphile-migrate refuses the file: its hash is {}, not {}", expected, hash));
    previous = hash;
  }
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  check_no_includes(migration, text, "graphile-migrate", problems);
}

}  // namespace

extern const MigrationFormat graphile_migrate{
    .name = "graphile-migrate",
    .tool = "graphile-migrate",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .duplicate_message = "graphile-migrate refuses the folder: two files with the same number",
    .late_message = "graphile-migrate refuses the folder: the chain of hashes is broken",
    .checksums = true,
    .edit_message =
        "graphile-migrate goes on where it ran before, and the edited part never runs there",
    .includes_files = true,
    .include_folder = "fixtures",
    .included_text = with_psql_includes,
    .without = {.up_and_down = "graphile-migrate only goes up"},
};

}  // namespace schemagate::format_rows
