// SPDX-License-Identifier: MIT
// Folders of migrations, as the tools that run them read them: which files count, in which order,
// which part of a file goes up, and how it is sent to the server, which decides whether
// CONCURRENTLY is legal. One table of formats (formats.cc) knows the tools; nothing else in the
// program does.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace schemagate {

/// How a file's statements reach the server.
enum class Sending {
  transaction,   ///< one transaction around the file (or around all pending files)
  statements,    ///< each statement by itself, autocommit
  simple_query,  ///< the whole file as one simple query: an implicit transaction unless it is a
                 ///< single statement
  pipeline,  ///< extended protocol, one Sync: only the first statement is outside of a transaction
  psql,      ///< autocommit, literal BEGIN and COMMIT honoured
};
std::string_view to_string(Sending sending);

/// What is sent at once: bytes of the migration's file.
struct Batch {
  std::size_t begin = 0, end = 0;
  friend bool operator==(const Batch&, const Batch&) = default;
};

/// Files included by files that are included by files …
inline constexpr int most_nested_includes = 16;
/// By one migration or script, one file counted as often as it is included.
inline constexpr int most_included_files = 1000;

/// One migration that goes up.
struct Migration {
  std::uint32_t file = 0;  ///< in the SourceSet
  std::string version;     ///< the tool's key: "20260105120000", "V2.1", a folder's name
  std::string
      key;         ///< tells it from all others: its path, and its version where a file has several
  std::string up;  ///< a part of the file's text with everything that does not go up blanked out
  std::size_t up_begin = 0;  ///< where in the file that part begins
  std::string down;          ///< the same for the way down; empty when there is none
  std::size_t down_begin = 0;
  std::optional<std::uint32_t> down_file;  ///< where the way down is in a file of its own
  std::vector<Batch> batches;              ///< at least one
  Sending sending = Sending::psql;
  std::string
      sending_reason;       ///< "-- +goose NO TRANSACTION", "goose runs each file in a transaction"
  bool repeatable = false;  ///< Flyway's R__
  bool shares_file = false;          ///< one of several in its file
  bool one_transaction = false;      ///< sent in one transaction with the others that are pending
  bool edits_allowed = false;        ///< the tool was told to take another checksum of it
  Span at;                           ///< where its file says that it begins
  bool opaque = false;               ///< code, or abstract changes: no SQL that can be read here
  std::string unread_part = {};      ///< what those say, where the file holds other migrations, too
  std::vector<std::string> parents;  ///< versions, where the tool's history is a graph
  std::string own_id;  ///< by which the tool knows it where it ran, when its text is not part of it
  Span own_id_at;      ///< what the id is made of
};

/// A part of a file in its place: blanks stand before it, lines keep their numbers.
std::string in_place(std::string_view file, std::size_t begin, std::string_view part);

/// What goes up, blanks made single, and `unread_part`: where a file holds several migrations, its
/// place there says nothing.
std::string content_of(const Migration& migration);

/// A thing about the folder that people should know: duplicate versions, a misnamed file.
struct MigrationProblem {
  std::uint32_t file = 0;
  Span where;
  std::string message;
  bool certain_failure = false;  ///< the tool itself refuses the folder
  bool unread = false;           ///< something runs there that can't be read
};

struct MigrationFolder {
  std::string root;                   ///< as it was asked for
  std::string format;                 ///< "goose"
  std::string reason;                 ///< why: "db/migrations/001_init.sql has -- +goose Up"
  std::vector<Migration> migrations;  ///< in the order the tool runs them on an empty database
  std::vector<MigrationProblem> problems;
  std::vector<std::uint32_t> unused;  ///< SQL beside migrations that the tool passes over
  bool takes_late = false;            ///< the tool was told to run what comes late
};

/// The formats' names, for configuration: "plain", "golang-migrate", "goose", …
std::vector<std::string> migration_formats();

/// What becomes of a file that sorts before one that has run already; empty: the tool runs it.
std::string_view late_migration_message(const MigrationFolder& folder);

/// What the tool says where it ran a file that is gone; empty: nothing.
std::string_view gone_migration_message(std::string_view format);

/// The tool keeps a checksum of each file and refuses to go on when one differs.
bool keeps_checksums(std::string_view format);

/// To the tool a migration in a file of another name is another one, whatever its version.
bool keeps_paths(std::string_view format);

/// Such a tool's checksums of both texts are the same: some pass over line ends.
bool has_same_checksum(std::string_view format, std::string_view one, std::string_view other);

/// What such a tool does to an edited file.
std::string edited_migration_message(std::string_view format);

/// As people write the tool's name: "Flyway".
std::string_view tool_of(std::string_view format);

/// How to get SQL out of a tool whose migrations are code; empty: they are SQL.
std::string_view code_hint(std::string_view format);
/// What \i and \ir name runs in its place: psql itself runs this migration.
bool includes_files(const MigrationFolder& folder, const Migration& migration);
/// Where the tool looks for what its migrations include as `path`: there, in a folder of its own,
/// or nowhere.
bool has_include_folder(const MigrationFolder& folder);
std::optional<std::string> included_path(const MigrationFolder& folder, const std::string& path);
/// The text of such a file as psql would write it, same length.
std::string included_text(const MigrationFolder& folder, std::string_view text);
/// Folders that hold the rest of the migrations of the folder `root`: those that are code. Both
/// paths begin at the repository's top.
std::vector<std::string> code_folders(std::string_view root);
/// The files beside such a folder that say where its migrations lead, as a pattern; empty: none.
std::string schema_beside(std::string_view format, std::string_view root);
/// None of the tool's files is SQL.
bool is_code(std::string_view format);

/// Reads the folder `root` ("." is the top) out of `files` (numbers of `sources`; paths below
/// `root`). `format` is a name or "auto". `other_paths` are the repository's other paths (markers
/// such as atlas.sum, migration_lock.toml, Cargo.toml). `transactions`: "" as the tool does it,
/// "file", "none" or "all" to override the default. `other_text` reads the other paths (Cargo.toml,
/// package.json). Throws Error{config} for an unknown format's name, with the nearest one.
MigrationFolder read_migrations(
    const SourceSet& sources, const std::vector<std::uint32_t>& files, const std::string& root,
    const std::string& format, const std::vector<std::string>& other_paths,
    const std::string& transactions = {},
    const std::function<std::string(const std::string& path)>& other_text = {});

/// Folders among `paths` that look like a tool's migrations, most certain first: {root, format,
/// reason}.
struct DetectedFolder {
  std::string root, format, reason;
  std::string dialect;  ///< "MySQL" when its files are not for PostgreSQL; else empty
};
/// Dependencies, examples and test data: what lies there is nobody's database here.
bool is_skipped(std::string_view path);

/// `text_of` reads a file's text when a marker inside it decides; may return "".
std::vector<DetectedFolder> detect_migrations(
    const std::vector<std::string>& paths,
    const std::function<std::string(const std::string& path)>& text_of);

}  // namespace schemagate
