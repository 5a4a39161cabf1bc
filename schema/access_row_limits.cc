// SPDX-License-Identifier: MIT
// Statements that keep to rows which their text tells by a unique key: INSERT and upserts of
// literal keys, UPDATE and DELETE by them.
#include <algorithm>

#include "schema/access_row_behind.h"
#include "schema/access_row_keys.h"
#include "schema/access_row_values.h"
#include "schema/access_rows.h"
#include "schema/builtins.h"
#include "schema/data_text.h"

namespace schemagate {
namespace rows {
namespace {

using canonical::Node;
using canonical::NodeKind;
using RowsOfKey = std::set<std::vector<std::string>>;

bool calls_only_builtins(const References& references) {
  constexpr int newest = 18;
  const auto& functions = references.functions;
  return std::all_of(functions.begin(), functions.end(), [](const FunctionUse& use) {
    return builtins::is_function(use.name.name, newest) && !runs_text(use.name);
  });
}

/// What happens to one of its rows has nothing to do with the others, but for its unique keys.
bool has_rows_apart(const Tables& tables, const Table& table) {
  const auto is_indexed_plainly = [](const Index* index) {
    return calls_only_builtins(index->where.references) &&
           std::all_of(index->elements.begin(), index->elements.end(),
                       [](const IndexElement& element) {
                         return calls_only_builtins(element.expression.references);
                       });
  };
  const std::vector<const Index*> indexes = tables.home_of(table).indexes_of(table.name);
  const auto is_fine = [](const Constraint& one) {
    const ConstraintDefinition& definition = one.definition;
    return definition.kind != ConstraintKind::exclusion &&
           calls_only_builtins(definition.expression.references);
  };
  const auto is_plain = [&](const Column& column) {
    return calls_only_builtins(column.generation.references) &&
           (!column.default_value || calls_only_builtins(column.default_value->references));
  };
  const auto refers_to_itself = [&](const Constraint& one) {
    return one.definition.kind == ConstraintKind::foreign_key &&
           tables.named(one.definition.referenced) == &table;
  };
  return tables.tree_of(table).size() == 1 && !table.partition_by && table.triggers.empty() &&
         table.rules.empty() && !table.force_row_security &&
         std::all_of(indexes.begin(), indexes.end(), is_indexed_plainly) &&
         std::all_of(table.constraints.begin(), table.constraints.end(), is_fine) &&
         std::none_of(table.constraints.begin(), table.constraints.end(), refers_to_itself) &&
         std::all_of(table.columns.begin(), table.columns.end(), is_plain);
}

bool is_plain_key(const Index& index) {
  return index.unique && index.where.empty() && !index.elements.empty() &&
         std::all_of(index.elements.begin(), index.elements.end(), [](const IndexElement& one) {
           return !one.column.empty() && one.collation.empty() && one.operator_class.empty();
         });
}

class KeptReader {
 public:
  KeptReader(const Catalog& catalog, const StatementUse& use, const Table& table)
      : catalog_(catalog), use_(use), table_(table), text_(read_data_text(*use.data)) {}

  std::map<AccessKey, RowsOfKey> read(const Tables& tables) const {
    std::map<AccessKey, RowsOfKey> found;
    std::vector<const Index*> unique_ones;
    for (const Index* index : catalog_.indexes_of(table_.name))
      if (index->unique) unique_ones.push_back(index);
    const bool has_one = unique_ones.size() == 1;
    // A row that goes lets others come under any of its keys.
    if (!text_.with.empty() || (use_.work == RowWork::removes && !has_one)) return found;
    for (const Index* index : unique_ones) {
      if (!is_plain_key(*index) || sets(*index)) continue;
      if (use_.looks_for_conflicts && !has_one && !is_arbiter(*index)) continue;
      const RowsOfKey rows = use_.makes_rows ? made(*index) : chosen(*index);
      if (!rows.empty()) found.emplace(tables.unique_key(table_, *index), rows);
    }
    return found;
  }

