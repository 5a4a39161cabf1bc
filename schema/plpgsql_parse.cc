// SPDX-License-Identifier: MIT
#include "schema/plpgsql_parse.h"

#include <algorithm>

#include "base/text.h"
#include "schema/token_reader.h"

namespace schemagate {
namespace {

/// First words of SQL statements; a PL/pgSQL statement that begins with none of them is its own.
constexpr std::string_view commands[] = {
    "alter",   "analyze", "call",     "cluster", "comment",  "copy",   "create", "delete",
    "discard", "do",      "drop",     "grant",   "import",   "insert", "listen", "lock",
    "merge",   "notify",  "reindex",  "refresh", "reassign", "reset",  "revoke", "security",
    "select",  "set",     "truncate", "update",  "vacuum",   "values", "with"};

/// Commands that neither lock a relation for longer than a look at it nor lose anything.
constexpr std::string_view harmless_commands[] = {"grant", "revoke", "notify", "comment"};

class Body : TokenReader {
 public:
  explicit Body(std::string_view text) : TokenReader(text) {}

  EmbeddedSql scan() {
    while (at_ < tokens_.size()) statement();
    return std::move(found_);
  }

  bool all_is_harmless() const { return is_harmless(0, tokens_.size()); }

 private:
  std::size_t find_word(std::size_t from, std::string_view keyword) const {
    return find(from, [&](std::size_t i) { return word(i, keyword); });
  }
  /// The semicolon that ends the statement. Parentheses count; CASE does not, for a CASE statement
  /// holds semicolons.
  std::size_t semicolon(std::size_t from) const {
    int depth = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      if (symbol(i, '(')) ++depth;
      if (symbol(i, ')') && depth > 0) --depth;
      if (depth == 0 && symbol(i, ';')) return i;
    }
    return tokens_.size();
  }

  /// Takes the next statement, or only the control words before it.
  void statement() {
    if (symbol(at_, '<') && symbol(at_ + 1, '<')) {  // <<label>>
      at_ += 5;
    } else if (word(at_, "begin") || word(at_, "declare") || word(at_, "loop") ||
               word(at_, "else") || word(at_, "exception") || symbol(at_, ';')) {
      ++at_;
    } else if (word(at_, "if") || word(at_, "elsif") || word(at_, "elseif") || word(at_, "when")) {
      at_ = find_word(at_ + 1, "then") + 1;
    } else if (word(at_, "case")) {
      at_ = find_word(at_ + 1, "when");
    } else if (word(at_, "while")) {
      at_ = find_word(at_ + 1, "loop") + 1;
    } else if (word(at_, "for") || word(at_, "foreach")) {
      loop();
    } else {
      const std::size_t end = semicolon(at_);
      simple(at_, end);
      at_ = end + 1;
    }
  }

  void loop() {
    const std::size_t in = find_word(at_ + 1, "in");
    const std::size_t end = find_word(at_ + 1, "loop");
    if (in < end) query(in + 1, end);
    at_ = end + 1;
  }

  /// A statement without control words, in tokens [from, to).
  void simple(std::size_t from, std::size_t to) {
    if (from >= to) return;
    if (symbol(from + 1, ':') || symbol(from + 1, '=')) return;  // comment := 'a variable'
    if (word(from, "return") && word(from + 1, "query")) return query(from + 2, to);
    if (word(from, "open")) {
      const auto query_for = find(from, [&](std::size_t i) { return i >= to || word(i, "for"); });
      return query(std::min(query_for + 1, to), to);
    }
    if (word(from, "perform")) {
      found_.statements.push_back("SELECT " + slice(from + 1, to));
      return;
    }
    query(from, to);
  }

  /// EXECUTE …, or an SQL statement.
  void query(std::size_t from, std::size_t to) {
    if (from >= to) return;
    if (word(from, "execute")) return execute(from + 1, to);
    const bool known = std::any_of(std::begin(commands), std::end(commands),
                                   [&](std::string_view command) { return word(from, command); });
    if (known) found_.statements.push_back(without_into(from, to));
  }

  /// format('GRANT …', …) with no other placeholders than %I and %L: whatever they become, it
  /// touches no relation.
  bool is_harmless(std::size_t from, std::size_t to) const {
    if (!word(from, "format") || !symbol(from + 1, '(') || from + 2 >= to) return false;
    const Token& token = tokens_[from + 2];
    const bool alone = symbol(from + 3, ',') || symbol(from + 3, ')');
    if (token.kind != TokenKind::string || token.unterminated || !alone) return false;
    const std::string sql = literal_value(text_, token);
    for (std::size_t at = sql.find('%'); at != std::string::npos; at = sql.find('%', at + 2)) {
      const char kind = at + 1 < sql.size() ? sql[at + 1] : '\0';
      if (kind != 'I' && kind != 'L' && kind != '%') return false;
    }
    if (sql.find(';') != std::string::npos) return false;
    const Token first = next_significant(sql, 0);
    return std::any_of(std::begin(harmless_commands), std::end(harmless_commands),
                       [&](std::string_view command) { return is_word(sql, first, command); });
  }

  void execute(std::size_t from, std::size_t to) {
    const std::size_t end = std::min(to, find(from, [&](std::size_t i) {
                                       return i >= to || word(i, "into") || word(i, "using");
                                     }));
    if (is_harmless(from, end)) return;
    // format('…') without arguments, and parentheses around all of it.
    bool format = false;
    std::size_t last = end;
    while (from < last && symbol(last - 1, ')') &&
           (symbol(from, '(') || (word(from, "format") && symbol(from + 1, '(')))) {
      if (word(from, "format")) {
        format = true;
        ++from;
      }
      ++from;
      --last;
    }
    std::string sql;
    bool constant = from < last;
    for (std::size_t i = from; i < last && constant; ++i) {
      if (tokens_[i].kind == TokenKind::string && !tokens_[i].unterminated) {
        sql += literal_value(text_, tokens_[i]);
      } else {
        constant = symbol(i, '|');
      }
    }
    if (!constant || (format && replace_all(sql, "%%", "").find('%') != std::string::npos)) {
      found_.has_dynamic_sql = true;
      return;
    }
    found_.statements.push_back(format ? replace_all(std::move(sql), "%%", "%") : std::move(sql));
  }

  /// SELECT a INTO [STRICT] v, w FROM t: to SQL that INTO would mean a new table.
  std::string without_into(std::size_t from, std::size_t to) const {
    const std::size_t into = find(from + 1, [&](std::size_t i) {
      return i >= to || (word(i, "into") && !word(i - 1, "insert") && !word(i - 1, "merge"));
    });
    if (into >= to) return slice(from, to);
    std::size_t after = into + 1;
    if (word(after, "strict")) ++after;
    bool name = true;  // a name is expected, else a separator
    for (; after < to; ++after, name = !name) {
      const bool identifier = tokens_[after].kind == TokenKind::word ||
                              tokens_[after].kind == TokenKind::quoted_identifier;
      if (name ? !identifier : !symbol(after, ',') && !symbol(after, '.')) break;
    }
    const std::string rest = slice(after, to);
    return slice(from, into) + (rest.empty() ? "" : " ") + rest;
  }

  EmbeddedSql found_;
};

}  // namespace

bool makes_harmless_sql(std::string_view expression) { return Body(expression).all_is_harmless(); }

EmbeddedSql embedded_sql(std::string_view body) {
  constexpr std::size_t max_body = 1U << 20;  // of text that nobody wrote by hand
  if (body.size() > max_body) return {{}, true};
  return Body(body).scan();
}

}  // namespace schemagate
