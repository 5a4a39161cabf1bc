// SPDX-License-Identifier: MIT
// What a team set Flyway up with, as far as its files say: flyway.toml, flyway.conf, Spring's
// application.properties and application.yml. Environment and build files are not read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/folder_view.h"

namespace schemagate::format_rows {

/// By the settings' names in small letters, without dots, dashes and what stands before them:
/// "sqlmigrationprefix", "postgresqltransactionallock". Lists are joined by commas.
FolderView::Settings flyway_settings(const FolderView& folder);
/// The same of one file.
FolderView::Settings flyway_settings_of(std::string_view name, std::string_view text);

/// False: the configuration names several locations in this folder, and the file is in none.
bool is_in_flyway_locations(std::string_view path, const FolderView& folder);

/// How Flyway tells files by their names.
struct FlywayNaming {
  std::string versioned = "V", undo = "U", repeatable = "R", baseline = "B", separator = "__";
  std::vector<std::string> suffixes = {".sql"};  ///< in small letters
};
FlywayNaming flyway_naming(const FolderView& folder);

/// A script of SQL by its ending.
bool is_flyway_sql(std::string_view path, const FlywayNaming& naming);

/// The text with names in the place of placeholders that are not written ${…}, same length; empty
/// when it has none.
std::string without_own_placeholders(std::string_view text, const FolderView& folder);

}  // namespace schemagate::format_rows
