// SPDX-License-Identifier: MIT
// PARTITION BY and FOR VALUES: the server prints the values of bounds with the types of the key.
#include <algorithm>

#include "schema/canonical.h"
#include "schema/canonical_constants.h"
#include "schema/canonical_parse.h"
#include "schema/canonical_rewrite.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

/// "FOR VALUES FROM (1) TO (10)": the words, and the values of each list.
struct BoundText {
  std::string words;
  std::vector<std::vector<Node>> lists;
};

std::vector<Node> values_of(std::vector<canonical::Token> tokens) {
  tokens.push_back({canonical::TokenKind::end, ""});
  canonical::Parser parser(std::move(tokens));
  std::vector<Node> values;
  do {
    values.push_back(parser.expression());
  } while (parser.accept_symbol(","));
  if (!parser.at_end()) throw canonical::NotUnderstood{};
  return values;
}

/// Throws NotUnderstood: hash bounds hold no expressions.
BoundText parse_bound(const std::string& sql) {
  BoundText bound;
  std::vector<canonical::Token> inside;
  int depth = 0;
  for (const canonical::Token& token : canonical::tokenize(sql)) {
    const bool symbol = token.kind == canonical::TokenKind::symbol;
    if (symbol && token.text == ")" && --depth == 0) {
      bound.lists.push_back(values_of(std::move(inside)));
      inside.clear();
      continue;
    }
    if (depth > 0)
      inside.push_back(token);
    else if (!(symbol && token.text == "("))
      bound.words += token.text + " ";
    if (symbol && token.text == "(") ++depth;
  }
  if (depth != 0) throw canonical::NotUnderstood{};
  return bound;
}

const Table* parent_of(const Table& table, const Catalog& catalog) {
  const auto parent = catalog.tables.find(table.partition_of);
  return parent == catalog.tables.end() ? nullptr : &parent->second;
}

/// The types of the columns and expressions of a partition key, as far as they can be told.
std::vector<std::string> key_types(const Table* parent, const Catalog& catalog) {
  std::vector<std::string> types;
  if (parent == nullptr || !parent->partition_by) return types;
  canonical::Normaliser normaliser(&catalog);
  const canonical::Frame frame = canonical::frame_of(parent, &catalog);
  for (const IndexElement& element : parent->partition_by->elements) {
    if (const Column* column = parent->column(element.column)) {
      types.push_back(canonical::type_text(column->type));
      continue;
    }
    const Node expression =
        normaliser.expression(canonical::parse_expression(element.expression.sql), frame);
    types.push_back(normaliser.type_of(expression, frame));
  }
  return types;
}

bool same_value(const Node& a, const std::string& type_a, const Node& b,
                const std::string& type_b) {
  canonical::Normaliser normaliser(nullptr);
  const Node x = normaliser.stored(a, {}, type_a), y = normaliser.stored(b, {}, type_b);
  const auto plain = [](const Node& node) {
    return node.kind == NodeKind::string || node.kind == NodeKind::number;
  };
  if (canonical::same_tree(x, y) || (plain(x) && plain(y) && x.text == y.text)) return true;
  // The type of an expression can't always be told.
  return type_a.empty() && type_b.empty() && x.kind == NodeKind::string &&
         y.kind == NodeKind::string &&
         canonical::typed_constant(x.text, "timestamptz").text ==
             canonical::typed_constant(y.text, "timestamptz").text;
}

bool same_values(const BoundText& a, const std::vector<std::string>& types_a, const BoundText& b,
                 const std::vector<std::string>& types_b) {
  if (a.words != b.words || a.lists.size() != b.lists.size()) return false;
  const bool range = a.lists.size() == 2;
  const auto type = [&](const std::vector<std::string>& types, std::size_t place) {
    const std::size_t at = range ? place : 0;
    return at < types.size() ? types[at] : std::string();
  };
  for (std::size_t list = 0; list < a.lists.size(); ++list) {
    const std::vector<Node>&x = a.lists[list], &y = b.lists[list];
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!same_value(x[i], type(types_a, i), y[i], type(types_b, i))) return false;
    }
  }
  return true;
}

}  // namespace

bool same_bound(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b) {
  const std::string x = a.bound ? a.bound->sql : "", y = b.bound ? b.bound->sql : "";
  if (x == y || same_statement(x, y)) return true;
  try {
    return same_values(parse_bound(x), key_types(parent_of(a, in_a), in_a), parse_bound(y),
                       key_types(parent_of(b, in_b), in_b));
  } catch (const canonical::NotUnderstood&) {
    return false;
  }
}

std::string meaning_of_bound(const Table& partition, const Catalog& catalog) {
  if (!partition.bound) return {};
  try {
    const BoundText bound = parse_bound(partition.bound->sql);
    const auto types = key_types(parent_of(partition, catalog), catalog);
    const bool range = bound.lists.size() == 2;
    canonical::Normaliser normaliser(nullptr);
    std::string text = bound.words;
    for (const std::vector<Node>& list : bound.lists) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::size_t at = range ? i : 0;
        const Node value = normaliser.stored(list[i], {}, at < types.size() ? types[at] : "");
        text += (i == 0 ? "(" : ", ") + canonical::meaning_of(value);
      }
      text += ")";
    }
    return text;
  } catch (const canonical::NotUnderstood&) {
    return meaning(partition.bound->sql, Scope{});
  }
}

bool same_partition_key(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b) {
  const PartitionKey &x = *a.partition_by, &y = *b.partition_by;
  const Scope scope_a{&in_a, &a, nullptr}, scope_b{&in_b, &b, nullptr};
  return x.strategy == y.strategy &&
         std::equal(x.elements.begin(), x.elements.end(), y.elements.begin(), y.elements.end(),
                    [&](const IndexElement& p, const IndexElement& q) {
                      return p.column == q.column && p.collation == q.collation &&
                             p.operator_class == q.operator_class &&
                             same_expression(p.expression, scope_a, q.expression, scope_b);
                    });
}

}  // namespace schemagate
