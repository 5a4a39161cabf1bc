// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hcl/parser.h"

namespace schemagate::hcl {

Token Cursor::peek() {
  std::size_t from = at;
  for (;;) {
    const Token token = next_token(text_, from);
    if (token.kind == TokenKind::comment) {
      if (comments.empty() || comments.back().begin < token.begin)
        comments.push_back(span(token.begin, token.end));
    } else if (token.kind != TokenKind::newline || !ignores_newlines_) {
      return token;
    }
    from = token.end;
  }
}

Token Cursor::take() {
  const Token token = peek();
  at = last_end = token.end;
  return token;
}

bool Cursor::next_is(std::string_view symbol) {
  const Token token = peek();
  return token.kind == TokenKind::symbol && text_of(token) == symbol;
}

bool Cursor::accept(std::string_view symbol) {
  if (!next_is(symbol)) return false;
  take();
  return true;
}

void Cursor::expect(std::string_view symbol) {
  if (!accept(symbol)) unexpected(fmt::format("\"{}\"", symbol));
}

std::string Cursor::name() {
  if (peek().kind != TokenKind::name) unexpected("a name");
  return std::string(text_of(take()));
}

void Cursor::skip_newlines() {
  while (peek().kind == TokenKind::newline) take();
}

void Cursor::fail(const Token& token, std::string message) const {
  const std::size_t end = std::min(std::max(token.end, token.begin + 1), text_.size());
  throw SyntaxError{span(std::min(token.begin, end), end), std::move(message)};
}

void Cursor::unexpected(std::string_view wanted) {
  const Token token = peek();
  std::string found = fmt::format("\"{}\"", text_of(token).substr(0, 40));
  if (token.kind == TokenKind::end) found = "the end of the file";
  if (token.kind == TokenKind::newline) found = "the end of the line";
  if (token.kind == TokenKind::invalid && text_of(token).starts_with("/*"))
    fail({TokenKind::invalid, token.begin, token.begin + 2}, "this comment has no end");
  if (!is_utf8(found)) found = "a byte that is no text";
  fail(token, fmt::format("expected {}, found {}", wanted, found));
}

Cursor::Level::Level(Cursor& cursor) : cursor_(cursor) {
  if (cursor.level_ >= max_depth)
    cursor.fail(cursor.peek(), fmt::format("nested more than {} levels deep", max_depth));
  ++cursor.level_;
}

Expression checked(Cursor& cursor, Expression made) {
  for (const Expression& part : made.parts) made.depth = std::max(made.depth, part.depth + 1);
  const Token here{TokenKind::symbol, made.span.begin, made.span.begin + 1};
  if (made.depth > max_depth)
    cursor.fail(here, fmt::format("nested more than {} levels deep", max_depth));
  if (++cursor.nodes > max_nodes)
    cursor.fail(here, fmt::format("the file has more than {} parts", with_thousands(max_nodes)));
  return made;
}

}  // namespace schemagate::hcl