 private:
  bool is_of(const Index& index, const std::string& column) const {
    return std::any_of(index.elements.begin(), index.elements.end(),
                       [&](const IndexElement& one) { return one.column == column; });
  }
  /// SET, also after ON CONFLICT.
  bool sets(const Index& index) const {
    return std::any_of(
        text_.assignments.begin(), text_.assignments.end(), [&](const DataAssignment& one) {
          return std::any_of(one.columns.begin(), one.columns.end(),
                             [&](const std::string& column) { return is_of(index, column); });
        });
  }
  bool is_arbiter(const Index& index) const {
    return text_.arbiter.size() == index.elements.size() &&
           std::all_of(text_.arbiter.begin(), text_.arbiter.end(),
                       [&](const std::string& column) { return is_of(index, column); });
  }

  RowsOfKey made(const Index& index) const {
    const WrittenValues written(catalog_, use_, table_, {});
    std::vector<std::vector<std::string>> rows;
    for (const IndexElement& element : index.elements) {
      const Column* column = table_.column(element.column);
      if (column == nullptr) return {};
      const KeyColumn values = written.key_of(*column, true);
      if (values.kind != KeyColumn::Kind::literal) return {};
      rows.resize(std::max(rows.size(), values.literals.size()));
      if (rows.size() != values.literals.size()) return {};
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].push_back(values.literals[i]);
    }
    return {rows.begin(), rows.end()};
  }

  RowsOfKey chosen(const Index& index) const {
    if (text_.condition.empty()) return {};
    const Node condition = canonical::parse_expression(text_.condition);
    RowsOfKey rows{{}};
    for (const IndexElement& element : index.elements) {
      const Column* column = table_.column(element.column);
      if (column == nullptr) return {};
      const std::vector<std::string> values = values_of(condition, *column);
      RowsOfKey longer;
      for (const auto& row : rows)
        for (const std::string& value : values) {
          std::vector<std::string> one = row;
          one.push_back(value);
          longer.insert(std::move(one));
        }
      rows = std::move(longer);
    }
    return rows;
  }
  /// a = 1, a IN (1, 2), alone or beside more.
  std::vector<std::string> values_of(const Node& condition, const Column& column) const {
    if (condition.kind == NodeKind::all_of) {
      for (const Node& part : condition.children)
        if (auto found = values_of(part, column); !found.empty()) return found;
      return {};
    }
    const bool is_one = condition.kind == NodeKind::operation && condition.text == "=",
               is_list = condition.kind == NodeKind::quantified && condition.text == "= ANY";
    if ((!is_one && !is_list) || condition.children.size() != 2) return {};
    const Node &left = condition.children.front(), &right = condition.children.back();
    if (left.kind != NodeKind::name || left.names.empty() || left.names.back() != column.name)
      return {};
    if (is_list && right.kind != NodeKind::array) return {};
    std::vector<std::string> found;
    for (const Node& one : is_list ? right.children : std::vector<Node>{right}) {
      const auto literal = literal_of(catalog_, use_, one, column);
      if (!literal) return {};
      found.push_back(*literal);
    }
    return found;
  }

  const Catalog& catalog_;
  const StatementUse& use_;
  const Table& table_;
  const DataText text_;
};

}  // namespace
}  // namespace rows

std::optional<KeptRows> kept_rows_of(const Catalog& catalog, const Catalog& ancestor,
                                     const StatementUse& use) {
  const bool is_alone = use.data && !use.data->sql.empty() && !use.other_path && !use.other_role &&
                        use.references.relations.size() == 1 &&
                        rows::calls_only_builtins(use.references) &&
                        !rows::looks_at_system_columns(use.references) &&
                        rows::functions_behind(catalog, use.text, use.references).empty();
  if (!is_alone) return std::nullopt;
  const rows::Tables tables(catalog, ancestor);
  const Table* table = tables.named(use.target);
  if (table == nullptr || &tables.home_of(*table) != &catalog ||
      !rows::has_rows_apart(tables, *table))
    return std::nullopt;
  KeptRows kept{table->name.schema + "." + table->name.name,
                rows::KeptReader(catalog, use, *table).read(tables)};
  return kept.keys.empty() ? std::nullopt : std::optional(std::move(kept));
}

}  // namespace schemagate
