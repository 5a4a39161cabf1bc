// SPDX-License-Identifier: MIT
#include "schema/parse_comment.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

constexpr std::string_view directive_words[] = {
    "schemagate",     "squawk",        "atlas:",         "eugene",         "pgfence",
    "+goose",         "+migrate",      "migrate:",       "flyway",         "liquibase",
    "changeset",      "rambler",       "up migration",   "down migration", "transaction:",
    "no-transaction", "notransaction", "no_transaction", "create above",   "depends:",
    "sqitch",         "--! "};

/// Case and most other pairs of characters folded into one byte.
constexpr std::size_t pair_of(char first, char second) {
  return static_cast<unsigned char>((first | 0x20) * 31 + (second | 0x20));
}

/// Which pairs a directive's word can begin with: nearly all others need no closer look.
constexpr std::array<bool, 256> make_first_pairs() {
  std::array<bool, 256> pairs{};
  for (const std::string_view word : directive_words) pairs[pair_of(word[0], word[1])] = true;
  return pairs;
}
constexpr std::array<bool, 256> first_pairs = make_first_pairs();

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char wanted, char found) {
           return wanted == (found >= 'A' && found <= 'Z' ? found + ('a' - 'A') : found);
         });
}

bool holds_directive(std::string_view comment) {
  for (std::size_t at = 0; at + 1 < comment.size(); ++at) {
    const std::size_t pair = pair_of(comment[at], comment[at + 1]);
    if (!first_pairs[pair]) continue;
    const auto rest = comment.substr(at);
    if (std::any_of(std::begin(directive_words), std::end(directive_words),
                    [&](std::string_view word) {
                      return pair_of(word[0], word[1]) == pair && begins_with(rest, word);
                    })) {
      return true;
    }
  }
  return false;
}

/// A cheap look at what may be comments, before the text is cut into tokens.
bool may_hold_directive(std::string_view text) {
  for (const std::string_view mark : {"--", "/*"}) {
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
      const auto end =
          std::min(mark == "--" ? text.find('\n', at) : text.find("*/", at), text.size());
      if (holds_directive(text.substr(at, end - at))) return true;
      at = end;
    }
  }
  return false;
}

std::string_view without_signs(std::string_view comment) {
  const bool block = comment.starts_with("/*");
  comment.remove_prefix(2);
  if (block && comment.ends_with("*/")) comment.remove_suffix(2);
  return trim(comment);
}

/// The broken statements in order: a comment looks for one between itself and the next good one.
std::vector<Span> broken_statements(const ParsedFile& parsed) {
  std::vector<Span> broken;
  for (const auto& problem : parsed.problems) broken.push_back(problem.statement);
  std::sort(broken.begin(), broken.end(), [](Span a, Span b) { return a.begin < b.begin; });
  return broken;
}

/// Where a file's comments belong; it is asked for them in order, so that no line is looked at
/// twice.
class Owners {
 public:
  Owners(std::string_view source, const ParsedFile& parsed)
      : text_(source), statements_(parsed.statements), broken_(broken_statements(parsed)) {}

  int statement_of(const Span& comment) {
    const std::size_t newline = text_.substr(seen_, comment.begin - seen_).rfind('\n');
    if (newline != std::string_view::npos) line_begin_ = seen_ + newline + 1;
    seen_ = comment.begin;
    const auto next = std::lower_bound(
        statements_.begin(), statements_.end(), comment.begin,
        [](const Statement& statement, std::uint32_t at) { return statement.span.begin < at; });
    const int index = static_cast<int>(next - statements_.begin());
    if (next != statements_.begin()) {
      const Span before = std::prev(next)->span;
      if (before.end > comment.begin) return index - 1;  // inside of it
      if (line_begin_ <= std::min<std::size_t>(end_behind(before), comment.begin)) return index - 1;
    }
    if (next == statements_.end()) return -1;
    // What stands above, in or beside a statement that does not parse is not meant for the next.
    const auto behind =
        std::lower_bound(broken_.begin(), broken_.end(), next->span.begin,
                         [](const Span& span, std::uint32_t at) { return span.begin < at; });
    const bool broken_between = behind != broken_.begin() && std::prev(behind)->end >= line_begin_;
    return broken_between ? -1 : index;
  }

 private:
  /// Where a statement ends with the semicolon behind it.
  std::size_t end_behind(Span statement) {
    if (std::exchange(known_, statement) == statement) return end_;
    const Token semicolon = next_significant(text_, statement.end);
    end_ = semicolon.is(';', text_) ? semicolon.end : statement.end;
    return end_;
  }

  std::string_view text_;
  const std::vector<Statement>& statements_;
  std::vector<Span> broken_;
  std::size_t seen_ = 0, line_begin_ = 0;
  Span known_;           ///< whose end is
  std::size_t end_ = 0;  ///< this
};

}  // namespace

std::vector<CommentText> directive_comments(std::string_view text, std::uint32_t file,
                                            const ParsedFile& parsed) {
  std::vector<CommentText> comments;
  if (!may_hold_directive(text)) return comments;
  Owners owners(text, parsed);
  for (Token token = next_token(text, 0); token.kind != TokenKind::end;
       token = next_token(text, token.end)) {
    if (token.kind != TokenKind::comment) continue;
    const Span span{file, static_cast<std::uint32_t>(token.begin),
                    static_cast<std::uint32_t>(token.end)};
    comments.push_back(
        {span, std::string(without_signs(text.substr(token.begin, token.end - token.begin))),
         owners.statement_of(span)});
  }
  return comments;
}

}  // namespace schemagate
