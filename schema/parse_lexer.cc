// SPDX-License-Identifier: MIT
#include "schema/parse_lexer.h"

#include <algorithm>
#include <array>

namespace schemagate {
namespace {

enum Class : unsigned char { other, space, letter, digit, quote };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'})
    classes[static_cast<unsigned char>(c)] = space;
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<std::size_t>(c)] = letter;
  for (int c = 'A'; c <= 'Z'; ++c) classes[static_cast<std::size_t>(c)] = letter;
  for (int c = 0x80; c <= 0xFF; ++c) classes[static_cast<std::size_t>(c)] = letter;
  classes['_'] = letter;
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<std::size_t>(c)] = digit;
  return classes;
}
constexpr std::array<Class, 256> classes = make_classes();

Class class_of(char c) { return classes[static_cast<unsigned char>(c)]; }
bool is_identifier_start(char c) { return class_of(c) == letter; }
bool is_identifier_part(char c) {
  return class_of(c) == letter || class_of(c) == digit || c == '$';
}

char at_or_nul(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && class_of(text[at]) == space) ++at;
  return at;
}

/// After a closing quote: the opening quote of a continuation ('a' newline 'b'), or npos.
std::size_t continuation(std::string_view text, std::size_t after_quote) {
  const std::size_t next = skip_space(text, after_quote);
  if (at_or_nul(text, next) != '\'') return std::string_view::npos;
  const auto between = text.substr(after_quote, next - after_quote);
  return between.find_first_of("\r\n") == std::string_view::npos ? std::string_view::npos : next;
}

/// A literal whose opening quote is at `at`.
Token quoted(std::string_view text, std::size_t begin, std::size_t at, bool escapes) {
  const char quote_character = text[at];
  Token token{quote_character == '"' ? TokenKind::quoted_identifier : TokenKind::string, begin,
              text.size(), true};
  for (++at; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote_character) {
      if (at_or_nul(text, at + 1) == quote_character) {
        ++at;
        continue;
      }
      const auto more =
          quote_character == '\'' ? continuation(text, at + 1) : std::string_view::npos;
      if (more == std::string_view::npos) {
        token.end = at + 1;
        token.unterminated = false;
        return token;
      }
      at = more;
    }
  }
  return token;
}

Token line_comment(std::string_view text, std::size_t at) {
  const auto end = std::min(text.find_first_of("\r\n", at), text.size());
  return {TokenKind::comment, at, end, false};
}

Token block_comment(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at + 1 < text.size();) {
    if (text[at] == '/' && text[at + 1] == '*') {
      ++depth;
      at += 2;
    } else if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0) return {TokenKind::comment, begin, at, false};
    } else {
      ++at;
    }
  }
  return {TokenKind::comment, begin, text.size(), true};
}

/// $tag$…$tag$, a parameter like $1, or a lone dollar.
Token dollar(std::string_view text, std::size_t begin) {
  std::size_t at = begin + 1;
  if (class_of(at_or_nul(text, at)) == digit) {
    while (at < text.size() && class_of(text[at]) == digit) ++at;
    return {TokenKind::number, begin, at, false};
  }
  while (at < text.size() && (class_of(text[at]) == letter || class_of(text[at]) == digit)) ++at;
  if (at_or_nul(text, at) != '$') return {TokenKind::symbol, begin, begin + 1, false};
  const auto tag = text.substr(begin, at + 1 - begin);
  const auto close = text.find(tag, at + 1);
  if (close == std::string_view::npos) return {TokenKind::string, begin, text.size(), true};
  return {TokenKind::string, begin, close + tag.size(), false};
}

Token word(std::string_view text, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < text.size() && is_identifier_part(text[at])) ++at;
  if (at == begin + 1 && at < text.size()) {
    const char first = static_cast<char>(text[begin] | 0x20);
    if (text[at] == '\'' && std::string_view("ebxn").find(first) != std::string_view::npos) {
      return quoted(text, begin, at, first == 'e');
    }
    const char after = at_or_nul(text, at + 1);
    if (first == 'u' && text[at] == '&' && (after == '\'' || after == '"')) {
      return quoted(text, begin, at + 1, false);
    }
  }
  return {TokenKind::word, begin, at, false};
}

