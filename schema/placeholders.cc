// SPDX-License-Identifier: MIT
#include "schema/placeholders.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/text.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

bool is_name(char c) {
  return (c >= '0' && c <= '9') || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool is_upper_name(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

/// "__a_" for "${a}" and "${ a }".
std::string stand_in(std::string_view written) {
  std::string name;
  for (const char c : written)
    if (c != ' ' && c != '\t') name += is_name(c) && !name.empty() ? c : '_';
  return name;
}

/// The end of a template that begins at `at`, or `at`.
std::size_t template_end(std::string_view text, std::size_t at) {
  if (text[at] != '$' && text[at] != '{') return at;
  constexpr std::size_t longest = 1000;  // a text may be one line of signs that open templates
  std::string_view rest = text.substr(at, longest);
  rest = rest.substr(0, rest.find('\n'));
  const auto closes = [&](std::string_view close) {
    const std::size_t end = rest.find(close);
    return end == std::string_view::npos ? at : at + end + close.size();
  };
  if (rest.starts_with("${")) return closes("}");
  if (rest.starts_with("{{")) return closes("}}");
  if (rest.size() < 2 || rest.front() != '$' || !is_upper_name(rest[1])) return at;
  std::size_t end = at + 1;
  while (end < text.size() && is_name(text[end])) ++end;
  return end;
}

/// A placeholder as it is written, and what the parser reads there instead.
struct Placeholder {
  std::size_t begin = 0, end = 0;
  std::string name;
};
using Visit = std::function<void(const Placeholder&)>;

/// Templates between `begin` and `end`.
void visit_templates(std::string_view text, std::size_t begin, std::size_t end,
                     const Visit& visit) {
  for (std::size_t at = begin; at < end;) {
    const std::size_t stop = template_end(text.substr(0, end), at);
    if (stop != at) visit({at, stop, stand_in(text.substr(at, stop - at))});
    at = std::max(stop, at + 1);
  }
}

/// psql's: the end of what was read.
std::size_t visit_variable(std::string_view text, const Token& colon, const Visit& visit) {
  const Token name = next_significant(text, colon.end);
  if (name.begin != colon.end) return colon.end;
  if (name.is(':', text) || name.is('=', text)) return name.end;  // a cast, or a named argument
  if (name.kind == TokenKind::word)
    visit({colon.begin, name.end, stand_in(text.substr(colon.begin, name.end - colon.begin))});
  if (name.kind == TokenKind::string || name.kind == TokenKind::quoted_identifier)
    visit({colon.begin, colon.end, " "});
  return colon.end;
}

/// All that stand outside of literals and comments, in order.
void visit_placeholders(std::string_view text, const Visit& visit) {
  for (Token token = next_significant(text, 0); token.kind != TokenKind::end;) {
    std::size_t next = token.end;
    if (token.is(':', text)) {
      next = visit_variable(text, token, visit);
    } else if (token.kind == TokenKind::quoted_identifier) {
      visit_templates(text, token.begin, token.end, visit);
    } else if (token.kind == TokenKind::symbol || token.kind == TokenKind::word) {
      // A dollar may be the last character of a word: "old_${name}".
      const bool dollar = token.kind == TokenKind::word && text[token.end - 1] == '$';
      const std::size_t at = dollar ? token.end - 1 : token.begin;
      const std::size_t end = template_end(text, at);
      if (end != at) visit({at, end, stand_in(text.substr(at, end - at))});
      next = std::max(next, end);
    }
    token = next_significant(text, next);
  }
}

/// `written` instead of each `name` in `words`; "_a" is no part of a longer name.
std::string say_as_written(std::string words, const std::string& name, const std::string& written) {
  const bool short_name = !name.starts_with("__") && !name.starts_with("\"__");
  for (std::size_t at = words.find(name); at != std::string::npos; at = words.find(name, at)) {
    if (short_name && ((at > 0 && is_name(words[at - 1])) ||
                       (at + name.size() < words.size() && is_name(words[at + name.size()])))) {
      ++at;
      continue;
    }
    words.replace(at, name.size(), written);
    at += written.size();
  }
  return words;
}

}  // namespace

std::optional<std::string> without_placeholders(std::string_view text) {
  std::string replaced;
  std::size_t from = 0;
  std::size_t owed = 0;  // blanks that were dropped out of the word that ends at `from`
  const auto copy_until = [&](std::size_t end) {
    for (; owed > 0 && from < end && is_name(text[from]); ++from) replaced += text[from];
    if (from == end && owed > 0) return;
    replaced.append(std::exchange(owed, 0), ' ');
    replaced.append(text.substr(from, end - from));
    from = end;
  };
  bool any = false;
  visit_placeholders(text, [&](const Placeholder& found) {
    copy_until(found.begin);
    replaced += found.name;
    owed += found.end - found.begin - found.name.size();
    from = found.end;
    any = true;
  });
  if (!any) return std::nullopt;
  copy_until(text.size());
  replaced.append(owed, ' ');
  return replaced;
}

bool is_only_placeholders(std::string_view text) {
  std::string rest(text);
  bool any = false;
  visit_placeholders(text, [&](const Placeholder& found) {
    std::fill(rest.begin() + static_cast<std::ptrdiff_t>(found.begin),
              rest.begin() + static_cast<std::ptrdiff_t>(found.end), ' ');
    any = true;
  });
  Token token = next_significant(rest, 0);
  while (token.is(';', rest)) token = next_significant(rest, token.end);
  return any && token.kind == TokenKind::end;
}

bool quotes_placeholder(std::string_view text) {
  for (const std::string_view sign : {"\"${", "\"{{"})
    if (text.find(sign) != std::string_view::npos) return true;
  return false;
}

bool is_stand_in(std::string_view name) {
  return name.size() > 3 && name.starts_with("__") && name.ends_with('_');
}

bool names_stand_in(std::string_view words) {
  for (std::size_t at = words.find("\"__"); at != std::string_view::npos;
       at = words.find("\"__", at + 1))
    if (is_stand_in(words.substr(at + 1, words.find('"', at + 1) - at - 1))) return true;
  return false;
}

std::string with_placeholders(std::string words, std::string_view text) {
  visit_placeholders(text, [&](const Placeholder& found) {
    if (found.name == " ") return;
    const std::string written(text.substr(found.begin, found.end - found.begin));
    const std::string lower = to_lower(found.name);
    words = say_as_written(std::move(words), lower, written);
    if (lower != found.name) words = say_as_written(std::move(words), found.name, written);
  });
  return words;
}

}  // namespace schemagate
