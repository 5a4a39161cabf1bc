// SPDX-License-Identifier: MIT
// What a walk over an expression or a query finds: the names it depends on.
#pragma once

#include <string>
#include <vector>

#include "base/few.h"
#include "schema/name.h"

namespace schemagate {

struct FunctionUse {
  QualifiedName name;
  int arguments = 0;
  friend bool operator==(const FunctionUse&, const FunctionUse&) = default;
};
struct RelationUse {
  QualifiedName name;
  std::string alias;      ///< as visible in the query, the name itself when there is no AS
  bool only = false;      ///< ONLY: without partitions and children
  int mode = 1;           ///< lock as in pg_locks: 1 read, 2 FOR UPDATE or SHARE, 3 written
  bool inserted = false;  ///< target of INSERT: none of its rows is read
  int query = 0;          ///< which SELECT, UPDATE … names it, numbered as they are written
  friend bool operator==(const RelationUse&, const RelationUse&) = default;
};
struct ColumnUse {
  std::string qualifier;  ///< alias or table, empty when bare
  std::string name;       ///< "*" for a star
  friend bool operator==(const ColumnUse&, const ColumnUse&) = default;
};

/// A column or an expression that WHERE, ON or ORDER BY name: what an index may serve.
struct Comparison {
  ColumnUse column;        ///< empty for an expression
  std::string expression;  ///< canonical SQL of what is no plain column
  std::string op;          ///< "=", "IN", "@>", "IS NULL", "IS NOT NULL", "TRUE", "FALSE", "ORDER"
  std::string value;       ///< the constant on the other side (the first), empty for all else
  int query = 0;           ///< as RelationUse::query
};

struct References {
  Few<RelationUse> relations;  ///< CTE names are not relations
  Few<ColumnUse> columns;
  Few<FunctionUse> functions;
  Few<TypeName> types;           ///< of casts
  Few<QualifiedName> sequences;  ///< of constants in nextval('…'), currval and setval
  friend bool operator==(const References&, const References&) = default;
};

enum class ExpressionKind {
  empty,
  null_constant,
  constant,
  other
};  ///< constant: a literal, also with casts or a sign

struct Expression {
  std::string sql;  ///< canonical: keywords upper case, minimal parentheses, one line
  ExpressionKind kind = ExpressionKind::empty;
  References references;

  bool empty() const { return kind == ExpressionKind::empty; }
  friend bool operator==(const Expression& a, const Expression& b) { return a.sql == b.sql; }
};

struct Query {
  std::string sql;  ///< canonical
  References references;
  std::vector<std::string>
      output_columns;  ///< "" where the name can't be known statically; "*" for a star
};

}  // namespace schemagate
