// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cctype>

#include "hcl/functions.h"

namespace schemagate::hcl {
namespace {

/// JSON as values of HCL: objects, lists, texts, numbers, booleans, null.
class JsonReader {
 public:
  JsonReader(const std::string& text, Span where) : text_(text), where_(where) {}

  Value whole() {
    Value value = any(0);
    blanks();
    if (at_ != text_.size()) refuse("there is something behind the value");
    return value;
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw WrongArgument{fmt::format("no JSON at byte {}: {}", at_, why)};
  }
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string::npos)
      ++at_;
  }
  char next() {
    blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void expect(char c) {
    if (next() != c) refuse(fmt::format("expected {}", c));
    ++at_;
  }
  bool takes(std::string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  Value any(int depth) {
    if (depth >= max_value_depth) refuse("it is too deep");
    const char c = next();
    if (c == '{') return object(depth);
    if (c == '[') return list(depth);
    if (c == '"') return make_text(text());
    if (takes("true")) return make_boolean(true);
    if (takes("false")) return make_boolean(false);
    if (takes("null")) return {};
    return number();
  }

  Value list(int depth) {
    std::vector<Value> items;
    ++at_;
    if (next() != ']') {
      items.push_back(any(depth + 1));
      while (next() == ',') {
        ++at_;
        items.push_back(any(depth + 1));
      }
    }
    expect(']');
    return make_list(std::move(items), where_);
  }

  Value object(int depth) {
    std::vector<std::string> keys;
    std::vector<Value> items;
    ++at_;
    while (next() != '}') {
      if (!keys.empty()) expect(',');
      if (next() != '"') refuse("expected a key");
      keys.push_back(text());
      expect(':');
      items.push_back(any(depth + 1));
    }
    ++at_;
    return make_object(std::move(keys), std::move(items), where_);
  }

  Value number() {
    const std::size_t begin = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
      if (at_ == from) refuse("expected a value");
    };
    const bool negative = takes("-");
    digits();
    const bool is_whole =
        at_ >= text_.size() || std::string_view(".eE").find(text_[at_]) == std::string::npos;
    if (takes(".")) digits();
    if (takes("e") || takes("E")) {
      if (!takes("+")) takes("-");
      digits();
    }
    const std::string literal = text_.substr(begin, at_ - begin);
    if (is_whole && !negative) return make_literal(literal);
    if (is_whole && literal.size() < 18) return make_integer(std::stoll(literal));
    Value value = make_literal(negative ? literal.substr(1) : literal);
    if (!negative) return value;
    if (!as_number(value)) refuse("this number is not read here");
    return make_number(-*as_number(value));
  }

  std::string text() {
    std::string out;
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) refuse("a string does not end");
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) refuse("a control character in a string");
      if (c == '"') break;
      if (c != '\\') {
        out += c;
        continue;
      }
      escape(out);
    }
    ++at_;
    return out;
  }

  /// at_ is on the backslash, and then on the escape's last byte.
  void escape(std::string& out) {
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (++at_ >= text_.size()) refuse("a string does not end");
    if (const std::size_t known = from.find(text_[at_]); known != std::string_view::npos) {
      out += to[known];
      return;
    }
    if (text_[at_] != 'u') refuse("an escape that JSON does not have");
    unsigned code = hexadecimal();
    if (code >= 0xD800 && code < 0xDC00 && text_.compare(at_ + 1, 2, "\\u") == 0) {
      at_ += 2;
      const unsigned low = hexadecimal();
      if (low < 0xDC00 || low > 0xDFFF) refuse("half a character");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000) refuse("half a character");
    append_utf8(code, out);
  }

  unsigned hexadecimal() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i) {
      if (++at_ >= text_.size() || !std::isxdigit(static_cast<unsigned char>(text_[at_])))
        refuse("expected four hexadecimal digits");
      const char c = text_[at_];
      code = code * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
  }

  static void append_utf8(unsigned code, std::string& out) {
    const auto byte = [&](unsigned bits) { out += static_cast<char>(bits); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0 | code >> 6);
    } else {
      if (code < 0x10000) {
        byte(0xE0 | code >> 12);
      } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
      }
      byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
  }

  const std::string& text_;
  Span where_;
  std::size_t at_ = 0;
};

Value json_decode(const Arguments& a, Span where) {
  const std::string text = text_at(a, 0);
  return JsonReader(text, where).whole();
}

constexpr Function json_entries[] = {{"jsondecode", 1, 1, json_decode}};

}  // namespace

std::span<const Function> json_functions() { return json_entries; }

}  // namespace schemagate::hcl
