// SPDX-License-Identifier: MIT
#include "schema/parse_split.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "schema/name.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

/// psql commands that send the query buffer, so they end a statement as a semicolon does.
constexpr std::string_view sending_commands[] = {"g",     "gx",   "gexec",        "gset", "gdesc",
                                                 "watch", "bind", "crosstabview", ";"};

/// Words that begin a statement: where one stands on a new line, the one before was meant to end.
constexpr std::string_view beginnings[] = {"alter",  "comment", "create", "delete", "drop",
                                           "grant",  "insert",  "revoke", "select", "set",
                                           "update", "begin",   "commit", "do",     "truncate"};

std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

std::string_view command_name(std::string_view text, std::size_t backslash) {
  std::size_t end = backslash + 1;
  if (end < text.size() && text[end] == ';') return text.substr(end, 1);
  while (end < text.size() && ((text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z')) ++end;
  return text.substr(backslash + 1, end - backslash - 1);
}

bool sends(std::string_view name) {
  return std::find(std::begin(sending_commands), std::end(sending_commands), name) !=
         std::end(sending_commands);
}

/// A meta-command goes to the end of its line, or to a \\ that separates it from SQL.
std::size_t command_end(std::string_view text, std::size_t backslash) {
  if (command_name(text, backslash) == ";") return backslash + 2;
  const std::size_t line = line_end(text, backslash);
  const std::size_t separator = text.substr(0, line).find("\\\\", backslash + 1);
  std::size_t end = separator == std::string_view::npos ? line : separator + 2;
  if (end > backslash + 1 && text[end - 1] == '\r') --end;
  return end;
}

/// COPY data: from the line after `from` through the line that is \., or to the end of the text.
PsqlPart copy_data(std::string_view text, std::size_t from) {
  PsqlPart part{true, std::min(line_end(text, from) + 1, text.size()), text.size()};
  for (std::size_t line = part.begin; line < text.size();) {
    const std::size_t end = line_end(text, line);
    if (trim(text.substr(line, end - line)) == "\\.") {
      part.end = end;
      break;
    }
    line = end + 1;
  }
  return part;
}

/// Follows the words of a statement to learn whether it is COPY … FROM stdin.
class CopyWatch {
 public:
  void word(std::string_view text, const Token& token) {
    if (words_++ == 0) copy_ = is_word(text, token, "copy");
    if (!copy_) return;
    if (from_ && is_word(text, token, "stdin")) stdin_ = true;
    from_ = is_word(text, token, "from");
  }
  void other() {
    ++words_;
    from_ = false;
  }
  bool reads_stdin() const { return stdin_; }

 private:
  int words_ = 0;
  bool copy_ = false;
  bool from_ = false;
  bool stdin_ = false;
};

bool copies_from_stdin(std::string_view command) {
  const std::string lower = to_lower(command);
  return lower.starts_with("\\copy") && lower.find("from stdin") != std::string::npos;
}

constexpr std::array<bool, 256> make_operators() {
  std::array<bool, 256> operators{};
  for (const char c : std::string_view("~!@#^&|`?+-*/%<>="))
    operators[static_cast<unsigned char>(c)] = true;
  return operators;
}
constexpr std::array<bool, 256> operators = make_operators();

}  // namespace

Glance glance(std::string_view text) {
  Glance seen;
  std::size_t run = 0;
  for (const char c : text) {
    if (c == ';') ++seen.semicolons;
    run = operators[static_cast<unsigned char>(c)] ? run + 1 : 0;
    seen.operators = std::max(seen.operators, run);
  }
  return seen;
}

std::vector<PsqlPart> psql_parts(std::string_view text) {
  std::vector<PsqlPart> parts;
  CopyWatch copy;
  int depth = 0;
  const auto statement_ends = [&](std::size_t at) {
    if (copy.reads_stdin()) parts.push_back(copy_data(text, at));
    const bool data = copy.reads_stdin();
    copy = CopyWatch();
    depth = 0;
    return data ? parts.back().end : at;
  };
  Token token = next_significant(text, 0);
  while (token.kind != TokenKind::end && parts.size() <= max_psql_parts) {
    std::size_t at = token.end;
    if (token.kind == TokenKind::backslash) {
      const PsqlPart command{false, token.begin, command_end(text, token.begin)};
      parts.push_back(command);
      at = command.end;
      if (copies_from_stdin(text.substr(command.begin, command.end - command.begin))) {
        parts.push_back(copy_data(text, at));
        at = parts.back().end;
      } else if (sends(command_name(text, command.begin))) {
        at = statement_ends(at);
      }
    } else if (token.kind == TokenKind::word && depth == 0) {
      copy.word(text, token);
    } else if (token.is(';', text) && depth == 0) {
      at = statement_ends(at);
    } else {
      if (token.is('(', text)) ++depth;
      if (token.is(')', text) && depth > 0) --depth;
      copy.other();
    }
    token = next_significant(text, at);
  }
  return parts;
}

std::string blank(std::string_view text, const std::vector<PsqlPart>& parts) {
  std::string blanked(text);
  for (const auto& part : parts) {
    for (std::size_t i = part.begin; i < part.end; ++i) {
      if (blanked[i] != '\n' && blanked[i] != '\r') blanked[i] = ' ';
    }
    if (!part.is_data && sends(command_name(text, part.begin))) blanked[part.begin] = ';';
  }
  return blanked;
}

namespace {

bool begins_statement_on_new_line(std::string_view text, std::size_t after) {
  const Token next = next_significant(text, after);
  if (text.substr(after, next.begin - after).find('\n') == std::string_view::npos) return false;
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view word) { return is_word(text, next, word); });
}

/// Follows BEGIN ATOMIC … END, in which CASE … END may stand.
class AtomicWatch {
 public:
  void word(std::string_view text, const Token& token) {
    if (depth_ == 0) {
      if (begin_ && is_word(text, token, "atomic")) depth_ = 1;
      begin_ = is_word(text, token, "begin");
    } else if (is_word(text, token, "case")) {
      ++depth_;
    } else if (is_word(text, token, "end")) {
      --depth_;
    }
  }
  bool inside() const { return depth_ > 0; }

 private:
  bool begin_ = false;
  int depth_ = 0;
};

}  // namespace

