// SPDX-License-Identifier: MIT
// Lists in the text of bounds and statements: what the parse tree does not keep apart.
#pragma once

#include <string_view>
#include <vector>

namespace schemagate {

/// The parts between commas that stand in no string, parentheses or brackets, trimmed.
std::vector<std::string_view> split_list(std::string_view text);

/// What stands in the parentheses that follow `word`; empty where there are none.
std::string_view list_after(std::string_view sql, std::string_view word);

}  // namespace schemagate
