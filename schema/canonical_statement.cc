// SPDX-License-Identifier: MIT
// Statements that the catalog keeps as text, and functions.
#include <algorithm>

#include "base/text.h"
#include "schema/canonical.h"
#include "schema/canonical_rewrite.h"
#include "schema/canonical_tree.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

using canonical::Frame;
using canonical::Node;
using canonical::NodeKind;
using canonical::Normaliser;

bool is_symbol(const canonical::Token& token, std::string_view text) {
  return token.kind == canonical::TokenKind::symbol && token.text == text;
}
bool is_word(const canonical::Token& token, std::string_view text) {
  return token.kind == canonical::TokenKind::word && token.text == text;
}

/// The columns of the table, bare and as rows of a trigger or rule.
Frame row_frame(const Table* table, const Catalog* catalog) {
  Frame frame = canonical::frame_of(table, catalog);
  if (table == nullptr) return frame;
  for (const char* row : {"old", "new"}) {
    canonical::Source source = frame.sources.front();
    source.alias = row;
    source.mark = std::string("#") + row;
    frame.sources.push_back(std::move(source));
  }
  return frame;
}

/// OPERATOR(public.+) is + where the operators of that schema are found anyway.
std::vector<canonical::Token> without_qualified_operators(std::vector<canonical::Token> tokens) {
  constexpr std::size_t length = 6;
  std::vector<canonical::Token> result;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool qualified =
        i + length <= tokens.size() && is_word(tokens[i], "operator") &&
        is_symbol(tokens[i + 1], "(") &&
        (is_word(tokens[i + 2], "public") || is_word(tokens[i + 2], "pg_catalog")) &&
        is_symbol(tokens[i + 3], ".") && is_symbol(tokens[i + 5], ")");
    if (qualified) i += 4;
    result.push_back(tokens[i]);
    if (qualified) ++i;
  }
  return result;
}

class StatementReader {
 public:
  StatementReader(const std::string& sql, const Scope& scope, bool names_columns)
      : tokens_(without_qualified_operators(canonical::tokenize(sql))),
        scope_(scope),
        frame_(row_frame(scope.table, scope.catalog)),
        names_columns_(names_columns) {
    // The table of statistics stands behind their expressions.
    if (!is_word(tokens_[0], "create") || !is_word(tokens_[1], "statistics")) return;
    for (std::size_t i = 2; i < tokens_.size(); ++i) {
      if (is_word(tokens_[i], "from")) enter_table(i + 1);
    }
  }

  /// The statement word by word, with each parenthesised part as a tree.
  Node run() {
    Node node = canonical::make(NodeKind::clause);
    while (tokens_[at_].kind != canonical::TokenKind::end) {
      if (skip_public() || is_symbol(tokens_[at_], ";")) {
        at_ += is_symbol(tokens_[at_], ";") ? 1 : 0;
      } else if (is_symbol(tokens_[at_], "(")) {
        node.children.push_back(group());
      } else {
        // A publication has a predicate for each of its tables.
        if (is_word(tokens_[at_], "table")) enter_table(at_ + 1);
        const bool acts = is_rule() && is_word(tokens_[at_], "do");
        node.children.push_back(word());
        if (acts) actions(node);
      }
    }
    return node;
  }

 private:
  bool is_rule() const {
    return scope_.catalog != nullptr && is_word(tokens_[0], "create") &&
           is_word(tokens_[1], "rule");
  }

  /// The names of what follows are columns of the table that is named here.
  void enter_table(std::size_t at) {
    if (scope_.table != nullptr || scope_.catalog == nullptr || at + 1 >= tokens_.size()) return;
    const bool qualified = at + 2 < tokens_.size() && is_symbol(tokens_[at + 1], ".");
    const QualifiedName name = qualified ? QualifiedName{tokens_[at].text, tokens_[at + 2].text}
                                         : QualifiedName{"public", tokens_[at].text};
    const auto table = scope_.catalog->tables.find(name);
    if (table != scope_.catalog->tables.end())
      frame_ = canonical::frame_of(&table->second, scope_.catalog);
  }

