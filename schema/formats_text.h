// SPDX-License-Identifier: MIT
// What the rows of the table of migration tools share: lines, leading numbers, markers, and a look
// at SQL that is enough to see where statements start.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/formats.h"

namespace schemagate {

/// Calls `visit(line, begin, end)` for every line; `end` includes the line end.
void each_line(
    std::string_view text,
    const std::function<void(std::string_view line, std::size_t begin, std::size_t end)>& visit);
/// The same without lines that begin inside a comment or a literal: no command of psql is there.
void each_command_line(
    std::string_view text,
    const std::function<void(std::string_view line, std::size_t begin, std::size_t end)>& visit);
bool has_line(std::string_view text, bool (*wanted)(std::string_view line));
/// "0042" → "42".
std::string without_leading_zeros(std::string_view digits);
/// The digits at the start of `text`.
std::string_view leading_digits(std::string_view text);
bool all_digits(std::string_view text);
/// The lower-case statement starts of a text, comments left out: enough to see CONCURRENTLY and
/// VACUUM.
struct StatementStart {
  std::string words;
  std::size_t at = 0;
};
std::vector<StatementStart> statement_starts(std::string_view text);
/// The end of the quoted text, comment or dollar quote that starts at `at`, or `at`.
std::size_t skip_literal(std::string_view text, std::size_t at);
/// The whole text goes up.
MigrationParts all_up(std::string_view text);
/// A text cut at marker lines: each opens the part it names ('u'p, 'd'own, '-' for neither); 0: no
/// marker. `first` is what stands before the first one.
MigrationParts cut_at(std::string_view text, char first, char (*marker)(std::string_view line));
/// The rest of a comment line behind `word` ("+goose", "migrate:up"), trimmed; nothing when the
/// line is none. Blanks between the dashes and the word don't matter.
std::optional<std::string> marked(std::string_view line, std::string_view word);
/// The value of `key` in a text of "key = value" lines (TOML, properties); the last one counts,
/// comments don't. Nothing when no line sets it.
std::optional<std::string> setting_of(std::string_view text, std::string_view key);
/// Comment lines at the start of a text, without dashes, trimmed.
std::vector<std::string> leading_comments(std::string_view text);

/// The file behind psql's \i, \ir and their long names; empty for other lines.
std::string included_file(std::string_view line);
/// The file of the folder that an include of `from` names: beside it, or where its path ends so.
const FolderView::File* include_target(const FolderView& folder, const FolderView::File& from,
                                       const std::string& file);

/// A line of a Go template that holds nothing but actions: {{ if .x }}, {{ template "a.sql" . }}.
struct TemplateLine {
  std::size_t begin = 0, end = 0;  ///< without its line end; several lines for a comment
  std::string called;              ///< the template that it puts there; empty: none
  bool writes = false;             ///< a value among them: {{ .columns }}
};
std::vector<TemplateLine> template_lines(std::string_view text);
/// The text with those lines and all conditions blank, both branches left; what they call is no SQL
/// that can be read here and becomes a problem, unless `stand_in` writes something in its place
/// that is no longer than the line.
std::string without_template_lines(const ListedMigration& migration, std::string_view text,
                                   const std::function<std::string(const std::string&)>& stand_in,
                                   std::vector<MigrationProblem>& problems);

/// "<number>_<name><ending>": the number decides, then the name.
std::optional<MigrationName> numbered_name(std::string_view path, std::string_view ending);
/// The name decides, bytewise; `version` is for people.
MigrationName ordered_by_name(std::string version, std::string_view name);

/// For tools that end a statement at every line that ends in a semicolon (goose, sql-migrate):
/// lines inside a literal or a function body that end so, outside of `begin` and `end` markers.
void check_line_ends(const ListedMigration& migration, std::string_view text, std::string_view tool,
                     std::string_view marker, std::vector<MigrationProblem>& problems);

/// What such a tool sends at once: lines up to one that ends in a semicolon outside of literals and
/// of the markers StatementBegin and StatementEnd.
std::vector<Batch> line_end_chunks(std::string_view text);
/// For the same tools: text behind the last line end that ends a statement.
void check_last_line_end(const ListedMigration& migration, std::string_view text,
                         std::string_view tool, std::vector<MigrationProblem>& problems);

/// For tools that refuse a file without a line that is their marker: true when there is one.
bool check_marker(const ListedMigration& migration, std::string_view text, std::string_view tool,
                  std::string_view marker, bool (*is_marker)(std::string_view line),
                  std::vector<MigrationProblem>& problems);

/// For tools that include files in a way of their own and send psql's way to the server.
void check_no_includes(const ListedMigration& migration, std::string_view text,
                       std::string_view tool, std::vector<MigrationProblem>& problems);

/// As JavaScript's localeCompare orders names of ASCII letters: "a" before "B", '_' before digits.
bool locale_less(std::string_view one, std::string_view two);

/// A value of a JSON text as far as tools' small files need: the string behind `"key":` at or
/// after `from`; nothing when there is none.
std::optional<std::string> json_string(std::string_view text, std::string_view key,
                                       std::size_t from = 0);
/// The text with only the contents of the JSON strings behind `"key":` left, escapes turned into
/// what they stand for without moving a byte.
std::string json_sql(std::string_view text, std::string_view key,
                     std::vector<TextRange>* ranges = nullptr);

}  // namespace schemagate
