// SPDX-License-Identifier: MIT
// What an expression of PL/pgSQL gives when the catalog and the values of the variables decide it:
// constants, format(), EXISTS (SELECT … FROM pg_type …), to_regclass('users'). Everything else is
// unknown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schema/apply.h"
#include "schema/canonical_tree.h"

namespace schemagate {

/// A value as text; objects that the server has an OID for are their qualified names.
struct FlowValue {
  bool known = false;
  bool null = false;
  std::string text;
  bool positive = false;  ///< not known, but a number above 0: the count of a table's rows
};
FlowValue unknown_value();
FlowValue null_value();
FlowValue value_of(std::string text);
FlowValue value_of(bool truth);

/// Variables, and columns of the rows that a query has in hand, by lower-case name ("r.relname").
using FlowRow = std::map<std::string, FlowValue>;

class FlowEvaluator {
 public:
  FlowEvaluator(const Catalog& catalog, const Session& session, const FlowRow& variables)
      : catalog_(catalog), session_(session), variables_(variables) {}

  FlowValue evaluate(const std::string& expression) const;
  FlowValue evaluate(const canonical::Node& node, const FlowRow& row) const;
  /// The elements of an array, when all are known.
  std::optional<std::vector<FlowValue>> elements(const std::string& array) const;
  std::optional<std::vector<FlowValue>> elements(canonical::Node array) const;
  /// The rows of a query over system catalogs; each with its columns in order.
  using Result = std::vector<std::vector<std::pair<std::string, FlowValue>>>;
  std::optional<Result> rows(const std::string& query) const;

 private:
  FlowValue name(const canonical::Node& node, const FlowRow& row) const;
  FlowValue operation(const canonical::Node& node, const FlowRow& row) const;
  FlowValue logic(const canonical::Node& node, const FlowRow& row, bool all) const;
  FlowValue call(const canonical::Node& node, const FlowRow& row) const;
  FlowValue cast(const canonical::Node& node, const FlowRow& row) const;
  FlowValue one_of(const canonical::Node& node, const FlowRow& row) const;
  FlowValue subquery(const canonical::Node& node, const FlowRow& row) const;
  std::optional<Result> rows(const canonical::Node& query, const FlowRow& outer) const;
  /// A query of all rows of one table, which is taken to hold some: the table.
  const Table* table_read(const canonical::Node& query) const;

  const Catalog& catalog_;
  const Session& session_;
  const FlowRow& variables_;
};

/// The rows of a system catalog or a view of information_schema, with the columns that are known;
/// nothing when that relation is not known.
std::optional<std::vector<FlowRow>> rows_of_catalog(const Catalog& catalog, const Session& session,
                                                    const std::string& relation);

}  // namespace schemagate
