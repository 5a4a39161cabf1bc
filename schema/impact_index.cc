// SPDX-License-Identifier: MIT
// Indexes: CREATE INDEX, REINDEX, CLUSTER, VACUUM and the names that the server chooses.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/column_types.h"
#include "schema/extension_content.h"
#include "schema/generated_names.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_expressions.h"
#include "schema/query_checks.h"
#include "schema/storage_parameters.h"
#include "schema/vacuum_checks.h"

namespace schemagate {
namespace {

QualifiedName new_index_name(const ImpactBuilder& b, const CreateIndex& s,
                             const QualifiedName& table) {
  return choose_index_name(b, table, index_column_names(s.elements, s.include), "idx");
}

/// An attached index of `table` that would do is attached instead of building a new one.
const Index* matching_index(const ImpactBuilder& b, const QualifiedName& table,
                            const CreateIndex& s) {
  for (const Index* index : b.catalog().indexes_of(table)) {
    if (!index->parent.empty() || index->unique != s.unique || index->method != s.method) continue;
    if (index->where != s.where || index->include != s.include || !index->valid) continue;
    if (index->elements.size() != s.elements.size()) continue;
    const bool same =
        std::equal(index->elements.begin(), index->elements.end(), s.elements.begin(),
                   [](const IndexElement& x, const IndexElement& y) {
                     return x.column == y.column && x.expression == y.expression &&
                            x.collation == y.collation && x.operator_class == y.operator_class &&
                            x.descending == y.descending && x.nulls_first == y.nulls_first;
                   });
    if (same) return index;
  }
  return nullptr;
}

void create_on_partitions(ImpactBuilder& b, const CreateIndex& s, const Table& parent) {
  for (const Table* child : b.catalog().children_of(parent.name)) {
    b.lock(child->name, LockMode::share);
    if (const Index* existing = matching_index(b, child->name, s)) {
      b.lock(existing->name, LockMode::access_exclusive);
      continue;
    }
    if (has_storage(*child)) {
      b.build(Cause::create_index, child->name, new_index_name(b, s, child->name));
    }
    if (is_partitioned(*child)) create_on_partitions(b, s, *child);
  }
}

/// What the access method can't do (pg_am's IndexAmRoutine).
void check_method(ImpactBuilder& b, const CreateIndex& s) {
  const char method = letter_of_method(s.method);
  const std::string name = "access method " + quoted(s.method);
  if (method == ' ') {
    const auto& objects = b.catalog().objects;
    const auto own = objects.lower_bound("ACCESS METHOD ");
    const bool any = own != objects.end() && own->first.starts_with("ACCESS METHOD ");
    const bool rtree = s.method == "rtree";
    if (!any && !rtree && !may_bring_types(b.catalog()) && !b.session().partial) {
      b.fail("42704", name + " does not exist");
    }
    return;
  }
  const auto is_one_of = [&](std::string_view named) {
    return named.find(method) != std::string_view::npos;
  };
  if (s.unique && method != 'b') {
    b.fail("0A000", name + " does not support unique indexes");
  } else if (!s.include.empty() && !is_one_of("bgs")) {
    b.fail("0A000", name + " does not support included columns");
  } else if (s.elements.size() > 1 && is_one_of("hs")) {
    b.fail("0A000", name + " does not support multicolumn indexes");
  }
}

/// An operator class that is written: it is there, and takes the type.
void check_class(ImpactBuilder& b, const std::string& written, const std::string& type,
                 const std::string& method) {
  const auto& objects = b.catalog().objects;
  const auto own = objects.lower_bound("OPERATOR CLASS ");
  const bool any = own != objects.end() && own->first.starts_with("OPERATOR CLASS ");
  if (any || may_bring_types(b.catalog()) || b.session().partial || written.empty() ||
      !is_plain_identifier(written) || letter_of_method(method) == ' ') {
    return;
  }
  const auto types = builtins::types_of_class(written, method, b.major());
  if (types.empty()) {
    b.fail("42704", "operator class " + quoted(written) + " does not exist for access method " +
                        quoted(method));
    return;
  }
  const bool takes = type.empty() || type.ends_with("[]") ||
                     std::any_of(types.begin(), types.end(), [&](std::string_view wanted) {
                       const auto cast = builtins::cast(type, wanted, b.major());
                       return wanted == type || wanted.starts_with("any") ||
                              (cast && cast->method == 'b' && cast->context == 'i');
                     });
  if (takes) return;
  b.fail("42804",
         "operator class " + quoted(written) + " does not accept data type " + quoted(type));
}

/// What parse analysis, the first to look at the statement, made of its expressions.
struct AnalysedIndex {
  ExpressionColumns columns;
  AnalysedExpression predicate;
  std::vector<AnalysedExpression> keys;
};

AnalysedIndex analyse(ImpactBuilder& b, const CreateIndex& s, const QualifiedName& name,
                      const Table* table) {
  AnalysedIndex analysed;
  analysed.columns.table = table;
  analysed.columns.complete = table != nullptr;
  if (b.view(name)) analysed.columns = columns_of_relation(b, name);
  analysed.predicate =
      check_expression(b, s.where, ExpressionPlace::index_predicate, analysed.columns);
  for (const IndexElement& element : s.elements)
    analysed.keys.push_back(check_expression(b, element.expression,
                                             ExpressionPlace::index_expression, analysed.columns));
  return analysed;
}

/// ComputeIndexAttrs(): one key after the other.
void check_element(ImpactBuilder& b, const CreateIndex& s, const IndexElement& element,
                   const AnalysedIndex& analysed, const Table* table) {
  const AnalysedExpression& key =
      analysed.keys[static_cast<std::size_t>(&element - s.elements.data())];
  const bool missing =
      !element.column.empty() &&
      (table ? !table->incomplete && !table->column(element.column) &&
                   element.column != table->name.name
             : analysed.columns.complete && !analysed.columns.more.contains(element.column));
  if (missing && !is_system_column(element.column))
    b.fail("42703", "column " + quoted(element.column) + " does not exist");
  if (!element.expression.empty() && is_mutable(b, key, element.expression))
    b.fail("42P17", "functions in index expression must be marked IMMUTABLE");
  const Column* column = table ? table->column(element.column) : nullptr;
  if (column && !element.collation.empty())
    check_column_type(b, element.column, column->type, element.collation);
  if (key.type == "unknown") {
    b.fail("42704",
           "data type unknown has no default operator class for access method " + quoted(s.method));
  } else if (element.operator_class.empty() && !key.type.empty() && !key.type.ends_with("[]")) {
    check_operator_class(b, TypeName{{"", key.type}, {}, {}, 0, false}, s.method);
  }
  const auto of_view = analysed.columns.more.find(element.column);
  const bool viewed = !table && of_view != analysed.columns.more.end();
  check_class(b, element.operator_class,
              column   ? builtin_name(b, column->type)
              : viewed ? builtin_name(b, of_view->second)
                       : key.type,
              s.method);
  if (element.operator_class.empty()) {
    if (table && !element.column.empty())
      check_operator_class(b, *table, element.column, s.method);
    else if (viewed)
      check_operator_class(b, of_view->second, s.method);
  }
  const char method = letter_of_method(s.method);
  if ((element.descending || element.nulls_first) && method != 'b' && method != ' ')
    b.fail("0A000", "access method " + quoted(s.method) + " does not support ASC/DESC options");
}

/// Columns that no index may have are looked for when all keys are known.
void check_columns(ImpactBuilder& b, const CreateIndex& s, const Table* table) {
  for (const IndexElement& element : s.elements) {
    const Column* column = table ? table->column(element.column) : nullptr;
    if (!column && is_system_column(element.column))
      b.fail("0A000", "index creation on system columns is not supported");
    if (column && column->generated == Generated::virtual_)
      b.fail("0A000", "indexes on virtual generated columns are not supported");
  }
}

/// In the server's order: which of several mistakes it reports hangs on it.
void check_index(ImpactBuilder& b, const CreateIndex& s, const AnalysedIndex& analysed,
                 const Table* table) {
  check_method(b, s);
  if (is_mutable(b, analysed.predicate, s.where))
    b.fail("42P17", "functions in index predicate must be marked IMMUTABLE");
  check_storage_parameters(b, s.options, letter_of_method(s.method));
  for (const IndexElement& element : s.elements) check_element(b, s, element, analysed, table);
  for (const std::string& name : s.include)
    if (table && !table->incomplete && !table->column(name) && !is_system_column(name))
      b.fail("42703", "column " + quoted(name) + " does not exist");
}

bool unique_key_is_missing(ImpactBuilder& b, const CreateIndex& s, const Table& table) {
  if (!s.unique || !table.partition_by) return false;
  for (const IndexElement& key : table.partition_by->elements) {
    const bool covered = !key.column.empty() &&
                         std::any_of(s.elements.begin(), s.elements.end(),
                                     [&](const IndexElement& e) { return e.column == key.column; });
    if (covered) continue;
    b.fail("0A000", "unique constraint on partitioned table must include all partitioning columns");
    return true;
  }
  return false;
}

}  // namespace

QualifiedName choose_index_name(const ImpactBuilder& b, const QualifiedName& table,
                                const std::vector<std::string>& columns, std::string_view label,
                                const AlteredTable* altered) {
  const auto taken = [&](const std::string& unqualified) {
    const QualifiedName name{table.schema, unqualified};
    if (b.catalog().relation_kind(name)) {
      return !altered || !altered->dropped_indexes.contains(name);
    }
    if (label == "idx") return false;
    if (altered && altered->dropped_constraints.contains(name.name)) return false;
    const Table* t = b.table(table);
    return t && t->constraint(name.name) != nullptr;
  };
  return {table.schema, choose_name(table.name, name_addition(columns), std::string(label), taken)};
}

void predict_statement(ImpactBuilder& b, const CreateIndex& s) {
  if (s.concurrently) b.not_in_transaction("CREATE INDEX CONCURRENTLY");
  const QualifiedName name = b.require(s.table);
  if (name.empty()) return;
  const Table* table = b.table(name);
  const View* view = b.view(name);
  const AnalysedIndex analysed = analyse(b, s, name, table);
  if (view && !view->materialized)
    return b.fail("42809", b.major() >= 15
                               ? "cannot create index on relation " + quoted(name.name)
                               : quoted(name.name) + " is not a table or materialized view");
  const bool partitioned = table && is_partitioned(*table);
  if (partitioned && s.concurrently)
    return b.fail(
        "0A000", "cannot create index on partitioned table " + quoted(name.name) + " concurrently");
  const LockMode mode = s.concurrently ? LockMode::share_update_exclusive : LockMode::share;
  b.lock(name, mode);
  if (partitioned && !s.only) b.lock_tree(name, mode);
  check_index(b, s, analysed, table);
  if (b.failed() || (table && unique_key_is_missing(b, s, *table))) return;
  check_columns(b, s, table);
  const QualifiedName index =
      s.name.empty() ? new_index_name(b, s, name) : QualifiedName{name.schema, s.name};
  if (!s.name.empty() && b.catalog().relation_kind(index)) {
    if (!s.if_not_exists) b.fail("42P07", "relation " + quoted(s.name) + " already exists");
    return;
  }
  if (partitioned && !s.only) create_on_partitions(b, s, *table);
  if (!partitioned) b.build(Cause::create_index, name, index);
}

namespace {

/// The table or materialized view of an index.
void reindex_one(ImpactBuilder& b, const Index& index) {
  if (b.catalog().relation_kind(index.name) == RelationKind::partitioned_index) return;
  // CONCURRENTLY too: at the end, when another has its name, the old index is dropped.
  b.lock(index.name, LockMode::access_exclusive);
  b.build(Cause::reindex, index.table, index.name);
}

/// The index of an exclusion constraint.
bool excludes(const ImpactBuilder& b, const Index& index) {
  const Table* table = b.table(index.table);
  const Constraint* constraint = table ? table->constraint(index.constraint) : nullptr;
  return constraint && constraint->definition.kind == ConstraintKind::exclusion;
}

void reindex_table(ImpactBuilder& b, const QualifiedName& name, bool concurrently) {
  const Table* table = b.table(name);
  if (table && is_partitioned(*table)) {
    // The partitions are looked for under SHARE, also CONCURRENTLY; that is over in an instant.
    b.lock(name, concurrently ? LockMode::share_update_exclusive : LockMode::share);
    for (const Table* child : b.catalog().children_of(name))
      b.lock_tree(child->name, LockMode::share);
    for (const Table* leaf : b.catalog().tree_of(name)) {
      if (has_storage(*leaf)) reindex_table(b, leaf->name, concurrently);
    }
    return;
  }
  b.lock(name, concurrently ? LockMode::share_update_exclusive : LockMode::share);
  // Of a table that nobody described the indexes are not known; hardly any is without.
  if (table && table->incomplete && b.catalog().indexes_of(name).empty())
    b.scan(Cause::reindex, name);
  for (const Index* index : b.catalog().indexes_of(name)) {
    if (concurrently && index->constraint.empty() && !index->valid) continue;
    if (concurrently && excludes(b, *index)) {  // passed over with a warning
      b.lock(index->name, LockMode::share_update_exclusive);
      continue;
    }
    reindex_one(b, *index);
  }
}

/// The parts of a partitioned index: all are looked for under SHARE, then the leaves rebuilt.
void reindex_parts(ImpactBuilder& b, const QualifiedName& name, LockMode table_mode) {
  for (const auto& [child_name, child] : b.catalog().indexes) {
    if (child.parent != name) continue;
    b.lock(child_name, LockMode::share);
    if (b.catalog().relation_kind(child_name) == RelationKind::partitioned_index) {
      reindex_parts(b, child_name, table_mode);
      continue;
    }
    b.lock(child.table, table_mode);
    reindex_one(b, child);
  }
}

void reindex_index(ImpactBuilder& b, const QualifiedName& name, bool concurrently) {
  const Index* index = b.index(name);
  if (!index) return;
  const LockMode mode = concurrently ? LockMode::share_update_exclusive : LockMode::share;
  if (b.catalog().relation_kind(name) == RelationKind::partitioned_index) {
    b.not_in_transaction("REINDEX INDEX");
    b.lock(index->table, mode);
    b.lock(name, concurrently ? mode : LockMode::access_exclusive);
    reindex_parts(b, name, mode);
    return;
  }
  if (concurrently && excludes(b, *index)) {
    b.fail("0A000", "concurrent index creation for exclusion constraints is not supported");
    return;
  }
  b.lock(index->table, mode);
  reindex_one(b, *index);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Reindex& s) {
  if (s.concurrently) b.not_in_transaction("REINDEX CONCURRENTLY");
  if (s.kind == ReindexKind::index || s.kind == ReindexKind::table) {
    const QualifiedName name = b.require(s.name);
    if (name.empty()) return;
    if (s.kind == ReindexKind::index) {
      reindex_index(b, name, s.concurrently);
      return;
    }
    const Table* table = b.table(name);
    if (table && is_partitioned(*table)) b.not_in_transaction("REINDEX TABLE");
    reindex_table(b, name, s.concurrently);
    return;
  }
  constexpr std::string_view words[] = {"INDEX", "TABLE", "SCHEMA", "SYSTEM", "DATABASE"};
  b.not_in_transaction("REINDEX " + std::string(words[static_cast<std::size_t>(s.kind)]));
  if (s.kind == ReindexKind::system) return;
  if (s.kind == ReindexKind::schema && b.refuse_missing_schema(s.name.name)) return;
  const auto in_scope = [&](const QualifiedName& name) {
    return s.kind == ReindexKind::database || name.schema == s.name.name;
  };
  for (const auto& [name, table] : b.catalog().tables) {
    if (in_scope(name) && has_storage(table)) reindex_table(b, name, s.concurrently);
  }
  for (const auto& [name, view] : b.catalog().views) {
    if (in_scope(name) && view.materialized) reindex_table(b, name, s.concurrently);
  }
}

namespace {

/// CLUSTER and VACUUM FULL: a new file and new indexes.
void rewrite_whole(ImpactBuilder& b, const QualifiedName& name, Cause cause, bool below = false) {
  const Table* table = b.table(name);
  // CLUSTER finds the partitions by the index: of partitioned tables it locks the named one only.
  const bool passed_over = below && cause == Cause::cluster && table && is_partitioned(*table);
  if (!passed_over) b.lock(name, LockMode::access_exclusive);
  if (table && is_partitioned(*table)) {
    for (const Table* child : b.catalog().children_of(name)) {
      rewrite_whole(b, child->name, cause, true);
    }
    return;
  }
  b.lock_indexes(name, LockMode::access_exclusive);
  b.rewrite(cause, name);
  for (const Index* index : b.catalog().indexes_of(name)) b.build(cause, name, index->name);
}

/// The partitions that a partitioned index covers: those without their part of it are left out.
const Index* clustered_index(const ImpactBuilder& b, const QualifiedName& table) {
  for (const Index* index : b.catalog().indexes_of(table)) {
    if (index->clustered) return index;
  }
  return nullptr;
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Cluster& s) {
  if (s.table.empty()) {
    b.not_in_transaction("CLUSTER");
    for (const auto& [name, table] : b.catalog().tables) {
      if (has_storage(table) && clustered_index(b, name)) rewrite_whole(b, name, Cause::cluster);
    }
    return;
  }
  const QualifiedName name = b.require(s.table);
  if (name.empty()) return;
  const Table* table = b.table(name);
  if (table && is_partitioned(*table) && b.major() < 15) {
    b.fail("0A000", "cannot cluster a partitioned table");
    return;
  }
  if (s.index.empty() && !clustered_index(b, name)) {
    b.fail("42704", "there is no previously clustered index for table " + quoted(name.name));
    return;
  }
  if (!s.index.empty()) {
    const Index* index = b.index({name.schema, s.index});
    if (!index) {
      b.fail("42704",
             "index " + quoted(s.index) + " for table " + quoted(name.name) + " does not exist");
      return;
    }
    if (index->table != name) {
      b.fail("42809", quoted(s.index) + " is not an index for table " + quoted(name.name));
      return;
    }
    if (table && is_partitioned(*table)) b.not_in_transaction("CLUSTER");
    const char method = letter_of_method(index->method);
    if (method != 'b' && method != 'g' && method != ' ') {
      b.fail("0A000", "cannot cluster on index " + quoted(s.index) +
                          " because access method does not support clustering");
      return;
    }
    if (!index->where.empty()) {
      b.fail("0A000", "cannot cluster on partial index " + quoted(s.index));
      return;
    }
    if (table && is_partitioned(*table)) b.lock(index->name, LockMode::access_share);
  } else if (table && is_partitioned(*table)) {
    b.not_in_transaction("CLUSTER");
  }
  rewrite_whole(b, name, Cause::cluster);
}

namespace {

void vacuum_one(ImpactBuilder& b, const Vacuum& s, const QualifiedName& name) {
  const Table* table = b.table(name);
  const View* view = b.view(name);
  // Of other relations there is a warning only; an index is opened to see what it is.
  if (s.vacuum && b.index(name)) b.lock(name, LockMode::access_share);
  if (!table && (!view || !view->materialized)) return;
  if (s.vacuum && s.full) {
    rewrite_whole(b, name, Cause::vacuum_full);
    if (table && is_partitioned(*table)) return;
  } else {
    b.lock(name, LockMode::share_update_exclusive);
    if (!table || !is_partitioned(*table)) {
      b.lock_indexes(name, s.vacuum ? LockMode::row_exclusive : LockMode::access_share);
    }
  }
  for (const Table* child : b.catalog().children_of(name)) {
    const bool partition = child->partition_of == name;
    // Statistics of an inheritance tree read the children too.
    if (partition || b.major() >= 18) {
      vacuum_one(b, s, child->name);
    } else if (s.analyze) {
      b.lock_tree(child->name, LockMode::access_share);
    }
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Vacuum& s) {
  check_vacuum_options(b, s);
  if (!s.tables.empty()) {
    for (std::size_t i = 0; i < s.tables.size() && !b.failed(); ++i) {
      const QualifiedName name = b.require(s.tables[i]);
      if (name.empty()) return;
      check_vacuum_columns(b, name, s.columns[i]);
      vacuum_one(b, s, name);
    }
    return;
  }
  for (const auto& [name, table] : b.catalog().tables) {
    if (table.kind != RelationKind::foreign_table) vacuum_one(b, s, name);
  }
  for (const auto& [name, view] : b.catalog().views) {
    if (view.materialized) vacuum_one(b, s, name);
  }
}

}  // namespace schemagate
