// SPDX-License-Identifier: MIT
#include "schema/parse_comment.h"

#include <algorithm>
#include <array>
#include <string>

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

int statement_of(const Span& comment, std::string_view text, const ParsedFile& parsed,
                 const std::vector<Span>& broken) {
  const auto& statements = parsed.statements;
  const auto next = std::lower_bound(
      statements.begin(), statements.end(), comment.begin,
      [](const Statement& statement, std::uint32_t at) { return statement.span.begin < at; });
  const int index = static_cast<int>(next - statements.begin());
  if (next != statements.begin()) {
    const Span before = std::prev(next)->span;
    if (before.end > comment.begin) return index - 1;  // inside of it
    const Token semicolon = next_significant(text, before.end);
    const std::size_t end =
        semicolon.is(';', text) ? std::min<std::size_t>(semicolon.end, comment.begin) : before.end;
    const auto between = text.substr(end, comment.begin - end);
    if (between.find('\n') == std::string_view::npos) return index - 1;
  }
  if (next == statements.end()) return -1;
  // What stands above, in or beside a statement that does not parse is not meant for the next one.
  const auto line = text.substr(0, comment.begin).rfind('\n');
  const std::size_t line_begin = line == std::string_view::npos ? 0 : line;
  const auto behind =
      std::lower_bound(broken.begin(), broken.end(), next->span.begin,
                       [](const Span& span, std::uint32_t at) { return span.begin < at; });
  const bool broken_between = behind != broken.begin() && std::prev(behind)->end > line_begin;
  return broken_between ? -1 : index;
}

}  // namespace

std::vector<CommentText> directive_comments(std::string_view text, std::uint32_t file,
                                            const ParsedFile& parsed) {
  std::vector<CommentText> comments;
  if (!may_hold_directive(text)) return comments;
  const auto broken = broken_statements(parsed);
  for (Token token = next_token(text, 0); token.kind != TokenKind::end;
       token = next_token(text, token.end)) {
    if (token.kind != TokenKind::comment) continue;
    const Span span{file, static_cast<std::uint32_t>(token.begin),
                    static_cast<std::uint32_t>(token.end)};
    comments.push_back(
        {span, std::string(without_signs(text.substr(token.begin, token.end - token.begin))),
         statement_of(span, text, parsed, broken)});
  }
  return comments;
}

}  // namespace schemagate
