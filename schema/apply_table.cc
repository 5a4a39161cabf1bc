// SPDX-License-Identifier: MIT
// CREATE TABLE in all its forms: columns of its own, of parents, of a partitioned table, of a type,
// of another table (LIKE), of a query.
#include <algorithm>

#include "schema/apply_parts.h"
#include "schema/builtin_types.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

/// False: the name is taken, and the server would refuse or skip the statement.
bool name_is_free(Execution& run, const QualifiedName& name, bool if_not_exists) {
  const auto& catalog = run.catalog;
  if (run.relation_name_taken(name)) {
    if (if_not_exists) return false;
    Span first;
    if (const auto table = catalog.tables.find(name); table != catalog.tables.end())
      first = table->second.where;
    if (const auto view = catalog.views.find(name); view != catalog.views.end())
      first = view->second.where;
    run.refuse_duplicate("42P07", "relation \"" + name.name + "\" already exists", {}, first);
    return false;
  }
  const auto type = catalog.types.find(name);
  if (type == catalog.types.end()) return true;
  run.refuse_duplicate("42710", "type \"" + name.name + "\" already exists", {},
                       type->second.where);
  return false;
}

QualifiedName table_name(const Execution& run, const QualifiedName& written,
                         Persistence persistence) {
  QualifiedName name = persistence == Persistence::temporary
                           ? QualifiedName{"pg_temp", written.name}
                           : run.new_name(written);
  name.name = truncated_name(std::move(name.name));
  return name;
}

// ---- columns from elsewhere --------------------------------------------------------------------

/// The table a clause names; null when it is missing (refused) or unknown (a partial catalog).
const Table* source_table(Execution& run, const QualifiedName& written, Table& table) {
  const auto name = run.relation(written);
  if (!name) {
    if (run.session.partial) {
      table.incomplete = true;
    } else {
      run.missing_relation(written);
    }
    return nullptr;
  }
  const auto found = run.catalog.tables.find(*name);
  if (found == run.catalog.tables.end()) {
    run.refuse("42809", "\"" + name->name + "\" is not a table");
    return nullptr;
  }
  return &found->second;
}

Column inherited_column(const Column& parent) {
  Column column = parent;
  column.inherited = true;
  column.local = false;
  column.identity = Identity::no;
  column.identity_options = {};
  column.comment.clear();
  column.statistics.clear();
  column.options.clear();
  return column;
}

void inherit_checks(const Table& parent, Table& table) {
  for (const auto& constraint : parent.constraints) {
    const auto& definition = constraint.definition;
    if (definition.kind != ConstraintKind::check || definition.no_inherit) continue;
    if (table.constraint(definition.name) != nullptr) continue;
    Constraint copy = constraint;
    copy.inherited = true;
    copy.local = false;
    copy.comment.clear();
    table.constraints.push_back(std::move(copy));
  }
}

/// INHERITS: parents' columns first, those of the same name merged.
bool add_inherited(Execution& run, const CreateTable& statement, Table& table) {
  for (const auto& written : statement.inherits) {
    const auto* parent = source_table(run, written, table);
    if (run.refused()) return false;
    table.inherits.push_back(parent == nullptr ? run.new_name(written) : parent->name);
    if (parent == nullptr) continue;
    if (parent->kind == RelationKind::partitioned_table) {
      run.refuse("42809", "cannot inherit from partitioned table \"" + parent->name.name + "\"");
      return false;
    }
    table.incomplete = table.incomplete || parent->incomplete;
    for (const auto& column : parent->columns) {
      Column* merged = table.column(column.name);
      if (merged == nullptr) {
        table.columns.push_back(inherited_column(column));
      } else if (merged->type != column.type) {
        run.refuse("42804", "inherited column \"" + column.name + "\" has a type conflict");
        return false;
      } else {
        merged->not_null = merged->not_null || column.not_null;
      }
    }
    inherit_checks(*parent, table);
  }
  return true;
}

bool is_conflicting_default(Execution& run, const Table& parent, const CreateTable& statement) {
  const auto* existing = run.catalog.default_partition_of(parent.name);
  if (existing == nullptr || !statement.bound || !statement.bound->is_default) return false;
  run.refuse("42P17", "partition \"" + statement.name.name +
                          "\" conflicts with existing default partition \"" + existing->name.name +
                          "\"");
  return true;
}

