// SPDX-License-Identifier: MIT
// CREATE INDEX, and the indexes that partitions share with their partitioned table.
#include <algorithm>

#include "schema/apply_parts.h"
#include "schema/generated_names.h"
#include "schema/options.h"

namespace schemagate {
namespace {

bool same_element(const IndexElement& a, const IndexElement& b) {
  const bool a_first = a.nulls_first.value_or(a.descending);
  const bool b_first = b.nulls_first.value_or(b.descending);
  return a.column == b.column && a.expression == b.expression && a.collation == b.collation &&
         a.operator_class == b.operator_class &&
         same_options(a.operator_class_options, b.operator_class_options) &&
         a.descending == b.descending && a_first == b_first &&
         a.exclusion_operator == b.exclusion_operator;
}

const Constraint* constraint_of(const Catalog& catalog, const Index& index) {
  const auto table = catalog.tables.find(index.table);
  if (index.constraint.empty() || table == catalog.tables.end()) return nullptr;
  return table->second.constraint(index.constraint);
}

/// True when the partition's index can be the partition of the parent's: CompareIndexInfo, and a
/// constraint needs one of its kind.
bool can_attach(const Catalog& catalog, const Index& own, const Index& parent) {
  const bool equal = own.parent.empty() && own.unique == parent.unique &&
                     own.method == parent.method &&
                     own.nulls_not_distinct == parent.nulls_not_distinct &&
                     own.include == parent.include && own.where == parent.where &&
                     std::equal(own.elements.begin(), own.elements.end(), parent.elements.begin(),
                                parent.elements.end(), same_element);
  if (!equal) return false;
  const auto* wanted = constraint_of(catalog, parent);
  if (wanted == nullptr) return true;
  const auto* has = constraint_of(catalog, own);
  return has != nullptr && has->definition.kind == wanted->definition.kind &&
         has->definition.deferrable == wanted->definition.deferrable;
}

void attach(Execution& run, const QualifiedName& name, const Index& parent) {
  Index& own = *run.change(&Catalog::indexes, name);
  own.parent = parent.name;
  if (own.constraint.empty() || parent.constraint.empty()) return;
  Table& table = *run.change(&Catalog::tables, own.table);
  for (auto& constraint : table.constraints) {
    if (constraint.definition.name == own.constraint) constraint.inherited = true;
  }
}

std::string choose_index_name(const Execution& run, const Index& index,
                              const Constraint* constraint) {
  const std::string& schema = index.table.schema;
  const auto taken = [&](const std::string& name) {
    return run.relation_name_taken({schema, name}) ||
           (constraint != nullptr && run.constraint_name_taken(schema, name));
  };
  if (constraint != nullptr && constraint->definition.kind == ConstraintKind::primary_key) {
    return choose_name(index.table.name, "", "pkey", taken);
  }
  const auto columns = name_addition(index_column_names(index.elements, index.include));
  if (constraint == nullptr) return choose_name(index.table.name, columns, "idx", taken);
  const bool exclusion = constraint->definition.kind == ConstraintKind::exclusion;
  return choose_name(index.table.name, columns, exclusion ? "excl" : "key", taken);
}

/// The index that the partition lacks, under a name of its own, with its constraint.
void create_on_partition(Execution& run, const QualifiedName& partition, const Index& parent) {
  const auto* wanted = constraint_of(run.catalog, parent);
  Index index = parent;
  index.table = partition;
  index.parent = parent.name;
  index.generated_name = true;
  index.valid = true;
  index.clustered = index.replica_identity = false;
  index.comment.clear();
  index.name = {partition.schema, choose_index_name(run, index, wanted)};
  if (wanted != nullptr) {
    Table& table = *run.change(&Catalog::tables, partition);
    if (wanted->definition.kind == ConstraintKind::primary_key && table.primary_key() != nullptr) {
      return run.refuse(
          "42P16", "multiple primary keys for table \"" + partition.name + "\" are not allowed");
    }
    Constraint constraint = *wanted;
    constraint.definition.name = index.constraint = index.name.name;
    constraint.generated_name = constraint.inherited = true;
    constraint.local = false;
    constraint.comment.clear();
    if (wanted->definition.kind == ConstraintKind::primary_key) {
      for (const auto& name : constraint.definition.columns) {
        if (Column* column = table.column(name); column != nullptr) column->not_null = true;
      }
    }
    run.link(partition, constraint);
    table.constraints.push_back(std::move(constraint));
  }
  make_index(run, std::move(index));
}

/// Column names of the partition key; empty when it holds an expression.
std::optional<std::vector<std::string>> partition_columns(const Table& table) {
  std::vector<std::string> names;
  for (const auto& element : table.partition_by->elements) {
    if (element.column.empty()) return std::nullopt;
    names.push_back(element.column);
  }
  return names;
}

bool may_be_unique(Execution& run, const Table& table, const Index& index) {
  if (!table.partition_by || !index.unique) return true;
  const auto* constraint = constraint_of(run.catalog, index);
  const bool primary =
      constraint != nullptr && constraint->definition.kind == ConstraintKind::primary_key;
  const auto key = partition_columns(table);
  if (!key) {
    run.refuse("0A000",
               std::string("unsupported ") + (primary ? "PRIMARY KEY" : "UNIQUE") +
                   " constraint with partition key definition",
               index.where_);
    return false;
  }
  const bool all = std::all_of(key->begin(), key->end(), [&](const std::string& column) {
    return std::any_of(index.elements.begin(), index.elements.end(),
                       [&](const IndexElement& element) { return element.column == column; });
  });
  if (!all) {
    run.refuse("0A000",
               "unique constraint on partitioned table must include all partitioning columns",
               index.where_);
  }
  return all;
}

bool columns_exist(Execution& run, const Table& table, const Index& index) {
  const auto exists = [&](const std::string& name) {
    const bool whole_row = name == "*" || name == table.name.name;
    if (name.empty() || whole_row || table.incomplete || table.column(name) != nullptr) return true;
    run.refuse_missing("42703", "column \"" + name + "\" does not exist", name, index.where_);
    return false;
  };
  for (const auto& element : index.elements) {
    if (!exists(element.column)) return false;
    for (const auto& use : element.expression.references.columns) {
      if (use.qualifier.empty() && !exists(use.name)) return false;
    }
  }
  for (const auto& use : index.where.references.columns) {
    if (use.qualifier.empty() && !exists(use.name)) return false;
  }
  return std::all_of(index.include.begin(), index.include.end(), exists);
}

Index index_of(Execution& run, const CreateIndex& statement, const QualifiedName& table) {
  Index index;
  index.table = table;
  index.generated_name = statement.name.empty();
  index.name = {table.schema, truncated_name(statement.name)};
  index.unique = statement.unique;
  index.nulls_not_distinct = statement.nulls_not_distinct;
  index.method = statement.method;
  index.elements = statement.elements;
  index.include = statement.include;
  index.where = statement.where;
  index.options = statement.options;
  index.tablespace = statement.tablespace;
  index.where_ = run.span;
  run.resolve(index.elements);
  run.resolve(index.where);
  for (auto& element : index.elements) {
    // "(email)" is the column, not an expression.
    const auto& columns = element.expression.references.columns;
    const bool bare = columns.size() == 1 && columns.front().qualifier.empty() &&
                      element.expression.sql == quote_identifier(columns.front().name);
    if (!bare) continue;
    element.column = columns.front().name;
    element.expression = {};
  }
  return index;
}

}  // namespace

void match_index(Execution& run, const QualifiedName& partition, const Index& parent) {
  for (const auto* own : run.catalog.indexes_of(partition)) {
    if (can_attach(run.catalog, *own, parent)) return attach(run, QualifiedName(own->name), parent);
  }
  create_on_partition(run, partition, parent);
}

bool make_index(Execution& run, Index&& index, bool recurse) {
  const auto found = run.catalog.tables.find(index.table);
  const Table* table = found == run.catalog.tables.end() ? nullptr : &found->second;
  if (table != nullptr &&
      (!columns_exist(run, *table, index) || !may_be_unique(run, *table, index)))
    return false;
  if (index.name.name.empty()) index.name.name = choose_index_name(run, index, nullptr);
  if (run.relation_name_taken(index.name)) {
    run.refuse("42P07", "relation \"" + index.name.name + "\" already exists", index.where_);
    return false;
  }
  const bool partitioned = table != nullptr && table->kind == RelationKind::partitioned_table;
  const auto children =
      partitioned ? run.catalog.children_of(index.table) : std::vector<const Table*>();
  index.valid = recurse || children.empty();
  const Index parent = partitioned ? index : Index();
  run.put_index(std::move(index));
  if (!recurse) return true;
  for (const auto* child : children) {
    match_index(run, child->name, parent);
    if (run.refused()) return false;
  }
  return true;
}

void perform(Execution& run, const CreateIndex& statement) {
  const auto table = run.relation(statement.table);
  if (!table) return run.missing_relation(statement.table);
  const auto kind = run.catalog.relation_kind(*table);
  const bool indexable = kind == RelationKind::table || kind == RelationKind::partitioned_table ||
                         kind == RelationKind::materialized_view;
  if (!indexable) {
    return run.refuse("42809", run.session.postgres < 15
                                   ? "\"" + table->name + "\" is not a table or materialized view"
                                   : "cannot create index on relation \"" + table->name + "\"");
  }
  if (kind == RelationKind::partitioned_table && statement.concurrently) {
    return run.refuse(
        "0A000", "cannot create index on partitioned table \"" + table->name + "\" concurrently");
  }
  Index index = index_of(run, statement, *table);
  if (!statement.name.empty() && run.relation_name_taken(index.name)) {
    if (statement.if_not_exists) return;
    const auto first = run.catalog.indexes.find(index.name);
    return run.refuse_duplicate("42P07", "relation \"" + index.name.name + "\" already exists", {},
                                first == run.catalog.indexes.end() ? Span{} : first->second.where_);
  }
  if (kind == RelationKind::partitioned_table) run.save_everything();
  make_index(run, std::move(index), !statement.only);
}

}  // namespace schemagate
