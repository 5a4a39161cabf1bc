// SPDX-License-Identifier: MIT
#include "schema/change.h"

#include <array>

namespace schemagate {
namespace {

constexpr std::array names{"add-schema",
                           "drop-schema",
                           "add-extension",
                           "drop-extension",
                           "alter-extension",
                           "add-table",
                           "drop-table",
                           "rename-table",
                           "alter-table",
                           "add-column",
                           "drop-column",
                           "rename-column",
                           "set-type",
                           "set-not-null",
                           "drop-not-null",
                           "set-default",
                           "drop-default",
                           "alter-column",
                           "add-constraint",
                           "drop-constraint",
                           "rename-constraint",
                           "alter-constraint",
                           "validate-constraint",
                           "add-index",
                           "drop-index",
                           "rename-index",
                           "alter-index",
                           "add-sequence",
                           "drop-sequence",
                           "rename-sequence",
                           "alter-sequence",
                           "add-type",
                           "drop-type",
                           "rename-type",
                           "alter-type",
                           "add-enum-value",
                           "drop-enum-value",
                           "rename-enum-value",
                           "add-view",
                           "drop-view",
                           "rename-view",
                           "replace-view",
                           "alter-view",
                           "add-function",
                           "drop-function",
                           "replace-function",
                           "alter-function",
                           "add-trigger",
                           "drop-trigger",
                           "alter-trigger",
                           "add-policy",
                           "drop-policy",
                           "alter-policy",
                           "add-rule",
                           "drop-rule",
                           "alter-rule",
                           "attach-partition",
                           "detach-partition",
                           "alter-inheritance",
                           "add-object",
                           "drop-object",
                           "alter-object",
                           "grant",
                           "revoke",
                           "comment",
                           "change-owner",
                           "opaque"};
static_assert(names.size() == static_cast<std::size_t>(ChangeKind::opaque) + 1);

}  // namespace

std::string_view to_string(ChangeKind kind) { return names.at(static_cast<std::size_t>(kind)); }

}  // namespace schemagate
