// SPDX-License-Identifier: MIT
// Text of a pull request inside GitHub's Markdown: shown as it is, never markup, never a mention, a
// reference, a link, an image or HTML. https://github.github.com/gfm/
#pragma once

#include <string>
#include <string_view>

namespace schemagate {

/// As code on one line; the fence is longer than any run of backticks in it.
std::string code_span(std::string_view text);
/// The same inside a table, where a bar would end the cell.
std::string table_code(std::string_view text);
/// As prose on one line; also fit for a table.
std::string prose(std::string_view text);
/// As a block of its own; an empty line follows. Requires: an empty line before it.
std::string code_block(std::string_view text, std::string_view language);
/// Inside HTML: <summary>, <code>.
std::string html(std::string_view text);
/// A path as the tail of a URL.
std::string url_path(std::string_view path);

}  // namespace schemagate
