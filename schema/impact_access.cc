// SPDX-License-Identifier: MIT
#include "schema/impact_access.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The comparison speaks of the table that `use` names: of its own query or, from inside a
/// subquery, of one around it. A qualifier that is no table's stands for a subquery of FROM.
bool is_about(const Comparison& c, const RelationUse& use, const DataStatement& s) {
  const std::string& qualifier = c.column.qualifier;
  if (qualifier.empty()) return c.query == use.query;
  const auto& all = s.references.relations;
  const bool known = std::any_of(all.begin(), all.end(),
                                 [&](const RelationUse& u) { return names(u, qualifier); });
  if (!known) return use.query >= c.query;
  if (!names(use, qualifier)) return false;
  const bool nearer = std::any_of(all.begin(), all.end(), [&](const RelationUse& u) {
    return u.query == c.query && names(u, qualifier);
  });
  return nearer ? use.query == c.query : use.query <= c.query;
}

/// Names lose their qualifiers: what an index calls email may be u.email in a query.
void strip(Node& node) {
  if (node.kind == NodeKind::name && node.names.size() > 1) {
    node.names.erase(node.names.begin(), node.names.end() - 1);
  }
  for (Node& child : node.children) strip(child);
}

bool same_expression(const std::string& a, const std::string& c) {
  Node one = canonical::parse_expression(a), other = canonical::parse_expression(c);
  strip(one);
  strip(other);
  return one == other;
}

bool is_about(const Comparison& c, const IndexElement& element) {
  if (!element.column.empty()) return element.column == c.column.name;
  return !c.expression.empty() && same_expression(element.expression.sql, c.expression);
}

bool is_pattern_search(const Comparison& c) {
  return is_one_of(c.op, {"~~", "~~*", "~", "~*", "%"});
}

/// The operator is one of those that an index of this kind answers.
bool answers(const Index& index, const IndexElement& element, const Comparison& c) {
  const bool of_order = is_one_of(c.op, {"=", "IN", "<", ">", "<=", ">=", "TRUE", "FALSE"});
  const bool of_null = is_one_of(c.op, {"IS NULL", "IS NOT NULL"});
  const bool trigrams = element.operator_class.find("trgm") != std::string::npos;
  if (is_pattern_search(c)) {
    if (trigrams) return true;
    const bool bytewise = element.operator_class.ends_with("pattern_ops") ||
                          element.collation == "\"C\"" || element.collation == "\"POSIX\"";
    return c.op == "~~" && index.method == "btree" && bytewise && !c.value.empty() &&
           c.value.front() != '%' && c.value.front() != '_';
  }
  if (index.method == "btree") return of_order || of_null || c.op == "ORDER";
  if (index.method == "hash") return c.op == "=" || c.op == "IN";
  if (index.method == "brin") return of_order || of_null;
  if (c.op == "ORDER") return false;
  if (index.method == "gin") return !of_order && !of_null && c.op != "<>";
  return c.op != "<>";
}

/// What is true of every row with which `known` is true: `demanded`.
bool implies(const Comparison& known, const Comparison& demanded) {
  const bool same =
      known.column.name == demanded.column.name &&
      (known.expression.empty() == demanded.expression.empty()) &&
      (known.expression.empty() || same_expression(known.expression, demanded.expression));
  if (!same) return false;
  if (demanded.op == "IS NOT NULL") return !is_one_of(known.op, {"IS NULL", "ORDER"});
  if (demanded.op == "<>" && known.op == "=")
    return !known.value.empty() && !demanded.value.empty() && known.value != demanded.value;
  if (known.op == "=" && demanded.op == "TRUE") return known.value == "true";
  if (known.op == "=" && demanded.op == "FALSE") return known.value == "false";
  const bool needs_value = !is_one_of(demanded.op, {"IS NULL", "TRUE", "FALSE"});
  return known.op == demanded.op && known.value == demanded.value &&
         (!needs_value || !demanded.value.empty());
}

/// The query asks for no row that the partial index lacks.
bool covers(const Index& index, const RelationUse& use, const DataStatement& s) {
  if (index.where.empty()) return true;
  // What is not read as comparisons is nothing that a query could be seen to ask for.
  const std::string sql = replace_all(index.where.sql, "IS NOT NULL", "");
  for (const std::string_view word :
       {" OR ", " IN ", " ANY ", " BETWEEN ", "LIKE ", "NOT ", " DISTINCT ", " UNKNOWN"}) {
    if (sql.find(word) != std::string::npos) return false;
  }
  const auto parsed = parse_text("SELECT FROM t WHERE " + sql);
  const auto* predicate =
      parsed.statements.empty() ? nullptr : parsed.statements.front().as<DataStatement>();
  if (!predicate || predicate->compared.empty()) return false;
  return std::all_of(
      predicate->compared.begin(), predicate->compared.end(), [&](const Comparison& demanded) {
        return std::any_of(s.compared.begin(), s.compared.end(), [&](const Comparison& known) {
          return is_about(known, use, s) && implies(known, demanded);
        });
      });
}

bool serves(const Index& index, const RelationUse& use, const DataStatement& s) {
  const bool any_place = is_one_of(index.method, {"btree", "gin", "gist", "brin"});
  for (std::size_t place = 0; place < index.elements.size(); ++place) {
    if (place > 0 && !any_place) break;
    const IndexElement& element = index.elements[place];
    for (const Comparison& c : s.compared) {
      if (!is_about(c, use, s) || !is_about(c, element) || !answers(index, element, c)) continue;
      if (place == 0 || c.op != "ORDER") return true;
    }
  }
  return !index.where.empty();
}

}  // namespace

bool names(const RelationUse& use, const std::string& qualifier) {
  return qualifier == use.alias || qualifier == use.name.name;
}

bool index_serves(const ImpactBuilder& b, const QualifiedName& table, const RelationUse& use,
                  const DataStatement& s) {
  const auto& indexes = b.catalog().indexes.of(table);
  return std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
    return index->valid && covers(*index, use, s) && serves(*index, use, s);
  });
}

}  // namespace schemagate
