// SPDX-License-Identifier: MIT
#include "schema/parse.h"

#include <algorithm>

#include "base/text.h"
#include "schema/parse_comment.h"
#include "schema/parse_lexer.h"
#include "schema/parse_split.h"
#include "schema/parse_tree.h"
#include "schema/placeholders.h"

extern "C" {
#include "pg_query.h"
}
extern "C" {
#include "pg_query_internal.h"
}

namespace schemagate {
namespace {

const std::string nested_too_deeply =
    "nested more deeply than " + std::to_string(max_nesting) + " levels";

/// The memory of one raw parse. libpg_query's current context is per thread: they must not overlap.
class ParseMemory {
 public:
  ParseMemory() : context_(pg_query_enter_memory_context()) {}
  ~ParseMemory() { pg_query_exit_memory_context(context_); }
  ParseMemory(const ParseMemory&) = delete;
  ParseMemory& operator=(const ParseMemory&) = delete;

 private:
  MemoryContext context_;
};

/// The server's words and the byte they are about.
struct SyntaxError {
  std::string message;
  std::size_t at = 0;
};

/// The byte of the `number`-th code point, from 1.
std::size_t byte_of(std::string_view text, int number) {
  std::size_t at = 0;
  for (int left = number - 1; left > 0 && at < text.size(); --left) {
    do ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  }
  return at;
}

/// The server quotes the whole of an unterminated literal: its first line, or part of it, will do.
std::string one_line(std::string message) {
  constexpr std::size_t longest = 200;
  std::size_t end = std::min(message.find_first_of("\r\n"), message.size());
  if (end == message.size() && end <= longest) return message;
  for (end = std::min(end, longest); (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80;)
    --end;
  return message.substr(0, end) + "\"";
}

/// One raw parse: the statements, or the error. Its tree lives as long as the ParseMemory.
struct RawParse {
  explicit RawParse(const std::string& sql) {
    auto result = pg_query_raw_parse(sql.c_str(), PG_QUERY_DISABLE_ESCAPE_STRING_WARNING);
    std::free(result.stderr_buffer);
    tree = result.tree;
    if (result.error == nullptr) return;
    error =
        SyntaxError{tree::text_of(result.error->message), byte_of(sql, result.error->cursorpos)};
    pg_query_free_error(result.error);
  }

  List* tree = nullptr;
  std::optional<SyntaxError> error;
};

class Parser {
 public:
  Parser(std::string_view original, std::uint32_t file) : original_(original), file_(file) {}

  ParsedFile run() {
    if (refuse()) return std::move(parsed_);
    // A COPY … FROM stdin without any backslash shows only in the tree, or by not parsing.
    if (!cut_out(original_.find('\\') != std::string_view::npos) || refuse_many()) {
      return std::move(parsed_);
    }
    const bool quotes = quotes_placeholder(sql_);
    bool parsed = !quotes && parse_all();
    if (!parsed && !cut_ && !quotes) {
      if (!cut_out(true)) return std::move(parsed_);
      parsed = !parsed_.skipped.empty() && parse_all();
    }
    if (!parsed) parse_pieces();
    parsed_.comments = directive_comments(sql_, file_, parsed_);
    return std::move(parsed_);
  }

 private:
  Span span(std::size_t begin, std::size_t end) const {
    return {file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  Span everything() const { return span(0, std::min(original_.size(), max_file_bytes)); }

  void problem(std::size_t at, Span statement, std::string message) {
    const Token token = next_token(sql_, at);
    Span where =
        token.kind == TokenKind::end ? last_token(statement) : span(token.begin, token.end);
    // An unterminated literal reaches to the end of the file: its first line says enough.
    const auto lines = std::string_view(sql_).substr(where.begin, where.end - where.begin);
    const auto line = lines.find('\n');
    if (line != std::string_view::npos && line > 0)
      where.end = where.begin + static_cast<std::uint32_t>(line);
    parsed_.problems.push_back({where, statement, one_line(std::move(message))});
  }

  Span last_token(Span statement) const {
    Token last{TokenKind::symbol, statement.begin, statement.end, false};
    const auto text = std::string_view(sql_).substr(0, statement.end);
    for (Token token = next_token(text, statement.begin); token.kind != TokenKind::end;
         token = next_token(text, token.end)) {
      last = token;
    }
    return span(last.begin, last.end);
  }

  bool refuse_file(std::size_t at, std::string message) {
    const std::size_t end = std::min(at + 1, original_.size());
    parsed_.problems.push_back({span(at, end), everything(), std::move(message)});
    return true;
  }
  static std::string too_many(std::string_view what, std::size_t limit) {
    return "file has more than " + with_thousands(static_cast<long long>(limit)) + " " +
           std::string(what);
  }

  /// PostgreSQL's scanner takes the square of the time for /*/*/*….
  static constexpr std::size_t max_operators = 10'000;

  /// True when nothing of the file is looked at.
  bool refuse() {
    if (original_.size() > max_file_bytes) {
      return refuse_file(
          0, "file is larger than " + human_size(static_cast<long long>(max_file_bytes)));
    }
    if (original_.starts_with("\xFF\xFE") || original_.starts_with("\xFE\xFF"))
      return refuse_file(0, "the file is UTF-16, PostgreSQL reads it as UTF-8: save it as UTF-8");
    const auto nul = original_.find('\0');
    if (nul != std::string_view::npos) {
      return refuse_file(nul, "invalid byte sequence for encoding \"UTF8\": 0x00");
    }
    return false;
  }

  /// True when what is left would cost more time or memory than a schema is worth.
  bool refuse_many() {
    if (sql_.size() <= max_operators) return false;
    const Glance seen = glance(sql_);
    if (seen.operators > max_operators) {
      return refuse_file(0, too_many("operator characters in a row", max_operators));
    }
    if (seen.semicolons <= max_statements) return false;
    std::size_t count = 0;
    for (auto piece = next_piece(sql_, 0, true); piece;
         piece = next_piece(sql_, piece->next, true)) {
      if (++count > max_statements)
        return refuse_file(piece->begin, too_many("statements", max_statements));
    }
    return false;
  }

  /// Fills sql_: what the parser may see, every byte in its place; without what is psql's own, when
  /// asked. False when the file is refused.
  bool cut_out(bool psql) {
    cut_ = psql;
    std::vector<PsqlPart> parts;
    if (psql) parts = psql_parts(original_);
    if (parts.size() > max_psql_parts)
      return !refuse_file(0, too_many("psql commands", max_psql_parts));
    sql_ = parts.empty() ? std::string(original_) : blank(original_, parts);
    for (const auto& part : parts) {
      const auto text = original_.substr(part.begin, part.end - part.begin);
      const auto first_line = trim(text.substr(0, text.find('\n')));
      parsed_.skipped.push_back({part.is_data ? SkippedKind::copy_data : SkippedKind::psql_command,
                                 span(part.begin, part.end),
                                 part.is_data ? std::string() : std::string(first_line)});
    }
    if (sql_.starts_with("\xEF\xBB\xBF")) sql_.replace(0, 3, "   ");
    replace_invalid_bytes();
    return true;
  }

  /// The first byte that is no UTF-8 is a problem; all of them are replaced, so that the rest of
  /// the file can be read.
  void replace_invalid_bytes() {
    if (is_utf8(sql_)) return;
    for (std::size_t at = first_invalid_utf8(sql_, 0); at < sql_.size();
         at = first_invalid_utf8(sql_, at + 1)) {
      if (!invalid_byte_) {
        invalid_byte_ = at;
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(sql_[at]);
        std::string message = "invalid byte sequence for encoding \"UTF8\": 0x";
        message += digits[byte >> 4];
        message += digits[byte & 15];
        parsed_.problems.push_back({span(at, at + 1), everything(), std::move(message)});
      }
      sql_[at] = '?';
    }
  }

  // ---- parsing ----

  /// False when the text does not parse, or holds COPY data that was not cut out.
  bool parse_all() {
    const ParseMemory memory;
    const RawParse raw(sql_);
    if (raw.error || (!cut_ && copies_from_stdin(raw.tree))) return false;
    convert(raw.tree, {file_, 0, sql_});
    return true;
  }

  static bool copies_from_stdin(const List* statements) {
    for (const auto* raw : tree::each<RawStmt>(statements)) {
      const auto* copy = tree::as<CopyStmt, T_CopyStmt>(raw->stmt);
      if (copy != nullptr && copy->is_from && copy->filename == nullptr) return true;
    }
    return false;
  }

  void parse_pieces() {
    // What lies behind a broken statement's likely end is looked at again. A file that is nothing
    // but that must not cost the square of its size.
    std::size_t patience = 8 * max_file_bytes;
    std::size_t at = 0;
    while (auto piece = next_piece(sql_, at, patience == 0)) {
      if (parse_piece(*piece)) {
        at = piece->next;
        continue;
      }
      at = piece->likely_end ? *piece->likely_end + 1 : piece->next;
      patience -= std::min(patience, piece->next - at);
    }
  }

  bool parse_piece(const Piece& piece) {
    const std::size_t end = piece.likely_end.value_or(piece.end);
    const std::string_view all = sql_;
    if (const auto deep = too_deep(all.substr(piece.begin, piece.end - piece.begin), max_nesting)) {
      problem(piece.begin + *deep, span(piece.begin, end), nested_too_deeply);
      return false;
    }
    // With its semicolon: the server's message may be about that.
    const std::string sql(all.substr(piece.begin, piece.next - piece.begin));
    if (quotes_placeholder(sql) && parse_filled_in(piece, sql)) return true;
    const auto error = try_piece(piece, sql);
    if (!error || parse_filled_in(piece, sql)) return true;
    if (is_only_placeholders(sql)) {
      const std::string_view written = all.substr(piece.begin, piece.end - piece.begin);
      parsed_.skipped.push_back(
          {SkippedKind::unread, span(piece.begin, piece.end),
           std::string(trim(written)) + " is filled in when it runs: what it does was not judged"});
      return true;
    }
    const bool reported =
        invalid_byte_ && *invalid_byte_ >= piece.begin && *invalid_byte_ < piece.end;
    if (reported) {
      parsed_.problems.front().statement = span(piece.begin, piece.end);
    } else {
      problem(piece.begin + error->at, span(piece.begin, end), error->message);
    }
    return false;
  }

  /// With names in the place of placeholders.
  bool parse_filled_in(const Piece& piece, std::string_view sql) {
    const auto replaced = without_placeholders(sql);
    return replaced && !try_piece(piece, *replaced);
  }

  std::optional<SyntaxError> try_piece(const Piece& piece, const std::string& sql) {
    const ParseMemory memory;
    RawParse raw(sql);
    if (!raw.error) convert(raw.tree, {file_, static_cast<std::uint32_t>(piece.begin), sql});
    return std::move(raw.error);
  }

  // ---- converting ----

  void convert(const List* statements, const tree::Text& text) {
    // Of a file that is read piece by piece each piece asks: an exact reservation would move all
    // statements every time.
    if (parsed_.statements.empty()) parsed_.statements.reserve(tree::length(statements));
    std::size_t after = 0;
    for (const auto* raw : tree::each<RawStmt>(statements)) {
      const auto [begin, end] = bounds(text.sql, raw, after);
      after = end;
      const tree::Source source{text, raw, begin, end};
      try {
        parsed_.statements.push_back({text.span(begin, end), tree::body_of(source, raw->stmt)});
      } catch (const tree::TooDeep&) {
        problem(text.offset + begin, text.span(begin, end), nested_too_deeply);
      } catch (const tree::TooLarge&) {
        problem(text.offset + begin, text.span(begin, end),
                "statement has more than " + with_thousands(max_parts) + " parts");
      } catch (const tree::Unprintable&) {
        problem(text.offset + begin, text.span(begin, end),
                "statement can't be printed canonically");
      }
    }
  }

  /// From the first token to the last: the tree's location may lie before comments, its length
  /// includes those before the semicolon.
  static std::pair<std::size_t, std::size_t> bounds(std::string_view sql, const RawStmt* raw,
                                                    std::size_t after) {
    std::size_t begin = std::max(after, static_cast<std::size_t>(std::max(raw->stmt_location, 0)));
    const char c = begin < sql.size() ? static_cast<char>(sql[begin] | 0x20) : '\0';
    if (c < 'a' || c > 'z') {  // not yet at a keyword
      Token first = next_significant(sql, begin);
      while (first.is(';', sql)) first = next_significant(sql, first.end);
      begin = first.begin;
    }
    const auto location = static_cast<std::size_t>(std::max(raw->stmt_location, 0));
    std::size_t end =
        raw->stmt_len == 0 ? sql.size() : location + static_cast<std::size_t>(raw->stmt_len);
    const std::size_t limit = end;
    while (end > begin && is_blank(sql[end - 1])) --end;
    // A -- comment would have swallowed the semicolon, were it on the same line.
    const bool next_line =
        raw->stmt_len == 0 || sql.substr(end, limit - end).find('\n') != std::string_view::npos;
    const bool comment_behind =
        sql.substr(begin, end - begin).ends_with("*/") ||
        (next_line &&
         sql.substr(line_begin(sql, begin, end), end).find("--") != std::string_view::npos);
    return {begin, comment_behind ? last_token_end(sql, begin, end) : end};
  }

  static std::size_t line_begin(std::string_view sql, std::size_t begin, std::size_t end) {
    const auto newline = sql.substr(begin, end - begin).rfind('\n');
    return newline == std::string_view::npos ? begin : begin + newline + 1;
  }

  static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
  }

  std::string_view original_;  // of the SourceSet, which outlives the parser
  std::uint32_t file_;
  std::string sql_;
  bool cut_ = false;  ///< psql's own parts are out of sql_
  std::optional<std::size_t> invalid_byte_;
  ParsedFile parsed_;
};

}  // namespace

ParsedFile parse(const SourceSet& sources, std::uint32_t file) {
  return Parser(sources.file(file).text, file).run();
}

ParsedFile parse_text(std::string_view sql) { return Parser(sql, Span::nowhere).run(); }

}  // namespace schemagate
