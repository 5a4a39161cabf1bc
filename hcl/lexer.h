// SPDX-License-Identifier: MIT
// The tokens of HCL outside of templates. Strings and heredocs are only opened here: what is inside
// of them is a template, which the parser reads.
#pragma once

#include <cstddef>
#include <string_view>

namespace schemagate::hcl {

enum class TokenKind { end, newline, name, number, quote, heredoc, symbol, comment, invalid };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0, end = 0;
};

/// The token at or after `at`; blanks are skipped, line ends and comments are tokens. A `#` or `//`
/// comment ends before its line end.
Token next_token(std::string_view text, std::size_t at);

bool is_name_start(char c);
bool is_name_part(char c);

}  // namespace schemagate::hcl
