// SPDX-License-Identifier: MIT
// Templates: what stands between quotes, and heredocs. A literal piece without escapes is kept byte
// for byte, so that a place in its value is a place in the file.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "hcl/parser.h"

namespace schemagate::hcl {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

class TemplateParser {
 public:
  explicit TemplateParser(Cursor& cursor) : c_(cursor), text_(cursor.text()) {}

  Expression run() {
    const Cursor::Level level(c_);
    const Token open = c_.take();
    begin_ = open.begin;
    if (open.kind == TokenKind::heredoc) open_heredoc(open);
    Expression made;
    made.kind = ExpressionKind::text;
    std::string ended_by = items(made.parts);
    if (!ended_by.empty())
      c_.fail({TokenKind::symbol, last_directive_, last_directive_ + 2},
              fmt::format("%{{ {} }} closes nothing", ended_by));
    if (flush_) strip_indentation(made.parts);
    made.span = c_.span_since(begin_);
    return checked(c_, std::move(made));
  }

 private:
  void open_heredoc(const Token& open) {
    if (text_.substr(c_.at).starts_with("-")) {
      flush_ = true;
      ++c_.at;
    }
    const std::size_t line = std::min(text_.find('\n', c_.at), text_.size());
    marker_ = std::string(trim(text_.substr(c_.at, line - c_.at)));
    const bool is_name = !marker_.empty() && is_name_start(marker_.front()) &&
                         std::all_of(marker_.begin(), marker_.end(), is_name_part);
    if (!is_name || line == text_.size()) c_.fail(open, "a heredoc needs a name and a line below");
    c_.at = line + 1;
    at_line_start_ = true;
  }

  [[noreturn]] void no_end() {
    const std::string_view what = marker_.empty() ? "string" : "heredoc";
    c_.fail({TokenKind::symbol, begin_, begin_ + 1}, fmt::format("this {} has no end", what));
  }

  /// Takes the closing quote or the heredoc's last line.
  bool closes() {
    if (marker_.empty()) {
      if (c_.at >= text_.size() || text_[c_.at] == '\n') no_end();
      if (text_[c_.at] != '"') return false;
      c_.last_end = ++c_.at;
      return true;
    }
    if (!at_line_start_) {
      if (c_.at >= text_.size()) no_end();
      return false;
    }
    const std::size_t line = std::min(text_.find('\n', c_.at), text_.size());
    if (trim(text_.substr(c_.at, line - c_.at)) != marker_) {
      if (c_.at >= text_.size()) no_end();
      return false;
    }
    c_.at = c_.last_end = c_.at + text_.substr(c_.at, line - c_.at).find(marker_) + marker_.size();
    return true;
  }

  /// Up to the end of the template (empty), or to the directive that is returned: else, endif,
  /// endfor.
  std::string items(std::vector<Expression>& out) {
    const Cursor::Level level(c_);
    while (!closes()) {
      const std::string_view rest = text_.substr(c_.at);
      if (rest.starts_with("$${") || rest.starts_with("%%{")) {
        literal(out, 3, std::string(rest.substr(1, 2)));
      } else if (rest.starts_with("${")) {
        interpolation(out);
      } else if (rest.starts_with("%{")) {
        if (std::string closing = directive(out); !closing.empty()) return closing;
      } else if (marker_.empty() && rest.front() == '\\') {
        escape(out);
      } else {
        plain(out);
      }
    }
    return "";
  }

  void literal(std::vector<Expression>& out, std::size_t length, std::string value) {
    Expression made;
    made.kind = ExpressionKind::literal;
    made.span = c_.span(c_.at, c_.at + length);
    made.text = std::move(value);
    made.flag = at_line_start_;
    at_line_start_ = false;
    c_.at += length;
    trim_next_ = false;
    out.push_back(checked(c_, std::move(made)));
  }

  /// Bytes that mean themselves: up to the next sign, and in a heredoc to the end of the line.
  void plain(std::vector<Expression>& out) {
    if (trim_next_ && is_blank(text_[c_.at])) {
      at_line_start_ = text_[c_.at] == '\n' && !marker_.empty();
      ++c_.at;
      return;
    }
    std::size_t end = c_.at + 1;
    const bool heredoc = !marker_.empty();
    if (text_[c_.at] != '\n') {
      while (end < text_.size() && text_[end] != '$' && text_[end] != '%' && text_[end] != '\n' &&
             (heredoc || (text_[end] != '"' && text_[end] != '\\')))
        ++end;
      if (heredoc && end < text_.size() && text_[end] == '\n') ++end;
    }
    const bool ends_line = heredoc && text_[end - 1] == '\n';
    literal(out, end - c_.at, std::string(text_.substr(c_.at, end - c_.at)));
    at_line_start_ = ends_line;
  }

  void escape(std::vector<Expression>& out) {
    const char c = c_.at + 1 < text_.size() ? text_[c_.at + 1] : '\0';
    constexpr std::string_view letters = "nrt\"\\", values = "\n\r\t\"\\";
    if (const auto index = letters.find(c); index != std::string_view::npos && c != '\0')
      return literal(out, 2, std::string(1, values[index]));
    const Token here{TokenKind::symbol, c_.at, c_.at + 2};
    if (c != 'u' && c != 'U') c_.fail(here, "unknown escape in a string");
    const std::size_t digits = c == 'u' ? 4 : 8;
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char digit = c_.at + 2 + i < text_.size() ? text_[c_.at + 2 + i] : '\0';
      constexpr std::string_view hexadecimal = "0123456789abcdef";
      const auto value = hexadecimal.find(static_cast<char>(digit < 'A' ? digit : digit | 0x20));
      if (value == std::string_view::npos || digit == '\0')
        c_.fail(here, fmt::format("\\{} needs {} hexadecimal digits", c, digits));
      code = code << 4 | static_cast<std::uint32_t>(value);
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      c_.fail(here, "this escape names no character");
    std::string value;
    append_utf8(value, code);
    literal(out, 2 + digits, std::move(value));
  }