std::optional<Piece> next_piece(std::string_view text, std::size_t at, bool eager) {
  Token token = next_significant(text, at);
  while (token.is(';', text)) token = next_significant(text, token.end);
  if (token.kind == TokenKind::end) return std::nullopt;
  Piece piece{token.begin, token.end, text.size(), std::nullopt, false};
  AtomicWatch atomic;
  int depth = 0;
  for (; token.kind != TokenKind::end; token = next_significant(text, token.end)) {
    if (token.is(';', text)) {
      if (depth == 0 && !atomic.inside()) {
        piece.next = token.end;
        return piece;
      }
      if (!piece.likely_end && begins_statement_on_new_line(text, token.end)) {
        piece.likely_end = token.begin;
        piece.next = token.end;
        if (eager) return piece;
        piece.next = text.size();
      }
    }
    if (token.kind == TokenKind::word) atomic.word(text, token);
    if (token.is('(', text)) ++depth;
    if (token.is(')', text) && depth > 0) --depth;
    piece.end = token.end;
    piece.unterminated = token.unterminated;
  }
  return piece;
}

std::optional<std::size_t> too_deep(std::string_view text, int limit) {
  int depth = 0;
  for (Token token = next_significant(text, 0); token.kind != TokenKind::end;
       token = next_significant(text, token.end)) {
    if (token.kind != TokenKind::symbol) continue;
    const char c = text[token.begin];
    if ((c == '(' || c == '[') && ++depth > limit) return token.begin;
    if ((c == ')' || c == ']') && depth > 0) --depth;
    if (c == ';') depth = 0;
  }
  return std::nullopt;
}

}  // namespace schemagate