Token number(std::string_view text, std::size_t begin) {
  std::size_t at = begin + 1;
  while (at < text.size()) {
    const bool fraction = text[at] == '.' && class_of(at_or_nul(text, at + 1)) == digit;
    const bool sign = (text[at] == '-' || text[at] == '+') && (text[at - 1] | 0x20) == 'e' &&
                      class_of(at_or_nul(text, at + 1)) == digit && text[begin + 1] != 'x' &&
                      text[begin + 1] != 'X';
    if (!is_identifier_part(text[at]) && !fraction && !sign) break;
    ++at;
  }
  return {TokenKind::number, begin, at, false};
}

}  // namespace

Token next_token(std::string_view text, std::size_t at) {
  at = skip_space(text, at);
  if (at >= text.size()) return {TokenKind::end, text.size(), text.size(), false};
  const char c = text[at];
  if (is_identifier_start(c)) return word(text, at);
  if (class_of(c) == digit) return number(text, at);
  const char after = at_or_nul(text, at + 1);
  switch (c) {
    case '\'':
    case '"':
      return quoted(text, at, at, false);
    case '$':
      return dollar(text, at);
    case '\\':
      return {TokenKind::backslash, at, at + 1, false};
    case '-':
      if (after == '-') return line_comment(text, at);
      break;
    case '/':
      if (after == '*') return block_comment(text, at);
      break;
    case '.':
      if (class_of(after) == digit) return number(text, at);
      break;
    default:
      break;
  }
  return {TokenKind::symbol, at, at + 1, false};
}

Token next_significant(std::string_view text, std::size_t at) {
  Token token = next_token(text, at);
  while (token.kind == TokenKind::comment) token = next_token(text, token.end);
  return token;
}

bool is_word(std::string_view text, const Token& token, std::string_view keyword) {
  if (token.kind != TokenKind::word || token.end - token.begin != keyword.size()) return false;
  return std::equal(keyword.begin(), keyword.end(),
                    text.begin() + static_cast<std::ptrdiff_t>(token.begin),
                    [](char wanted, char found) {
                      return wanted == (found >= 'A' && found <= 'Z' ? found + ('a' - 'A') : found);
                    });
}

std::size_t last_token_end(std::string_view text, std::size_t begin, std::size_t end) {
  text = text.substr(0, end);
  std::size_t last = begin;
  for (Token token = next_significant(text, begin); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    last = token.end;
  }
  return last;
}

std::size_t element_end(std::string_view text, std::size_t begin, std::size_t limit) {
  text = text.substr(0, limit);
  std::size_t last = begin;
  int depth = 0;
  for (Token token = next_significant(text, begin); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    if (token.kind == TokenKind::symbol) {
      const char c = text[token.begin];
      if (c == '(' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == ')' || c == ';')) break;
      if (c == ')' || c == ']') --depth;
    }
    last = token.end;
  }
  return last;
}

std::size_t closing_parenthesis(std::string_view text, std::size_t at) {
  int depth = 0;
  for (Token token = next_significant(text, at); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    if (token.is('(', text)) ++depth;
    if (token.is(')', text) && --depth == 0) return token.begin;
  }
  return std::string_view::npos;
}

std::string literal_value(std::string_view text, const Token& token) {
  std::string_view literal = text.substr(token.begin, token.end - token.begin);
  if (literal.starts_with('$')) {
    const std::size_t tag = literal.find('$', 1) + 1;
    return std::string(literal.substr(tag, literal.size() - 2 * tag));
  }
  const bool escapes = (literal[0] | 0x20) == 'e';
  literal = literal.substr(literal.find('\'') + 1);
  std::string value;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (escapes && literal[i] == '\\' && i + 1 < literal.size()) {
      const char escaped = literal[++i];
      value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
    } else if (literal[i] != '\'') {
      value += literal[i];
    } else if (at_or_nul(literal, i + 1) == '\'') {
      value += literal[i++];
    } else {  // the end, or a continuation on a later line
      const std::size_t more = continuation(literal, i + 1);
      if (more == std::string_view::npos) break;
      i = more;
    }
  }
  return value;
}

std::string collapse(std::string_view text) {
  std::string collapsed;
  std::size_t last = 0;
  for (Token token = next_significant(text, 0); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    if (token.begin != last && !collapsed.empty()) collapsed += ' ';
    collapsed += text.substr(token.begin, token.end - token.begin);
    last = token.end;
  }
  return collapsed;
}

}  // namespace schemagate
