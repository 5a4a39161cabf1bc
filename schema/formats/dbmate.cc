// SPDX-License-Identifier: MIT
// https://github.com/amacneil/dbmate: -- migrate:up and migrate:down, a transaction per section.
#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

/// The options behind "-- migrate:up"; nothing when the line is no such marker.
std::optional<std::string> options_of(std::string_view line, std::string_view direction) {
  if (!line.starts_with("--")) return std::nullopt;
  line = trim(line.substr(2));
  if (!line.starts_with("migrate:") || !line.substr(8).starts_with(direction)) return std::nullopt;
  line.remove_prefix(8 + direction.size());
  if (!line.empty() && line.front() != ' ' && line.front() != '\t') return std::nullopt;
  return std::string(trim(line));
}

bool goes_up(std::string_view line) { return options_of(line, "up").has_value(); }

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql") || leading_digits(file_of(path)).empty()) return std::nullopt;
  if (!has_line(repository.text_of(std::string(path)), goes_up)) return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has -- migrate:up",
                    Certainty::convention};
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  if (digits.empty() || !path.ends_with(".sql")) return std::nullopt;
  return ordered_by_name(std::string(digits), path);
}

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, '-', [](std::string_view line) -> char {
    return goes_up(line) ? 'u' : options_of(line, "down") ? 'd' : '\0';
  });
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  const bool off = has_line(text, [](std::string_view line) {
    const auto options = options_of(line, "up");
    return options && options->find("transaction:false") != std::string::npos;
  });
  if (off)
    return {Sending::simple_query,
            "-- migrate:up transaction:false sends the section as one query"};
  return {Sending::transaction, "dbmate runs each file in a transaction"};
}

void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  if (!check_marker(migration, text, "dbmate", "-- migrate:up", goes_up, problems)) return;
  if (!has_line(text, [](std::string_view line) { return options_of(line, "down").has_value(); }))
    problems.push_back({migration.file, Span{migration.file, 0, 0},
                        "dbmate refuses the file: it has no -- migrate:down", true});
  if (migration.parts.up.size() < 2) return;
  const std::size_t second = text.rfind("--", migration.parts.up[1].first - 1);
  const auto at = static_cast<std::uint32_t>(second);
  problems.push_back({migration.file, Span{migration.file, at, at + 1},
                      "dbmate stops at the second -- migrate:up: it notes the file's version once "
                      "more, and that is there already",
                      true});
}

}  // namespace

extern const MigrationFormat dbmate{
    .name = "dbmate",
    .tool = "dbmate",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .check_file = check_file,
    .each_section = true,
    .downs = Downs::wanted,
    .duplicate_message = "dbmate runs only one of two files with the same version",
};

}  // namespace schemagate::format_rows
