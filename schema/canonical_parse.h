// SPDX-License-Identifier: MIT
// The parser behind parse_expression() and parse_query(); private to the canonical_* files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/canonical_tree.h"

namespace schemagate::canonical {

/// Thrown and caught inside the canonical parser: this text is beyond its grammar.
struct NotUnderstood {};

bool is_reserved(std::string_view word);

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Node expression(int power = 0);
  Node query();
  bool at_end() const;
  bool accept_symbol(std::string_view symbol);

 private:
  const Token& peek(std::size_t ahead = 0) const;
  Token take();
  bool is_word(std::string_view word, std::size_t ahead = 0) const;
  bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const;
  bool accept_word(std::string_view word);
  void expect_word(std::string_view word);
  void expect_symbol(std::string_view symbol);
  bool at_query() const;
  std::string identifier();
  std::vector<std::string> path();
  std::vector<std::string> identifier_list();

  std::string type();
  std::string type_modifiers();
  std::string interval_fields();
  std::string array_suffix();

  std::vector<Node> expressions(std::string_view close);
  Node prefix();
  Node symbol_prefix();
  Node parenthesised();
  Node word_prefix();
  Node array_elements();
  Node case_expression();
  Node named();
  bool typed_constant(Node& node);
  void call_arguments(Node& call);
  void call_clauses(Node& call);
  bool special_call(Node& node);
  void trim(Node& node);

  bool infix(Node& left, int power);
  bool is_infix(Node& left, int power);
  bool predicate_infix(Node& left, int power);
  void in_list(Node& left, bool negative);
  void between(Node& left, bool negative);
  bool symbol_infix(Node& left, int power);
  bool qualified_operator(Node& left, int power);
  bool binary(Node& left, const std::string& symbol, int power);
  bool quantified(Node& left, const std::string& symbol);
  bool subscript(Node& left);

  Node order_by();
  Node order_item();
  Node window();
  std::string frame();
  Node with();
  Node set_operation(int power);
  Node simple_query();
  Node select();
  Node values();
  Node select_item();
  std::vector<Node> from_list();
  Node from_item();
  Node joined(Node left);
  Node from_item_of_join();
  Node from_primary();
  void alias_of(Node& source);
  Node grouping_item();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace schemagate::canonical
