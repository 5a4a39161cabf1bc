// SPDX-License-Identifier: MIT
// https://github.com/pressly/goose: -- +goose Up and Down, a transaction per file.
#include <algorithm>

#include "base/text.h"
#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

constexpr std::string_view mark = "+goose";

/// goose takes every comment line with its mark for an annotation.
bool is_annotation(std::string_view line) {
  return trim(line).starts_with("--") && line.find(mark) != std::string_view::npos;
}

/// The annotation of a line, lower case: "up", "no transaction"; empty when it has none.
std::string annotation(std::string_view line) {
  if (!is_annotation(line) || !line.starts_with("--")) return {};
  std::string words = replace_all(std::string(line), "--", "");
  words.erase(words.find(mark), mark.size());
  return to_lower(trim(words));
}

bool goes_up(std::string_view line) { return annotation(line) == "up"; }

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql") || leading_digits(file_of(path)).empty()) return std::nullopt;
  if (!has_line(repository.text_of(std::string(path)), goes_up)) return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has -- +goose Up",
                    Certainty::convention};
}

/// SQL, or a program that registers itself.
std::optional<MigrationName> name_of(std::string_view path) {
  if (path.ends_with("_test.go")) return std::nullopt;
  return numbered_name(path, path.ends_with(".go") ? ".go" : ".sql");
}

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    const std::string word = annotation(line);
    return word == "up" ? 'u' : word == "down" ? 'd' : '\0';
  });
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (has_line(text, [](std::string_view line) { return annotation(line) == "no transaction"; }))
    return {Sending::statements, "-- +goose NO TRANSACTION"};
  return {Sending::transaction, "goose runs each file in a transaction"};
}

/// ENVSUB ON: $NAME and ${NAME…} become names of the same length.
void substitute(ListedMigration& migration, std::string_view text) {
  bool on = false;
  std::string replaced(text);
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const std::string word = annotation(line);
    if (word == "envsub on" || word == "envsub off") on = word == "envsub on";
    if (!on) return;
    for (std::size_t at = begin; at + 1 < end; ++at) {
      const char next = text[at + 1];
      if (text[at] != '$' || (next != '{' && next != '_' && (next < 'A' || next > 'Z'))) continue;
      const std::size_t stop =
          next == '{' ? text.substr(0, end).find('}', at)
                      : text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", at + 1);
      if (next == '{' && stop == std::string_view::npos) return;  // goose refuses it
      const std::size_t last = std::min(next == '{' ? stop + 1 : stop, end);
      for (std::size_t i = at; i < last; ++i)
        if (text[i] < '0' || text[i] > 'z' || (text[i] > '9' && text[i] < 'A') ||
            (text[i] > 'Z' && text[i] < 'a'))
          replaced[i] = '_';
      at = last - 1;
    }
  });
  if (replaced != text) migration.text = std::move(replaced);
}

void arrange(const FolderView& folder, Listing& listing) {
  make_code_opaque(listing);
  for (ListedMigration& migration : listing.migrations)
    if (!migration.opaque) substitute(migration, folder.text(migration.path));
}

/// An annotation that goose does not know.
void check_annotations(const ListedMigration& migration, std::string_view text,
                       std::vector<MigrationProblem>& problems) {
  constexpr std::string_view known[] = {
      "up", "down", "statementbegin", "statementend", "no transaction", "envsub on", "envsub off"};
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const std::string word = annotation(line);
    if (!is_annotation(line) ||
        std::find(std::begin(known), std::end(known), word) != std::end(known))
      return;
    problems.push_back(
        {migration.file,
         Span{migration.file, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
         line.starts_with("--") ? "goose refuses the file: it knows no annotation like this"
                                : "goose refuses the file: blanks stand before the annotation",
         true});
  });
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  check_annotations(migration, text, problems);
  if (!check_marker(migration, text, "goose", "-- +goose Up", goes_up, problems)) return;
  check_line_ends(migration, text, "goose", "+goose", problems);
  check_last_line_end(migration, text, "goose", problems);
}

}  // namespace

extern const MigrationFormat goose{
    .name = "goose",
    .tool = "goose",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .cuts_at_line_ends = true,
    .downs = Downs::wanted,
    .duplicate_message = "goose refuses the folder: found duplicate migration version",
    .late_message = "goose refuses to go up: found missing migrations before the current version",
    .code_hint = sql_instead,
};

}  // namespace schemagate::format_rows
