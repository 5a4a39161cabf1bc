// SPDX-License-Identifier: MIT
// Where the commands of an ALTER TABLE stand. The tree does not know; the text is asked when
// needed.
#include "base/text.h"
#include "schema/parse.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

/// Reads the tokens of an ALTER statement up to its first command.
class AlterHead {
 public:
  explicit AlterHead(std::string_view sql) : text_(sql), token_(next_significant(sql, 0)) {}

  /// ALTER [FOREIGN] TABLE [IF EXISTS] [ONLY] name [*]
  Token skip(ObjectKind kind) {
    take("alter");
    const std::string words = to_lower(to_sql(kind));
    for (const std::string_view word : split(words, ' ')) take(word);
    if (take("if")) take("exists");
    take("only");
    advance();
    while (token_.is('.', text_)) {
      advance();
      advance();
    }
    if (token_.is('*', text_)) advance();
    return token_;
  }

 private:
  void advance() { token_ = next_significant(text_, token_.end); }
  bool take(std::string_view word) {
    if (!is_word(text_, token_, word)) return false;
    advance();
    return true;
  }

  std::string_view text_;
  Token token_;
};

}  // namespace

std::vector<Span> command_spans(const SourceSet& sources, const Statement& statement) {
  const auto* alter = statement.as<AlterTable>();
  if (alter == nullptr) return {};
  const std::string_view text = sources.text(statement.span);
  std::vector<Span> spans;
  Token token = AlterHead(text).skip(alter->kind);
  while (token.kind != TokenKind::end) {
    const std::size_t end = element_end(text, token.begin, text.size());
    if (end == token.begin) break;
    spans.push_back({statement.span.file,
                     statement.span.begin + static_cast<std::uint32_t>(token.begin),
                     statement.span.begin + static_cast<std::uint32_t>(end)});
    token = next_significant(text, end);
    if (!token.is(',', text)) break;
    token = next_significant(text, token.end);
  }
  return spans;
}

}  // namespace schemagate
