// SPDX-License-Identifier: MIT
// A value that ALTER TYPE … ADD VALUE added in the same transaction: a definition that holds it is
// refused, as a query is.
#include <algorithm>

#include "base/text.h"
#include "schema/impact_kinds.h"

namespace schemagate {
namespace {

class NewValues {
 public:
  NewValues(ImpactBuilder& b, const QualifiedName& type, const std::string& value)
      : b_(b), type_(type), literal_(quote_literal(value)) {}

  bool used_by(const AlterTable& alter) const {
    if (alter.kind != ObjectKind::table) return false;
    const auto name = b_.resolve(alter.name);
    const Table* table = name ? b_.table(*name) : nullptr;
    return std::any_of(alter.commands.begin(), alter.commands.end(),
                       [&](const AlterTableCommand& command) { return used_by(command, table); });
  }
  bool used_by(const CreateTable& create) const {
    return std::any_of(create.columns.begin(), create.columns.end(),
                       [&](const ColumnDefinition& column) { return is_default(column); });
  }
  bool used_by(const CreateIndex& create) const {
    const auto name = b_.resolve(create.table);
    return in_condition(create.where, name ? b_.table(*name) : nullptr);
  }
  bool used_by(const CreateView& view) const {
    if (view.query.sql.find(literal_) == std::string::npos) return false;
    const auto& relations = view.query.references.relations;
    return std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
      const auto name = b_.resolve(use.name);
      const Table* table = name ? b_.table(*name) : nullptr;
      return table && std::any_of(table->columns.begin(), table->columns.end(),
                                  [&](const Column& column) { return is_of_type(column.type); });
    });
  }
  template <class Other>
  bool used_by(const Other&) const {
    return false;
  }

 private:
  bool used_by(const AlterTableCommand& command, const Table* table) const {
    using enum AlterTableAction;
    if (command.action == add_column && command.column) return is_default(*command.column);
    if (command.action == add_constraint && command.constraint)
      return in_condition(command.constraint->expression, table);
    if (command.action != set_default || !table) return false;
    const Column* column = table->column(command.name);
    return column && is_of_type(column->type) && holds(command.expression);
  }

  bool is_default(const ColumnDefinition& column) const {
    return column.default_value && is_of_type(column.type) && holds(*column.default_value);
  }

  /// A condition that compares a column of the type with it.
  bool in_condition(const Expression& condition, const Table* table) const {
    if (!table || !holds(condition)) return false;
    const auto& columns = condition.references.columns;
    return std::any_of(columns.begin(), columns.end(), [&](const ColumnUse& use) {
      const Column* column = table->column(use.name);
      return column && is_of_type(column->type);
    });
  }

  bool holds(const Expression& expression) const {
    return expression.sql.find(literal_) != std::string::npos;
  }
  bool is_of_type(const TypeName& type) const {
    return resolve_type(b_.catalog(), b_.session(), type.name) == type_;
  }

  ImpactBuilder& b_;
  const QualifiedName& type_;
  std::string literal_;
};

}  // namespace

void check_new_enum_values(ImpactBuilder& b, const Statement& statement) {
  for (const auto& [type, value] : b.session().uncommitted_enum_values) {
    const NewValues values(b, type, value);
    const bool used =
        std::visit([&](const auto& body) { return values.used_by(body); }, statement.body);
    if (!used) continue;
    b.fail("55P04", "unsafe use of new value " + quoted(value) + " of enum type " + type.name);
    return;
  }
}

}  // namespace schemagate
