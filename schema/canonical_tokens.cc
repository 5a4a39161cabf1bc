// SPDX-License-Identifier: MIT
#include <cctype>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/name.h"

namespace schemagate::canonical {
namespace {

bool is_word_start(char c) {
  return (std::isalpha(static_cast<unsigned char>(c)) != 0) || c == '_' || (c & 0x80) != 0;
}
bool is_word_part(char c) {
  return is_word_start(c) || (std::isdigit(static_cast<unsigned char>(c)) != 0) || c == '$';
}
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_operator(char c) {
  return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    for (skip_space(); at_ < sql_.size(); skip_space()) tokens.push_back(next());
    tokens.push_back({});
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  bool starts(std::string_view text) const { return sql_.substr(at_, text.size()) == text; }

  void skip_space() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
        ++at_;
      } else if (starts("--")) {
        while (at_ < sql_.size() && peek() != '\n') ++at_;
      } else if (starts("/*")) {
        const auto end = sql_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? sql_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  Token next() {
    const char c = peek();
    if (c == '\'') return {TokenKind::string, quoted('\'', false)};
    if (c == '"') return {TokenKind::quoted_word, quoted('"', false)};
    if ((c == 'E' || c == 'e') && peek(1) == '\'') {
      ++at_;
      return {TokenKind::string, quoted('\'', true)};
    }
    if (std::string_view("BbXx").find(c) != std::string_view::npos && peek(1) == '\'') {
      const std::string prefix(1, static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
      ++at_;
      return {TokenKind::bit_string, prefix + quoted('\'', false)};
    }
    if (c == '$') return dollar();
    if (is_word_start(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    return symbol();
  }

  std::string quoted(char quote, bool escapes) {
    std::string text;
    for (++at_; at_ < sql_.size(); ++at_) {
      const char c = peek();
      if (c == quote) {
        if (peek(1) != quote) break;
        ++at_;
        text += quote;
      } else if (escapes && c == '\\') {
        ++at_;
        text += unescaped();
      } else {
        text += c;
      }
    }
    ++at_;
    return text;
  }

  char unescaped() const {
    switch (peek()) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      default:
        return peek();
    }
  }

  Token dollar() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && is_word_part(sql_[end]) && sql_[end] != '$') ++end;
    if (is_digit(peek(1)) || end >= sql_.size() || sql_[end] != '$') {
      std::string text(sql_.substr(at_, end - at_));
      at_ = end;
      return {TokenKind::parameter, std::move(text)};
    }
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t begin = end + 1;
    const std::size_t close = sql_.find(tag, begin);
    std::string text(sql_.substr(begin, close == std::string_view::npos ? close : close - begin));
    at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
    return {TokenKind::string, std::move(text)};
  }

  Token word() {
    std::string text;
    while (at_ < sql_.size() && is_word_part(peek())) {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
      ++at_;
    }
    return {TokenKind::word, std::move(text)};
  }

  Token number() {
    std::string text;
    while (at_ < sql_.size()) {
      const char c = peek();
      const bool sign = (c == '+' || c == '-') && !text.empty() && text.back() == 'e';
      if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && !sign) break;
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      ++at_;
    }
    return {TokenKind::number, std::move(text)};
  }

  Token symbol() {
    for (const std::string_view two : {"::", ":=", "=>"}) {
      if (starts(two)) {
        at_ += 2;
        return {TokenKind::symbol, std::string(two)};
      }
    }
    std::string text(1, peek());
    ++at_;
    if (!is_operator(text[0])) return {TokenKind::symbol, std::move(text)};
    while (at_ < sql_.size() && is_operator(peek()) && !starts("--") && !starts("/*")) {
      text += peek();
      ++at_;
    }
    // The server's rule: a multi-character operator ends in + or - only if it holds one of these.
    const bool special = text.find_first_of("~!@#%^&|`?") != std::string::npos;
    while (!special && text.size() > 1 && (text.back() == '+' || text.back() == '-')) {
      text.pop_back();
      --at_;
    }
    return {TokenKind::symbol, text == "!=" ? "<>" : std::move(text)};
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Token> tokenize(std::string_view sql) { return Scanner(sql).run(); }

namespace {

std::string spelled(const Token& token) {
  switch (token.kind) {
    case TokenKind::string:
      return quote_literal(token.text);
    case TokenKind::quoted_word:
      return "\"" + replace_all(token.text, "\"", "\"\"") + "\"";
    default:
      return token.text;
  }
}

}  // namespace

std::string joined(const std::vector<Token>& tokens, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end && i < tokens.size(); ++i) {
    const bool dot = tokens[i].kind == TokenKind::symbol && tokens[i].text == ".";
    const bool tight = dot || text.empty() || text.back() == '.';
    text += (tight ? "" : " ") + spelled(tokens[i]);
  }
  return text;
}

}  // namespace schemagate::canonical
