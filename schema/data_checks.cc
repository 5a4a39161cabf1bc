// SPDX-License-Identifier: MIT
#include "schema/data_checks.h"

#include <algorithm>

#include "base/text.h"
#include "schema/constant_values.h"
#include "schema/copy_checks.h"
#include "schema/data_text.h"
#include "schema/expression_analysis.h"
#include "schema/extension_content.h"
#include "schema/plpgsql_values.h"
#include "schema/query_analysis.h"

namespace schemagate {
namespace {

using canonical::NodeKind;

/// The names in `target` as a source of FROM, and the others behind it.
std::string from_list(const std::string& target, const std::string& others) {
  return " FROM " + target + (others.empty() ? "" : ", " + others);
}

/// RETURNING old.a, new.a: names of 18 that are in no FROM.
bool returns_versions(const ImpactBuilder& b, const std::string& returning) {
  const std::string text = to_lower(returning);
  return b.major() >= 18 && (text.find("old.") != std::string::npos ||
                             text.find("new.") != std::string::npos || text.starts_with("with"));
}

bool analyse(ImpactBuilder& b, const std::string& sql, AnalysedQuery* result = nullptr) {
  if (b.failed()) return false;
  AnalysedQuery query = analyse_query(b, sql);
  if (query.fails) b.fail(query.fails->sqlstate, query.fails->reason);
  if (result) *result = std::move(query);
  return !b.failed();
}

/// The value of an expression or constant put into a column (transformAssignedExpr).
void check_assignment(ImpactBuilder& b, const Column& column, const QueryColumn& value) {
  if (value.type.empty()) return;
  if (value.value.kind == NodeKind::constant) return;  // NULL, DEFAULT
  if (value.type == "unknown") {
    if (value.value.kind != NodeKind::string) return;
    if (auto refused = refused_constant(b, column.type, value.value.text)) {
      b.fail(std::move(refused->sqlstate), std::move(refused->reason));
    }
    return;
  }
  const std::string wanted = builtin_name(b, column.type);
  const bool own_casts = may_bring_types(b.catalog()) || b.session().partial;
  if (wanted.empty() || own_casts || can_assign(value.type, wanted, b.major())) return;
  const auto shown = [](const std::string& type) {
    return to_sql(TypeName{{"", type}, {}, {}, 0, false});
  };
  b.fail("42804", "column " + quoted(column.name) + " is of type " + shown(wanted) +
                      " but expression is of type " + shown(value.type));
}

void check_set(ImpactBuilder& b, const Table& table, const DataText& text,
               const std::string& from) {
  for (const DataAssignment& one : text.assignments) {
    for (const std::string& name : one.columns) {
      if (!one.part && !table.incomplete && !table.column(name)) {
        b.fail("42703", "column " + quoted(name) + " of relation " + quoted(table.name.name) +
                            " does not exist");
      }
    }
    if (b.failed()) return;
    if (to_lower(one.value) == "default") continue;
    AnalysedQuery values;
    std::string value = one.value;
    const bool row = one.columns.size() > 1;
    const bool list = row && (value.starts_with('(') || to_lower(value).starts_with("row"));
    const bool subquery = list && to_lower(value).find("select") != std::string::npos;
    if (list && !subquery)
      value = value.substr(value.find('(') + 1, value.rfind(')') - value.find('(') - 1);
    if (list && subquery) {
      analyse(b, "SELECT 1" + from + " WHERE EXISTS " + value);
      continue;
    }
    if (!analyse(b, text.with + "SELECT " + value + from, &values) || !values.complete) continue;
    if (row && values.columns.size() != one.columns.size()) {
      b.fail("42601", "number of columns does not match number of values");
      return;
    }
    for (std::size_t i = 0; i < one.columns.size() && i < values.columns.size(); ++i) {
      const Column* column = one.part ? nullptr : table.column(one.columns[i]);
      if (calls_aggregate(b, values.columns[i].value)) {
        b.fail("42803", "aggregate functions are not allowed in UPDATE");
      }
      if (column) check_assignment(b, *column, values.columns[i]);
    }
  }
  for (const DataAssignment& one : text.assignments) {
    for (const std::string& name : one.columns) {
      const Column* column = b.failed() ? nullptr : table.column(name);
      const bool made =
          column && (column->generated != Generated::no || column->identity == Identity::always);
      if (made && to_lower(one.value) != "default")
        b.fail("428C9", "column " + quoted(name) + " can only be updated to DEFAULT");
    }
  }
}

/// Columns whose values the server makes itself take nothing but DEFAULT. Where several rows are
/// listed, one of them may say so.
void check_made_value(ImpactBuilder& b, const Column& column, const QueryColumn& value,
                      const DataStatement& s) {
  const bool generated = !column.generation.empty();
  if (!generated && column.identity != Identity::always) return;
  if (value.value.kind == NodeKind::constant && value.value.text == "DEFAULT") return;
  const std::string sql = to_lower(s.sql);
  if (sql.find("values") != std::string::npos && value.type.empty()) return;
  if (!generated && sql.find("overriding ") != std::string::npos) return;
  b.fail("428C9", "cannot insert a non-DEFAULT value into column " + quoted(column.name));
}

void check_rows(ImpactBuilder& b, const DataStatement& s, const DataText& text,
                const Table* table) {
  if (text.source.empty() || to_lower(text.source).starts_with("default")) return;
  AnalysedQuery rows;
  if (!analyse(b, text.with + text.source, &rows) || !table || !rows.complete) return;
  if (table->incomplete) return;
  const std::size_t places = s.columns.empty() ? table->columns.size() : s.columns.size();
  if (s.values < 0 && to_lower(text.source).starts_with("values")) return;  // a[1], a[2]
  if (rows.columns.size() > places) {
    b.fail("42601", "INSERT has more expressions than target columns");
  } else if (!s.columns.empty() && rows.columns.size() < places) {
    b.fail("42601", "INSERT has more target columns than expressions");
  }
  for (std::size_t i = 0; i < rows.columns.size() && !b.failed(); ++i) {
    const Column* column = s.columns.empty() ? &table->columns[i] : table->column(s.columns[i]);
    if (column) check_assignment(b, *column, rows.columns[i]);
    if (column) check_made_value(b, *column, rows.columns[i], s);
  }
}

constexpr const char* late_arbiter =
    "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters";

/// A key over these columns, in order, that may be checked at the end of the transaction.
bool has_late_key(const Table& table, const std::vector<std::string>& columns) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [&](const Constraint& c) {
    const ConstraintDefinition& d = c.definition;
    const bool key = d.kind == ConstraintKind::unique || d.kind == ConstraintKind::primary_key;
    std::vector<std::string> own = d.columns;
    std::sort(own.begin(), own.end());
    return key && d.deferrable && own == columns;
  });
}

