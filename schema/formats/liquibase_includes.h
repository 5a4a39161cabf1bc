// SPDX-License-Identifier: MIT
// Which files of a folder an include of Liquibase's changelogs means.
#pragma once

#include <string_view>
#include <vector>

#include "schema/formats/liquibase_changelog.h"

namespace schemagate::format_rows {

/// Paths are relative to the changelog, to the folder, or to a search path above it. Null: it is
/// not there.
const FolderView::File* included_changelog(const FolderView& folder, const FolderView::File& from,
                                           std::string_view path);
/// What an includeAll means, in the order in which Liquibase runs it: folders below, too.
std::vector<const FolderView::File*> included_changelogs(const FolderView& folder,
                                                         const FolderView::File& from,
                                                         const ChangelogItem& item);

}  // namespace schemagate::format_rows
