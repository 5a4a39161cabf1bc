// SPDX-License-Identifier: MIT
// New tables, views, sequences and functions: what they lock of what is there.
#include <algorithm>

#include "base/text.h"
#include "schema/column_types.h"
#include "schema/impact_builder.h"
#include "schema/impact_expressions.h"
#include "schema/impact_partition.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

void lock_referenced(ImpactBuilder& b, const ConstraintDefinition& c, const QualifiedName& self) {
  if (c.kind != ConstraintKind::foreign_key) return;
  const auto referenced = b.resolve(c.referenced);
  if (referenced && *referenced != self) {
    b.lock_tree(*referenced, LockMode::share_row_exclusive);
  }
}

void create_partition(ImpactBuilder& b, const CreateTable& s) {
  const QualifiedName name = b.require(s.partition_of);
  const Table* parent = b.table(name);
  if (!parent) return;
  if (!is_partitioned(*parent)) {
    b.fail("42P17", quoted(name.name) + " is not partitioned");
    return;
  }
  b.lock(name, LockMode::access_exclusive);
  add_partition(b, *parent, s.bound.value_or(PartitionBound{}));
  for (const Constraint& constraint : parent->constraints) {
    lock_referenced(b, constraint.definition, {});
  }
}

ExpressionColumns columns_of(const CreateTable& s, const QualifiedName& self) {
  ExpressionColumns columns;
  columns.table_name = self.name;
  columns.complete =
      s.likes.empty() && s.inherits.empty() && s.partition_of.empty() && s.of_type.empty();
  for (const ColumnDefinition& column : s.columns) columns.more[column.name] = column.type;
  return columns;
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateTable& s) {
  const QualifiedName self = creation_name(b.session(), s.name);
  if (b.catalog().relation_kind(self)) {
    if (!s.if_not_exists) b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    return;
  }
  if (!s.partition_of.empty()) create_partition(b, s);
  for (const QualifiedName& parent : s.inherits) {
    b.lock(b.require(parent), LockMode::share_update_exclusive);
  }
  for (const LikeClause& like : s.likes) b.lock(b.require(like.table), LockMode::access_share);
  if (!s.of_type.empty()) {
    if (const auto type = resolve_type(b.catalog(), b.session(), s.of_type)) {
      b.lock(*type, LockMode::access_share);
    }
  }
  if (!s.partition_by && !s.foreign) check_storage_parameters(b, s.options);
  for (const ConstraintDefinition& c : s.constraints) lock_referenced(b, c, self);
  const ExpressionColumns columns = columns_of(s, self);
  for (const ConstraintDefinition& c : s.constraints) {
    check_expression(b, c.expression, ExpressionPlace::check, columns);
  }
  if (s.partition_by) {
    for (const IndexElement& key : s.partition_by->elements) {
      check_expression(b, key.expression, ExpressionPlace::partition_key, columns);
    }
  }
  for (const ColumnDefinition& column : s.columns) {
    if (column.type.empty()) continue;  // of a partition or a typed table
    check_new_column(b, column, self.name);
    if (column.default_value) check_default(b, column.name, column.type, *column.default_value);
    if (column.generated != Generated::no) check_generation(b, column, columns);
    for (const ConstraintDefinition& c : column.constraints) {
      check_expression(b, c.expression, ExpressionPlace::check, columns);
    }
    for (const ConstraintDefinition& c : column.constraints) {
      lock_referenced(b, c, self);
      const bool key = c.kind == ConstraintKind::primary_key || c.kind == ConstraintKind::unique;
      if (key) check_operator_class(b, column.type, "btree");
    }
  }
}

void predict_statement(ImpactBuilder& b, const CreateTableAs& s) {
  const QualifiedName self = creation_name(b.session(), s.name);
  const bool exists = b.catalog().relation_kind(self).has_value();
  if (exists && !s.if_not_exists) {
    b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    return;
  }
  if (exists || s.with_no_data) {
    b.analyze_query(s.query.references);
    return;
  }
  b.plan_query(s.query.references);
  b.scan_query(s.query.references, Cause::query);
}