bool add_partition_columns(Execution& run, const CreateTable& statement, Table& table) {
  if (statement.partition_of.empty()) return true;
  const auto* parent = source_table(run, statement.partition_of, table);
  if (run.refused()) return false;
  table.partition_of = parent == nullptr ? run.new_name(statement.partition_of) : parent->name;
  table.bound = statement.bound;
  if (parent == nullptr) return true;
  if (parent->kind != RelationKind::partitioned_table) {
    run.refuse("42809", "\"" + parent->name.name + "\" is not partitioned");
    return false;
  }
  if (is_conflicting_default(run, *parent, statement)) return false;
  table.incomplete = parent->incomplete;
  for (const auto& column : parent->columns) {
    table.columns.push_back(inherited_column(column));
    // From 17 on, partitions share the identity column's sequence.
    if (run.session.postgres >= 17) table.columns.back().identity = column.identity;
  }
  inherit_checks(*parent, table);
  return true;
}

bool add_columns_of_type(Execution& run, const CreateTable& statement, Table& table) {
  if (statement.of_type.empty()) return true;
  const auto name = run.type(statement.of_type);
  const auto type = name ? run.catalog.types.find(*name) : run.catalog.types.end();
  if (type == run.catalog.types.end() || type->second.kind != TypeKind::composite) {
    if (run.session.partial) {
      table.of_type = run.new_name(statement.of_type);
      table.incomplete = true;
      return true;
    }
    run.refuse_missing("42704", "type \"" + statement.of_type.name + "\" does not exist",
                       statement.of_type);
    return false;
  }
  table.of_type = *name;
  table.columns = type->second.attributes;
  return true;
}

// ---- columns of its own ------------------------------------------------------------------------

/// What a column of a partition, child or typed table says about one that is there already.
void merge_column(Execution& run, Table& table, Column& column,
                  const ColumnDefinition& definition) {
  ColumnDefinition complete = definition;
  const bool typed = !definition.type.empty();
  if (!typed) complete.type = column.type;
  const Column own = make_column(run, table.name, complete);
  if (run.refused()) return;
  if (typed && own.type != column.type) {
    return run.refuse("42804", "column \"" + column.name + "\" has a type conflict",
                      definition.span);
  }
  column.local = typed || !table.partition_of.empty() ? typed : column.local;
  column.where = own.where;
  if (definition.default_value) column.default_value = own.default_value;
  if (definition.generated != Generated::no) {
    column.generated = own.generated;
    column.generation = own.generation;
  }
  if (own.not_null) {
    column.not_null = true;
    column.not_null_name = own.not_null_name;
    // What a partition says itself has its own name, not the partitioned table's.
    if (run.session.postgres >= 18 && own.not_null_name.empty() && !table.partition_of.empty())
      column.not_null_name = make_object_name(table.name.name, column.name, "not_null");
  }
  if (own.identity != Identity::no) {
    column.identity = own.identity;
    column.identity_options = own.identity_options;
  }
  if (!own.storage.empty()) column.storage = own.storage;
  if (!own.compression.empty()) column.compression = own.compression;
}

void add_column(Execution& run, const CreateTable& statement, Table& table,
                const ColumnDefinition& definition, std::size_t inherited) {
  Column* existing = table.column(definition.name);
  if (existing != nullptr) {
    const auto position = static_cast<std::size_t>(existing - table.columns.data());
    const bool merges = position < inherited && existing->where != definition.span;
    if (merges) return merge_column(run, table, *existing, definition);
    return run.refuse("42701", "column \"" + definition.name + "\" specified more than once",
                      definition.span);
  }
  if (is_system_column(definition.name) && !statement.foreign)
    return run.refuse("42701",
                      "column name \"" + definition.name + "\" conflicts with a system column name",
                      definition.span);
  const bool only_overrides = !statement.partition_of.empty() || !statement.of_type.empty();
  if (only_overrides) {
    if (table.incomplete) return;
    return run.refuse_missing("42703", "column \"" + definition.name + "\" does not exist",
                              definition.name, definition.span);
  }
  table.columns.push_back(make_column(run, table.name, definition));
}

/// From 18 on LIKE copies NOT NULL constraints with their names.
std::string like_not_null_name(const Execution& run, const QualifiedName& from,
                               const Column& source, const QualifiedName& table) {
  if (run.session.postgres < 18 || !source.not_null) return {};
  const std::string name = source.not_null_name.empty()
                               ? make_object_name(from.name, source.name, "not_null")
                               : source.not_null_name;
  return name == make_object_name(table.name, source.name, "not_null") ? "" : name;
}

