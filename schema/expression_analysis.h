// SPDX-License-Identifier: MIT
// An expression as the server's parse analysis sees it: which functions and operators its names
// mean, the types, and what is certain to be refused. Whatever hangs on something that is not known
// here (types of extensions, functions of the catalog, text beyond the small grammar) has no type,
// and nothing is said about it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "schema/canonical_tree.h"
#include "schema/impact_builder.h"

namespace schemagate {

/// Where an expression stands: that decides what may be in it.
enum class ExpressionPlace {
  column_default,
  check,
  generation,
  index_expression,
  index_predicate,
  partition_key,
  transform,  ///< ALTER COLUMN … TYPE … USING
  policy,
  publication,  ///< FOR TABLE … WHERE
  query,        ///< of a SELECT: aggregates, subqueries and sets are fine
};

/// The columns that an expression may name.
struct ExpressionColumns {
  const Table* table = nullptr;
  std::map<std::string, TypeName> more;  ///< new ones of the same statement, and changed types
  std::string table_name;                ///< of a table that does not exist yet
  bool complete = true;                  ///< false: there may be others; a missing one is no error
  /// The expression is stored: its constants keep the types that they got beside these columns.
  const ExpressionColumns* stored_with = nullptr;
};

struct AnalysedExpression {
  /// The internal name ("int4", "text[]"), "unknown" of a constant without a type, empty: not told.
  std::string type;
  std::optional<Failure> fails;
  /// Of what it calls: 'i'mmutable, 's'table, 'v'olatile; '?' when not everything is known.
  char volatility = 'i';
};

AnalysedExpression analyse_expression(const ImpactBuilder& b, const Expression& expression,
                                      ExpressionPlace place, const ExpressionColumns& columns);

/// Why an expression of a query over `columns` is refused; `condition`: it must be boolean.
std::optional<Failure> analyse_node(const ImpactBuilder& b, const canonical::Node& node,
                                    const ExpressionColumns& columns, bool condition);

/// The same with the type; `condition_of` ("WHERE"): it must be boolean, empty: any type will do.
AnalysedExpression analyse_value(const ImpactBuilder& b, const canonical::Node& node,
                                 const ExpressionColumns& columns, std::string_view condition_of);

/// The internal name of a type, domains taken off; empty when it is not one of PostgreSQL's own.
std::string builtin_name(const ImpactBuilder& b, const TypeName& type);

/// Is there an assignment cast between two types of PostgreSQL (by their internal names)? True when
/// one of them is not known.
bool can_assign(std::string_view from, std::string_view to, int major);

}  // namespace schemagate
