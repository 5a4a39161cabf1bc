// SPDX-License-Identifier: MIT
// A script whose \i and \ir lines name the files to run, in order.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

/// A script counts that includes numbered files of its own folder: others are schemas in parts.
std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".sql")) return std::nullopt;
  const std::string& text = repository.text_of(std::string(path));
  if (text.find("\\i") == std::string::npos) return std::nullopt;
  const std::string folder = folder_of(path);
  bool found = false;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    const std::string file = included_file(line);
    if (file.empty() || leading_digits(file_of(file)).empty()) return;
    const std::string beside = folder.empty() ? file : folder + "/" + file;
    found =
        found || repository.has(beside) || (repository.has(file) && file.starts_with(folder + "/"));
  });
  if (!found) return std::nullopt;
  return FolderSign{folder, std::string(path) + " includes numbered files", Certainty::shared_mark};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".sql")) return std::nullopt;
  return ordered_by_name(std::string(path), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::psql,
          "each statement by itself, BEGIN and COMMIT honoured, as psql runs a file"};
}

class Walk {
 public:
  Walk(const FolderView& folder, std::map<std::string, ListedMigration>& files, Listing& listing)
      : folder_(folder), files_(files), listing_(listing) {}

  void run(const FolderView::File& script, bool in_transaction, int depth) {
    if (!may_run(script, depth)) return;
    std::size_t from = 0;
    bool open = in_transaction;  // where the piece begins
    const auto piece_ends = [&](std::size_t begin, std::size_t end) {
      if (is_script(script)) add_piece(script, from, begin, open);
      from = end;
      open = in_transaction;
    };
    each_command_line(script.text, [&](std::string_view line, std::size_t begin, std::size_t end) {
      const std::string word = to_lower(trim(line));
      if (word.starts_with("begin") || word.starts_with("start transaction")) in_transaction = true;
      if (word.starts_with("commit")) in_transaction = false;
      const std::string file = included_file(line);
      if (file.empty()) return;
      const FolderView::File* target = include_target(folder_, script, file);
      if (target == nullptr && !stays_in_folder(line, file)) return;  // a part of this piece
      piece_ends(begin, end);
      if (target == nullptr) {
        const Span where{script.number, static_cast<std::uint32_t>(begin),
                         static_cast<std::uint32_t>(end)};
        listing_.problems.push_back({script.number, where,
                                     file + " is not there: psql stops, or goes on without it",
                                     true});
        return;
      }
      run(*target, in_transaction, depth + 1);
      auto found = files_.extract(target->path);
      if (found.empty() || is_script(*target)) return;
      if (in_transaction)
        found.mapped().sending =
            SendingChoice{Sending::transaction, "BEGIN is open in " + script.path};
      listing_.migrations.push_back(std::move(found.mapped()));
    });
    piece_ends(script.text.size(), script.text.size());
  }

  bool is_script(const FolderView::File& file) {
    const auto [at, is_new] = scripts_.try_emplace(file.number);
    if (is_new) at->second = includes(file.text);
    return at->second;
  }

 private:
  /// Text of a pull request: neither circles nor copies of copies.
  bool may_run(const FolderView::File& script, int depth) {
    constexpr std::size_t most_bytes = std::size_t{64} << 20;
    bytes_ += script.text.size();
    if (depth <= most_nested_includes && ++runs_ <= most_included_files && bytes_ <= most_bytes)
      return true;
    if (!std::exchange(told_, true))
      listing_.problems.push_back(
          {script.number, Span{script.number, 0, 0},
           "is included by itself, or too often: what it runs was not judged", true});
    return false;
  }

  /// What a script does itself between the files that it includes.
  void add_piece(const FolderView::File& script, std::size_t begin, std::size_t end, bool open) {
    const std::string_view text = script.text.substr(begin, end - begin);
    const std::vector<StatementStart> starts = statements_in(text);
    if (std::none_of(starts.begin(), starts.end(), does_something) && !includes(text)) return;
    if (!starts.empty() && starts.front().words.starts_with("commit")) open = false;
    ListedMigration piece;
    piece.file = script.number;
    piece.path = script.path;
    piece.name =
        ordered_by_name(fmt::format("{} ({})", script.path, ++pieces_[script.path]), script.path);
    piece.parts.up = {{begin, end}};
    piece.shares_file = true;
    if (open) piece.sending = SendingChoice{Sending::transaction, "BEGIN is open above"};
    listing_.migrations.push_back(std::move(piece));
  }

  static bool includes(std::string_view text) {
    return has_line(text, [](std::string_view line) { return !included_file(line).empty(); });
  }

  /// It can't be anywhere else in the repository.
  static bool stays_in_folder(std::string_view line, std::string_view file) {
    line = trim(line);
    return (line.starts_with("\\ir") || line.starts_with("\\include_relative")) &&
           !file.starts_with("..") && !file.starts_with('/');
  }

  /// Without psql's own commands.
  static std::vector<StatementStart> statements_in(std::string_view text) {
    std::string sql;
    each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
      if (!trim(line).starts_with('\\')) sql += std::string(line) + "\n";
    });
    return statement_starts(sql);
  }

  /// More than settings, BEGIN and COMMIT.
  static bool does_something(const StatementStart& start) {
    for (const std::string_view word : {"set ", "reset ", "begin", "start ", "commit", "select "})
      if (start.words.starts_with(word)) return false;
    return true;
  }

  std::map<std::uint32_t, bool> scripts_;  ///< by their files' numbers
  std::map<std::string, int> pieces_;
  int runs_ = 0;
  std::size_t bytes_ = 0;
  bool told_ = false;
  const FolderView& folder_;
  std::map<std::string, ListedMigration>& files_;
  Listing& listing_;
};

/// Scripts that no other script includes are where people start.
void arrange(const FolderView& folder, Listing& listing) {
  std::set<const FolderView::File*> inner;
  for (const FolderView::File& file : folder.files())
    each_command_line(file.text, [&](std::string_view line, std::size_t, std::size_t) {
      const std::string name = included_file(line);
      if (!name.empty()) inner.insert(include_target(folder, file, name));
    });
  std::map<std::string, ListedMigration> files;
  for (ListedMigration& migration : listing.migrations)
    files.emplace(migration.path, std::move(migration));
  listing.migrations.clear();
  Walk walk(folder, files, listing);
  for (const FolderView::File& file : folder.files()) {
    if (inner.count(&file) != 0 || !walk.is_script(file)) continue;
    files.erase(file.path);
    listing.read.push_back(file.number);
    walk.run(file, false, 0);
  }
  for (const auto& [path, migration] : files)
    if (!walk.is_script(*folder.find(path)))
      listing.problems.push_back({migration.file, Span{migration.file, 0, 0},
                                  "psql never runs this file: no script includes it", false});
}

}  // namespace

extern const MigrationFormat psql{
    .name = "psql",
    .tool = "psql",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .includes_files = true,
    .without = {.up_and_down = "a script goes one way",
                .duplicate = "no versions: a script names what runs",
                .late = "no history: a script runs as a whole"},
};

}  // namespace schemagate::format_rows