Column like_column(Execution& run, const LikeClause& like, const QualifiedName& table,
                   const QualifiedName& from, const Column& source) {
  Column column;
  column.name = source.name;
  column.type = source.type;
  column.collation = source.collation;
  column.not_null = source.not_null;
  column.not_null_name = like_not_null_name(run, from, source, table);
  column.where = run.span;
  if (like.defaults) column.default_value = source.default_value;
  if (like.storage) column.storage = source.storage;
  if (like.compression) column.compression = source.compression;
  if (like.comments) column.comment = source.comment;
  if (like.generated) {
    column.generated = source.generated;
    column.generation = source.generation;
  }
  if (like.identity && source.identity != Identity::no) {
    SequenceOptions options = source.identity_options;
    options.sequence_name.reset();
    make_identity(run, table, column, source.identity, std::move(options));
  }
  return column;
}

void add_like_columns(Execution& run, const LikeClause& like, Table& table) {
  if (const auto name = run.relation(like.table); name && run.catalog.views.count(*name) != 0) {
    table.incomplete = true;  // a view's types are not known
    return;
  }
  const auto* source = source_table(run, like.table, table);
  if (source == nullptr) return;
  table.incomplete = table.incomplete || source->incomplete;
  for (const auto& column : source->columns) {
    if (table.column(column.name) != nullptr) {
      return run.refuse("42701", "column \"" + column.name + "\" specified more than once");
    }
    table.columns.push_back(like_column(run, like, table.name, source->name, column));
  }
}

/// LIKE copies checks with their names; keys and indexes get names of their own.
void add_like_constraints(Execution& run, const LikeClause& like, Table& table) {
  const auto name = run.relation(like.table);
  const auto source = name ? run.catalog.tables.find(*name) : run.catalog.tables.end();
  if (source == run.catalog.tables.end()) return;
  std::vector<ConstraintDefinition> definitions;
  for (const auto& constraint : source->second.constraints) {
    auto definition = constraint.definition;
    const bool check = definition.kind == ConstraintKind::check;
    const bool key = !check && definition.kind != ConstraintKind::foreign_key;
    if (!((check && like.constraints) || (key && like.indexes))) continue;
    if (key) definition.name.clear();
    definition.span = run.span;
    definitions.push_back(std::move(definition));
  }
  add_constraints(run, table, std::move(definitions), {.new_table = true, .only = false});
  if (!like.indexes) return;
  for (const auto* index : run.catalog.indexes_of(source->first)) {
    if (run.refused() || !index->constraint.empty()) continue;
    Index copy = *index;
    copy.name = {table.name.schema, ""};
    copy.table = table.name;
    copy.generated_name = true;
    copy.parent = {};
    copy.where_ = run.span;
    copy.clustered = copy.replica_identity = false;
    if (!like.comments) copy.comment.clear();
    make_index(run, std::move(copy));
  }
}

void add_columns(Execution& run, const CreateTable& statement, Table& table) {
  const std::size_t inherited = table.columns.size();
  table.columns.reserve(inherited + statement.columns.size());
  std::size_t like = 0;
  for (std::size_t i = 0; i <= statement.columns.size(); ++i) {
    while (like < statement.likes.size() &&
           (statement.likes[like].column <= i || i == statement.columns.size())) {
      add_like_columns(run, statement.likes[like++], table);
      if (run.refused()) return;
    }
    if (i == statement.columns.size()) return;
    add_column(run, statement, table, statement.columns[i], inherited);
    if (run.refused()) return;
  }
}

Table empty_table(Execution& run, const CreateTable& statement) {
  Table table;
  table.name = table_name(run, statement.name, statement.persistence);
  table.kind = statement.foreign ? RelationKind::foreign_table : RelationKind::table;
  if (statement.partition_by) table.kind = RelationKind::partitioned_table;
  table.persistence = statement.persistence;
  table.partition_by = statement.partition_by;
  table.options = statement.options;
  table.access_method = statement.access_method;
  table.tablespace = statement.tablespace;
  table.server = statement.server;
  table.where = run.span;
  return table;
}

bool partition_key_exists(Execution& run, Table& table) {
  if (!table.partition_by) return true;
  run.resolve(table.partition_by->elements);
  for (const auto& element : table.partition_by->elements) {
    if (element.column.empty() || table.incomplete || table.column(element.column) != nullptr)
      continue;
    run.refuse("42703", "column \"" + element.column + "\" named in partition key does not exist");
    return false;
  }
  return true;
}

