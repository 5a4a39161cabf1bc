// SPDX-License-Identifier: MIT
// The comments of a file that may be directives, and the statement that each belongs to.
#pragma once

#include <string_view>
#include <vector>

#include "schema/parse.h"

namespace schemagate {

/// All comments of `text`, when one of them holds a word of schemagate or of a tool whose
/// directives are known; else none. `offset` and `file` place the text.
/// Requires: statements and problems of `parsed` are complete and in order.
std::vector<CommentText> directive_comments(std::string_view text, std::uint32_t file,
                                            const ParsedFile& parsed);

}  // namespace schemagate
