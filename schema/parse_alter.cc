// SPDX-License-Identifier: MIT
// ALTER TABLE and its relatives: INDEX, VIEW, MATERIALIZED VIEW, FOREIGN TABLE, SEQUENCE, TYPE.
#include "base/text.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {

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
      command.column = Box<ColumnDefinition>::made_by(
          [&] { return column_of(source.text, castNode(ColumnDef, def), source.end); });
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
      command.constraint = Box<ConstraintDefinition>::made_by(
          [&] { return constraint_of(source.text, castNode(Constraint, def), source.end); });
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
  check_length(statement->cmds);
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

}  // namespace schemagate::tree
