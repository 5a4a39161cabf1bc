// SPDX-License-Identifier: MIT
// Expressions, from the loosest binding to the tightest: condition, operators, traversals, values.
#include <fmt/format.h>

#include "hcl/parser.h"

namespace schemagate::hcl {
namespace {

/// How tightly a binary operator binds; 0: it is none.
int precedence(std::string_view symbol) {
  if (symbol == "||") return 1;
  if (symbol == "&&") return 2;
  if (symbol == "==" || symbol == "!=") return 3;
  if (symbol == "<" || symbol == ">" || symbol == "<=" || symbol == ">=") return 4;
  if (symbol == "+" || symbol == "-") return 5;
  if (symbol == "*" || symbol == "/" || symbol == "%") return 6;
  return 0;
}

class ExpressionParser {
 public:
  explicit ExpressionParser(Cursor& cursor) : c_(cursor) {}

  Expression expression() {
    const Cursor::Level level(c_);
    const std::size_t begin = c_.peek().begin;
    Expression condition = binary(1);
    if (!c_.accept("?")) return condition;
    std::vector<Expression> parts;
    parts.push_back(std::move(condition));
    parts.push_back(expression());
    c_.expect(":");
    parts.push_back(expression());
    return make(ExpressionKind::conditional, begin, "", std::move(parts));
  }

 private:
  Expression make(ExpressionKind kind, std::size_t begin, std::string text,
                  std::vector<Expression> parts = {}, bool flag = false) {
    Expression made;
    made.kind = kind;
    made.span = c_.span_since(begin);
    made.text = std::move(text);
    made.parts = std::move(parts);
    made.flag = flag;
    return checked(c_, std::move(made));
  }

  Expression binary(int tightest) {
    const std::size_t begin = c_.peek().begin;
    Expression left = unary();
    for (;;) {
      const Token token = c_.peek();
      const int binds = token.kind == TokenKind::symbol ? precedence(c_.text_of(token)) : 0;
      if (binds < tightest || binds == 0) return left;
      c_.take();
      std::vector<Expression> parts;
      parts.push_back(std::move(left));
      parts.push_back(binary(binds + 1));
      left = make(ExpressionKind::binary, begin, std::string(c_.text_of(token)), std::move(parts));
    }
  }

  Expression unary() {
    const Token token = c_.peek();
    if (token.kind != TokenKind::symbol || (c_.text_of(token) != "-" && c_.text_of(token) != "!"))
      return traversal();
    const Cursor::Level level(c_);
    c_.take();
    std::vector<Expression> parts;
    parts.push_back(unary());
    return make(ExpressionKind::unary, token.begin, std::string(c_.text_of(token)),
                std::move(parts));
  }

  Expression traversal() {
    const std::size_t begin = c_.peek().begin;
    return steps(begin, primary());
  }

  /// Everything behind a value: .name, [index], .*, [*].
  Expression steps(std::size_t begin, Expression from) {
    for (;;) {
      if (c_.accept(".")) {
        const bool all = c_.accept("*");
        from = all ? splat(begin, std::move(from), false) : attribute(begin, std::move(from));
      } else if (c_.next_is("[")) {
        c_.take();
        const Cursor::Newlines newlines(c_, true);
        if (c_.accept("*")) {
          c_.expect("]");
          from = splat(begin, std::move(from), true);
        } else {
          std::vector<Expression> parts;
          parts.push_back(std::move(from));
          parts.push_back(expression());
          c_.expect("]");
          from = make(ExpressionKind::index, begin, "", std::move(parts));
        }
      } else {
        return from;
      }
    }
  }

  Expression attribute(std::size_t begin, Expression from) {
    const Token token = c_.peek();
    std::vector<Expression> parts;
    parts.push_back(std::move(from));
    if (token.kind == TokenKind::number) {  // the old form of an index: a.0
      c_.take();
      parts.push_back(make(ExpressionKind::number, token.begin, std::string(c_.text_of(token))));
      return make(ExpressionKind::index, begin, "", std::move(parts));
    }
    std::string name = c_.name();
    return make(ExpressionKind::attribute, begin, std::move(name), std::move(parts));
  }

  /// What follows is done with each element; behind `.*` only names belong to it.
  Expression splat(std::size_t begin, Expression from, bool full) {
    const Cursor::Level level(c_);
    std::vector<Expression> parts;
    parts.push_back(std::move(from));
    Expression each = make(ExpressionKind::item, c_.last_end, "");
    if (full) {
      each = steps(begin, std::move(each));
    } else {
      while (c_.accept(".")) each = attribute(begin, std::move(each));
    }
    parts.push_back(std::move(each));
    return make(ExpressionKind::splat, begin, "", std::move(parts));
  }