/// ON CONFLICT (…) needs an index that is unique over exactly these columns.
void check_arbiter(ImpactBuilder& b, const DataStatement& s, const DataText& text,
                   const Table& table) {
  if (!s.arbiter_constraint.empty() && !table.constraint(s.arbiter_constraint) &&
      table.partition_of.empty()) {
    b.fail("42704", "constraint " + quoted(s.arbiter_constraint) + " for table " +
                        quoted(table.name.name) + " does not exist");
    return;
  }
  const Constraint* named = table.constraint(s.arbiter_constraint);
  if (named && named->definition.kind == ConstraintKind::exclusion && text.updates_on_conflict) {
    b.fail("42809", "ON CONFLICT DO UPDATE not supported with exclusion constraints");
    return;
  }
  if (named && named->definition.deferrable) b.fail("55000", late_arbiter);
  if (text.arbiter.empty() || !s.arbiter_constraint.empty()) return;
  for (const std::string& column : text.arbiter) {
    if (!table.incomplete && !table.column(column)) {
      b.fail("42703", "column " + quoted(column) + " does not exist");
      return;
    }
  }
  std::vector<std::string> wanted = text.arbiter;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto indexes = b.catalog().indexes_of(table.name);
  const bool found = std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
    std::vector<std::string> columns;
    for (const IndexElement& element : index->elements) columns.push_back(element.column);
    std::sort(columns.begin(), columns.end());
    return index->unique && index->where.empty() && columns == wanted;
  });
  if (found) {
    if (has_late_key(table, wanted)) {
      b.fail("55000", late_arbiter);
    }
    return;
  }
  b.fail("42P10",
         "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

void check_insert(ImpactBuilder& b, const DataStatement& s, const DataText& text,
                  const Table* table) {
  if (text.updates_on_conflict && !text.infers) {
    b.fail("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name");
    return;
  }
  check_rows(b, s, text, table);
  if (b.failed() || !table) return;
  check_arbiter(b, s, text, *table);
  if (text.updates_on_conflict && !b.failed()) {
    const std::string from = from_list(text.target, to_sql(table->name) + " AS excluded");
    check_set(b, *table, text, from);
    if (!text.condition.empty()) analyse(b, "SELECT 1" + from + " WHERE " + text.condition);
  }
  if (!text.returning.empty() && !returns_versions(b, text.returning)) {
    analyse(b, "SELECT " + text.returning + from_list(text.target, ""));
  }
}

void check_change(ImpactBuilder& b, const DataText& text, const Table* table) {
  const std::string from = from_list(text.target, text.sources);
  const std::string condition = text.condition.empty() ? "" : " WHERE " + text.condition;
  analyse(b, text.with + "SELECT 1" + from + condition);
  if (!text.returning.empty() && !returns_versions(b, text.returning))
    analyse(b, text.with + "SELECT " + text.returning + from);
  if (table && !b.failed()) check_set(b, *table, text, from);
}

void check_merge(ImpactBuilder& b, const DataText& text, const Table* table) {
  const std::string from = " FROM " + text.target + " JOIN " + text.sources;
  analyse(b, text.with + "SELECT 1" + from + " ON " + text.joined_on);
  if (table && !b.failed()) check_set(b, *table, text, from + " ON true");
}

bool is_current_of(const std::string& condition) {
  return to_lower(condition).starts_with("current of");
}

}  // namespace

