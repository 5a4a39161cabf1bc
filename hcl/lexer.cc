// SPDX-License-Identifier: MIT
#include "hcl/lexer.h"

#include <algorithm>

namespace schemagate::hcl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

Token comment(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("/*")) return {TokenKind::comment, at, line_end(text, at)};
  const std::size_t close = text.find("*/", at + 2);
  if (close == std::string_view::npos) return {TokenKind::invalid, at, text.size()};
  return {TokenKind::comment, at, close + 2};
}

Token number(std::string_view text, std::size_t at) {
  std::size_t end = at;
  const auto digits = [&] {
    while (end < text.size() && is_digit(text[end])) ++end;
  };
  digits();
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    ++end;
    digits();
  }
  if (end < text.size() && (text[end] | 0x20) == 'e') {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent < text.size() && is_digit(text[exponent])) {
      end = exponent;
      digits();
    }
  }
  return {TokenKind::number, at, end};
}

Token symbol(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  for (const std::string_view long_one : {"...", "==", "!=", "<=", ">=", "&&", "||", "=>"})
    if (rest.starts_with(long_one)) return {TokenKind::symbol, at, at + long_one.size()};
  constexpr std::string_view short_ones = "{}[]()=,.:?+-*/%<>!";
  const bool known = short_ones.find(text[at]) != std::string_view::npos;
  return {known ? TokenKind::symbol : TokenKind::invalid, at, at + 1};
}

}  // namespace

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_part(char c) { return is_name_start(c) || is_digit(c) || c == '-'; }

Token next_token(std::string_view text, std::size_t at) {
  if (at == 0 && text.starts_with("\xEF\xBB\xBF")) at = 3;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
  if (at >= text.size()) return {TokenKind::end, text.size(), text.size()};
  const char c = text[at];
  const std::string_view rest = text.substr(at);
  if (c == '\n') return {TokenKind::newline, at, at + 1};
  if (c == '#' || rest.starts_with("//") || rest.starts_with("/*")) return comment(text, at);
  if (c == '"') return {TokenKind::quote, at, at + 1};
  if (rest.starts_with("<<")) return {TokenKind::heredoc, at, at + 2};
  if (is_digit(c)) return number(text, at);
  if (!is_name_start(c)) return symbol(text, at);
  std::size_t end = at;
  while (end < text.size() && is_name_part(text[end])) ++end;
  return {TokenKind::name, at, end};
}

}  // namespace schemagate::hcl
