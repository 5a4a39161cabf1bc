// SPDX-License-Identifier: MIT
#include "schema/query_analysis.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "schema/canonical.h"
#include "schema/canonical_rewrite.h"
#include "schema/query_parts.h"
#include "schema/resolve_call.h"

namespace schemagate::query {

bool is_set_operation(const Node& node) {
  return node.kind == NodeKind::clause &&
         (node.text.starts_with("UNION") || node.text.starts_with("EXCEPT") ||
          node.text.starts_with("INTERSECT"));
}

bool is_body(const Node& node) {
  return node.kind == NodeKind::query || is_set_operation(node) ||
         (node.kind == NodeKind::clause && (node.text == "SELECT" || node.text == "VALUES"));
}

bool is_star(const Node& node) {
  return node.kind == NodeKind::name && !node.names.empty() && node.names.back() == "*";
}

namespace {

bool calls_window_function(const Node& node) {
  if (node.kind == NodeKind::subquery || is_body(node)) return false;
  if (node.kind == NodeKind::clause && (node.text.starts_with("OVER") || node.text == "WINDOW"))
    return true;
  return std::any_of(node.children.begin(), node.children.end(), calls_window_function);
}

}  // namespace

void Analyser::star(const Node& node, const Scope& scope, AnalysedQuery& result) {
  const std::string qualifier = node.names.size() > 1 ? node.names[node.names.size() - 2] : "";
  bool any = false;
  std::set<std::string> merged;
  for (const Source& source : scope.sources) {
    if (!qualifier.empty() && source.alias != qualifier) continue;
    any = true;
    result.complete = result.complete && source.complete;
    for (const QueryColumn& column : source.columns) {
      const bool once = qualifier.empty() && scope.merged.contains(column.name);
      if (!once || merged.insert(column.name).second) result.columns.push_back(column);
    }
  }
  if (any) return;
  if (qualifier.empty()) {
    fail("42601", "SELECT * with no tables specified is not valid");
  } else if (!scope.outer && !argument("", qualifier)) {
    fail("42P01", "missing FROM-clause entry for table " + quoted(qualifier));
  } else {
    result.complete = false;
  }
}

void Analyser::items(const Node& node, const Scope& scope, AnalysedQuery& result) {
  result.complete = true;
  for (const Node& item : node.children) {
    if (failed()) return;
    if (item.children.empty()) continue;
    const Node& expression = item.children.front();
    if (is_star(expression)) {
      star(expression, scope, result);
      continue;
    }
    std::string type = value(expression, scope);
    const std::string name = item.text.empty() ? canonical::implied_name(expression) : item.text;
    result.columns.push_back({name, std::move(type), expression, {}});
  }
}

/// ORDER BY 2: the place of an output column.
std::optional<std::size_t> Analyser::position(const Node& node, const AnalysedQuery& result,
                                              std::string_view clause) {
  if (node.kind != NodeKind::number) return std::nullopt;
  std::size_t place = 0;
  const char* end = node.text.data() + node.text.size();
  if (std::from_chars(node.text.data(), end, place).ptr != end) {
    fail("42601", "non-integer constant in " + std::string(clause));
  } else if (place == 0 || (result.complete && place > result.columns.size())) {
    fail("42P10", std::string(clause) + " position " + node.text + " is not in select list");
  }
  return place;
}

void Analyser::order(const Node& node, const Scope& scope, const AnalysedQuery& result,
                     bool distinct) {
  for (const Node& item : node.children) {
    if (failed() || item.children.empty()) return;
    const Node& key = item.children.front();
    if (position(key, result, "ORDER BY")) continue;
    const auto is_output = [&](const QueryColumn& column) {
      return (key.kind == NodeKind::name && key.names.size() == 1 &&
              column.name == key.names.front()) ||
             column.value == key;
    };
    if (std::any_of(result.columns.begin(), result.columns.end(), is_output)) continue;
    value(key, scope);
    if (distinct && result.complete) {
      fail("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
    }
  }
}

/// CheckSelectLocking(): what FOR UPDATE can't find rows behind.
void Analyser::refuse_locking(const Node& of, const Node& body, const AnalysedQuery& result) {
  const Node* locking = canonical::find_clause(of, "FOR");
  if (!locking || failed()) return;
  const auto any_column = [&](auto is) {
    return std::any_of(result.columns.begin(), result.columns.end(),
                       [&](const QueryColumn& column) { return is(column.value); });
  };
  std::string_view with;
  if (is_set_operation(body)) {
    with = "UNION/INTERSECT/EXCEPT";
  } else if (canonical::find_clause(body, "DISTINCT")) {
    with = "DISTINCT clause";
  } else if (canonical::find_clause(body, "GROUP BY")) {
    with = "GROUP BY clause";
  } else if (canonical::find_clause(body, "HAVING")) {
    with = "HAVING clause";
  } else if (any_column([&](const Node& value) { return calls_aggregate(b_, value); })) {
    with = "aggregate functions";
  } else if (any_column(calls_window_function)) {
    with = "window functions";
  }
  if (with.empty()) return;
  std::string words = "FOR";
  for (const std::string& word : locking->names) {
    if (word == "of" || word == "OF") break;
    words += ' ';
    for (const unsigned char c : word) words += static_cast<char>(std::toupper(c));
  }
  fail("0A000", words + " is not allowed with " + std::string(with));
}

AnalysedQuery Analyser::select(const Node& node, Scope& scope, const Node* of) {
  AnalysedQuery result;
  if (const Node* sources = canonical::find_clause(node, "FROM")) {
    for (const Node& source : sources->children) from(source, scope);
  }
  if (failed()) return result;
  if (const Node* list = canonical::find_clause(node, "ITEMS")) items(*list, scope, result);
  if (const Node* where = canonical::find_clause(node, "WHERE"); where && !failed()) {
    const Node& condition = where->children.front();
    value(condition, scope, "WHERE");
    if (calls_aggregate(b_, condition)) {
      fail("42803", "aggregate functions are not allowed in WHERE");
    }
  }
  if (const Node* having = canonical::find_clause(node, "HAVING")) {
    value(having->children.front(), scope, "HAVING");
  }
  const bool distinct = canonical::find_clause(node, "DISTINCT") != nullptr;
  const Node* order_by = of ? canonical::find_clause(*of, "ORDER BY") : nullptr;
  if (order_by && !failed()) order(*order_by, scope, result, distinct);
  if (of) refuse_locking(*of, node, result);
  if (!failed()) group(node, scope, result);
  return result;
}

AnalysedQuery Analyser::values(const Node& node, Scope& scope) {
  AnalysedQuery result;
  result.complete = true;
  for (const Node& row : node.children) {
    if (row.children.size() != node.children.front().children.size()) {
      fail("42601", "VALUES lists must all be the same length");
    }
    for (std::size_t i = 0; i < row.children.size() && !failed(); ++i) {
      const Node& one = row.children[i];
      const bool is_default = one.kind == NodeKind::constant && one.text == "DEFAULT";
      std::string type = is_default ? std::string() : value(one, scope);
      if (i >= result.columns.size()) {
        result.columns.push_back({"column" + std::to_string(i + 1), std::move(type), one, {}});
      } else if (result.columns[i].type != type) {
        result.columns[i].type.clear();
      }
    }
  }
  return result;
}

AnalysedQuery Analyser::combine(const Node& node, Scope& scope) {
  AnalysedQuery left = query(node.children[0], &scope);
  if (failed()) return left;
  const AnalysedQuery right = query(node.children[1], &scope);
  if (failed() || !left.complete || !right.complete) {
    left.complete = left.complete && right.complete;
    for (QueryColumn& column : left.columns) column.type.clear();
    return left;
  }
  const std::string word = node.text.substr(0, node.text.find(' '));
  if (left.columns.size() != right.columns.size()) {
    fail("42601", "each " + word + " query must have the same number of columns");
    return left;
  }
  for (std::size_t i = 0; i < left.columns.size() && !failed(); ++i) {
    std::string& type = left.columns[i].type;
    const std::string& other = right.columns[i].type;
    const std::string both =
        type.empty() || other.empty() ? std::string() : common_type({type, other}, b_.major());
    if (both == "-") {
      fail("42804", word + " types " + type + " and " + other + " cannot be matched");
    }
    type = both;
  }
  return left;
}

void Analyser::with(const Node& node, Scope& scope) {
  for (const Node& table : node.children) {
    if (failed() || table.children.empty()) return;
    AnalysedQuery result;
    if (node.text != "WITH RECURSIVE") {
      result = query(table.children.front(), &scope);
    } else {
      scope.tables[table.text] = {};  // may read itself
    }
    std::size_t at = 0;
    for (const Node& child : table.children) {
      if (child.kind != NodeKind::name) continue;
      if (at < result.columns.size()) result.columns[at].name = child.names.front();
      ++at;
    }
    scope.tables[table.text] = std::move(result);
  }
}

AnalysedQuery Analyser::body(const Node& node, Scope& scope, const Node* of) {
  if (node.kind == NodeKind::query) return query(node, &scope);
  if (is_set_operation(node)) {
    AnalysedQuery result = combine(node, scope);
    const Node* order_by = of ? canonical::find_clause(*of, "ORDER BY") : nullptr;
    if (order_by) order(*order_by, scope, result, false);
    if (of) refuse_locking(*of, node, result);
    return result;
  }
  if (node.text == "VALUES") return values(node, scope);
  return select(node, scope, of);
}

AnalysedQuery Analyser::query(const Node& node, const Scope* outer) {
  Scope scope;
  scope.outer = outer;
  if (node.kind != NodeKind::query) {
    return is_body(node) ? body(node, scope, nullptr) : AnalysedQuery{};
  }
  AnalysedQuery result;
  for (const Node& child : node.children) {
    if (child.text == "WITH" || child.text == "WITH RECURSIVE") with(child, scope);
    if (failed()) return result;
    if (is_body(child)) result = body(child, scope, &node);
  }
  return result;
}

}  // namespace schemagate::query

namespace schemagate {

AnalysedQuery analyse_query(const ImpactBuilder& b, const std::string& sql,
                            const CreateFunction* body_of) {
  const canonical::Node node = canonical::parse_query(sql);
  query::Analyser analyser(b, body_of);
  AnalysedQuery result = analyser.query(node, nullptr);
  result.fails = std::move(analyser.fails);
  return result;
}

}  // namespace schemagate
