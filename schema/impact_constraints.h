// SPDX-License-Identifier: MIT
// ADD CONSTRAINT by kind, and what other commands ask of foreign keys.
#pragma once

#include "schema/impact_alter_table.h"

namespace schemagate {

/// There is an equality between the two types of a foreign key, or the referring one is converted
/// to the other. True when one of them is not PostgreSQL's own.
bool keys_compare(const ImpactBuilder& b, const TypeName& child, const TypeName& parent);
/// ON DELETE SET NULL (columns): fails (42P10) at one that is not of the foreign key.
void check_set_columns(ImpactBuilder& b, const ConstraintDefinition& c);
/// Of 18: the column whose NOT NULL has that name, which children share; or null.
const Column* not_null_named(const ImpactBuilder& b, const Table& table, std::string_view name);

/// PRIMARY KEY, UNIQUE, EXCLUDE: their index is built, or the one that is named is taken.
void alter_add_index_constraint(AlterTableWork& work, const ConstraintDefinition& c);
/// `rows`: what the rows hold in the key's columns.
void alter_add_foreign_key(AlterTableWork& work, const ConstraintDefinition& c, KeyRows rows);

}  // namespace schemagate