  // ---- ${ } and %{ } ----

  /// Behind "${" or "%{": a ~ takes the blanks before it away.
  void open_sequence(std::vector<Expression>& out) {
    if (at_line_start_) literal(out, 0, "");
    c_.at += 2;
    trim_next_ = false;
    if (!text_.substr(c_.at).starts_with("~")) return;
    ++c_.at;
    while (!out.empty() && out.back().kind == ExpressionKind::literal) {
      std::string& before = out.back().text;
      while (!before.empty() && is_blank(before.back())) before.pop_back();
      if (!before.empty() || out.back().span.begin == out.back().span.end) break;
      out.pop_back();
    }
  }

  void close_sequence() {
    const Cursor::Newlines newlines(c_, true);
    const Token token = c_.peek();
    // ~ is no token of its own outside of templates.
    if (token.kind == TokenKind::invalid && c_.text_of(token) == "~") {
      c_.take();
      c_.expect("}");
      trim_next_ = true;
    } else {
      c_.expect("}");
    }
  }

  void interpolation(std::vector<Expression>& out) {
    open_sequence(out);
    {
      const Cursor::Newlines newlines(c_, true);
      out.push_back(parse_expression(c_));
    }
    close_sequence();
  }

  /// The word when it closes or divides something, else the whole of it is read.
  std::string directive(std::vector<Expression>& out) {
    last_directive_ = c_.at;
    open_sequence(out);
    const Cursor::Newlines newlines(c_, true);
    const Token token = c_.peek();
    const std::string word = c_.name();
    if (word == "if") {
      out.push_back(condition(token.begin));
    } else if (word == "for") {
      out.push_back(loop(token.begin));
    } else if (word == "else" || word == "endif" || word == "endfor") {
      close_sequence();
      return word;
    } else {
      c_.fail(token, fmt::format("unknown directive \"{}\"", word));
    }
    return "";
  }

  Expression body(std::string& ended_by) {
    Expression made;
    made.kind = ExpressionKind::text;
    const std::size_t begin = c_.at;
    ended_by = items(made.parts);
    made.span = c_.span_since(begin);
    return checked(c_, std::move(made));
  }

  Expression finish(Expression made, std::size_t begin) {
    made.span = c_.span_since(begin);
    return checked(c_, std::move(made));
  }

  Expression condition(std::size_t begin) {
    Expression made;
    made.kind = ExpressionKind::conditional;
    made.parts.push_back(parse_expression(c_));
    close_sequence();
    std::string ended_by;
    made.parts.push_back(body(ended_by));
    if (ended_by == "else") made.parts.push_back(body(ended_by));
    if (ended_by != "endif")
      c_.fail({TokenKind::symbol, begin, begin + 2}, "%{ if } is not closed by %{ endif }");
    return finish(std::move(made), begin);
  }

  Expression loop(std::size_t begin) {
    Expression made;
    made.kind = ExpressionKind::for_text;
    made.names.push_back(c_.name());
    if (c_.accept(",")) made.names.push_back(c_.name());
    if (c_.name() != "in") c_.fail(c_.peek(), "expected \"in\" before this");
    made.parts.push_back(parse_expression(c_));
    close_sequence();
    std::string ended_by;
    made.parts.push_back(body(ended_by));
    if (ended_by != "endfor")
      c_.fail({TokenKind::symbol, begin, begin + 3}, "%{ for } is not closed by %{ endfor }");
    return finish(std::move(made), begin);
  }

  // ---- <<- ----

  static std::size_t indentation(const std::string& line) {
    std::size_t count = 0;
    while (count < line.size() && (line[count] == ' ' || line[count] == '\t')) ++count;
    return count;
  }

  static void find_lines(std::vector<Expression>& parts, std::vector<Expression*>& lines) {
    for (Expression& part : parts) {
      if (part.kind == ExpressionKind::literal && part.flag) lines.push_back(&part);
      if (part.kind == ExpressionKind::conditional || part.kind == ExpressionKind::for_text)
        for (Expression& inner : part.parts)
          if (inner.kind == ExpressionKind::text) find_lines(inner.parts, lines);
    }
  }

  /// The smallest indentation of the lines that hold something is taken from all of them.
  static void strip_indentation(std::vector<Expression>& parts) {
    std::vector<Expression*> lines;
    find_lines(parts, lines);
    std::optional<std::size_t> smallest;
    for (const Expression* line : lines) {
      const bool holds_nothing =
          !line->text.empty() && trim(line->text).empty() && line->text.ends_with('\n');
      if (holds_nothing) continue;
      const std::size_t count = indentation(line->text);
      smallest = smallest ? std::min(*smallest, count) : count;
    }
    for (Expression* line : lines) {
      const std::size_t count = std::min(indentation(line->text), smallest.value_or(0));
      line->text.erase(0, count);
      line->span.begin += static_cast<std::uint32_t>(count);
    }
  }

  Cursor& c_;
  std::string_view text_;
  std::size_t begin_ = 0, last_directive_ = 0;
  std::string marker_;  ///< of a heredoc; empty between quotes
  bool flush_ = false, at_line_start_ = false, trim_next_ = false;
};

}  // namespace

Expression parse_template(Cursor& cursor) { return TemplateParser(cursor).run(); }

}  // namespace schemagate::hcl
