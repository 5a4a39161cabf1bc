// SPDX-License-Identifier: MIT
// https://github.com/elwinar/rambler: -- rambler up and down sections, each sent as one query.
#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::string command(std::string_view line) {
  return to_lower(marked(line, "rambler ").value_or(""));
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql") ||
      !has_line(repository.text_of(std::string(path)),
                [](std::string_view line) { return command(line) == "up"; }))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has -- rambler up",
                    Certainty::convention};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  return ordered_by_name(std::string(path), path);
}

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    const std::string word = command(line);
    return word == "up" ? 'u' : word == "down" ? 'd' : '\0';
  });
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::simple_query, "rambler sends each section as one query"};
}

}  // namespace

extern const MigrationFormat rambler{
    .name = "rambler",
    .tool = "rambler",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .each_section = true,
    .downs = Downs::wanted,
    .gone_message = "rambler refuses to go on: missing migration",
    .late_message = "rambler refuses to go on: out of order migration",
    .without = {.templates = "files are sent as they are",
                .duplicate = "a file's name is its version"},
};

}  // namespace schemagate::format_rows
