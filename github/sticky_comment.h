// SPDX-License-Identifier: MIT
// The one comment below a pull request that always says how things are now. It is found again by
// the marker at its first byte and by its author, edited in place, and has two sections with two
// writers: the findings (`check`) and the gate. Each writer replaces its own and looks whether it
// is still there afterwards. A section begins with a heading, "### 🟢 words"; where both are
// there one headline above them says both, with the worse of their dots, whoever wrote last.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "github/comments.h"
#include "github/pull_request.h"

namespace schemagate::github {

enum class Section { findings, gate };

/// Puts `text` (Markdown) into the section. An empty text takes the section out; where nothing of
/// ours was posted before, nothing is posted then. Returns the comment, or nothing when there is
/// none.
Outcome<std::optional<Comment>> write_section(Client& client, int number, std::string_view name,
                                              Identity& identity, Section section,
                                              std::string_view text);

/// The same where the comment has that section; posts and adds nothing otherwise.
Outcome<std::optional<Comment>> replace_section(Client& client, int number, std::string_view name,
                                                Identity& identity, Section section,
                                                std::string_view text);

/// True when an earlier run has left a comment of ours.
Outcome<bool> has_sticky_comment(Client& client, int number, std::string_view name,
                                 Identity& identity);

/// The comment's body with the section replaced; `body` may be empty.
std::string with_section(const std::string& body, std::string_view name, Section section,
                         std::string_view text);

}  // namespace schemagate::github
