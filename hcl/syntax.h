// SPDX-License-Identifier: MIT
// The syntax tree of HCL's native syntax: files hold attributes and blocks, attributes hold
// expressions. Everything knows its place in the file; nothing is evaluated here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace schemagate::hcl {

enum class ExpressionKind {
  null,
  boolean,      ///< `text` is "true" or "false"
  number,       ///< `text` as written
  text,         ///< a template: `parts` are literals and interpolations
  literal,      ///< a piece of a template: `text` is its value
  list,         ///< [a, b]
  object,       ///< {k = v}: `parts` are key, value, key, value
  variable,     ///< the first name of a traversal
  attribute,    ///< `parts[0]`.`text`
  index,        ///< `parts[0]`[`parts[1]`]
  splat,        ///< `parts[0]`[*] with `parts[1]` applied to each `item`
  item,         ///< what stands for each element behind a splat
  call,         ///< `text`(`parts`); `flag`: the last argument is spread (...)
  unary,        ///< `text` is "-" or "!"
  binary,       ///< `text` is the operator
  conditional,  ///< `parts`: condition, then, else; the else of a template may be absent
  for_list,     ///< `names`: [key,] value; `parts`: collection, result[, condition]
  for_object,   ///< `parts`: collection, key, value[, condition]; `flag`: values are grouped (...)
  for_text,     ///< %{ for … }: `parts`: collection, body
};

struct Expression {
  ExpressionKind kind = ExpressionKind::null;
  Span span;
  int depth = 1;  ///< of the tree below, bounded by max_depth
  bool flag = false;
  std::string text;
  std::vector<std::string> names;
  std::vector<Expression> parts;
};

struct Attribute {
  std::string name;
  Span span;  ///< name, equals sign and value
  Expression value;
};

struct Block {
  std::string type;
  std::vector<std::string> labels;
  Span span;    ///< from the type to the closing brace
  Span header;  ///< the type and its labels
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;

  const Attribute* attribute(std::string_view name) const;
  /// The last label: the name of what the block makes; empty when it has none.
  const std::string& name() const;
};

/// Text that is not HCL, or that can't be evaluated.
struct Problem {
  Span where;
  std::string message;
};

struct File {
  std::vector<Attribute> attributes;
  std::vector<Block> blocks;
  std::vector<Span> comments;  ///< with their signs, in order
  std::vector<Problem> problems;
};

/// Limits against hostile files: what exceeds them is a problem at its place.
inline constexpr int max_depth = 150;  ///< of nested expressions, and of blocks
inline constexpr std::size_t max_file_bytes = 8U << 20;
inline constexpr std::size_t max_nodes = 1'000'000;  ///< blocks, attributes and expressions
inline constexpr std::size_t max_problems = 100;     ///< of one file

/// Reads the whole file; after a syntax error it goes on at the next top-level block.
File parse(std::string_view text, std::uint32_t file);

}  // namespace schemagate::hcl
