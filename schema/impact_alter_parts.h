// SPDX-License-Identifier: MIT
// The parts of ALTER TABLE that change no column and no constraint, and what it does to relations
// that are no tables.
#pragma once

#include "schema/impact_alter_table.h"

namespace schemagate {

/// AlterTableGetLockLevel.
LockMode mode_of(const AlterTableCommand& c);
/// The strongest of its commands.
LockMode mode_of(const AlterTable& s);
/// The order in which the server works: drops, types, new columns, column properties, constraints,
/// rest.
int pass_of(const AlterTableCommand& c);

void alter_owner(ImpactBuilder& b, const QualifiedName& relation, const std::string& old_owner,
                 const std::string& new_owner);
/// What ATPrepCmd() refuses before anything is done.
void prepare_persistence(ImpactBuilder& b, const Table& table, bool unlogged);
void prepare_inheritance(ImpactBuilder& b, const Table& child);
void alter_persistence(AlterTableWork& work, bool unlogged);
void alter_tablespace(AlterTableWork& work, const AlterTableCommand& c);
void alter_access_method(AlterTableWork& work, const AlterTableCommand& c);
void alter_triggers(AlterTableWork& work, const AlterTableCommand& c);
void alter_inheritance(AlterTableWork& work, const AlterTableCommand& c);
void alter_storage_parameters(AlterTableWork& work, const AlterTableCommand& c);
/// CLUSTER ON, SET WITHOUT CLUSTER, REPLICA IDENTITY USING INDEX.
void alter_index_choice(AlterTableWork& work, const AlterTableCommand& c);

void alter_index(ImpactBuilder& b, const AlterTable& s, const Index& index);
void alter_view(ImpactBuilder& b, const AlterTable& s, const View& view);
void alter_sequence(ImpactBuilder& b, const AlterTable& s, const Sequence& sequence);
/// Tables made OF the type, and those with a column of it.
void alter_composite(ImpactBuilder& b, const AlterTable& s, const QualifiedName& type);

}  // namespace schemagate