  Expression primary() {
    const Token token = c_.peek();
    switch (token.kind) {
      case TokenKind::number:
        c_.take();
        return make(ExpressionKind::number, token.begin, std::string(c_.text_of(token)));
      case TokenKind::quote:
      case TokenKind::heredoc:
        return parse_template(c_);
      case TokenKind::name:
        return named();
      default:
        break;
    }
    if (c_.next_is("(")) return group();
    if (c_.next_is("[")) return list();
    if (c_.next_is("{")) return object();
    c_.unexpected("a value");
  }

  Expression named() {
    const Token token = c_.take();
    std::string name(c_.text_of(token));
    if (name == "null") return make(ExpressionKind::null, token.begin, "");
    if (name == "true" || name == "false")
      return make(ExpressionKind::boolean, token.begin, std::move(name));
    if (c_.next_is("(")) return call(token.begin, std::move(name));
    return make(ExpressionKind::variable, token.begin, std::move(name));
  }

  Expression call(std::size_t begin, std::string name) {
    c_.take();
    const Cursor::Newlines newlines(c_, true);
    std::vector<Expression> arguments;
    bool spread = false;
    while (!c_.next_is(")")) {
      arguments.push_back(expression());
      spread = c_.accept("...");
      if (spread || !c_.accept(",")) break;
    }
    c_.expect(")");
    return make(ExpressionKind::call, begin, std::move(name), std::move(arguments), spread);
  }

  Expression group() {
    c_.take();
    const Cursor::Newlines newlines(c_, true);
    Expression inner = expression();
    c_.expect(")");
    return inner;
  }

  bool at_for() {
    const Token token = c_.peek();
    return token.kind == TokenKind::name && c_.text_of(token) == "for";
  }

  Expression list() {
    const std::size_t begin = c_.take().begin;
    const Cursor::Newlines newlines(c_, true);
    if (at_for()) return for_each(begin, "]");
    std::vector<Expression> items;
    while (!c_.next_is("]")) {
      items.push_back(expression());
      if (!c_.accept(",")) break;
    }
    c_.expect("]");
    return make(ExpressionKind::list, begin, "", std::move(items));
  }

  Expression object() {
    const std::size_t begin = c_.take().begin;
    {
      const Cursor::Newlines newlines(c_, true);
      if (at_for()) return for_each(begin, "}");
    }
    const Cursor::Newlines newlines(c_, false);
    std::vector<Expression> parts;
    for (c_.skip_newlines(); !c_.next_is("}"); c_.skip_newlines()) {
      parts.push_back(key());
      if (!c_.accept("=")) c_.expect(":");
      c_.skip_newlines();
      parts.push_back(expression());
      if (c_.accept(",") || c_.next_is("}")) continue;
      if (c_.peek().kind != TokenKind::newline) c_.unexpected("\",\", a new line or \"}\"");
    }
    c_.take();
    return make(ExpressionKind::object, begin, "", std::move(parts));
  }

  /// A bare name is the key itself; anything else is evaluated.
  Expression key() {
    const bool in_parentheses = c_.next_is("(");
    Expression parsed = expression();
    if (parsed.kind != ExpressionKind::variable || in_parentheses) return parsed;
    parsed.kind = ExpressionKind::literal;
    return parsed;
  }

  Expression for_each(std::size_t begin, std::string_view close) {
    c_.take();
    Expression made;
    made.kind = close == "]" ? ExpressionKind::for_list : ExpressionKind::for_object;
    made.names.push_back(c_.name());
    if (c_.accept(",")) made.names.push_back(c_.name());
    if (c_.name() != "in") c_.fail(c_.peek(), "expected \"in\" before this");
    made.parts.push_back(expression());
    c_.expect(":");
    made.parts.push_back(expression());
    if (made.kind == ExpressionKind::for_object) {
      c_.expect("=>");
      made.parts.push_back(expression());
      made.flag = c_.accept("...");
    }
    const Token token = c_.peek();
    if (token.kind == TokenKind::name && c_.text_of(token) == "if") {
      c_.take();
      made.parts.push_back(expression());
    }
    c_.expect(close);
    made.span = c_.span_since(begin);
    return checked(c_, std::move(made));
  }

  Cursor& c_;
};

}  // namespace

Expression parse_expression(Cursor& cursor) { return ExpressionParser(cursor).expression(); }

}  // namespace schemagate::hcl
