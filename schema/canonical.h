// SPDX-License-Identifier: MIT
// Equality by meaning: two spellings of one thing are the same thing. Holds between two files as
// well as between a file and what a server prints about it (pg_get_expr, pg_get_constraintdef,
// pg_get_viewdef): parentheses, casts of constants, IN and = ANY, BETWEEN, synonyms of types and
// functions, the default schema, the list behind a star. When in doubt two things differ.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

/// Where the names of an expression are looked up. Everything is optional: what is unknown is
/// compared as text.
struct Scope {
  const Catalog* catalog = nullptr;
  const Table* table = nullptr;  ///< bare column names are its columns
  const TypeName* target =
      nullptr;  ///< the value is stored as this type: a cast to it says nothing
};

bool same_type(const TypeName& a, const TypeName& b);
bool same_expression(const Expression& a, const Scope& in_a, const Expression& b,
                     const Scope& in_b);
bool same_expression(const std::optional<Expression>& a, const Scope& in_a,
                     const std::optional<Expression>& b, const Scope& in_b);
/// The same query with the same output names and types as far as they can be known.
bool same_query(const View& a, const Catalog& in_a, const View& b, const Catalog& in_b);
/// Everything but name, validity and comment. The tables are those the constraints are on (null: a
/// domain's).
bool same_constraint(const Constraint& a, const Scope& in_a, const Constraint& b,
                     const Scope& in_b);
/// Everything but name, table, comment and the marks CLUSTER and REPLICA IDENTITY.
bool same_index(const Index& a, const Catalog& in_a, const Index& b, const Catalog& in_b);
/// PARTITION BY of two partitioned tables.
bool same_partition_key(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b);
/// FOR VALUES of two partitions, whose values have the types of the parents' partition keys.
bool same_bound(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b);
bool same_function(const Function& a, const Catalog& in_a, const Function& b, const Catalog& in_b);
/// A canonical statement (trigger, policy, rule, …) apart from layout, default schema, parentheses
/// and the spelling of the expressions in it.
bool same_statement(const std::string& a, const Scope& in_a, const std::string& b,
                    const Scope& in_b);
bool same_statement(const std::string& a, const std::string& b);

/// One output column of a view: its name and its type where it can be told.
struct OutputColumn {
  std::string name;  ///< empty when it can't be told
  std::string type;  ///< internal name ("int4", "public.mood"), empty when it can't be told
};
/// With stars expanded where the catalog knows the relation; an unknown star is one column named
/// "*".
std::vector<OutputColumn> output_columns(const View& view, const Catalog& catalog);

/// Spelled so that equal text is equal meaning (not the other way round): for checksums.
std::string meaning(const Expression& expression, const Scope& scope);
std::string meaning(const View& view, const Catalog& catalog);
std::string meaning(const Function& function, const Catalog& catalog);
std::string meaning(const std::string& statement, const Scope& scope);
/// FOR VALUES of a partition, whose values have the types of its parent's partition key.
std::string meaning_of_bound(const Table& partition, const Catalog& catalog);

}  // namespace schemagate
