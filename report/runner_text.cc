// SPDX-License-Identifier: MIT
#include "report/runner_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::string_view newer_form = "::", older_form = "##[";

/// Most text holds neither form of an order anywhere: it need not be looked at line by line.
bool may_give_orders(std::string_view text) {
  return text.find(newer_form) != std::string_view::npos ||
         text.find(older_form) != std::string_view::npos;
}

/// What the runner skips at a line's begin: .NET's white space but the ends of lines.
bool is_space(char32_t code) {
  return code == '\t' || code == '\v' || code == '\f' || code == ' ' || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/// Calls `line` with each line and what ends it; a carriage return alone ends one as well.
template <class Line>
void for_each_line(std::string_view text, Line line) {
  while (!text.empty()) {
    const auto end =
        std::find_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; });
    const auto length = static_cast<std::size_t>(end - text.begin()) + (end == text.end() ? 0 : 1);
    line(text.substr(0, length));
    text.remove_prefix(length);
  }
}

/// Bytes before the order that a line begins with; npos when it gives none.
std::size_t order_in(std::string_view line) {
  std::size_t begin = 0;
  while (begin < line.size()) {
    const Character character = character_at(line, begin);
    if (!is_space(character.code)) break;
    begin += character.bytes;
  }
  return line.substr(begin).starts_with(newer_form) ? begin : std::string_view::npos;
}

std::string rewritten(std::string text, std::string_view colon, std::string_view hash) {
  if (!may_give_orders(text)) return text;
  std::string safe;
  safe.reserve(text.size());
  for_each_line(text, [&](std::string_view line) {
    if (const std::size_t order = order_in(line); order != std::string_view::npos) {
      safe += line.substr(0, order);
      safe += colon;
      line.remove_prefix(order + 1);
    }
    safe += line;
  });
  if (safe.find(older_form) == std::string::npos) return safe;
  return replace_all(std::move(safe), older_form, fmt::format("#{}[", hash));
}

}  // namespace

bool has_workflow_command(std::string_view text) {
  if (!may_give_orders(text)) return false;
  bool found = text.find(older_form) != std::string_view::npos;
  for_each_line(text, [&](std::string_view line) {
    found = found || order_in(line) != std::string_view::npos;
  });
  return found;
}

std::string without_workflow_commands(std::string text) {
  return rewritten(std::move(text), "\\x3a", "\\x23");
}

std::string html_without_workflow_commands(std::string html) {
  return rewritten(std::move(html), "&#58;", "&#35;");
}

std::string sql_without_workflow_commands(std::string sql) {
  if (!has_workflow_command(sql)) return sql;
  constexpr std::size_t digits = 32;
  const std::string word = sha256_hex("a runner listens again\n" + sql).substr(0, digits);
  return fmt::format("/*\n::stop-commands::{}\n*/\n{}{}/*\n::{}::\n*/\n", word, sql,
                     sql.ends_with('\n') ? "" : "\n", word);
}

}  // namespace schemagate
