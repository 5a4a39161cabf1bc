// SPDX-License-Identifier: MIT
// ALTER TABLE … ADD CONSTRAINT: CHECK and NOT NULL here, the other kinds in files of their own.
#include "schema/impact_constraints.h"

#include <algorithm>

#include "schema/impact_alter_table.h"
#include "schema/impact_bounds.h"
#include "schema/impact_expressions.h"

namespace schemagate {
namespace {

/// `sql` (negated: NOT sql) being not false means that the column is not NULL.
bool proves(std::string_view sql, std::string_view column, bool negated, int depth) {
  constexpr int deepest = 64;
  sql = without_parentheses(sql);
  if (depth > deepest) return false;
  const auto part_proves = [&](std::string_view part) {
    return proves(part, column, negated, depth + 1);
  };
  if (const auto parts = split_at_word(sql, "OR"); parts.size() > 1) {
    return negated ? std::any_of(parts.begin(), parts.end(), part_proves)
                   : std::all_of(parts.begin(), parts.end(), part_proves);
  }
  if (const auto parts = split_at_word(sql, "AND"); parts.size() > 1) {
    return negated ? std::all_of(parts.begin(), parts.end(), part_proves)
                   : std::any_of(parts.begin(), parts.end(), part_proves);
  }
  if (sql.starts_with("NOT ")) return proves(sql.substr(4), column, !negated, depth + 1);
  const std::string name = quote_identifier(column);
  const std::string_view suffix = negated ? " IS NULL" : " IS NOT NULL";
  if (!sql.ends_with(suffix)) return false;
  return without_parentheses(sql.substr(0, sql.size() - suffix.size())) == name;
}

void add_check(AlterTableWork& work, const ConstraintDefinition& c, bool column_is_new) {
  ImpactBuilder& b = work.b;
  const Table& root = work.root;
  if (c.no_inherit && is_partitioned(root)) {
    b.fail("42P16",
           "cannot add NO INHERIT constraint to partitioned table " + quoted(root.name.name));
    return;
  }
  if (work.s.only && !c.no_inherit && work.has_children()) {
    b.fail("42P16", "constraint must be added to child tables too");
    return;
  }
  check_expression(b, c.expression, ExpressionPlace::check, work.columns());
  if (b.failed()) return;
  std::vector<const Table*> tables{&root};
  if (!c.no_inherit) {
    tables = work.tree();
  } else if (b.major() >= 18) {
    work.tree();
  }
  if (c.not_valid || c.not_enforced) {
    if (!c.name.empty()) work.at(root).added_constraints.emplace(c.name, c);
    return;
  }
  const Cause cause = column_is_new ? Cause::column_check : Cause::check_validation;
  for (const Table* table : tables) work.scan(*table, cause, c.expression.sql);
}

void add_not_null(AlterTableWork& work, const ConstraintDefinition& c) {
  ImpactBuilder& b = work.b;
  if (c.columns.empty()) return;
  const std::string& name = c.columns.front();
  const Column* column = work.root.column(name);
  if (column && column->not_null) {
    const bool other = !c.name.empty() && c.name != column->not_null_name;
    if (other) {
      b.fail("55000", "cannot create not-null constraint " + quoted(c.name) + " on column " +
                          quoted(name) + " of table " + quoted(work.root.name.name));
    }
    return;
  }
  if (work.s.only && work.has_children()) {
    b.fail("42P16", "constraint must be added to child tables too");
    return;
  }
  if (c.not_valid || (c.no_inherit && work.has_children())) {
    work.tree();
    const bool reads = !c.not_valid && !check_proves_not_null(work.root, nullptr, name);
    if (reads) work.scan(work.root, Cause::not_null, name);
  } else {
    alter_set_not_null(work, name);
  }
}

}  // namespace

bool expression_proves_not_null(std::string_view sql, std::string_view column) {
  if (sql.find("CASE ") != std::string_view::npos) return false;
  return proves(sql, column, false, 0);
}

bool check_proves_not_null(const Table& table, const AlteredTable* altered,
                           std::string_view column) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
    const ConstraintDefinition& d = c.definition;
    if (d.kind != ConstraintKind::check || !c.validated || d.not_enforced) return false;
    if (altered && altered->dropped_constraints.contains(d.name)) return false;
    return expression_proves_not_null(d.expression.sql, column);
  });
}

void alter_add_constraint(AlterTableWork& work, const ConstraintDefinition& c, bool column_is_new,
                          KeyRows rows) {
  if (c.kind == ConstraintKind::check) {
    add_check(work, c, column_is_new);
  } else if (c.kind == ConstraintKind::foreign_key) {
    alter_add_foreign_key(work, c, rows);
  } else if (c.kind == ConstraintKind::not_null) {
    add_not_null(work, c);
  } else {
    alter_add_index_constraint(work, c);
  }
}

}  // namespace schemagate
