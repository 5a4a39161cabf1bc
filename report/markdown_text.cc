// SPDX-License-Identifier: MIT
#include "report/markdown_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/runner_text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::string_view zero_width_space = "\xE2\x80\x8B";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string span_of(const std::string& text) {
  if (text.empty()) return {};
  const std::string fence(longest_run_of_backticks(text) + 1, '`');
  const auto at_edge = [](char c) { return c == '`' || c == ' '; };
  // One space at each end is taken away by the renderer: it separates fence and backtick.
  const bool pad = at_edge(text.front()) || at_edge(text.back());
  return fence + (pad ? " " : "") + text + (pad ? " " : "") + fence;
}

/// A span begins with a backtick: only the form that is an order wherever it stands is broken.
std::string without_order(std::string text) {
  return replace_all(std::move(text), "##[", "#\\x23[");
}

/// ":name:" at `at` would become an emoji.
bool is_shortcode(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  const auto in_name = [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '+' || c == '-';
  };
  while (end < text.size() && in_name(text[end])) ++end;
  return end > at + 1 && end < text.size() && text[end] == ':';
}

/// GitHub makes a link of it wherever it stands in prose: @name, #1, GH-1, https://…, www.….
bool begins_a_link(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at + 1);
  const auto ends_with = [&](std::string_view word) {
    if (before.size() < word.size()) return false;
    return std::equal(word.begin(), word.end(), before.end() - static_cast<long>(word.size()),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  };
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  switch (text[at]) {
    case '@':
    case '#':
      return true;
    case ':':
      return text.substr(at + 1).starts_with("//") || is_shortcode(text, at) ||
             ends_with("mailto:") || ends_with("xmpp:");
    case 'w':
    case 'W':
      return ends_with("www") && next == '.';
    case '-':
      return ends_with("gh-") && is_digit(next);
    default:
      return false;
  }
}

/// Markup wherever it stands; and only where a line begins: headings, lists, quotes, rules.
constexpr std::string_view markup = "\\`*_[]|~$";
constexpr std::string_view markup_at_begin = "#+-=";

bool needs_backslash(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (at == 0 && markup_at_begin.find(c) != std::string_view::npos) return true;
  if (c == '.' || c == ')') {  // "1." begins a list
    return at > 0 && std::all_of(text.begin(), text.begin() + static_cast<long>(at), is_digit);
  }
  // Inside a word an underscore is no markup: names stay readable.
  const bool inside = at > 0 && at + 1 < text.size() && is_letter_or_digit(text[at - 1]) &&
                      is_letter_or_digit(text[at + 1]);
  return markup.find(c) != std::string_view::npos && !(c == '_' && inside);
}

/// What stands for `c` in HTML's text; empty: itself.
std::string_view entity_of(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    default:
      return {};
  }
}

/// Inside <pre> the text looks and is copied as it was.
std::string html_block(std::string_view text, std::string_view language) {
  std::string content;
  for (const char c : text) {
    if (const std::string_view entity = entity_of(c); !entity.empty())
      content += entity;
    else
      content += c;
  }
  const std::string attribute = language.empty() ? "" : fmt::format(" lang=\"{}\"", language);
  return fmt::format("<pre{}><code>{}</code></pre>\n\n", attribute,
                     html_without_workflow_commands(content));
}

void append_prose(std::string& out, std::string_view text, std::size_t at) {
  if (const std::string_view entity = entity_of(text[at]); !entity.empty()) {
    out += entity;
  } else {
    if (needs_backslash(text, at)) out += '\\';
    out += text[at];
  }
  if (begins_a_link(text, at)) out += zero_width_space;
}

}  // namespace

std::string code_span(std::string_view text) { return span_of(without_order(visible_line(text))); }

std::string table_code(std::string_view text) {
  std::string shown;
  for (const char c : visible_line(text)) {
    // "\|" is a bar in a cell, but only when no backslash stands before it.
    if (c == '|' && shown.ends_with('\\')) {
      shown += "x7c";
    } else {
      shown += c == '|' ? "\\|" : std::string(1, c);
    }
  }
  return span_of(without_order(std::move(shown)));
}

std::string prose(std::string_view text) {
  const std::string shown = visible_line(text);
  std::string out;
  out.reserve(shown.size() + shown.size() / 8);
  for (std::size_t at = 0; at < shown.size(); ++at) append_prose(out, shown, at);
  return html_without_workflow_commands(out);
}

std::string code_block(std::string_view text, std::string_view language) {
  const std::string shown = visible(text);
  // What GitHub runs or draws has to stay a block; a suggestion is posted and never printed.
  if (language != "suggestion" && language != "mermaid" && has_workflow_command(shown))
    return html_block(shown, language);
  const std::string fence(std::max<std::size_t>(longest_run_of_backticks(shown) + 1, 3), '`');
  return fmt::format("{}{}\n{}{}{}\n\n", fence, language, shown,
                     shown.ends_with('\n') || shown.empty() ? "" : "\n", fence);
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : visible_line(text)) {
    if (const std::string_view entity = entity_of(c); !entity.empty())
      out += entity;
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return html_without_workflow_commands(out);
}

std::string url_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (is_letter_or_digit(c) || std::string_view("-._~/").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace schemagate
