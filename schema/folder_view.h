// SPDX-License-Identifier: MIT
// What the rows of the table of migration tools may look at: the paths of a repository, and the
// files of one folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace schemagate {

/// How much a sign of a tool says.
enum class Certainty {
  numbered = 1,   ///< numbered SQL files: anybody's
  shared_mark,    ///< a mark that other tools' folders have too (atlas.sum)
  convention,     ///< a naming convention or a marker inside a file
  own_file,       ///< a file that only this tool reads, or its name in the project's dependencies
  decides_order,  ///< a plan or journal: whatever else is there, the order is in here
};

struct FolderSign {
  std::string folder;
  std::string reason;  ///< names the file: "db/sqitch.plan"
  Certainty certainty = Certainty::numbered;
};

/// A repository as far as paths go; texts are read when a sign needs them.
class RepositoryView {
 public:
  using TextOf = std::function<std::string(const std::string& path)>;
  /// `paths` must be sorted and outlive the view.
  RepositoryView(const std::vector<std::string>& paths, const TextOf& text_of)
      : paths_(paths), text_of_(text_of) {}

  bool has(std::string_view path) const;
  /// A path starts with `prefix`.
  bool has_below(std::string_view prefix) const;
  const std::string& text_of(const std::string& path) const;
  bool mentions(const std::string& path, std::string_view word) const;
  /// The file `name` in `folder` or the nearest folder above it; "" when there is none.
  std::string nearest_above(std::string_view folder, std::string_view name) const;
  /// The nearest file `name` mentions `word`: Cargo.toml and "sqlx".
  bool depends_on(std::string_view folder, std::string_view name, std::string_view word) const;

 private:
  const std::vector<std::string>& paths_;
  const TextOf& text_of_;
  mutable std::map<std::string, std::string> texts_;
};

/// The files of one migrations folder.
class FolderView {
 public:
  struct File {
    std::uint32_t number = 0;  ///< in the SourceSet
    std::string path;          ///< relative to the folder
    std::string_view text;
  };
  /// A tool's settings as its row names them, out of files that mostly lie elsewhere; what it has to
  /// know of the whole folder to name one file.
  using Settings = std::map<std::string, std::string, std::less<>>;

  /// `around` is the repository that the folder lies in; it must outlive the view.
  FolderView(const SourceSet& sources, const std::vector<std::uint32_t>& files, std::string root,
             const RepositoryView& around);

  const std::vector<File>& files() const { return files_; }
  /// Null when there is none; relative to the folder.
  const File* find(std::string_view path) const;
  /// The first file whose path stands at the end of `path`, behind a slash; null: none.
  const File* find_end_of(std::string_view path) const;
  /// "" when there is none.
  std::string_view text(std::string_view path) const;
  /// The nearest file of that name in this folder or one above it; "" when there is none.
  const std::string& text_above(std::string_view name) const;
  void set_settings(Settings settings) { settings_ = std::move(settings); }
  bool has_setting(std::string_view name) const { return settings_.find(name) != settings_.end(); }
  /// `otherwise` when nothing sets it.
  std::string setting(std::string_view name, std::string_view otherwise = {}) const;

 private:
  std::string root_;
  const RepositoryView& around_;
  Settings settings_;
  std::vector<File> files_;
  std::map<std::string, std::size_t, std::less<>> by_path_;
};

/// "db/migrations" of "db/migrations/1.sql"; "" for a file at the top.
std::string folder_of(std::string_view path);
/// "1.sql" of "db/migrations/1.sql".
std::string_view file_of(std::string_view path);

}  // namespace schemagate
