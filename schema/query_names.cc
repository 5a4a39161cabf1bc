// SPDX-License-Identifier: MIT
// Which column a name means, and expressions with types in the place of names.
#include <algorithm>
#include <set>

#include "schema/builtin_types.h"
#include "schema/constant_values.h"
#include "schema/impact_defaults.h"
#include "schema/query_checks.h"
#include "schema/query_parts.h"

namespace schemagate::query {
namespace {

TypeName type_name(std::string type) {
  TypeName name;
  if (type.ends_with("[]")) {
    name.array_dimensions = 1;
    type.resize(type.size() - 2);
  }
  name.name.name = type == "unknown" ? std::string() : std::move(type);
  return name;
}

}  // namespace

Analyser::Analyser(const ImpactBuilder& b, const CreateFunction* body_of) : b_(b) {
  if (!body_of) return;
  arguments_.alias = body_of->name.name;
  for (const FunctionArgument& one : body_of->arguments) {
    if (one.name.empty() || one.mode == 'o' || one.mode == 't') continue;
    std::string type = builtin_name(b, one.type);
    if (type.starts_with("any")) type.clear();
    arguments_.columns.push_back({one.name, std::move(type), {}, one.type});
  }
}

const QueryColumn* Analyser::argument(const std::string& qualifier, const std::string& name) const {
  if (!qualifier.empty() && qualifier != arguments_.alias) return nullptr;
  const auto found = std::find_if(arguments_.columns.begin(), arguments_.columns.end(),
                                  [&](const QueryColumn& one) { return one.name == name; });
  return found == arguments_.columns.end() ? nullptr : &*found;
}

Node Analyser::typed(const std::string& type) {
  const std::string key = "#" + std::to_string(types_.more.size());
  types_.more[key] = type_name(type);
  return Node{NodeKind::name, {}, {key}, {}};
}

/// The column that a name means; `certain`: null is an error that was reported, or a whole row.
const QueryColumn* Analyser::find(const Scope& scope, const Node& node, bool& certain) {
  const std::string& column = node.names.back();
  const bool bare = node.names.size() == 1;
  const std::string qualifier = bare ? "" : node.names[node.names.size() - 2];
  for (const Scope* level = &scope; level; level = level->outer) {
    const QueryColumn* found = nullptr;
    std::size_t count = 0;
    bool complete = true, qualified = false;
    for (const Source& source : level->sources) {
      if (!bare && source.alias != qualifier) continue;
      qualified = true;
      complete = complete && source.complete;
      for (const QueryColumn& one : source.columns) {
        if (one.name != column) continue;
        if (!found) found = &one;
        ++count;
      }
      const bool row = bare && source.alias == column;
      if ((row || (is_system_column(column) && source.table)) && count == 0) certain = false;
    }
    if (found && count > 1 && !level->merged.contains(column) && complete) {
      fail("42702", "column reference " + quoted(column) + " is ambiguous");
      return nullptr;
    }
    if (found) return found;
    if (!complete) certain = false;
    if (!certain) return nullptr;
    if (qualified && !bare) break;
    if (!bare && !level->outer) {
      if (const QueryColumn* one = argument(qualifier, column)) return one;
      if (argument("", qualifier)) {  // a field of it
        certain = false;
        return nullptr;
      }
      fail("42P01", "missing FROM-clause entry for table " + quoted(qualifier));
      return nullptr;
    }
  }
  if (bare) {
    if (const QueryColumn* one = argument("", column)) return one;
  }
  const bool as_function = has_function_named(b_, {"", column});
  if (!as_function) {
    fail("42703",
         "column " + (bare ? quoted(column) : qualifier + "." + column) + " does not exist");
  }
  return nullptr;
}

Node Analyser::resolved_name(const Node& node, const Scope& scope) {
  if (node.names.size() > 2) return canonical::make(NodeKind::tokens);
  if (is_star(node)) return node;
  bool certain = true;
  const QueryColumn* column = find(scope, node, certain);
  if (!column) return canonical::make(NodeKind::tokens);
  return typed(column->type);
}

Node Analyser::subquery(Node node, const Scope& scope) {
  if (node.children.empty()) return node;
  const AnalysedQuery inner = query(node.children.front(), &scope);
  if (node.text.empty() && inner.complete && inner.columns.size() > 1 && one_column_) {
    fail("42601", "subquery must return only one column");
  }
  if (node.text == "EXISTS") return canonical::make(NodeKind::constant, "TRUE");
  const bool scalar = node.text.empty() && inner.complete && inner.columns.size() == 1 &&
                      !inner.columns.front().type.empty() && one_column_;
  if (!scalar) return canonical::make(NodeKind::tokens);
  return typed(inner.columns.front().type);
}

/// Constants beside a column whose type is of the catalog are read as that type: status = 'gone'.
void Analyser::read_own_constants(const Node& node, const Scope& scope) {
  const bool compares = node.children.size() == 2 &&
                        (node.kind == NodeKind::operation || node.kind == NodeKind::quantified);
  if (!compares) return;
  static const std::set<std::string> signs{"=", "<>", "<", ">", "<=", ">=", "= ANY", "<> ALL"};
  if (!signs.contains(node.text)) return;
  for (const std::size_t side : {0U, 1U}) {
    const Node& name = node.children[side];
    const Node& other = node.children[1 - side];
    if (name.kind != NodeKind::name || is_star(name) || name.names.size() > 2) continue;
    bool certain = true;
    const QueryColumn* column = find(scope, name, certain);
    if (!column || !column->type.empty() || column->declared.name.empty()) return;
    const std::vector<Node> list =
        other.kind == NodeKind::array ? other.children : std::vector<Node>{other};
    for (const Node& constant : list) {
      if (constant.kind != NodeKind::string) continue;
      if (auto refused = refused_constant(b_, column->declared, constant.text)) {
        fail(std::move(refused->sqlstate), std::move(refused->reason));
      }
    }
  }
}

Node Analyser::resolved(Node node, const Scope& scope) {
  if (failed()) return node;
  if (node.kind == NodeKind::name) return resolved_name(node, scope);
  read_own_constants(node, scope);
  if (node.kind == NodeKind::subquery) {
    one_column_ = true;
    return subquery(std::move(node), scope);
  }
  if (is_body(node)) {
    query(node, &scope);
    return canonical::make(NodeKind::tokens);
  }
  if (node.kind == NodeKind::quantified && node.children.size() == 2 &&
      (node.children[1].kind == NodeKind::subquery || is_body(node.children[1]))) {
    const bool row = node.children[0].kind == NodeKind::row;
    Node left = resolved(node.children[0], scope);
    const Node& list = node.children[1];
    const Node& inner = list.kind == NodeKind::subquery ? list.children.front() : list;
    const AnalysedQuery result = query(inner, &scope);
    if (!row && result.complete && result.columns.size() > 1) {
      fail("42601", "subquery has too many columns");
    }
    if (failed() || row || result.columns.size() != 1) {
      return canonical::make(NodeKind::tokens);
    }
    return canonical::make(NodeKind::operation, node.text.substr(0, node.text.find(' ')),
                           {std::move(left), typed(result.columns.front().type)});
  }
  for (Node& child : node.children) child = resolved(std::move(child), scope);
  return node;
}

std::string Analyser::value(const Node& node, const Scope& scope, std::string_view condition_of) {
  if (failed()) return {};
  const Node known = resolved(node, scope);
  if (failed()) return {};
  AnalysedExpression analysed = analyse_value(b_, known, types_, condition_of);
  if (analysed.fails) fails = std::move(analysed.fails);
  return std::move(analysed.type);
}

}  // namespace schemagate::query
