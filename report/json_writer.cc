// SPDX-License-Identifier: MIT
#include "report/json_writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "report/utf8.h"

namespace schemagate {
namespace {

/// Which bytes stand in a JSON string as they are; ##[ is looked at because a GitHub runner that
/// sees the output takes it for a command, anywhere in a line.
constexpr std::array<bool, 256> plain_bytes = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = true;
  for (const char c : {'"', '\\', '#'}) plain[static_cast<unsigned char>(c)] = false;
  return plain;
}();

constexpr bool is_plain(char c) { return plain_bytes[static_cast<unsigned char>(c)]; }

/// The first byte at or after `at` that is not plain. Eight bytes at a time while all are: most
/// text is. Each term below has a byte's highest bit set when that byte is special (Hacker's
/// Delight, 6-1).
std::size_t skip_plain(std::string_view text, std::size_t at) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  const auto is = [](std::uint64_t bytes, char c) {
    const std::uint64_t zero_there = bytes ^ (ones * static_cast<unsigned char>(c));
    return (zero_there - ones) & ~zero_there;
  };
  while (at + 8 <= text.size()) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, 8);
    const std::uint64_t below_space = (bytes - ones * 0x20) & ~bytes;
    const std::uint64_t special =
        bytes | below_space | is(bytes, '"') | is(bytes, '\\') | is(bytes, '#') | is(bytes, '\x7f');
    if ((special & highs) != 0) break;
    at += 8;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

void append_escaped(std::string& out, char32_t code) {
  switch (code) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (code < 0x10000) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(code));
    return;
  }
  const auto above = static_cast<std::uint32_t>(code) - 0x10000;
  fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10U),
                 0xDC00 + (above & 0x3FFU));
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = skip_plain(text, at);
    out.append(text, at, end - at);
    at = end;
    if (at == text.size()) break;
    const Character character = character_at(text, at);
    const bool runner_command = text.substr(at).starts_with("##[");
    if (!character.valid) {
      out += "\xEF\xBF\xBD";
    } else if (character.code == '#' && !runner_command) {
      out += '#';
    } else if (character.code < 0x80 || is_deceptive(character.code)) {
      append_escaped(out, character.code);
    } else {
      out += text.substr(at, character.bytes);
    }
    at += character.bytes;
  }
  out += '"';
}

}  // namespace

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  if (!levels_.back().empty) out_ += ',';
  levels_.back().empty = false;
}

JsonWriter& JsonWriter::begin_object() {
  const bool element = !levels_.empty() && levels_.back().array;
  separate();
  if (element) {
    out_ += '\n';
    levels_.back().lines = true;
  }
  out_ += '{';
  levels_.push_back({});
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  levels_.pop_back();
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  levels_.push_back({.array = true});
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  if (levels_.back().lines) out_ += '\n';
  out_ += ']';
  levels_.pop_back();
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t number) {
  separate();
  char digits[24];
  const auto result = std::to_chars(std::begin(digits), std::end(digits), number);
  out_.append(std::begin(digits), result.ptr);
  return *this;
}

JsonWriter& JsonWriter::real(double number) {
  if (!std::isfinite(number)) return null();
  separate();
  out_ += fmt::format("{}", number);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool truth) { return raw(truth ? "true" : "false"); }

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::strings(const std::vector<std::string>& texts) {
  begin_array();
  for (const std::string& text : texts) string(text);
  return end_array();
}

std::string JsonWriter::take() {
  out_ += '\n';
  return std::move(out_);
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - first;
  };
  if (text.starts_with('-')) ++at;
  const std::size_t whole = at;
  const std::size_t count = digits();
  if (count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace schemagate
