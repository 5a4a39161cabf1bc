// SPDX-License-Identifier: MIT
#include "schema/canonical.h"

#include <algorithm>

#include "base/text.h"
#include "schema/canonical_constants.h"
#include "schema/canonical_rewrite.h"
#include "schema/canonical_tree.h"
#include "schema/options.h"

namespace schemagate {
namespace {

using canonical::Frame;
using canonical::Node;
using canonical::NodeKind;
using canonical::Normaliser;

Node normal(const std::string& sql, const Scope& scope) {
  Normaliser normaliser(scope.catalog);
  const std::string target = scope.target == nullptr ? "" : canonical::type_text(*scope.target);
  return normaliser.stored(canonical::parse_expression(sql),
                           canonical::frame_of(scope.table, scope.catalog), target);
}

/// The query with the view's own column names put on its output.
Node normal_query(const View& view, const Catalog& catalog) {
  Normaliser normaliser(&catalog);
  return normaliser.query(canonical::parse_query(view.query.sql), nullptr);
}

void rename_outputs(Node& node, const std::vector<std::string>& names) {
  if (node.kind == NodeKind::clause && node.text == "ITEMS") {
    for (std::size_t i = 0; i < names.size() && i < node.children.size(); ++i)
      node.children[i].text = names[i];
    return;
  }
  for (Node& child : node.children) {
    const bool with = child.kind == NodeKind::clause && child.text.rfind("WITH", 0) == 0;
    if (with || (child.kind != NodeKind::query && child.kind != NodeKind::clause)) continue;
    if (child.text == "FROM" || child.text == "WHERE") continue;
    rename_outputs(child, names);
    if (child.text != "DISTINCT") return;  // the first branch names the columns
  }
}

/// "gin_trgm_ops" and "public.gin_trgm_ops": one of them was not resolved.
bool same_operator_class(const std::string& a, const std::string& b) {
  const auto bare = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  const bool qualified = a.find('.') != std::string::npos && b.find('.') != std::string::npos;
  return a == b || (!qualified && bare(a) == bare(b));
}

bool same_elements(const std::vector<IndexElement>& a, const Scope& in_a,
                   const std::vector<IndexElement>& b, const Scope& in_b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const IndexElement& x, const IndexElement& y) {
                      const auto nulls_first = [](const IndexElement& e) {
                        return e.nulls_first.value_or(e.descending);
                      };
                      return x.column == y.column && x.collation == y.collation &&
                             same_operator_class(x.operator_class, y.operator_class) &&
                             same_options(x.operator_class_options, y.operator_class_options) &&
                             x.descending == y.descending && nulls_first(x) == nulls_first(y) &&
                             x.exclusion_operator == y.exclusion_operator &&
                             same_expression(x.expression, in_a, y.expression, in_b);
                    });
}

std::string action(const std::string& text) { return text == "NO ACTION" ? "" : text; }
std::string method(const std::string& text) { return text.empty() ? "btree" : text; }

}  // namespace

bool same_type(const TypeName& a, const TypeName& b) {
  return a == b || canonical::type_text(a) == canonical::type_text(b);
}

bool same_expression(const Expression& a, const Scope& in_a, const Expression& b,
                     const Scope& in_b) {
  if (a.empty() != b.empty()) return false;
  return a.sql == b.sql || canonical::same_tree(normal(a.sql, in_a), normal(b.sql, in_b));
}

bool same_expression(const std::optional<Expression>& a, const Scope& in_a,
                     const std::optional<Expression>& b, const Scope& in_b) {
  static const Expression none;
  return same_expression(a ? *a : none, in_a, b ? *b : none, in_b);
}

bool same_query(const View& a, const Catalog& in_a, const View& b, const Catalog& in_b) {
  Node first = normal_query(a, in_a), second = normal_query(b, in_b);
  rename_outputs(first, a.column_names);
  rename_outputs(second, b.column_names);
  return canonical::same_tree(first, second);
}

bool same_constraint(const Constraint& a, const Scope& in_a, const Constraint& b,
                     const Scope& in_b) {
  const ConstraintDefinition &x = a.definition, &y = b.definition;
  if (x.kind != y.kind || x.deferrable != y.deferrable ||
      x.initially_deferred != y.initially_deferred || x.not_enforced != y.not_enforced ||
      x.no_inherit != y.no_inherit) {
    return false;
  }
  if (x.kind == ConstraintKind::check)
    return same_expression(x.expression, in_a, y.expression, in_b);
  return x.columns == y.columns && x.include == y.include && x.referenced == y.referenced &&
         x.referenced_columns == y.referenced_columns && x.match == y.match &&
         action(x.on_update) == action(y.on_update) && action(x.on_delete) == action(y.on_delete) &&
         x.set_columns == y.set_columns && method(x.access_method) == method(y.access_method) &&
         same_elements(x.exclusion, in_a, y.exclusion, in_b) &&
         same_expression(x.where, in_a, y.where, in_b) && same_options(x.options, y.options) &&
         x.tablespace == y.tablespace && x.nulls_not_distinct == y.nulls_not_distinct &&
         x.without_overlaps == y.without_overlaps;
}

bool same_index(const Index& a, const Catalog& in_a, const Index& b, const Catalog& in_b) {
  if (a.unique != b.unique || a.nulls_not_distinct != b.nulls_not_distinct ||
      method(a.method) != method(b.method) || a.include != b.include ||
      !same_options(a.options, b.options) || a.tablespace != b.tablespace) {
    return false;
  }
  const auto scope = [](const Index& index, const Catalog& catalog) {
    const auto table = catalog.tables.find(index.table);
    return Scope{&catalog, table == catalog.tables.end() ? nullptr : &table->second, nullptr};
  };
  return same_elements(a.elements, scope(a, in_a), b.elements, scope(b, in_b)) &&
         same_expression(a.where, scope(a, in_a), b.where, scope(b, in_b));
}

std::vector<OutputColumn> output_columns(const View& view, const Catalog& catalog) {
  const Node query = [&] {
    Node node = normal_query(view, catalog);
    rename_outputs(node, view.column_names);
    return node;
  }();
  std::vector<OutputColumn> outputs;
  for (auto& [name, type] : Normaliser(&catalog).columns_of(query)) outputs.push_back({name, type});
  return outputs;
}

std::string meaning(const Expression& expression, const Scope& scope) {
  return expression.empty() ? std::string() : canonical::meaning_of(normal(expression.sql, scope));
}

std::string meaning(const View& view, const Catalog& catalog) {
  Node node = normal_query(view, catalog);
  rename_outputs(node, view.column_names);
  return canonical::meaning_of(node);
}

}  // namespace schemagate
