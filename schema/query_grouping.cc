// SPDX-License-Identifier: MIT
// GROUP BY: what may stand beside aggregates.
#include <algorithm>

#include "schema/builtins.h"
#include "schema/impact_defaults.h"
#include "schema/query_checks.h"
#include "schema/query_parts.h"

namespace schemagate::query {
namespace {

/// Tells what may stand beside aggregates: what is grouped by, and what its keys decide.
class Grouping {
 public:
  Grouping(const ImpactBuilder& b, const Scope& scope) : b_(b), scope_(scope) {}

  void add(const Node& key) {
    keys_.push_back(key);
    if (key.kind == NodeKind::name) columns_.insert(key.names.back());
  }

  /// The first column that is neither grouped nor aggregated.
  std::optional<std::string> loose(const Node& node) const {
    if (std::find(keys_.begin(), keys_.end(), node) != keys_.end()) return std::nullopt;
    if (node.kind == NodeKind::subquery || is_body(node)) return std::nullopt;
    if (node.kind == NodeKind::call && may_be_aggregate(node)) return std::nullopt;
    if (node.kind == NodeKind::name) return loose_name(node);
    for (const Node& child : node.children) {
      if (auto found = loose(child)) return found;
    }
    return std::nullopt;
  }

 private:
  /// Aggregates of the schema's own or of an extension are not told from functions.
  bool may_be_aggregate(const Node& call) const {
    const bool bare = call.names.size() < 2;
    const QualifiedName name{bare ? "" : call.names[call.names.size() - 2], call.names.back()};
    if (builtins::functions(name.name, b_.major()).empty() && !has_function_named(b_, name))
      return true;
    return calls_aggregate(b_, call) && calls_itself(call);
  }
  bool calls_itself(const Node& call) const {
    Node alone = call;
    alone.children.clear();
    return calls_aggregate(b_, alone);
  }

  std::optional<std::string> loose_name(const Node& node) const {
    if (node.names.size() > 2) return std::nullopt;
    const std::string& column = node.names.back();
    if (column == "*") return std::nullopt;
    for (const Node& key : keys_) {  // t.a is a
      const bool same = key.kind == NodeKind::name && key.names.back() == column &&
                        (key.names.size() == 1 || node.names.size() == 1);
      if (same) return std::nullopt;
    }
    for (const Source& source : scope_.sources) {
      if (node.names.size() == 2 && source.alias != node.names.front()) continue;
      const bool has = std::any_of(source.columns.begin(), source.columns.end(),
                                   [&](const QueryColumn& c) { return c.name == column; });
      if (!has) continue;
      if (key_is_grouped(source)) return std::nullopt;
      return source.alias + "." + column;
    }
    return std::nullopt;
  }

  bool key_is_grouped(const Source& source) const {
    const Constraint* key = source.table ? source.table->primary_key() : nullptr;
    return key && std::all_of(key->definition.columns.begin(), key->definition.columns.end(),
                              [&](const std::string& c) { return columns_.contains(c); });
  }

  const ImpactBuilder& b_;
  const Scope& scope_;
  std::vector<Node> keys_;
  std::set<std::string> columns_;
};

}  // namespace

void Analyser::group(const Node& select, const Scope& scope, const AnalysedQuery& result) {
  const Node* by = canonical::find_clause(select, "GROUP BY");
  const Node* having = canonical::find_clause(select, "HAVING");
  bool grouped = by != nullptr || having != nullptr;
  for (const QueryColumn& column : result.columns) {
    grouped = grouped || calls_aggregate(b_, column.value);
  }
  if (!grouped) return;
  Grouping grouping(b_, scope);
  for (const Node& key : by ? by->children : std::vector<Node>{}) {
    if (failed()) return;
    if (key.kind == NodeKind::call && (key.names.back() == "rollup" || key.names.back() == "cube" ||
                                       key.names.back() == "grouping sets")) {
      return;
    }
    if (const auto place = position(key, result, "GROUP BY")) {
      if (failed() || *place > result.columns.size()) return;
      grouping.add(result.columns[*place - 1].value);
      continue;
    }
    const auto output =
        std::find_if(result.columns.begin(), result.columns.end(), [&](const QueryColumn& column) {
          const bool has_value = column.value.kind != NodeKind::tokens;
          return key.kind == NodeKind::name && key.names.size() == 1 &&
                 column.name == key.names.front() && has_value;
        });
    if (output != result.columns.end()) {
      grouping.add(output->value);
      if (key == output->value) value(key, scope);
    } else {
      value(key, scope);
    }
    grouping.add(key);
  }
  const auto check = [&](const Node& node) {
    const auto column = failed() ? std::nullopt : grouping.loose(node);
    if (column) {
      fail("42803", "column " + quoted(*column) +
                        " must appear in the GROUP BY clause or be used in an aggregate function");
    }
  };
  const Node* list = canonical::find_clause(select, "ITEMS");
  for (const Node& item : list ? list->children : std::vector<Node>{}) {
    if (item.children.empty()) continue;
    const Node& expression = item.children.front();
    if (!is_star(expression)) {
      check(expression);
      continue;
    }
    for (const QueryColumn& column : result.columns) check({NodeKind::name, {}, {column.name}, {}});
  }
  if (having) check(having->children.front());
}

}  // namespace schemagate::query

namespace schemagate {

bool calls_aggregate(const ImpactBuilder& b, const canonical::Node& node) {
  if (node.kind == canonical::NodeKind::subquery || query::is_body(node)) return false;
  if (node.kind == canonical::NodeKind::call && node.names.size() == 1) {
    const auto functions = builtins::functions(node.names.back(), b.major());
    const bool over =
        std::any_of(node.children.begin(), node.children.end(), [](const canonical::Node& n) {
          return n.kind == canonical::NodeKind::clause &&
                 (n.text.starts_with("OVER") || n.text == "WINDOW");
        });
    const bool aggregate =
        !functions.empty() && std::all_of(functions.begin(), functions.end(),
                                          [](const auto& f) { return f.kind == 'a'; });
    if (aggregate && !over && !has_function_named(b, {"", node.names.back()})) return true;
  }
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const canonical::Node& child) { return calls_aggregate(b, child); });
}

}  // namespace schemagate
