// SPDX-License-Identifier: MIT
#include "schema/query_analysis.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/canonical.h"
#include "schema/canonical_rewrite.h"
#include "schema/constant_values.h"
#include "schema/expression_analysis.h"
#include "schema/impact_defaults.h"
#include "schema/query_checks.h"
#include "schema/resolve_call.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

struct Source {
  std::string alias;
  std::vector<QueryColumn> columns;
  bool complete = true;
  const Table* table = nullptr;  ///< has system columns; a primary key may group its columns
};

struct Scope {
  std::vector<Source> sources;
  std::map<std::string, AnalysedQuery> tables;  ///< of WITH
  std::set<std::string> merged;                 ///< columns of JOIN … USING
  const Scope* outer = nullptr;
};

const Node* clause(const Node& node, std::string_view text) {
  for (const Node& child : node.children) {
    if (child.kind == NodeKind::clause && child.text == text) return &child;
  }
  return nullptr;
}

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

TypeName type_name(std::string type) {
  TypeName name;
  if (type.ends_with("[]")) {
    name.array_dimensions = 1;
    type.resize(type.size() - 2);
  }
  name.name.name = type == "unknown" ? std::string() : std::move(type);
  return name;
}

class QueryAnalyser {
 public:
  explicit QueryAnalyser(const ImpactBuilder& b) : b_(b) {}

  AnalysedQuery query(const Node& node, const Scope* outer);
  std::optional<Failure> fails;

 private:
  bool failed() const { return fails.has_value(); }
  void fail(std::string sqlstate, std::string reason) {
    if (!fails) fails = Failure{std::move(sqlstate), std::move(reason)};
  }

  AnalysedQuery body(const Node& node, Scope& scope, const Node* order_by);
  AnalysedQuery select(const Node& node, Scope& scope, const Node* order_by);
  AnalysedQuery values(const Node& node, Scope& scope);
  AnalysedQuery combine(const Node& node, Scope& scope);
  void with(const Node& node, Scope& scope);
  void from(const Node& node, Scope& scope);
  void join(const Node& node, Scope& scope);
  void merge(const Node& node, Scope& scope, std::size_t left, std::size_t right);
  Source source(const Node& node, const Scope& scope);
  Source relation(const Node& node, const Scope& scope);
  void items(const Node& node, const Scope& scope, AnalysedQuery& result);
  void star(const Node& node, const Scope& scope, AnalysedQuery& result);
  void order(const Node& node, const Scope& scope, const AnalysedQuery& result, bool distinct);
  std::optional<std::size_t> position(const Node& node, const AnalysedQuery& result,
                                      std::string_view clause);
  void group(const Node& select, const Scope& scope, const AnalysedQuery& result);

  /// Names replaced by what stands for their column in `types_`; subqueries looked into.
  Node resolved(Node node, const Scope& scope);
  Node resolved_name(const Node& node, const Scope& scope);
  /// A name that stands for a value of that type.
  Node typed(const std::string& type) {
    const std::string key = "#" + std::to_string(types_.more.size());
    types_.more[key] = type_name(type);
    return Node{NodeKind::name, {}, {key}, {}};
  }
  Node subquery(Node node, const Scope& scope);
  void read_own_constants(const Node& node, const Scope& scope);
  const QueryColumn* find(const Scope& scope, const Node& node, bool& certain);
  std::string value(const Node& node, const Scope& scope, std::string_view condition_of = {});

  const ImpactBuilder& b_;
  ExpressionColumns types_;  ///< of the names that resolved() makes
  bool one_column_ = false;  ///< of subqueries: a row is compared, or not
};

// ---- names ----

/// The column that a name means; `certain`: null is an error that was reported, or a whole row.
const QueryColumn* QueryAnalyser::find(const Scope& scope, const Node& node, bool& certain) {
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
      fail("42P01", "missing FROM-clause entry for table " + quoted(qualifier));
      return nullptr;
    }
  }
  const bool as_function = has_function_named(b_, {"", column});
  if (!as_function) {
    fail("42703",
         "column " + (bare ? quoted(column) : qualifier + "." + column) + " does not exist");
  }
  return nullptr;
}

Node QueryAnalyser::resolved_name(const Node& node, const Scope& scope) {
  if (node.names.size() > 2) return canonical::make(NodeKind::tokens);
  if (is_star(node)) return node;
  bool certain = true;
  const QueryColumn* column = find(scope, node, certain);
  if (!column) return canonical::make(NodeKind::tokens);
  return typed(column->type);
}

