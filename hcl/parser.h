// SPDX-License-Identifier: MIT
// What the two halves of the parser share: where they are in the text, how they give up, and the
// limits that both keep. Internal to the parser's files.
#pragma once

#include <string>
#include <string_view>

#include "hcl/lexer.h"
#include "hcl/syntax.h"

namespace schemagate::hcl {

/// Thrown inside the parser only; parse() turns it into a Problem.
struct SyntaxError {
  Span where;
  std::string message;
};

/// A place in the text. Comments are put aside as they are passed.
class Cursor {
 public:
  Cursor(std::string_view text, std::uint32_t file) : text_(text), file_(file) {}

  /// The next token that counts; line ends do so outside of parentheses and brackets only.
  Token peek();
  Token take();
  bool next_is(std::string_view symbol);
  bool accept(std::string_view symbol);
  void expect(std::string_view symbol);
  std::string name();
  std::string_view text_of(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  void skip_newlines();

  [[noreturn]] void fail(const Token& at, std::string message) const;
  /// "expected x, found y".
  [[noreturn]] void unexpected(std::string_view wanted);

  Span span(std::size_t begin, std::size_t end) const {
    return {file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  Span span_since(std::size_t begin) const {
    return span(begin, last_end > begin ? last_end : begin);
  }

  /// Whether line ends are blanks now: inside of parentheses and brackets.
  class Newlines {
   public:
    Newlines(Cursor& cursor, bool ignored) : cursor_(cursor), before_(cursor.ignores_newlines_) {
      cursor_.ignores_newlines_ = ignored;
    }
    ~Newlines() { cursor_.ignores_newlines_ = before_; }
    Newlines(const Newlines&) = delete;
    Newlines& operator=(const Newlines&) = delete;

   private:
    Cursor& cursor_;
    bool before_;
  };

  /// Guards against deep nesting; counts what is built.
  class Level {
   public:
    explicit Level(Cursor& cursor);
    ~Level() { --cursor_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Cursor& cursor_;
  };

  std::string_view text() const { return text_; }

  std::size_t at = 0;        ///< the next byte
  std::size_t last_end = 0;  ///< of the token taken last
  std::size_t nodes = 0;
  std::vector<Span> comments;

 private:
  std::string_view text_;
  std::uint32_t file_;
  int level_ = 0;
  bool ignores_newlines_ = false;
};

/// An expression at the cursor. Throws SyntaxError.
Expression parse_expression(Cursor& cursor);
/// A quoted template whose quote is the next token, or a heredoc. Throws SyntaxError.
Expression parse_template(Cursor& cursor);
/// Refuses a tree that is too deep, or one node too many. Throws SyntaxError.
Expression checked(Cursor& cursor, Expression made);

}  // namespace schemagate::hcl
