// SPDX-License-Identifier: MIT
#include "schema/constant_folding.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

enum class Truth { yes, no, null };

bool is_null(const Node& node) { return node.kind == NodeKind::constant && node.text == "NULL"; }

bool is_literal(const Node& node) {
  if (node.kind == NodeKind::cast) return is_literal(node.children.front());
  return node.kind == NodeKind::string || node.kind == NodeKind::number ||
         (node.kind == NodeKind::constant && (node.text == "TRUE" || node.text == "FALSE"));
}

std::optional<Truth> truth_of(const Node& node) {
  if (is_null(node)) return Truth::null;
  if (node.kind == NodeKind::constant && node.text == "TRUE") return Truth::yes;
  if (node.kind == NodeKind::constant && node.text == "FALSE") return Truth::no;
  const bool equation = node.kind == NodeKind::operation && node.text == "=" &&
                        node.children.size() == 2 && node.children[0].kind == NodeKind::number &&
                        node.children[1].kind == NodeKind::number;
  if (!equation) return std::nullopt;
  return node.children[0].text == node.children[1].text ? Truth::yes : Truth::no;
}

/// CASE WHEN … THEN …: arms that can't be taken go, one that must be taken ends it.
Node folded_case(Node node) {
  const bool simple =
      !(node.children[0].kind == NodeKind::constant && node.children[0].text.empty());
  if (simple || node.children.size() < 2) return node;
  std::vector<Node> kept{node.children.front()};
  Node otherwise = node.children.back();
  for (std::size_t i = 1; i + 2 < node.children.size(); i += 2) {
    const auto truth = truth_of(node.children[i]);
    if (truth == Truth::yes) {
      otherwise = node.children[i + 1];
      break;
    }
    if (truth) continue;
    kept.push_back(node.children[i]);
    kept.push_back(node.children[i + 1]);
  }
  if (kept.size() == 1) return otherwise;
  kept.push_back(std::move(otherwise));
  node.children = std::move(kept);
  return node;
}

/// COALESCE: nothing behind a value that is not NULL is looked at.
Node folded_coalesce(Node node) {
  std::vector<Node> kept;
  for (Node& child : node.children) {
    if (is_null(child)) continue;
    kept.push_back(std::move(child));
    if (is_literal(kept.back())) break;
  }
  if (kept.size() == 1) return kept.front();
  node.children = std::move(kept);
  return node;
}

Node folded_junction(Node node, Truth decides) {
  for (const Node& child : node.children)
    if (truth_of(child) == decides) return child;
  return node;
}

bool is_coalesce(const Node& node) {
  return node.kind == NodeKind::call && node.names == std::vector<std::string>{"coalesce"};
}

void collect(const Node& node, std::set<std::string>& calls, std::set<std::string>& texts) {
  if (node.kind == NodeKind::call && !node.names.empty()) calls.insert(node.names.back());
  if (node.kind == NodeKind::string) texts.insert(node.text);
  for (const Node& child : node.children) collect(child, calls, texts);
}

bool may_fold(std::string_view sql) {
  const std::string lower = to_lower(sql);
  return lower.find("case") != std::string::npos || lower.find("coalesce") != std::string::npos ||
         lower.find(" and ") != std::string::npos || lower.find(" or ") != std::string::npos;
}

}  // namespace

Node folded(Node node) {
  for (Node& child : node.children) child = folded(std::move(child));
  switch (node.kind) {
    case NodeKind::case_:
      return folded_case(std::move(node));
    case NodeKind::all_of:
      return folded_junction(std::move(node), Truth::no);
    case NodeKind::any_of:
      return folded_junction(std::move(node), Truth::yes);
    default:
      return is_coalesce(node) ? folded_coalesce(std::move(node)) : node;
  }
}

References live_references(const Expression& expression) {
  References references = expression.references;
  if (references.functions.empty() || !may_fold(expression.sql)) return references;
  const Node whole = canonical::parse_expression(expression.sql);
  if (whole.kind == NodeKind::tokens) return references;
  const Node left = folded(whole);
  if (left == whole) return references;
  std::set<std::string> calls, texts;
  collect(left, calls, texts);
  const auto is_dead = [&](const QualifiedName& sequence) {
    return calls.count("nextval") == 0 ||
           std::none_of(texts.begin(), texts.end(), [&](const std::string& text) {
             return text.find(sequence.name) != std::string::npos;
           });
  };
  auto& functions = references.functions;
  functions.erase(
      std::remove_if(functions.begin(), functions.end(),
                     [&](const FunctionUse& use) { return calls.count(use.name.name) == 0; }),
      functions.end());
  auto& sequences = references.sequences;
  sequences.erase(std::remove_if(sequences.begin(), sequences.end(), is_dead), sequences.end());
  return references;
}

}  // namespace schemagate