Node QueryAnalyser::subquery(Node node, const Scope& scope) {
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
void QueryAnalyser::read_own_constants(const Node& node, const Scope& scope) {
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

Node QueryAnalyser::resolved(Node node, const Scope& scope) {
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

std::string QueryAnalyser::value(const Node& node, const Scope& scope,
                                 std::string_view condition_of) {
  if (failed()) return {};
  const Node known = resolved(node, scope);
  if (failed()) return {};
  AnalysedExpression analysed = analyse_value(b_, known, types_, condition_of);
  if (analysed.fails) fails = std::move(analysed.fails);
  return std::move(analysed.type);
}

// ---- FROM ----

Source QueryAnalyser::relation(const Node& node, const Scope& scope) {
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

Source QueryAnalyser::source(const Node& node, const Scope& scope) {
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
void QueryAnalyser::merge(const Node& node, Scope& scope, std::size_t left, std::size_t right) {
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

void QueryAnalyser::join(const Node& node, Scope& scope) {
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

void QueryAnalyser::from(const Node& node, Scope& scope) {
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

// ---- SELECT ----

void QueryAnalyser::star(const Node& node, const Scope& scope, AnalysedQuery& result) {
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
  } else if (!scope.outer) {
    fail("42P01", "missing FROM-clause entry for table " + quoted(qualifier));
  } else {
    result.complete = false;
  }
}

void QueryAnalyser::items(const Node& node, const Scope& scope, AnalysedQuery& result) {
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
std::optional<std::size_t> QueryAnalyser::position(const Node& node, const AnalysedQuery& result,
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

void QueryAnalyser::order(const Node& node, const Scope& scope, const AnalysedQuery& result,
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

AnalysedQuery QueryAnalyser::select(const Node& node, Scope& scope, const Node* order_by) {
  AnalysedQuery result;
  if (const Node* sources = clause(node, "FROM")) {
    for (const Node& source : sources->children) from(source, scope);
  }
  if (failed()) return result;
  if (const Node* list = clause(node, "ITEMS")) items(*list, scope, result);
  if (const Node* where = clause(node, "WHERE"); where && !failed()) {
    const Node& condition = where->children.front();
    value(condition, scope, "WHERE");
    if (calls_aggregate(b_, condition)) {
      fail("42803", "aggregate functions are not allowed in WHERE");
    }
  }
  if (const Node* having = clause(node, "HAVING")) {
    value(having->children.front(), scope, "HAVING");
  }
  const bool distinct = clause(node, "DISTINCT") != nullptr;
  if (order_by && !failed()) order(*order_by, scope, result, distinct);
  if (!failed()) group(node, scope, result);
  return result;
}

AnalysedQuery QueryAnalyser::values(const Node& node, Scope& scope) {
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

AnalysedQuery QueryAnalyser::combine(const Node& node, Scope& scope) {
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

void QueryAnalyser::with(const Node& node, Scope& scope) {
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

AnalysedQuery QueryAnalyser::body(const Node& node, Scope& scope, const Node* order_by) {
  if (node.kind == NodeKind::query) return query(node, &scope);
  if (is_set_operation(node)) {
    AnalysedQuery result = combine(node, scope);
    if (order_by) order(*order_by, scope, result, false);
    return result;
  }
  if (node.text == "VALUES") return values(node, scope);
  return select(node, scope, order_by);
}

AnalysedQuery QueryAnalyser::query(const Node& node, const Scope* outer) {
  Scope scope;
  scope.outer = outer;
  if (node.kind != NodeKind::query) {
    return is_body(node) ? body(node, scope, nullptr) : AnalysedQuery{};
  }
  AnalysedQuery result;
  for (const Node& child : node.children) {
    if (child.text == "WITH" || child.text == "WITH RECURSIVE") with(child, scope);
    if (failed()) return result;
    if (is_body(child)) result = body(child, scope, clause(node, "ORDER BY"));
  }
  return result;
}

// ---- GROUP BY ----

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
    if (node.kind == NodeKind::call && is_aggregate(node)) return std::nullopt;
    if (node.kind == NodeKind::name) return loose_name(node);
    for (const Node& child : node.children) {
      if (auto found = loose(child)) return found;
    }
    return std::nullopt;
  }

 private:
  bool is_aggregate(const Node& call) const {
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

void QueryAnalyser::group(const Node& select, const Scope& scope, const AnalysedQuery& result) {
  const Node* by = clause(select, "GROUP BY");
  const Node* having = clause(select, "HAVING");
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
  const Node* list = clause(select, "ITEMS");
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

}  // namespace

bool calls_aggregate(const ImpactBuilder& b, const Node& node) {
  if (node.kind == NodeKind::subquery || is_body(node)) return false;
  if (node.kind == NodeKind::call && node.names.size() == 1) {
    const auto functions = builtins::functions(node.names.back(), b.major());
    const bool over = std::any_of(node.children.begin(), node.children.end(), [](const Node& n) {
      return n.kind == NodeKind::clause && (n.text.starts_with("OVER") || n.text == "WINDOW");
    });
    const bool aggregate =
        !functions.empty() && std::all_of(functions.begin(), functions.end(),
                                          [](const auto& f) { return f.kind == 'a'; });
    if (aggregate && !over && !has_function_named(b, {"", node.names.back()})) return true;
  }
  return std::any_of(node.children.begin(), node.children.end(),
                     [&](const Node& child) { return calls_aggregate(b, child); });
}

AnalysedQuery analyse_query(const ImpactBuilder& b, const std::string& sql) {
  const Node node = canonical::parse_query(sql);
  QueryAnalyser analyser(b);
  AnalysedQuery result = analyser.query(node, nullptr);
  result.fails = std::move(analyser.fails);
  return result;
}

}  // namespace schemagate
