// SPDX-License-Identifier: MIT
// Liquibase's changelogs in XML, YAML and JSON, as far as they hold SQL or name files.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/formats.h"

namespace schemagate::format_rows {

/// An include, or a changeset, in the order of the document.
struct ChangelogItem {
  std::string include;  ///< a file, or a folder when includes_all; then nothing else is set
  bool includes_all = false;
  std::string ending;  ///< of what an includeAll reads, in lower case
  int min_depth = 0, max_depth = std::numeric_limits<int>::max();  ///< 1: in the folder itself
  std::string id, author, dbms;
  std::string logical_path;  ///< instead of the file's own; empty: that
  bool in_transaction = true, splits = true, run_on_change = false;
  bool edits_allowed = false;
  bool is_ignored = false;             ///< ignore="true"
  bool runs_psql = false;              ///< runWith="psql"
  std::string delimiter;               ///< endDelimiter; empty: as without one
  TextRange at;                        ///< of the word changeSet
  std::vector<TextRange> up, down;     ///< SQL inside the document
  std::vector<std::string> sql_files;  ///< of sqlFile changes
  bool has_abstract_changes = false;   ///< createTable and its like
  std::string abstract_changes;        ///< … with all that they say, whatever the layout
};
struct Changelog {
  std::vector<ChangelogItem> items;
  std::string text;  ///< the document with entities and escapes replaced, same length
  std::optional<TextRange> unread;  ///< see YamlDocument
};

/// What "dbms" says, in lower case: nothing, "all", servers, or servers that are not meant ("!h2").
bool is_for_postgresql(const std::string& dbms);

/// Formatted SQL as far as its changesets are for PostgreSQL.
struct PostgresPart {
  std::string text;        ///< without the changesets of other servers; whole when all are
  bool is_named = false;   ///< a changeset says that it is for PostgreSQL
  bool is_others = false;  ///< every changeset says that it is for other servers
};
/// Nothing when the text is no formatted SQL.
std::optional<PostgresPart> postgres_part(std::string_view text);

Changelog read_changelog(std::string_view path, std::string_view text);

}  // namespace schemagate::format_rows