std::vector<ConstraintDefinition> definitions_of(const CreateTable& statement) {
  std::size_t count = statement.constraints.size();
  for (const auto& column : statement.columns) count += column.constraints.size();
  std::vector<ConstraintDefinition> definitions;
  definitions.reserve(count);
  for (const auto& column : statement.columns) {
    for (const auto& constraint : column.constraints) {
      if (constraint.kind == ConstraintKind::not_null) continue;
      definitions.push_back(constraint);
      if (definitions.back().columns.empty() && constraint.kind != ConstraintKind::check) {
        definitions.back().columns = {column.name};
      }
    }
  }
  definitions.insert(definitions.end(), statement.constraints.begin(), statement.constraints.end());
  return definitions;
}

}  // namespace

void sequences_follow(Execution& run, const Table& table) {
  // https://www.postgresql.org/docs/15/release-15.html: sequences can be unlogged
  if (run.session.postgres < 15) return;
  for (const auto* sequence : run.catalog.sequences_owned_by(table.name))
    run.change(&Catalog::sequences, sequence->name)->persistence = table.persistence;
}

void perform(Execution& run, const CreateTable& statement) {
  Table made = empty_table(run, statement);
  if (!name_is_free(run, made.name, statement.if_not_exists) || !run.use_schema(made.name.schema))
    return;
  if (!add_inherited(run, statement, made) || !add_partition_columns(run, statement, made)) return;
  if (!add_columns_of_type(run, statement, made)) return;
  add_columns(run, statement, made);
  if (run.refused() || !partition_key_exists(run, made)) return;
  run.link(made);
  run.created(made.name);
  const QualifiedName name = made.name;
  Table& table = run.put(&Catalog::tables, name, std::move(made));
  grant_defaults(run, ObjectKind::table, name.schema, to_sql(name));
  add_constraints(run, table, definitions_of(statement), {.new_table = true, .only = false});
  for (const auto& like : statement.likes) {
    if (run.refused()) return;
    add_like_constraints(run, like, table);
  }
  if (table.persistence == Persistence::unlogged) sequences_follow(run, table);
  const auto parent = run.catalog.tables.find(table.partition_of);
  if (run.refused() || parent == run.catalog.tables.end()) return;
  clone_to_partition(run, parent->second, table);
}

namespace {

/// A column of a query's result: its type is known where it is a column of the one table that is
/// read.
Column result_column(const Execution& run, const std::string& name, const Column* original) {
  Column column;
  column.name = name;
  column.where = run.span;
  if (original != nullptr) column.type = original->type;
  return column;
}

void add_result_columns(const Execution& run, const Query& query, Table& table) {
  const auto& relations = query.references.relations;
  const auto source = relations.size() == 1 ? run.catalog.tables.find(relations.front().name)
                                            : run.catalog.tables.end();
  const Table* only = source == run.catalog.tables.end() ? nullptr : &source->second;
  for (const auto& name : query.output_columns) {
    if (name == "*" && only != nullptr) {
      table.incomplete = table.incomplete || only->incomplete;
      for (const auto& column : only->columns) {
        table.columns.push_back(result_column(run, column.name, &column));
      }
    } else if (name == "*") {
      table.incomplete = true;
    } else {
      const std::string shown = name.empty() ? "?column?" : name;
      table.columns.push_back(
          result_column(run, shown, only == nullptr ? nullptr : only->column(name)));
    }
  }
}

}  // namespace

void perform(Execution& run, const CreateTableAs& statement) {
  Table table;
  table.name = table_name(run, statement.name, statement.persistence);
  table.persistence = statement.persistence;
  table.options = statement.options;
  table.where = run.span;
  if (!name_is_free(run, table.name, statement.if_not_exists) || !run.use_schema(table.name.schema))
    return;
  Query query = statement.query;
  run.resolve(query.sql, query.references);
  add_result_columns(run, query, table);
  for (std::size_t i = 0; i < statement.column_names.size() && i < table.columns.size(); ++i) {
    table.columns[i].name = statement.column_names[i];
  }
  run.link(table);
  run.created(table.name);
  const QualifiedName name = table.name;
  run.put(&Catalog::tables, name, std::move(table));
  grant_defaults(run, ObjectKind::table, name.schema, to_sql(name));
}

}  // namespace schemagate
