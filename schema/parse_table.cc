// SPDX-License-Identifier: MIT
// CREATE TABLE, ALTER TABLE and its relatives, CREATE INDEX, domains.
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
  table.columns.reserve(length(elements));
  for (auto* element : each<Node>(elements)) {
    if (const auto* column = as<ColumnDef, T_ColumnDef>(element)) {
      table.columns.push_back(column_of(source.text, column, source.end));
    } else if (const auto* constraint = as<Constraint, T_Constraint>(element)) {
      table.constraints.push_back(constraint_of(source.text, constraint, source.end));
    } else if (const auto* like = as<TableLikeClause, T_TableLikeClause>(element)) {
      table.likes.push_back(like_of(like));
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

// ---- ALTER TABLE
// ----------------------------------------------------------------------------------

namespace {

AlterTableAction action_of(AlterTableType type, bool composite) {
  switch (type) {
    case AT_AddColumn:
      return composite ? AlterTableAction::add_attribute : AlterTableAction::add_column;
    case AT_DropColumn:
      return composite ? AlterTableAction::drop_attribute : AlterTableAction::drop_column;
    case AT_AlterColumnType:
      return composite ? AlterTableAction::set_attribute_type : AlterTableAction::set_type;
    case AT_ColumnDefault:
      return AlterTableAction::set_default;
    case AT_DropNotNull:
      return AlterTableAction::drop_not_null;
    case AT_SetNotNull:
      return AlterTableAction::set_not_null;
    case AT_SetExpression:
      return AlterTableAction::set_expression;
    case AT_DropExpression:
      return AlterTableAction::drop_expression;
    case AT_SetStatistics:
      return AlterTableAction::set_statistics;
    case AT_SetOptions:
    case AT_AlterColumnGenericOptions:
      return AlterTableAction::set_column_options;
    case AT_ResetOptions:
      return AlterTableAction::reset_column_options;
    case AT_SetStorage:
      return AlterTableAction::set_storage;
    case AT_SetCompression:
      return AlterTableAction::set_compression;
    case AT_AddConstraint:
      return AlterTableAction::add_constraint;
    case AT_AlterConstraint:
      return AlterTableAction::alter_constraint;
    case AT_ValidateConstraint:
      return AlterTableAction::validate_constraint;
    case AT_DropConstraint:
      return AlterTableAction::drop_constraint;
    case AT_ChangeOwner:
      return AlterTableAction::owner;
    case AT_ClusterOn:
      return AlterTableAction::cluster_on;
    case AT_DropCluster:
      return AlterTableAction::set_without_cluster;
    case AT_SetLogged:
      return AlterTableAction::set_logged;
    case AT_SetUnLogged:
      return AlterTableAction::set_unlogged;
    case AT_SetAccessMethod:
      return AlterTableAction::set_access_method;
    case AT_SetTableSpace:
      return AlterTableAction::set_tablespace;
    case AT_SetRelOptions:
    case AT_GenericOptions:
      return AlterTableAction::set_options;
    case AT_ResetRelOptions:
      return AlterTableAction::reset_options;
    case AT_EnableTrig:
    case AT_EnableTrigAll:
    case AT_EnableTrigUser:
      return AlterTableAction::enable_trigger;
    case AT_EnableAlwaysTrig:
      return AlterTableAction::enable_always_trigger;
    case AT_EnableReplicaTrig:
      return AlterTableAction::enable_replica_trigger;
    case AT_DisableTrig:
    case AT_DisableTrigAll:
    case AT_DisableTrigUser:
      return AlterTableAction::disable_trigger;
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableReplicaRule:
      return AlterTableAction::enable_rule;
    case AT_DisableRule:
      return AlterTableAction::disable_rule;
    case AT_AddInherit:
      return AlterTableAction::inherit;
    case AT_DropInherit:
      return AlterTableAction::no_inherit;
    case AT_AddOf:
      return AlterTableAction::of_type;
    case AT_DropOf:
      return AlterTableAction::not_of_type;
    case AT_ReplicaIdentity:
      return AlterTableAction::replica_identity;
    case AT_EnableRowSecurity:
      return AlterTableAction::enable_row_security;
    case AT_DisableRowSecurity:
      return AlterTableAction::disable_row_security;
    case AT_ForceRowSecurity:
      return AlterTableAction::force_row_security;
    case AT_NoForceRowSecurity:
      return AlterTableAction::no_force_row_security;
    case AT_AttachPartition:
      return AlterTableAction::attach_partition;
    case AT_DetachPartition:
      return AlterTableAction::detach_partition;
    case AT_DetachPartitionFinalize:
      return AlterTableAction::detach_partition_finalize;
    case AT_AddIdentity:
      return AlterTableAction::add_identity;
    case AT_SetIdentity:
      return AlterTableAction::set_identity;
    case AT_DropIdentity:
      return AlterTableAction::drop_identity;
    default:  // SET WITHOUT OIDS, and what only the server makes itself
      return AlterTableAction::other;
  }
}

ConstraintDefinition altered_constraint(const ATAlterConstraint* alter) {
  ConstraintDefinition constraint;
  // Only NOT NULL constraints change their inheritability, only foreign keys the rest.
  constraint.kind =
      alter->alterInheritability ? ConstraintKind::not_null : ConstraintKind::foreign_key;
  constraint.name = text_of(alter->conname);
  constraint.deferrable = alter->deferrable;
  constraint.initially_deferred = alter->initdeferred;
  constraint.not_enforced = alter->alterEnforceability && !alter->is_enforced;
  constraint.no_inherit = alter->noinherit;
  return constraint;
}

std::string altered_properties(const ATAlterConstraint* alter) {
  std::vector<std::string> properties;
  if (alter->alterDeferrability) properties.emplace_back("deferrability");
  if (alter->alterEnforceability) properties.emplace_back("enforceability");
  if (alter->alterInheritability) properties.emplace_back("inheritability");
  return join(properties, ",");
}

void set_identity(AlterTableCommand& command, List* options) {
  for (const auto* option : each<DefElem>(options)) {
    if (text_of(option->defname) != "generated") continue;
    command.identity = intVal(option->arg) == 'a' ? Identity::always : Identity::by_default;
  }
  command.sequence_options = sequence_options_of(options);
}

void add_identity(AlterTableCommand& command, const Constraint* constraint) {
  command.identity = constraint->generated_when == 'a' ? Identity::always : Identity::by_default;
  command.sequence_options = sequence_options_of(constraint->options);
}

void set_type(const Source& source, AlterTableCommand& command, const ColumnDef* definition) {
  command.column = column_of(source.text, definition, source.end);
  command.column->name = command.name;
  command.expression = expression_of(definition->raw_default);
}

void partition(AlterTableCommand& command, const PartitionCmd* partition) {
  command.relation = name_of(partition->name);
  if (partition->bound != nullptr) command.bound = bound_of(partition->bound);
  command.concurrently = partition->concurrent;
}

/// What the command carries in `def`, whose type depends on the command.
void add_definition(const Source& source, AlterTableCommand& command, const AlterTableCmd* cmd) {
  Node* def = cmd->def;
  switch (cmd->subtype) {
    case AT_AddColumn:
      command.column = column_of(source.text, castNode(ColumnDef, def), source.end);
      command.name = command.column->name;
      command.if_not_exists = cmd->missing_ok;
      command.if_exists = false;
      return;
    case AT_AlterColumnType:
      return set_type(source, command, castNode(ColumnDef, def));
    case AT_ColumnDefault:
      if (def == nullptr) command.action = AlterTableAction::drop_default;
      command.expression = expression_of(def);
      return;
    case AT_SetExpression:
      command.expression = expression_of(def);
      return;
    case AT_SetStatistics:
      if (cmd->num > 0) command.name = std::to_string(cmd->num);
      command.value = def == nullptr ? "-1" : std::to_string(intVal(def));
      return;
    case AT_SetStorage:
    case AT_SetCompression:
      command.value = to_lower(string_of(def));
      return;
    case AT_SetOptions:
    case AT_SetRelOptions:
      command.options = options_of(reinterpret_cast<List*>(def));
      return;
    case AT_ResetOptions:
    case AT_ResetRelOptions:
      command.options = options_of(reinterpret_cast<List*>(def));
      for (auto& option : command.options) option.second.clear();
      return;
    case AT_GenericOptions:
    case AT_AlterColumnGenericOptions:
      command.options = foreign_options_of(reinterpret_cast<List*>(def));
      return;
    case AT_AddConstraint:
      command.constraint = constraint_of(source.text, castNode(Constraint, def), source.end);
      command.name = command.constraint->name;
      return;
    case AT_AlterConstraint:
      command.constraint = altered_constraint(castNode(ATAlterConstraint, def));
      command.name = command.constraint->name;
      command.value = altered_properties(castNode(ATAlterConstraint, def));
      return;
    case AT_ChangeOwner:
      command.name = role_of(cmd->newowner);
      return;
    case AT_EnableTrigAll:
    case AT_DisableTrigAll:
      command.all = true;
      return;
    case AT_EnableTrigUser:
    case AT_DisableTrigUser:
      command.value = "user";
      return;
    case AT_EnableAlwaysRule:
      command.value = "always";
      return;
    case AT_EnableReplicaRule:
      command.value = "replica";
      return;
    case AT_AddInherit:
    case AT_DropInherit:
      command.relation = name_of(castNode(RangeVar, def));
      return;
    case AT_AddOf:
      command.relation = type_of(reinterpret_cast<::TypeName*>(def)).name;
      return;
    case AT_ReplicaIdentity: {
      const auto* identity = castNode(ReplicaIdentityStmt, def);
      command.value = std::string(1, identity->identity_type);
      command.relation.name = text_of(identity->name);
      return;
    }
    case AT_AttachPartition:
    case AT_DetachPartition:
    case AT_DetachPartitionFinalize:
      return partition(command, castNode(PartitionCmd, def));
    case AT_AddIdentity:
      return add_identity(command, castNode(Constraint, def));
    case AT_SetIdentity:
      return set_identity(command, reinterpret_cast<List*>(def));
    default:
      return;
  }
}

}  // namespace

AlterTable alter_table(const Source& source, const AlterTableStmt* statement) {
  AlterTable alter;
  alter.kind = kind_of(statement->objtype);
  alter.name = name_of(statement->relation);
  alter.if_exists = statement->missing_ok;
  // The grammar makes a composite type's name into a relation without descendants.
  alter.only = !statement->relation->inh && statement->objtype != OBJECT_TYPE;
  alter.commands.reserve(length(statement->cmds));
  for (const auto* cmd : each<AlterTableCmd>(statement->cmds)) {
    auto& command = alter.commands.emplace_back();
    command.action = action_of(cmd->subtype, statement->objtype == OBJECT_TYPE);
    command.name = text_of(cmd->name);
    command.cascade = cmd->behavior == DROP_CASCADE;
    command.if_exists = cmd->missing_ok;
    add_definition(source, command, cmd);
  }
  return alter;
}

// ---- domains
// --------------------------------------------------------------------------------------

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
