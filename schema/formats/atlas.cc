// SPDX-License-Identifier: MIT
// https://atlasgo.io: <version>_<name>.sql beside atlas.sum, a transaction per file.
#include <fmt/format.h>

#include "base/text.h"
#include "schema/atlas_sum.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView&) {
  if (file_of(path) != "atlas.sum") return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::shared_mark};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  const std::string_view stem = path.substr(0, path.size() - 4);
  return ordered_by_name(std::string(stem.substr(0, stem.find('_'))), path);
}

/// Directives count in the leading comment block only, and only when a blank line ends it.
bool transaction_is_off(std::string_view text) {
  bool leading = true, directive = false, ended = false;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    if (!leading) return;
    if (trim(line).empty()) {
      leading = false;
      ended = true;
    } else if (!line.starts_with("--") && !line.starts_with("#")) {
      leading = false;
    } else {
      directive = directive || line.find("atlas:txmode none") != std::string_view::npos;
    }
  });
  return directive && (ended || leading);
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (transaction_is_off(text)) return {Sending::statements, "-- atlas:txmode none"};
  return {Sending::transaction, "Atlas runs each file in a transaction"};
}

bool has_directive(std::string_view text, std::string_view directive) {
  for (const std::string& comment : leading_comments(text))
    if (comment.starts_with(directive)) return true;
  return false;
}

bool is_checkpoint(std::string_view text) { return has_directive(text, "atlas:checkpoint"); }

/// The file's name in "-- migration.sql --", which begins a part of an archive; else empty.
std::string_view archive_member(std::string_view line) {
  line = trim(line);
  constexpr std::string_view open = "-- ", close = " --";
  if (line.size() <= open.size() + close.size() || !line.starts_with(open) ||
      !line.ends_with(close))
    return {};
  return trim(line.substr(open.size(), line.size() - open.size() - close.size()));
}

/// All of a file goes up. Of an archive (-- atlas:txtar) only migration.sql does: its checks are
/// questions that come before.
MigrationParts parts_of(std::string_view text) {
  if (!has_directive(text, "atlas:txtar")) return all_up(text);
  MigrationParts parts;
  std::string_view member;
  std::size_t from = 0;
  const auto end_member = [&](std::size_t end) {
    if (member == "migration.sql") parts.up.push_back({from, end});
    if (member == "down.sql") parts.down.push_back({from, end});
  };
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    const std::string_view next = archive_member(line);
    if (next.empty()) return;
    end_member(begin);
    member = next;
    from = end;
  });
  end_member(text.size());
  return parts;
}

/// Its first line is a sum, right or wrong, and no stand-in for one.
bool is_sum(std::string_view text) {
  constexpr std::string_view mark = "h1:";
  constexpr std::size_t digits = 43;  // of SHA-256 in base64
  return text.starts_with(mark) && text.substr(0, text.find('\n')).size() >= mark.size() + digits;
}

/// A file that atlas.sum does not fit: whoever adds or edits one computes the sum anew.
void check_sum(const FolderView& folder, Listing& listing) {
  const FolderView::File* sum = folder.find("atlas.sum");
  if (sum == nullptr || !is_sum(sum->text)) return;
  std::vector<SummedFile> summed;
  for (const FolderView::File& file : folder.files())
    if (file.path.ends_with(".sql") && file.path.find('/') == std::string::npos)
      summed.push_back({file.path, std::string(file.text)});
  const std::string wrong = first_not_summed(sum->text, summed);
  if (wrong.empty()) return;
  const FolderView::File* at = folder.find(wrong);
  const std::uint32_t number = (at != nullptr ? at : sum)->number;
  listing.problems.push_back(
      {number, Span{number, 0, 0},
       fmt::format("atlas.sum does not fit the files beside it, from {} on: Atlas refuses to "
                   "migrate; `atlas migrate hash` computes it anew",
                   wrong),
       true});
}

/// What `-- atlas:delimiter` on the first line says, its escapes undone; empty: a semicolon, or
/// more than anybody writes.
std::string delimiter_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  constexpr std::string_view mark = "-- atlas:delimiter ";
  if (!first.starts_with(mark)) return {};
  std::string delimiter(trim(first.substr(mark.size())));
  for (const auto& [escape, character] : {std::pair("\\n", "\n"), {"\\r", "\r"}, {"\\t", "\t"}})
    delimiter = replace_all(std::move(delimiter), escape, character);
  constexpr std::size_t longest = 100;  // every byte of the text is compared with it
  return delimiter.size() > longest ? std::string() : delimiter;
}

/// The text with semicolons where the delimiter ends statements, no byte moved. Of line ends alone
/// the first one stays: it ends a comment.
std::string with_semicolons(std::string_view text, const std::string& delimiter) {
  std::string out(text);
  const std::size_t sign = delimiter.find_first_not_of("\r\n");
  const std::size_t place =
      sign != std::string::npos ? sign : std::min<std::size_t>(1, delimiter.size() - 1);
  std::size_t comment = std::string_view::npos;  // that ends here
  // The line that names the delimiter keeps its end.
  const std::size_t begin =
      std::min(text.find('\n'), text.size()) + (delimiter.size() == 1 ? 1 : 0);
  for (std::size_t at = begin; at < text.size();) {
    if (text.substr(at).starts_with(delimiter)) {
      // The semicolon takes the only line end: the comment would go on.
      if (delimiter.size() == 1 && comment < at) std::fill(&out[comment], &out[at], ' ');
      for (std::size_t i = at; i < at + delimiter.size(); ++i)
        if (out[i] != '\n' && out[i] != '\r') out[i] = ' ';
      out[at + place] = ';';
      at += delimiter.size();
      continue;
    }
    std::size_t next = std::max(skip_literal(text, at), at + 1);
    // A comment ends before its line end, which may be one of the delimiter's.
    const bool begins = text.substr(at).starts_with("--");
    if (begins) next = std::max(text.find('\n', at), at + 1);
    comment = begins ? at : std::string_view::npos;
    at = next;
  }
  return out;
}

/// An empty database starts at the last checkpoint; where migrations ran, checkpoints are skipped.
/// Both ways lead to one schema, and what is judged is the way of those that ran.
void arrange(const FolderView& folder, Listing& listing) {
  std::vector<ListedMigration> kept;
  for (ListedMigration& migration : listing.migrations)
    if (!is_checkpoint(folder.text(migration.path)))
      kept.push_back(std::move(migration));
    else if (kept.empty())
      kept.push_back(std::move(migration));  // the history before it was deleted
  listing.migrations = std::move(kept);
  for (ListedMigration& migration : listing.migrations) {
    // {{ }} of a template_dir: https://atlasgo.io/atlas-schema/projects#data-source-template_dir
    const std::string_view text = folder.text(migration.path);
    if (text.find("{{") != std::string_view::npos)
      migration.text = without_template_lines(migration, text, nullptr, listing.problems);
    const std::string_view shown = migration.text.empty() ? text : migration.text;
    if (const std::string delimiter = delimiter_of(text); !delimiter.empty())
      migration.text = with_semicolons(shown, delimiter);
  }
  check_sum(folder, listing);
}

}  // namespace

extern const MigrationFormat atlas{
    .name = "atlas",
    .tool = "Atlas",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .arrange = arrange,
    .duplicate_message = "Atlas refuses the folder: two files with the same version",
    .late_message = "Atlas refuses to migrate: the file was added out of order",
    .checksums = true,
};

}  // namespace schemagate::format_rows
