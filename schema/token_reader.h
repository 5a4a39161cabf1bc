// SPDX-License-Identifier: MIT
// What reads a text token by token has in common: the tokens that count, looked at by number, and
// the text between two of them. Numbers past the end are no word and no symbol.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "schema/parse_lexer.h"

namespace schemagate {

class TokenReader {
 protected:
  explicit TokenReader(std::string_view text) : text_(text) {
    for (Token token = next_significant(text, 0); token.kind != TokenKind::end;
         token = next_significant(text, token.end)) {
      tokens_.push_back(token);
    }
  }

  bool word(std::size_t at, std::string_view keyword) const {
    return at < tokens_.size() && is_word(text_, tokens_[at], keyword);
  }
  bool symbol(std::size_t at, char c) const {
    return at < tokens_.size() && tokens_[at].is(c, text_);
  }
  /// The text of the tokens [from, to).
  std::string slice(std::size_t from, std::size_t to) const {
    to = std::min(to, tokens_.size());
    if (from >= to) return {};
    return std::string(
        text_.substr(tokens_[from].begin, tokens_[to - 1].end - tokens_[from].begin));
  }
  /// The first token at or after `from` that `stop` accepts outside parentheses and CASE … END.
  template <class Stop>
  std::size_t find(std::size_t from, Stop stop) const {
    int depth = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      if (depth == 0 && stop(i)) return i;
      if (symbol(i, '(') || symbol(i, '[') || word(i, "case")) ++depth;
      if ((symbol(i, ')') || symbol(i, ']') || word(i, "end")) && depth > 0) --depth;
    }
    return tokens_.size();
  }

  std::string_view text_;  // of the caller, which outlives the reader
  std::vector<Token> tokens_;
  std::size_t at_ = 0;  ///< the next token
};

}  // namespace schemagate
