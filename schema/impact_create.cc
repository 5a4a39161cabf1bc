// SPDX-License-Identifier: MIT
// New tables, views, sequences and functions: what they lock of what is there.
#include <algorithm>

#include "base/text.h"
#include "schema/builtins.h"
#include "schema/canonical.h"
#include "schema/canonical_tree.h"
#include "schema/column_types.h"
#include "schema/extension_content.h"
#include "schema/function_checks.h"
#include "schema/impact_builder.h"
#include "schema/impact_constraints.h"
#include "schema/impact_expressions.h"
#include "schema/impact_partition.h"
#include "schema/impact_rows.h"
#include "schema/impact_sequence.h"
#include "schema/parse.h"
#include "schema/query_analysis.h"
#include "schema/query_checks.h"
#include "schema/storage_parameters.h"

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

bool has_unique_key(const ImpactBuilder& b, const Table& table, std::vector<std::string> wanted) {
  std::sort(wanted.begin(), wanted.end());
  const auto indexes = b.catalog().indexes_of(table.name);
  return std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
    std::vector<std::string> columns;
    for (const IndexElement& element : index->elements) columns.push_back(element.column);
    std::sort(columns.begin(), columns.end());
    return index->unique && columns == wanted;
  });
}

/// A foreign key of a new table: types that compare, and no table that goes before this one does.
void check_key_types(ImpactBuilder& b, const CreateTable& s, const ConstraintDefinition& c,
                     const ExpressionColumns& columns) {
  const auto name = c.kind == ConstraintKind::foreign_key ? b.resolve(c.referenced) : std::nullopt;
  const Table* parent = name ? b.table(*name) : nullptr;
  if (!parent) return;
  if ((s.persistence == Persistence::temporary) !=
      (parent->persistence == Persistence::temporary)) {
    b.fail("42P16", "constraints on temporary tables may reference only temporary tables");
  }
  ConstraintDefinition key = c;
  key.referenced = *name;
  const auto referred = referenced_columns(b.catalog(), key);
  check_set_columns(b, c);
  if (!has_unique_key(b, *parent, referred)) return;  // said with the table's other constraints
  for (std::size_t i = 0; i < referred.size() && i < c.columns.size(); ++i) {
    const auto column = columns.more.find(c.columns[i]);
    const Column* there = parent->column(referred[i]);
    if (column == columns.more.end() || !there || referred.size() != c.columns.size()) continue;
    if (keys_compare(b, column->second, there->type)) continue;
    b.fail("42804", "foreign key constraint " + quoted(c.name) + " cannot be implemented");
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateTable& s) {
  const QualifiedName self =
      new_relation_name(b.session(), s.name, s.persistence == Persistence::temporary);
  if (b.catalog().relation_kind(self)) {
    if (!s.if_not_exists) b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    return;
  }
  if (s.persistence == Persistence::temporary && !s.name.schema.empty() &&
      !s.name.schema.starts_with("pg_temp")) {
    b.fail("42P16", "cannot create temporary relation in non-temporary schema");
    return;
  }
  if (!s.partition_of.empty()) create_partition(b, s);
  for (const QualifiedName& parent : s.inherits) {
    b.lock(b.require(parent), LockMode::share_update_exclusive);
  }
  for (const LikeClause& like : s.likes) b.lock(b.require(like.table), LockMode::access_share);
  if (!s.of_type.empty()) {
    if (const auto type = resolve_type(b.catalog(), b.session(), s.of_type)) {
      const auto known = b.catalog().types.find(*type);
      if (known != b.catalog().types.end() && known->second.kind != TypeKind::composite) {
        b.fail("42809", "type " + type->name + " is not a composite type");
      }
      b.lock(*type, LockMode::access_share);
    }
  }
  if (!s.partition_by && !s.foreign) check_storage_parameters(b, s.options, 't');
  for (const ConstraintDefinition& c : s.constraints) lock_referenced(b, c, self);
  const ExpressionColumns columns = columns_of(s, self);
  for (const ConstraintDefinition& c : s.constraints) {
    check_expression(b, c.expression, ExpressionPlace::check, columns);
    check_key_types(b, s, c, columns);
    for (const IndexElement& element : c.exclusion) {
      const auto column = columns.more.find(element.column);
      if (column == columns.more.end() || !element.operator_class.empty()) continue;
      check_operator_class(b, column->second, c.access_method.empty() ? "btree" : c.access_method);
    }
  }
  if (s.partition_by) {
    for (const IndexElement& key : s.partition_by->elements) {
      const auto value =
          check_expression(b, key.expression, ExpressionPlace::partition_key, columns);
      if (!key.expression.empty() && is_mutable(b, value, key.expression)) {
        b.fail("42P17", "functions in partition key expression must be marked IMMUTABLE");
      }
      const auto column = columns.more.find(key.column);
      if (column != columns.more.end() && key.operator_class.empty()) {
        check_operator_class(b, column->second,
                             s.partition_by->strategy == "hash" ? "hash" : "btree");
      }
    }
    if (s.partition_by->strategy == "list" && s.partition_by->elements.size() > 1) {
      b.fail("42P17", "cannot use \"list\" partition strategy with more than one column");
    }
  }
  for (const ColumnDefinition& column : s.columns) {
    if (column.type.empty()) continue;  // of a partition or a typed table
    check_new_column(b, column, self.name);
    if (column.default_value) check_default(b, column.name, column.type, *column.default_value);
    if (column.generated != Generated::no) check_generation(b, column, columns);
    for (const ColumnUse& use : column.generation.references.columns) {
      const bool generated = std::any_of(s.columns.begin(), s.columns.end(), [&](const auto& c) {
        return c.name == use.name && c.generated != Generated::no;
      });
      if (generated) b.fail("42P17", "cannot use generated column " + quoted(use.name));
    }
    if (column.identity != Identity::no) {
      check_sequence_options(b, column.identity_options, column.type);
    }
    for (const ConstraintDefinition& c : column.constraints) {
      check_expression(b, c.expression, ExpressionPlace::check, columns);
    }
    for (const ConstraintDefinition& c : column.constraints) {
      check_key_types(b, s, c, columns);
      lock_referenced(b, c, self);
      const bool key = c.kind == ConstraintKind::primary_key || c.kind == ConstraintKind::unique;
      if (key) check_operator_class(b, column.type, "btree");
    }
  }
}

namespace {

/// What the planner is sure not to read is left out; it may well prefer a table to its indexes.
void read_query(ImpactBuilder& b, const Query& query) {
  const ParsedFile parsed = parse_text(query.sql);
  const auto* select =
      parsed.statements.size() == 1 ? parsed.statements.front().as<DataStatement>() : nullptr;
  if (select) prune_partitions(b, *select);
  const canonical::Node node = canonical::parse_query(query.sql);
  const canonical::Node* limit = canonical::find_clause(node, "LIMIT");
  if (limit && !limit->children.empty() && limit->children.front().text == "0") b.read_nothing();
  b.plan_query(query.references);
  b.scan_query(query.references, Cause::query);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateTableAs& s) {
  const QualifiedName self =
      new_relation_name(b.session(), s.name, s.persistence == Persistence::temporary);
  const bool exists = b.catalog().relation_kind(self).has_value();
  if (exists && !s.if_not_exists) {
    b.fail("42P07", "relation " + quoted(self.name) + " already exists");
    return;
  }
  if (relation_is_missing(b, s.query.references)) return;
  check_query(b, s.query, s.column_names, false);
  if (exists || s.with_no_data) {
    b.analyze_query(s.query.references);
    return;
  }
  read_query(b, s.query);
}

namespace {

/// CREATE OR REPLACE VIEW keeps the types of the columns that are there.
void check_column_types(ImpactBuilder& b, const View& old, const CreateView& s) {
  const auto before = output_columns(old, b.catalog());
  const AnalysedQuery analysed = analyse_query(b, old.query.sql);
  const AnalysedQuery after = analyse_query(b, s.query.sql);
  if (!after.complete || after.fails) return;
  const bool same_count = analysed.complete && analysed.columns.size() == before.size();
  for (std::size_t i = 0; i < before.size() && i < after.columns.size(); ++i) {
    const std::string& now = after.columns[i].type;
    const std::string was =
        before[i].type.empty() && same_count ? analysed.columns[i].type : before[i].type;
    const bool own = was.find('.') != std::string::npos;
    const bool cast = after.columns[i].value.kind == canonical::NodeKind::cast;
    const bool told = !was.empty() && !now.empty() && was != "unknown" && now != "unknown" &&
                      (own ? cast : builtins::type(was, b.major()).has_value());
    if (!told || was == now) continue;
    b.fail("42P16", "cannot change data type of view column " + quoted(before[i].name) + " from " +
                        was + " to " + now);
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateView& s) {
  const QualifiedName self = new_relation_name(b.session(), s.name, s.temporary);
  const bool exists = b.catalog().relation_kind(self).has_value();
  const View* old = exists ? b.view(self) : nullptr;
  if (relation_is_missing(b, s.query.references)) return;
  if (!s.recursive) check_query(b, s.query, s.column_names, true);
  check_storage_parameters(b, s.options, s.materialized ? 't' : 'v');
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
    check_column_types(b, *old, s);
    b.lock(self, LockMode::access_exclusive);
  }
  if (s.materialized && !s.with_no_data) {
    read_query(b, s.query);
  } else {
    b.analyze_query(s.query.references);
  }
}

namespace {

/// The schemas of SET search_path TO a, "B": along them the server looks up the body's names.
/// Nothing when the function has no path of its own.
std::optional<std::vector<std::string>> own_path(const CreateFunction& s) {
  const std::string_view words = " SET search_path TO ";
  const auto at = s.definition.find(words);
  if (at == std::string::npos) return std::nullopt;
  std::vector<std::string> path;
  const auto tokens = canonical::tokenize(std::string_view(s.definition).substr(at + words.size()));
  for (std::size_t i = 0; i + 1 < tokens.size(); i += 2) {
    path.push_back(tokens[i].text);
    if (tokens[i + 1].text != ",") break;
  }
  return path;
}

/// With the schemas that the path finds.
void look_up(const Catalog& catalog, const std::vector<std::string>& path, QualifiedName& name) {
  for (const std::string& schema : path) {
    if (!name.schema.empty()) return;
    if (catalog.relation_kind(QualifiedName{schema, name.name})) name.schema = schema;
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateFunction& s) {
  const std::string language = to_lower(s.language);
  const auto& objects = b.catalog().objects;
  const auto own = objects.lower_bound("LANGUAGE ");
  const bool any = own != objects.end() && own->first.starts_with("LANGUAGE ");
  if (language != "sql" && language != "plpgsql" && language != "c" && language != "internal" &&
      !any && !may_bring_types(b.catalog()) && !b.session().partial) {
    b.fail("42704", "language " + quoted(s.language) + " does not exist");
    return;
  }
  check_function(b, s);
  if (language != "sql" || b.failed()) return;
  b.analyze_query(s.references);
  // check_function_bodies: the body is analysed, its tables are opened.
  const ParsedFile body = parse_text(s.body);
  const auto path = own_path(s);
  for (const Statement& statement : body.statements) {
    const auto* data = statement.as<DataStatement>();
    if (!data) continue;
    if (path) {
      References references = data->references;
      for (RelationUse& use : references.relations) look_up(b.catalog(), *path, use.name);
      b.analyze_query(references);
      continue;
    }
    if (b.session().setting("check_function_bodies") != "off" &&
        b.session().setting("check_function_bodies") != "false" && body.statements.size() == 1 &&
        relation_is_missing(b, data->references)) {
      return;
    }
    b.analyze_query(data->references);
    const bool writes = data->kind == DataKind::insert || data->kind == DataKind::update ||
                        data->kind == DataKind::delete_ || data->kind == DataKind::merge;
    const auto target = b.resolve(data->target);
    if (writes && target) b.lock(*target, LockMode::row_exclusive);
  }
}

void predict_statement(ImpactBuilder& b, const CreateSchema& s) {
  if (s.name.starts_with("pg_")) b.fail("42939", "unacceptable schema name " + quoted(s.name));
}
void predict_statement(ImpactBuilder&, const CreateExtension&) {}
void predict_statement(ImpactBuilder&, const CreateEnum&) {}
void predict_statement(ImpactBuilder& b, const CreateDomain& s) {
  if (b.catalog().types.contains(new_relation_name(b.session(), s.name, false)))
    return b.fail("42710", "type " + quoted(s.name.name) + " already exists");
  check_column_type(b, s.name.name, s.type, s.collation);
  if (s.default_value) check_default(b, s.name.name, s.type, *s.default_value);
  ExpressionColumns columns;
  columns.more["value"] = s.type;
  for (const ConstraintDefinition& c : s.constraints) {
    if (c.kind == ConstraintKind::foreign_key)
      b.fail("42601", "foreign key constraints not possible for domains");
    if (c.kind == ConstraintKind::unique)
      b.fail("42601", "unique constraints not possible for domains");
    if (c.kind == ConstraintKind::primary_key)
      b.fail("42601", "primary key constraints not possible for domains");
    check_expression(b, c.expression, ExpressionPlace::check, columns);
  }
}
void predict_statement(ImpactBuilder& b, const CreateComposite& s) {
  std::vector<std::string> names;
  for (const ColumnDefinition& attribute : s.attributes) {
    check_column_type(b, attribute.name, attribute.type, attribute.collation);
    if (contains(names, attribute.name)) {
      b.fail("42701", "column " + quoted(attribute.name) + " specified more than once");
    }
    names.push_back(attribute.name);
  }
}
void predict_statement(ImpactBuilder&, const CreateRange&) {}

}  // namespace schemagate
