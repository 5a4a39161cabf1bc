// SPDX-License-Identifier: MIT
#include "schema/impact_row_checks.h"

#include <algorithm>

#include "schema/impact_firing.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_integer(const std::string& text) {
  const std::size_t begin = text.starts_with('-') ? 1 : 0;
  return text.size() > begin && text.size() < 18 &&
         text.find_first_not_of("0123456789", begin) == std::string::npos;
}

bool is_decimal(const std::string& text) {
  const auto point = text.find('.');
  return point != std::string::npos && is_integer(text.substr(0, point)) &&
         is_integer(text.substr(point + 1)) && text[point + 1] != '-';
}

std::size_t digits_after_point(const std::string& text) { return text.size() - text.find('.') - 1; }

/// Of numeric(10,2): 2.
std::size_t scale_of(const TypeName& type) {
  const bool plain = type.modifiers.size() == 2 && is_integer(type.modifiers[1]);
  return plain ? static_cast<std::size_t>(std::max(0L, std::stol(type.modifiers[1]))) : 0;
}

const Type* user_type(const ImpactBuilder& b, const TypeName& type) {
  const auto name = resolve_type(b.catalog(), b.session(), type.name);
  const auto found = name ? b.catalog().types.find(*name) : b.catalog().types.end();
  return found == b.catalog().types.end() ? nullptr : &found->second;
}

/// The constant as the column holds it: only where two values of the type are equal exactly when
/// their texts are.
FlowValue value_in(const ImpactBuilder& b, const TypeName& type, const Node& node) {
  if (node.kind == NodeKind::constant && node.text == "NULL") return null_value();
  if (type.array_dimensions > 0) return unknown_value();
  const Type* own = user_type(b, type);
  if (own && own->kind == TypeKind::domain) return value_in(b, own->base, node);
  if (own && own->kind == TypeKind::enumeration && node.kind == NodeKind::string)
    return value_of(node.text);
  const std::string& name = type.name.name;
  const bool number = name == "int2" || name == "int4" || name == "int8" || name == "numeric";
  if (number && (node.kind == NodeKind::number || node.kind == NodeKind::string)) {
    // A longer fraction is rounded.
    const bool whole = name == "numeric" && is_decimal(node.text) &&
                       (type.modifiers.empty() || scale_of(type) >= digits_after_point(node.text));
    return whole || is_integer(node.text) ? value_of(node.text) : unknown_value();
  }
  if (name == "bool" && node.kind == NodeKind::constant &&
      (node.text == "TRUE" || node.text == "FALSE"))
    return value_of(node.text == "TRUE");
  const bool text = (name == "text" || name == "varchar") && node.kind == NodeKind::string;
  return text && !is_integer(node.text) ? value_of(node.text) : unknown_value();
}

const Node* written_in(const WrittenRows::Row& row, const std::string& column) {
  const auto found =
      std::find_if(row.begin(), row.end(), [&](const auto& one) { return one.first == column; });
  return found == row.end() ? nullptr : &found->second;
}

/// The values of a new row, as far as they are known.
FlowRow values_of_row(const ImpactBuilder& b, const Table& table, const WrittenRows& written,
                      const WrittenRows::Row& row) {
  FlowRow values;
  for (const Column& column : table.columns) {
    const Node* node = written_in(row, column.name);
    const bool by_default = node && node->kind == NodeKind::constant && node->text == "DEFAULT";
    if (node && !by_default) {
      values[column.name] = value_in(b, column.type, *node);
    } else if (written.listed && column.default_value) {
      values[column.name] =
          value_in(b, column.type, canonical::parse_expression(column.default_value->sql));
    } else if (written.listed && !user_type(b, column.type) && column.identity == Identity::no &&
               column.generated == Generated::no) {
      values[column.name] = null_value();
    }
  }
  return values;
}

bool is_broken(const ImpactBuilder& b, const Node& condition, const FlowRow& values) {
  const FlowRow variables;
  const FlowValue holds =
      FlowEvaluator(b.catalog(), b.session(), variables).evaluate(condition, values);
  return holds.known && !holds.null && holds.text == "false";
}

/// The value against the CHECKs of the column's domain and of those below it.
void check_domain(ImpactBuilder& b, const TypeName& type, const FlowValue& value) {
  const Type* domain = type.array_dimensions == 0 ? user_type(b, type) : nullptr;
  if (!domain || domain->kind != TypeKind::domain || !value.known) return;
  check_domain(b, domain->base, value);
  for (const Constraint& constraint : domain->constraints) {
    if (constraint.definition.kind != ConstraintKind::check) continue;
    const Node condition = canonical::parse_expression(constraint.definition.expression.sql);
    if (!is_broken(b, condition, {{"value", value}})) continue;
    b.fail("23514", "value for domain " + domain->name.name + " violates check constraint " +
                        quoted(constraint.definition.name));
  }
}

}  // namespace

void check_row_values(ImpactBuilder& b, const Table& table, const WrittenRows& written) {
  if (written.rows.empty() || table.incomplete) return;
  std::vector<std::pair<const Constraint*, Node>> checks;
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& c = constraint.definition;
    if (c.kind == ConstraintKind::check && !c.not_enforced)
      checks.emplace_back(&constraint, canonical::parse_expression(c.expression.sql));
  }
  std::vector<const Column*> of_domains;
  for (const Column& column : table.columns) {
    const Type* type = user_type(b, column.type);
    if (type && type->kind == TypeKind::domain) of_domains.push_back(&column);
  }
  if (checks.empty() && of_domains.empty()) return;
  const bool changed_before = fires_before(b, table, written.listed ? "INSERT" : "UPDATE");
  for (const WrittenRows::Row& row : written.rows) {
    const FlowRow values = values_of_row(b, table, written, row);
    for (const Column* column : of_domains) {
      const auto value = values.find(column->name);
      if (value != values.end()) check_domain(b, column->type, value->second);
    }
    for (const auto& [constraint, condition] : checks) {
      if (b.failed() || changed_before) break;
      if (!is_broken(b, condition, values)) continue;
      b.fail("23514", "new row for relation " + quoted(table.name.name) +
                          " violates check constraint " + quoted(constraint->definition.name));
    }
    if (b.failed()) return;
  }
}

}  // namespace schemagate