  bool skip_public() {
    const bool is_public = is_word(tokens_[at_], "public") && is_symbol(tokens_[at_ + 1], ".");
    if (is_public) at_ += 2;
    return is_public;
  }

  Node word() {
    const canonical::Token& token = tokens_[at_++];
    std::string text = token.kind == canonical::TokenKind::string ? "'" + token.text : token.text;
    if (is_word(token, "procedure")) text = "function";
    return canonical::make(NodeKind::tokens, std::move(text));
  }

  /// A balanced (…) as an expression if it is one, as its words otherwise.
  Node group() {
    std::vector<canonical::Token> inside;
    int depth = 0;
    do {
      if (skip_public()) continue;
      const canonical::Token& token = tokens_[at_++];
      if (is_symbol(token, "(")) ++depth;
      if (is_symbol(token, ")")) --depth;
      inside.push_back(token);
    } while (depth > 0 && tokens_[at_].kind != canonical::TokenKind::end);
    return Normaliser(scope_.catalog)
        .expression(canonical::parse_expression(canonical::joined(inside, 0, inside.size())),
                    frame_);
  }

  /// What a rule does: one statement, or several in parentheses.
  void actions(Node& node) {
    for (const char* how : {"also", "instead"}) {
      if (!is_word(tokens_[at_], how)) continue;
      if (is_word(tokens_[at_], "instead"))
        node.children.push_back(word());
      else
        ++at_;
    }
    std::vector<canonical::Token> rest(tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
                                       tokens_.end() - 1);
    while (!rest.empty() && is_symbol(rest.back(), ";")) rest.pop_back();
    if (rest.size() > 1 && is_symbol(rest.front(), "(") && is_symbol(rest.back(), ")")) {
      rest.pop_back();
      rest.erase(rest.begin());
    }
    Frame rows = frame_;
    if (!rows.sources.empty()) rows.sources.erase(rows.sources.begin());
    std::vector<Node> changes;
    int depth = 0;
    for (std::size_t begin = 0, i = 0; i <= rest.size(); ++i) {
      if (i < rest.size() && is_symbol(rest[i], "(")) ++depth;
      if (i < rest.size() && is_symbol(rest[i], ")")) --depth;
      if (i < rest.size() && (depth > 0 || !is_symbol(rest[i], ";"))) continue;
      auto change =
          i == begin ? std::nullopt
                     : canonical::parse_change({rest.begin() + static_cast<std::ptrdiff_t>(begin),
                                                rest.begin() + static_cast<std::ptrdiff_t>(i)},
                                               *scope_.catalog, rows, names_columns_);
      if (!change && i != begin) return;
      if (change) changes.push_back(std::move(*change));
      begin = i + 1;
    }
    std::move(changes.begin(), changes.end(), std::back_inserter(node.children));
    at_ = tokens_.size() - 1;
  }

  std::vector<canonical::Token> tokens_;
  const Scope& scope_;
  Frame frame_;
  bool names_columns_;
  std::size_t at_ = 0;
};

// ---- functions
// -----------------------------------------------------------------------------------

bool same_argument(const FunctionArgument& a, const Catalog& in_a, const FunctionArgument& b,
                   const Catalog& in_b) {
  return a.name == b.name && a.mode == b.mode && same_type(a.type, b.type) &&
         same_expression(a.default_value, {&in_a, nullptr, &a.type}, b.default_value,
                         {&in_b, nullptr, &b.type});
}

/// What stands behind the argument list: result, language, options and body.
std::string after_arguments(const std::string& definition) {
  const std::size_t end = closing_parenthesis(definition, 0);
  return end == std::string::npos ? definition : definition.substr(end + 1);
}

/// What stands behind the result, which is compared as a type.
std::string without_result(const std::string& rest) {
  if (rest.rfind(" RETURNS ", 0) != 0) return rest;
  const auto language = rest.find(" LANGUAGE ");
  return language == std::string::npos ? rest : rest.substr(language);
}

/// Body of a function in the standard's way; empty for a body that is a string.
std::string standard_body(const std::string& rest) {
  for (const std::string_view mark : {" BEGIN ATOMIC ", " RETURN "}) {
    const auto at = rest.find(mark);
    if (at != std::string::npos && rest.find('$') > at && rest.find('\'') > at)
      return rest.substr(at + mark.size());
  }
  return {};
}

