// SPDX-License-Identifier: MIT
// What the files of the analysis of queries share: the sources that a name may come from, and the
// analyser, whose functions are spread over them. Only query_*.cc use it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/expression_analysis.h"
#include "schema/query_analysis.h"

namespace schemagate::query {

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

bool is_set_operation(const Node& node);
/// A query, or one side of a UNION.
bool is_body(const Node& node);
bool is_star(const Node& node);

class Analyser {
 public:
  /// `body_of`: the function whose body is read, or null.
  Analyser(const ImpactBuilder& b, const CreateFunction* body_of);

  AnalysedQuery query(const Node& node, const Scope* outer);
  std::optional<Failure> fails;

 private:
  bool failed() const { return fails.has_value(); }
  void fail(std::string sqlstate, std::string reason) {
    if (!fails) fails = Failure{std::move(sqlstate), std::move(reason)};
  }

  /// `of`: the query whose body it is, with its ORDER BY and FOR UPDATE; null for one side of a
  /// UNION.
  AnalysedQuery body(const Node& node, Scope& scope, const Node* of);
  AnalysedQuery select(const Node& node, Scope& scope, const Node* of);
  void refuse_locking(const Node& of, const Node& body, const AnalysedQuery& result);
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
  Node typed(const std::string& type);
  Node subquery(Node node, const Scope& scope);
  void read_own_constants(const Node& node, const Scope& scope);
  const QueryColumn* find(const Scope& scope, const Node& node, bool& certain);
  /// The argument of the function that a name means; a column goes before it.
  const QueryColumn* argument(const std::string& qualifier, const std::string& name) const;
  std::string value(const Node& node, const Scope& scope, std::string_view condition_of = {});

  const ImpactBuilder& b_;
  Source arguments_;         ///< of the function whose body it is
  ExpressionColumns types_;  ///< of the names that resolved() makes
  bool one_column_ = false;  ///< of subqueries: a row is compared, or not
};

}  // namespace schemagate::query
