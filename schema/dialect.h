// SPDX-License-Identifier: MIT
// Files for other servers than PostgreSQL, by what only their SQL has. A guess is only made from
// statements that PostgreSQL's parser refuses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/folder_view.h"

namespace schemagate {

/// "MySQL", "SQLite", "SQL Server", "ClickHouse" or "Oracle" when the text can't be meant for
/// PostgreSQL; else empty.
std::string_view dialect_of(std::string_view sql);

/// The same by words of the other server's, not by a quote alone: that may be a slip of the pen.
std::string_view certain_dialect_of(std::string_view sql);

/// What most of a folder's first files are written for, so many of them.
std::string dialect_of_files(const std::vector<std::string>& texts);
constexpr std::size_t files_for_dialect = 5;

/// The same of a folder: its lock file or config says so, it is named after one, or its first files
/// can't be PostgreSQL's.
std::string dialect_of_folder(const std::string& folder, const std::vector<std::string>& sorted,
                              const RepositoryView& repository);

}  // namespace schemagate
