// SPDX-License-Identifier: MIT
// A light scanner of SQL: cuts a text into tokens with the lexical rules of PostgreSQL's scan.l and
// nothing more. It serves where the parse tree has no answer: text that does not parse, the ends of
// definitions, comments. It never fails; a literal without its end is marked as such.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace schemagate {

enum class TokenKind {
  word,               ///< keyword or unquoted identifier
  quoted_identifier,  ///< "…", U&"…"
  string,             ///< '…', E'…', B'…', X'…', N'…', U&'…', $tag$…$tag$
  number,             ///< also parameters: $1
  comment,            ///< to the end of the line, without it, or /* nested */
  symbol,             ///< one character of punctuation or of an operator
  backslash,          ///< never SQL: begins a psql meta-command
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool unterminated = false;

  /// True for this one character of punctuation.
  bool is(char symbol_character, std::string_view text) const {
    return kind == TokenKind::symbol && text[begin] == symbol_character;
  }
};

/// The first token of `text` at or after `at`, whitespace skipped.
Token next_token(std::string_view text, std::size_t at);
/// The same, with comments skipped too.
Token next_significant(std::string_view text, std::size_t at);

/// True when the token is this keyword, given in lower case.
bool is_word(std::string_view text, const Token& token, std::string_view keyword);

/// The end of the last significant token in [begin, end), `begin` when there is none.
std::size_t last_token_end(std::string_view text, std::size_t begin, std::size_t end);

/// The end of the list element that starts at `begin`: of the last token before a comma, semicolon
/// or closing parenthesis on its own level, or before `limit`.
std::size_t element_end(std::string_view text, std::size_t begin, std::size_t limit);

/// Where the first parenthesis at or after `at` is closed; npos when it is not.
std::size_t closing_parenthesis(std::string_view text, std::size_t at);

/// The value of a string token: quotes, doubled quotes and backslash escapes resolved.
std::string literal_value(std::string_view text, const Token& token);

/// The significant tokens of `text`, one space between them: a canonical form for what can't be
/// printed from a parse tree.
std::string collapse(std::string_view text);

}  // namespace schemagate