void check_data(ImpactBuilder& b, const DataStatement& s) {
  // In a body, names may be variables.
  if (s.sql.empty() || b.session().partial || b.depth() > 0 || b.failed()) return;
  const QualifiedName target = b.resolve(s.target).value_or(QualifiedName{});
  const Table* table = b.table(target);
  if (s.kind == DataKind::select) {
    analyse(b, s.sql);
    return;
  }
  const DataText text = read_data_text(s);
  const bool copies = s.kind == DataKind::copy_to || s.kind == DataKind::copy_from;
  if (copies) check_copy_options(b, s);
  if (s.kind == DataKind::copy_to && !text.query.empty()) {
    const std::string first = to_lower(text.query.substr(0, 7));
    if (first.starts_with("select") || first.starts_with("with")) analyse(b, text.query);
  } else if (s.kind == DataKind::insert) {
    check_insert(b, s, text, table);
  } else if ((s.kind == DataKind::update || s.kind == DataKind::delete_) &&
             !is_current_of(text.condition)) {
    check_change(b, text, table);
  } else if (s.kind == DataKind::merge) {
    check_merge(b, text, table);
  }
}

bool column_is_missing(ImpactBuilder& b, const Table& table, const DataStatement& s) {
  if (table.incomplete || s.kind == DataKind::merge) return false;
  for (const std::string& column : s.columns) {
    if (column.empty() || table.column(column)) continue;
    b.fail("42703", "column " + quoted(column) + " of relation " + quoted(table.name.name) +
                        " does not exist");
    return true;
  }
  return false;
}

bool selects_nothing(const DataStatement& s) {
  if (s.sql.empty() || !s.has_where) return false;
  const Catalog nothing;
  const Session session;
  const FlowRow variables;
  const FlowEvaluator evaluator(nothing, session, variables);
  canonical::Node condition;
  if (s.kind == DataKind::select) {
    const canonical::Node query = canonical::parse_query(s.sql);
    if (query.kind != NodeKind::query || query.children.empty()) return false;
    for (const canonical::Node& part : query.children.front().children) {
      if (part.kind == NodeKind::clause && part.text == "WHERE") condition = part.children.front();
    }
  } else {
    condition = canonical::parse_expression(read_data_text(s).condition);
  }
  const FlowValue value = evaluator.evaluate(condition, {});
  return value.known && (value.null || value.text == "false");
}

}  // namespace schemagate
