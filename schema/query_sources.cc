// SPDX-License-Identifier: MIT
// FROM: tables, functions, subqueries and joins.
#include <algorithm>

#include "base/text.h"
#include "schema/canonical.h"
#include "schema/impact_defaults.h"
#include "schema/query_checks.h"
#include "schema/query_parts.h"

namespace schemagate::query {

Source Analyser::relation(const Node& node, const Scope& scope) {
  Source result;
  const std::string& name = node.names.back();
  result.alias = node.text.empty() ? name : node.text;
  if (node.names.size() == 1) {
    for (const Scope* level = &scope; level; level = level->outer) {
      const auto found = level->tables.find(name);
      if (found == level->tables.end()) continue;
      result.columns = found->second.columns;
      result.complete = found->second.complete;
      return result;
    }
  }
  const std::string schema = node.names.size() == 2 ? node.names.front() : "";
  const auto found = b_.resolve({schema, name});
  if (!found || node.names.size() > 2) {
    result.complete = false;
    return result;
  }
  result.table = b_.table(*found);
  const ExpressionColumns known = columns_of_relation(b_, *found);
  result.complete = known.complete;
  if (result.table) {  // in their order
    for (const Column& column : result.table->columns) {
      result.columns.push_back({column.name, builtin_name(b_, column.type), {}, column.type});
    }
  } else if (const View* view = b_.view(*found)) {
    for (const OutputColumn& column : output_columns(*view, b_.catalog())) {
      const bool told = column.type.find('.') == std::string::npos;
      result.columns.push_back({column.name, told ? column.type : std::string(), {}, {}});
    }
  }
  return result;
}

Source Analyser::source(const Node& node, const Scope& scope) {
  Source result;
  const bool lateral = !node.names.empty() && node.names.front() == "lateral" &&
                       !node.children.empty() && is_body(node.children.front());
  if (!node.names.empty() && !lateral) {
    result = relation(node, scope);
  } else if (!node.children.empty() && node.children.front().kind == NodeKind::call) {
    const Node& call = node.children.front();
    value(call, scope);
    result.alias = node.text.empty() ? call.names.back() : node.text;
    result.complete = false;
  } else if (!node.children.empty()) {
    AnalysedQuery inner = query(node.children.front(), lateral ? &scope : scope.outer);
    result.alias = node.text;
    result.columns = std::move(inner.columns);
    result.complete = inner.complete;
  } else {
    result.complete = false;
  }
  std::size_t at = 0;
  for (const Node& child : node.children) {  // column aliases
    if (child.kind != NodeKind::name) continue;
    if (at < result.columns.size()) {
      result.columns[at].name = child.names.front();
    } else {
      result.columns.push_back({child.names.front(), {}, {}, {}});
    }
    ++at;
  }
  return result;
}

/// The columns that NATURAL and USING make one of.
void Analyser::merge(const Node& node, Scope& scope, std::size_t left, std::size_t right) {
  const auto has = [&](std::size_t from, std::size_t to, const std::string& name, bool& complete) {
    for (std::size_t i = from; i < to; ++i) {
      complete = complete && scope.sources[i].complete;
      for (const QueryColumn& column : scope.sources[i].columns) {
        if (column.name == name) return true;
      }
    }
    return false;
  };
  for (const std::string& name : node.names) {
    bool complete = true;
    const bool in_left = has(left, right, name, complete);
    const bool in_right = has(right, scope.sources.size(), name, complete);
    if (complete && (!in_left || !in_right)) {
      fail("42703", "column " + quoted(name) + " specified in USING clause does not exist in " +
                        (in_left ? "right" : "left") + " table");
    }
    scope.merged.insert(name);
  }
  if (!node.text.starts_with("NATURAL")) return;
  for (std::size_t i = left; i < right; ++i) {
    for (const QueryColumn& column : scope.sources[i].columns) {
      bool complete = true;
      if (has(right, scope.sources.size(), column.name, complete)) {
        scope.merged.insert(column.name);
      }
    }
  }
}

void Analyser::join(const Node& node, Scope& scope) {
  const std::size_t left = scope.sources.size();
  from(node.children[0], scope);
  const std::size_t right = scope.sources.size();
  from(node.children[1], scope);
  if (failed()) return;
  merge(node, scope, left, right);
  if (node.children.size() < 3) return;
  if (calls_aggregate(b_, node.children[2])) {
    fail("42803", "aggregate functions are not allowed in JOIN conditions");
  }
  value(node.children[2], scope, "JOIN/ON");
}

void Analyser::from(const Node& node, Scope& scope) {
  if (failed()) return;
  if (node.kind == NodeKind::clause && node.children.size() >= 2) return join(node, scope);
  Source added = source(node, scope);
  if (failed()) return;
  const bool twice = std::any_of(scope.sources.begin(), scope.sources.end(), [&](const Source& s) {
    return !added.alias.empty() && s.alias == added.alias;
  });
  if (twice) {
    fail("42712", "table name " + quoted(added.alias) + " specified more than once");
    return;
  }
  scope.sources.push_back(std::move(added));
}

}  // namespace schemagate::query
