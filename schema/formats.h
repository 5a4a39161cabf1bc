// SPDX-License-Identifier: MIT
// One row per migration tool: how its folder is recognised, which files count, their order, which
// part goes up, how it is sent. A tool is known in its row (schema/formats/) and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/folder_view.h"
#include "schema/migrations.h"

namespace schemagate {

using TextRange = std::pair<std::size_t, std::size_t>;  ///< half-open, in bytes of a file

/// What a file's name says.
struct MigrationName {
  std::string version;  ///< for people; equal versions are duplicates
  int rank = 0;         ///< versioned before repeatable
  std::vector<std::string>
      parts;          ///< compared first: numbers without leading zeros, shorter is smaller
  std::string name;   ///< compared last, bytewise
  bool down = false;  ///< the file only goes down
  bool repeatable = false;
};
/// The order in which the tool runs two files.
bool runs_before(const MigrationName& one, const MigrationName& two);

/// The parts of a file's text. Each range of `up` that is not only blank is sent by itself when
/// the row says so (MigrationFormat::each_section).
struct MigrationParts {
  std::vector<TextRange> up, down;
};

/// How one file is sent, and why.
struct SendingChoice {
  Sending sending;
  std::string reason;
};

/// A migration while its row still works on it.
struct ListedMigration {
  std::uint32_t file = 0;
  std::string path;  ///< relative to the folder
  MigrationName name;
  MigrationParts parts;
  std::string text;  ///< instead of the file's own, same length (SQL in JSON); empty: the file's
  std::optional<std::size_t> shared_text;  ///< of Listing::texts, instead of `text`
  std::vector<std::string> parents;        ///< versions; only of tools whose history is a graph
  std::optional<SendingChoice> sending;    ///< instead of what sending_of() says
  bool shares_file = false;                ///< one of several in its file
  bool edits_allowed = false;              ///< see Migration
  Span at;                                 ///< see Migration; empty: the file's first byte
  bool may_mix = false;          ///< what runs in a transaction with what can't: the team said so
  bool opaque = false;           ///< no SQL that can be read: code, abstract changes
  std::string unread_part = {};  ///< what it says besides, where its file holds other migrations
  std::string key;               ///< instead of the file's path
  std::string own_id;            ///< see Migration
  Span own_id_at;
};

/// What a row makes of a whole folder.
struct Listing {
  std::vector<ListedMigration> migrations;  ///< in the tool's order
  std::vector<MigrationProblem> problems;
  std::vector<std::string> texts;   ///< of files that hold several migrations
  std::vector<std::uint32_t> read;  ///< files that tell what runs, and are no migrations themselves
  bool takes_late = false;          ///< the tool was told to run what comes late
};

enum class Downs {
  none,      ///< the tool only goes up
  optional,  ///< nobody expects one
  wanted,    ///< where the folder's others have one
  needed,    ///< the tool fails where it is to go down and there is none
};

/// What a tool's folder can't have although others' can, with the reason, which docs/formats.md
/// shows; what is empty has a case in testdata.
struct WithoutCase {
  std::string_view up_and_down = {};
  std::string_view transaction = {};
  std::string_view concurrently = {};
  std::string_view templates = {};
  std::string_view duplicate = {};
  std::string_view late = {};
};

struct MigrationFormat {
  std::string_view name;
  std::string_view tool;  ///< as people write it: "Flyway"
  bool recursive = false;
  /// What a path says about the folder it lies in, or another one; the surest sign wins, then the
  /// row that stands first.
  std::optional<FolderSign> (*sign_of)(std::string_view path, const RepositoryView& repository);
  /// `path` is relative to the folder. Nothing: the tool does not look at this file.
  std::optional<MigrationName> (*name_of)(std::string_view path);
  /// Instead of that where the tool's settings decide; null: they don't.
  std::optional<MigrationName> (*name_in)(std::string_view path,
                                          const FolderView& folder) = nullptr;
  FolderView::Settings (*settings_of)(const FolderView& folder) = nullptr;
  MigrationParts (*parts_of)(std::string_view text);
  SendingChoice (*sending_of)(std::string_view text, const std::string& path,
                              const FolderView& folder);
  /// Instead of names alone: order and identity from a plan, a journal, several in a file. Null:
  /// every file with a name, sorted.
  void (*arrange)(const FolderView& folder, Listing& listing) = nullptr;
  /// What the tool cuts or refuses that the server would take; null: nothing.
  void (*check_file)(const ListedMigration& migration, std::string_view text,
                     std::vector<MigrationProblem>& problems) = nullptr;
  bool each_section = false;
  /// All pending files go up in one transaction, unless the team says otherwise.
  bool one_transaction = false;
  /// A line that ends in a semicolon ends what is sent at once.
  bool cuts_at_line_ends = false;
  Downs downs = Downs::none;
  /// What the tool says to two files with one version; empty: it runs both.
  std::string_view duplicate_message = {};
  /// What it says where it ran a file that is gone; empty: nothing.
  std::string_view gone_message = {};
  /// What becomes of a file that sorts before one that has run already; empty: the tool runs it.
  std::string_view late_message = {};
  /// It keeps a checksum of each file and refuses to go on when one differs.
  bool checksums = false;
  bool keeps_paths = false;  ///< see keeps_paths()
  /// What the checksum is made of; null: every byte.
  std::string (*summed_text)(std::string_view text) = nullptr;
  /// What becomes of an edited file, where that is more than the checksum's refusal.
  std::string_view edit_message = {};
  /// How SQL is had from migrations that are code; empty: all are SQL.
  std::string_view code_hint = {};
  bool is_code = false;  ///< none of its files is SQL
  /// A byte order mark at a file's begin goes to the server, which takes it for a word.
  bool sends_mark = false;
  /// Where the migrations of a folder lie that are code, when they are not in it; null: nowhere.
  std::vector<std::string> (*code_folders)(std::string_view root) = nullptr;
  /// The files beside a folder of migrations that say where they lead, as a pattern; null: none.
  std::string (*schema_beside)(std::string_view root) = nullptr;
  bool includes_files = false;  ///< it runs what \\ir names: psql does, and a row that writes it so
  /// The only folder that its includes are looked for in, below its own; empty: psql's rules.
  std::string_view include_folder = {};
  /// An included file as psql would write it, same length; null: as it is.
  std::string (*included_text)(std::string_view text) = nullptr;
  WithoutCase without = {};
};

/// Every tool, "plain" last.
std::span<const MigrationFormat* const> formats();
/// Null when there is none of that name.
const MigrationFormat* find_format(std::string_view name);

}  // namespace schemagate