void predict_statement(ImpactBuilder& b, const CreateView& s) {
  const QualifiedName self = creation_name(b.session(), s.name);
  const bool exists = !s.temporary && b.catalog().relation_kind(self).has_value();
  const View* old = exists ? b.view(self) : nullptr;
  if (exists && !s.or_replace) {
    if (!s.if_not_exists) b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    b.analyze_query(s.query.references);
    return;
  }
  if (exists && (!old || old->materialized)) {
    b.fail("42809", quoted(self.name) + " is not a view");
    return;
  }
  if (old) {
    const auto is_star = [](const std::string& column) { return column == "*" || column.empty(); };
    const auto names_of = [](const std::vector<std::string>& given, const Query& query) {
      std::vector<std::string> names = query.output_columns;
      std::copy_n(given.begin(), std::min(given.size(), names.size()), names.begin());
      return names;
    };
    const auto before = names_of(old->column_names, old->query);
    const auto after = names_of(s.column_names, s.query);
    const bool known = std::none_of(before.begin(), before.end(), is_star) &&
                       std::none_of(after.begin(), after.end(), is_star);
    if (known && after.size() < before.size()) {
      b.fail("42P16", "cannot drop columns from view");
      return;
    }
    for (std::size_t i = 0; known && i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      b.fail("42P16",
             "cannot change name of view column " + quoted(before[i]) + " to " + quoted(after[i]));
      return;
    }
    b.lock(self, LockMode::access_exclusive);
  }
  if (s.materialized && !s.with_no_data) {
    b.plan_query(s.query.references);
    b.scan_query(s.query.references, Cause::query);
  } else {
    b.analyze_query(s.query.references);
  }
}

namespace {

/// OWNED BY table.column: the table is opened.
void lock_owner(ImpactBuilder& b, const SequenceOptions& options) {
  if (!options.owned_by || options.owned_by->size() < 2) return;
  const auto& parts = *options.owned_by;
  const QualifiedName table{parts.size() > 2 ? parts[0] : "", parts[parts.size() - 2]};
  b.lock(b.require(table), LockMode::access_share);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateSequence& s) {
  const QualifiedName self = creation_name(b.session(), s.name);
  if (b.catalog().relation_kind(self)) {
    if (!s.if_not_exists) b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    return;
  }
  lock_owner(b, s.options);
}

void predict_statement(ImpactBuilder& b, const AlterSequence& s) {
  const auto name = b.resolve(s.name);
  if (!name) {
    if (!s.if_exists) b.require(s.name);
    return;
  }
  b.lock(*name, LockMode::share_row_exclusive);
  lock_owner(b, s.options);
}

void predict_statement(ImpactBuilder& b, const CreateFunction& s) {
  if (to_lower(s.language) != "sql") return;
  b.analyze_query(s.references);
  // check_function_bodies: the body is analysed, its tables are opened.
  const ParsedFile body = parse_text(s.body);
  for (const Statement& statement : body.statements) {
    const auto* data = statement.as<DataStatement>();
    if (!data) continue;
    b.analyze_query(data->references);
    const bool writes = data->kind == DataKind::insert || data->kind == DataKind::update ||
                        data->kind == DataKind::delete_ || data->kind == DataKind::merge;
    const auto target = b.resolve(data->target);
    if (writes && target) b.lock(*target, LockMode::row_exclusive);
  }
}

void predict_statement(ImpactBuilder&, const CreateSchema&) {}
void predict_statement(ImpactBuilder&, const CreateExtension&) {}
void predict_statement(ImpactBuilder&, const CreateEnum&) {}
void predict_statement(ImpactBuilder&, const CreateDomain&) {}
void predict_statement(ImpactBuilder&, const CreateComposite&) {}
void predict_statement(ImpactBuilder&, const CreateRange&) {}

}  // namespace schemagate