/// The statements of a standard body, each with the arguments in scope.
Node body_tree(const std::string& body, const Function& function, const Catalog& catalog,
               bool names_columns) {
  canonical::Source arguments;
  arguments.alias = function.definition.name.name;
  arguments.mark = "#argument";
  for (const FunctionArgument& argument : function.definition.arguments) {
    arguments.columns.emplace_back(argument.name, canonical::type_text(argument.type));
  }
  Frame frame;
  frame.sources.push_back(std::move(arguments));
  Node node = canonical::make(NodeKind::clause);
  std::string rest = body;
  const auto end = rest.rfind("END");
  if (end != std::string::npos && end + 3 >= rest.find_last_not_of("; ")) rest.erase(end);
  for (const std::string_view statement : split(rest, ';')) {
    if (trim(statement).empty()) continue;
    if (auto change = canonical::parse_change(canonical::tokenize(trim(statement)), catalog, frame,
                                              names_columns)) {
      node.children.push_back(std::move(*change));
      continue;
    }
    Node query = canonical::parse_query(trim(statement));
    if (query.kind != NodeKind::tokens) {
      node.children.push_back(Normaliser(&catalog).query(std::move(query), &frame));
    } else {
      Node value = canonical::parse_expression(trim(statement));
      node.children.push_back(Normaliser(&catalog).expression(std::move(value), frame));
    }
  }
  return node;
}

}  // namespace

bool same_statement(const std::string& a, const Scope& in_a, const std::string& b,
                    const Scope& in_b) {
  return a == b || canonical::same_tree(StatementReader(a, in_a, true).run(),
                                        StatementReader(b, in_b, true).run());
}

bool same_statement(const std::string& a, const std::string& b) {
  return same_statement(a, {}, b, {});
}

// The order of columns of an existing table is no meaning of its own: it names no columns here.
std::string meaning(const std::string& statement, const Scope& scope) {
  return canonical::meaning_of(StatementReader(statement, scope, false).run());
}

std::string meaning(const Function& function, const Catalog& catalog) {
  const CreateFunction& of = function.definition;
  std::string text = of.procedure ? "procedure (" : "function (";
  for (const FunctionArgument& argument : of.arguments) {
    text += quote_identifier(argument.name) + " " + std::string(1, argument.mode) + " " +
            to_sql(argument.type);
    if (argument.default_value)
      text += " = " + meaning(*argument.default_value, {&catalog, nullptr, &argument.type});
    text += ", ";
  }
  std::string rest = without_result(after_arguments(of.definition));
  const std::string body = standard_body(rest);
  rest.resize(rest.size() - body.size());
  return text + ") " + (of.returns.setof ? "setof " : "") + to_sql(of.returns) + " " +
         meaning(rest, Scope{}) +
         (body.empty() ? "" : canonical::meaning_of(body_tree(body, function, catalog, false)));
}

bool same_function(const Function& a, const Catalog& in_a, const Function& b, const Catalog& in_b) {
  const CreateFunction &x = a.definition, &y = b.definition;
  if (x.definition == y.definition) return true;
  const bool same_arguments =
      std::equal(x.arguments.begin(), x.arguments.end(), y.arguments.begin(), y.arguments.end(),
                 [&](const auto& p, const auto& q) { return same_argument(p, in_a, q, in_b); });
  const bool same_result = x.returns.setof == y.returns.setof && same_type(x.returns, y.returns);
  if (x.procedure != y.procedure || !same_arguments || !same_result) return false;
  std::string rest = without_result(after_arguments(x.definition)),
              other = without_result(after_arguments(y.definition));
  const std::string body = standard_body(rest), other_body = standard_body(other);
  if (body.empty() != other_body.empty()) return false;
  rest.resize(rest.size() - body.size());
  other.resize(other.size() - other_body.size());
  return same_statement(rest, other) &&
         (body == other_body || canonical::same_tree(body_tree(body, a, in_a, true),
                                                     body_tree(other_body, b, in_b, true)));
}

}  // namespace schemagate
