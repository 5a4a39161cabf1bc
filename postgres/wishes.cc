// SPDX-License-Identifier: MIT
#include "postgres/wishes.h"

#include <cstdlib>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/data_text.h"
#include "schema/impact_access.h"
#include "schema/parse.h"

namespace schemagate::postgres {
namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("-0123456789") == std::string::npos;
}

std::string number_beside(const std::string& number, int step) {
  return std::to_string(std::atoll(number.c_str()) + step);
}

/// Appends a value that fulfils the comparison, if one is known.
void add_value(const Comparison& c, Wish wish, std::vector<Wish>& wishes) {
  const std::string& value = c.value;
  if (c.op == "IS NULL") {
    wish.value.reset();
  } else if (c.op == "TRUE" || c.op == "FALSE") {
    wish.value = to_lower(c.op);
  } else if ((c.op == ">" || c.op == ">=") && value.empty()) {
    wish.value = "now";  // created_at > now() - interval '1 day'
  } else if (value.empty() || c.op == "<>") {
    return;
  } else if (c.op == "~~" || c.op == "~~*") {
    wish.value = replace_all(replace_all(value, "%", ""), "_", "x");
  } else if (c.op == ">" || c.op == "<") {
    if (!is_number(value)) return;
    wish.value = number_beside(value, c.op == ">" ? 1 : -1);
  } else if (c.op == "=" || c.op == "IN" || c.op == ">=" || c.op == "<=") {
    wish.value = value;
  } else {
    return;
  }
  wishes.push_back(std::move(wish));
}

void add_comparison(const DataStatement& s, const Comparison& c, std::vector<Wish>& wishes) {
  if (c.column.name.empty()) return;
  const std::string& qualifier = c.column.qualifier;
  for (const RelationUse& use : s.references.relations) {
    const bool meant = qualifier.empty() ? use.query == c.query : names(use, qualifier);
    if (meant && !use.inserted) add_value(c, {use.name.name, c.column.name, {}, false}, wishes);
  }
}

std::optional<std::string> constant(const Node& node) {
  if (node.kind == NodeKind::string || node.kind == NodeKind::number) return node.text;
  if (node.kind == NodeKind::cast && node.children.size() == 1) return constant(node.children[0]);
  return std::nullopt;
}

/// Values that are written: foreign keys have to find them.
void add_written(const DataStatement& s, std::vector<Wish>& wishes) {
  const auto add = [&](const std::string& column, const Node& value) {
    if (auto text = constant(value)) wishes.push_back({s.target.name, column, text, true});
  };
  const DataText text = read_data_text(s);
  for (const DataAssignment& one : text.assignments) {
    if (one.columns.size() == 1) add(one.columns.front(), canonical::parse_expression(one.value));
  }
  if (s.kind != DataKind::insert) return;
  Node rows = canonical::parse_query(text.source);
  if (rows.kind == NodeKind::query && rows.children.size() == 1) {
    Node inner = rows.children.front();
    rows = std::move(inner);
  }
  if (rows.kind != NodeKind::clause || rows.text != "VALUES") return;
  for (const Node& row : rows.children) {
    for (std::size_t i = 0; i < row.children.size() && i < s.columns.size(); ++i)
      add(s.columns[i], row.children[i]);
  }
}

}  // namespace

std::vector<Wish> wishes_of(const std::string& statement) {
  std::vector<Wish> wishes;
  for (const Statement& one : parse_text(statement).statements) {
    const auto* data = one.as<DataStatement>();
    if (!data) continue;
    for (const Comparison& c : data->compared) add_comparison(*data, c, wishes);
    if (!data->sql.empty() && !data->target.empty()) add_written(*data, wishes);
  }
  return wishes;
}

std::vector<std::string> relations_in(const std::string& statement) {
  std::vector<std::string> names;
  for (const Statement& one : parse_text(statement).statements) {
    const auto* data = one.as<DataStatement>();
    if (!data) continue;
    for (const RelationUse& use : data->references.relations) names.push_back(use.name.name);
  }
  return names;
}

}  // namespace schemagate::postgres
