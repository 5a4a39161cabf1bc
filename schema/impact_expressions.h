// SPDX-License-Identifier: MIT
// What the server refuses to have as a default, a generated column, an index key or a partition
// key.
#pragma once

#include <optional>
#include <string>

#include "schema/expression_analysis.h"
#include "schema/impact_builder.h"

namespace schemagate {

/// Fails when `value` can't be the default of a column of that type: it reads a column or a table
/// (0A000), is of another type (42804) or is a constant that the type can't read (22P02).
void check_default(ImpactBuilder& b, const std::string& column, const TypeName& type,
                   const Expression& value);

/// Is the expression computed anew by each row: not immutable, as far as it is known?
bool is_mutable(const ImpactBuilder& b, const AnalysedExpression& analysed,
                const Expression& expression);

/// Fails where the value can't be stored in a column of that type (42804); `words` says what it is.
void check_assigned(ImpactBuilder& b, const std::string& column, const TypeName& type,
                    const AnalysedExpression& value, const Expression& expression,
                    std::string_view words);

/// Fails at what parse analysis refuses in the expression of a CHECK, an index, a partition key.
AnalysedExpression check_expression(ImpactBuilder& b, const Expression& expression,
                                    ExpressionPlace place, const ExpressionColumns& columns);

/// Fails when `column` can't be computed from the other columns.
void check_generation(ImpactBuilder& b, const ColumnDefinition& column,
                      const ExpressionColumns& columns);

/// The first function call in the expression that is not immutable, or nothing.
std::optional<std::string> mutable_call(const ImpactBuilder& b, const Expression& expression);

/// The type has a default operator class for the access method, as far as it is known.
bool has_operator_class(const ImpactBuilder& b, const TypeName& type, const std::string& method);
/// Fails (42704) when the type has no default operator class for the access method.
void check_operator_class(ImpactBuilder& b, const TypeName& type, const std::string& method);
/// The same for a column of the table; nothing when the table has no such column.
void check_operator_class(ImpactBuilder& b, const Table& table, const std::string& column,
                          const std::string& method);

}  // namespace schemagate
