// SPDX-License-Identifier: MIT
// https://github.com/jackc/tern: numbers without gaps, up above the marker and down below it.
#include <fmt/format.h>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

bool separates(std::string_view line) {
  return trim(line) == "---- create above / drop below ----";
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (file_of(path) == "tern.conf")
    return FolderSign{folder_of(path), std::string(path), Certainty::own_file};
  if (!path.ends_with(".sql") || leading_digits(file_of(path)).empty() ||
      !has_line(repository.text_of(std::string(path)), separates))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has ---- create above / drop below ----",
                    Certainty::convention};
}

std::optional<MigrationName> name_of(std::string_view path) { return numbered_name(path, ".sql"); }

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, 'u',
                [](std::string_view line) -> char { return separates(line) ? 'd' : '\0'; });
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  const MigrationParts parts = parts_of(text);
  const std::string_view up = parts.up.empty()
                                  ? std::string_view()
                                  : text.substr(parts.up.front().first, parts.up.front().second);
  constexpr std::string_view mark = "---- tern: disable-tx ----";
  bool is_marked = false, with_return = false;  // tern's pattern ends at "\n" alone
  each_line(up, [&](std::string_view line, std::size_t begin, std::size_t) {
    if (line != mark) return;
    const bool is_return = up.substr(begin + mark.size(), 1) == "\r";
    (is_return ? with_return : is_marked) = true;
  });
  if (is_marked) return {Sending::statements, std::string(mark)};
  if (with_return)
    return {Sending::transaction,
            std::string(mark) + " counts only where lines end without a carriage return"};
  return {Sending::transaction, "tern runs each file in a transaction"};
}

/// Other files of the folder are templates, by their paths.
void fill_templates(const FolderView& folder, Listing& listing) {
  for (ListedMigration& migration : listing.migrations) {
    const std::string_view text = folder.text(migration.path);
    if (text.find("{{") == std::string_view::npos) continue;
    migration.text = without_template_lines(
        migration, text,
        [&](const std::string& name) {
          return folder.find(name) == nullptr ? std::string() : "\\ir " + name;
        },
        listing.problems);
  }
}

/// tern counts from 1 without gaps.
void arrange(const FolderView& folder, Listing& listing) {
  fill_templates(folder, listing);
  std::string expected = "1";
  for (const ListedMigration& migration : listing.migrations) {
    const long long number = std::stoll("0" + migration.name.version.substr(0, 9));
    const long long wanted = std::stoll(expected);
    if (number > wanted)
      listing.problems.push_back(
          {migration.file, Span{migration.file, 0, 0},
           fmt::format("tern refuses the folder: missing migration {}", wanted), true});
    expected = std::to_string(number + 1);
  }
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  check_no_includes(migration, text, "tern", problems);
}

}  // namespace

extern const MigrationFormat tern{
    .name = "tern",
    .tool = "tern",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .downs = Downs::wanted,
    .duplicate_message = "tern refuses the folder: duplicate migration",
    .late_message = "tern will never run this file where that one has run",
    .sends_mark = true,
    .includes_files = true,
    .without = {.late = "numbers have no gaps: a late one is there twice"},
};

}  // namespace schemagate::format_rows
