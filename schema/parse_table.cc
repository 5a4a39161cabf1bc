// SPDX-License-Identifier: MIT
// CREATE TABLE, CREATE INDEX, domains.
#include "base/text.h"
#include "schema/parse_tree.h"

extern "C" {
#include "catalog/pg_class.h"
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

LikeClause like_of(const TableLikeClause* clause) {
  const auto has = [&](TableLikeOption option) {
    return (clause->options & static_cast<bits32>(option)) != 0;
  };
  LikeClause like;
  like.table = name_of(clause->relation);
  like.defaults = has(CREATE_TABLE_LIKE_DEFAULTS);
  like.constraints = has(CREATE_TABLE_LIKE_CONSTRAINTS);
  like.identity = has(CREATE_TABLE_LIKE_IDENTITY);
  like.generated = has(CREATE_TABLE_LIKE_GENERATED);
  like.indexes = has(CREATE_TABLE_LIKE_INDEXES);
  like.storage = has(CREATE_TABLE_LIKE_STORAGE);
  like.comments = has(CREATE_TABLE_LIKE_COMMENTS);
  like.statistics = has(CREATE_TABLE_LIKE_STATISTICS);
  like.compression = has(CREATE_TABLE_LIKE_COMPRESSION);
  return like;
}

PartitionKey partition_key_of(const PartitionSpec* spec) {
  PartitionKey key;
  key.strategy = spec->strategy == PARTITION_STRATEGY_LIST    ? "list"
                 : spec->strategy == PARTITION_STRATEGY_RANGE ? "range"
                                                              : "hash";
  for (const auto* part : each<PartitionElem>(spec->partParams)) {
    IndexElement element;
    element.column = text_of(part->name);
    element.expression = expression_of(part->expr);
    element.collation = collation_of(part->collation);
    element.operator_class = collation_of(part->opclass);
    key.elements.push_back(std::move(element));
  }
  return key;
}

void add_elements(const Source& source, CreateTable& table, const List* elements) {
  check_length(elements);
  table.columns.reserve(length(elements));
  for (auto* element : each<Node>(elements)) {
    if (const auto* column = as<ColumnDef, T_ColumnDef>(element)) {
      table.columns.push_back(column_of(source.text, column, source.end));
    } else if (const auto* constraint = as<Constraint, T_Constraint>(element)) {
      table.constraints.push_back(constraint_of(source.text, constraint, source.end));
    } else if (const auto* like = as<TableLikeClause, T_TableLikeClause>(element)) {
      table.likes.push_back(like_of(like));
      table.likes.back().column = table.columns.size();
    }
  }
}

}  // namespace

Persistence persistence_of(const RangeVar* relation) {
  switch (relation->relpersistence) {
    case RELPERSISTENCE_TEMP:
      return Persistence::temporary;
    case RELPERSISTENCE_UNLOGGED:
      return Persistence::unlogged;
    default:
      return text_of(relation->schemaname) == "pg_temp" ? Persistence::temporary
                                                        : Persistence::permanent;
  }
}

CreateTable create_table(const Source& source, const CreateStmt* statement) {
  CreateTable table;
  table.name = name_of(statement->relation);
  table.if_not_exists = statement->if_not_exists;
  table.persistence = persistence_of(statement->relation);
  add_elements(source, table, statement->tableElts);
  for (const auto* parent : each<RangeVar>(statement->inhRelations)) {
    table.inherits.push_back(name_of(parent));
  }
  if (statement->partbound != nullptr && !table.inherits.empty()) {
    table.partition_of = std::move(table.inherits.front());
    table.inherits.clear();
    table.bound = bound_of(statement->partbound);
  }
  if (statement->partspec != nullptr) table.partition_by = partition_key_of(statement->partspec);
  if (statement->ofTypename != nullptr) table.of_type = type_of(statement->ofTypename).name;
  table.options = options_of(statement->options);
  table.access_method = text_of(statement->accessMethod);
  table.tablespace = text_of(statement->tablespacename);
  return table;
}

CreateIndex create_index(const IndexStmt* statement) {
  CreateIndex index;
  index.name = text_of(statement->idxname);
  index.table = name_of(statement->relation);
  index.unique = statement->unique;
  index.concurrently = statement->concurrent;
  index.if_not_exists = statement->if_not_exists;
  index.only = !statement->relation->inh;
  index.nulls_not_distinct = statement->nulls_not_distinct;
  index.method = text_of(statement->accessMethod);
  for (const auto* element : each<IndexElem>(statement->indexParams)) {
    index.elements.push_back(index_element_of(element));
  }
  for (const auto* element : each<IndexElem>(statement->indexIncludingParams)) {
    index.include.push_back(text_of(element->name));
  }
  index.where = expression_of(statement->whereClause);
  index.options = options_of(statement->options);
  index.tablespace = text_of(statement->tableSpace);
  return index;
}

// ---- domains ----

CreateDomain create_domain(const Source& source, const CreateDomainStmt* statement) {
  // A domain's clauses are those of a column: NOT NULL, DEFAULT, CHECK, attributes.
  ColumnDef column{};
  column.type = T_ColumnDef;
  column.typeName = statement->typeName;
  column.collClause = statement->collClause;
  column.constraints = statement->constraints;
  column.location = -1;
  auto clauses = column_of(source.text, &column, source.end);
  CreateDomain domain;
  domain.name = name_of(statement->domainname);
  domain.type = std::move(clauses.type);
  domain.collation = std::move(clauses.collation);
  domain.default_value = std::move(clauses.default_value);
  domain.constraints = std::move(clauses.constraints);
  for (auto& constraint : domain.constraints) constraint.columns.clear();
  return domain;
}

AlterDomain alter_domain(const Source& source, const AlterDomainStmt* statement) {
  AlterDomain alter;
  alter.name = name_of(statement->typeName);
  alter.constraint_name = text_of(statement->name);
  alter.cascade = statement->behavior == DROP_CASCADE;
  alter.if_exists = statement->missing_ok;
  switch (statement->subtype) {
    case 'T':
      alter.action = statement->def == nullptr ? AlterDomainAction::drop_default
                                               : AlterDomainAction::set_default;
      alter.default_value = expression_of(statement->def);
      break;
    case 'N':
      alter.action = AlterDomainAction::drop_not_null;
      break;
    case 'O':
      alter.action = AlterDomainAction::set_not_null;
      break;
    case 'C':
      alter.action = AlterDomainAction::add_constraint;
      alter.constraint =
          constraint_of(source.text, castNode(Constraint, statement->def), source.end);
      alter.constraint_name = alter.constraint->name;
      break;
    case 'X':
      alter.action = AlterDomainAction::drop_constraint;
      break;
    default:
      alter.action = AlterDomainAction::validate_constraint;
      break;
  }
  return alter;
}

}  // namespace schemagate::tree
