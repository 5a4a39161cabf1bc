// SPDX-License-Identifier: MIT
// The pieces that several statements are applied with. Each leaves its refusal in `run`; callers
// look at run.refused() before they go on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/dependencies.h"
#include "schema/execution.h"

namespace schemagate {

// ---- columns -----------------------------------------------------------------------------------

/// The column that `definition` makes, with the sequence of serial and identity columns created.
/// Its inline constraints other than NOT NULL are left to add_constraints().
Column make_column(Execution& run, const QualifiedName& table, const ColumnDefinition& definition);
void set_default(Execution& run, Column& column, Expression expression);
/// A default as people write it: 'new'::mood of a column of type mood is 'new', '-1'::integer is
/// -1.
void canonicalize_constant(Expression& expression, const TypeName& type);
void set_not_null(Execution& run, const QualifiedName& table, Column& column,
                  const ConstraintDefinition& constraint);
/// Creates the sequence behind an identity column; the column's options become canonical.
void make_identity(Execution& run, const QualifiedName& table, Column& column, Identity identity,
                   SequenceOptions options);
/// Only what differs from the defaults of a sequence of its type.
SequenceOptions canonical_options(SequenceOptions options, const TypeName& type);
/// The sequences of an unlogged table's columns are unlogged as well, from 15 on.
void sequences_follow(Execution& run, const Table& table);
/// STORAGE as the catalog keeps it: empty when it is the type's own.
std::string canonical_storage(const TypeName& type, const std::string& storage);

// ---- constraints and indexes -------------------------------------------------------------------

/// Where constraints are added.
struct Adding {
  bool new_table = false;  ///< nothing to validate, and no partitions or children yet
  bool only = false;       ///< ALTER TABLE ONLY: partitions do not follow
};
/// Adds them in the server's order: checks, then keys, then foreign keys.
void add_constraints(Execution& run, Table& table, std::vector<ConstraintDefinition> definitions,
                     Adding how);
/// Takes the constraint off the table, its index with it; not from children.
void remove_constraint(Execution& run, Table& table, const std::string& name);
/// Creates `index` on its table (name chosen when empty) and on the partitions below, where an
/// equal one is attached instead. False: refused.
bool make_index(Execution& run, Index&& index, bool recurse = true);
/// Gives `partition` what `parent` has: an equal index is attached, another one is created.
void match_index(Execution& run, const QualifiedName& partition, const Index& parent);
/// Indexes and foreign keys of the partitioned table for its new partition.
void clone_to_partition(Execution& run, const Table& parent, Table& partition);
/// Finds the unique key of `referenced` that the foreign key needs and fills referenced_columns.
void match_referenced_key(Execution& run, ConstraintDefinition& definition, const Table& referenced,
                          Span at);

// ---- dependants --------------------------------------------------------------------------------

/// Drops the objects and, with `cascade`, what depends on them; refuses with 2BP01 otherwise.
void drop_objects(Execution& run, const std::vector<ObjectRef>& objects, bool cascade);

/// OWNER TO: `owner` is the object's, and its privileges pass on.
void change_owner(Execution& run, ObjectKind kind, const std::string& object, std::string& owner,
                  const std::string& to);

/// What ALTER DEFAULT PRIVILEGES has for an object that was just made.
void grant_defaults(Execution& run, ObjectKind kind, const std::string& schema,
                    const std::string& object);

// ---- objects kept as text ----------------------------------------------------------------------

/// "statistics object": the kind in the server's messages.
std::string message_words(ObjectKind kind);
/// True when objects of that kind live in a schema.
bool has_schema(ObjectKind kind);
/// The key in Catalog::objects of the object `name` (resolved).
std::string object_key(Execution& run, const ObjectName& object, const QualifiedName& name);
/// The key of the object that is meant, if it is there.
std::optional<std::string> existing_object_key(Execution& run, const ObjectName& object);

/// CREATE PUBLICATION with its members in one order.
std::string canonical_publication(const std::string& definition);
/// The publication after ALTER PUBLICATION … ADD, DROP or SET of members; nothing for other
/// actions.
std::optional<std::string> altered_publication(const std::string& definition,
                                               const std::string& alter);

// ---- statements --------------------------------------------------------------------------------

void perform(Execution& run, const StatementBody& body);
void perform(Execution& run, const CreateTable& statement);
void perform(Execution& run, const CreateTableAs& statement);
void perform(Execution& run, const CreateView& statement);
void perform(Execution& run, const CreateIndex& statement);
void perform(Execution& run, const CreateSequence& statement);
void perform(Execution& run, const AlterSequence& statement);
void perform(Execution& run, const CreateSchema& statement);
void perform(Execution& run, const CreateExtension& statement);
void perform(Execution& run, const CreateEnum& statement);
void perform(Execution& run, const CreateDomain& statement);
void perform(Execution& run, const CreateComposite& statement);
void perform(Execution& run, const CreateRange& statement);
void perform(Execution& run, const CreateFunction& statement);
void perform(Execution& run, const CreateObject& statement);
void perform(Execution& run, const AlterObject& statement);
void perform(Execution& run, const AlterTable& statement);
void perform(Execution& run, const AlterEnum& statement);
void perform(Execution& run, const AlterDomain& statement);
void perform(Execution& run, const Rename& statement);
void perform(Execution& run, const SetSchema& statement);
void perform(Execution& run, const SetOwner& statement);
void perform(Execution& run, const Comment& statement);
void perform(Execution& run, const Drop& statement);
void perform(Execution& run, const Grant& statement);
void perform(Execution& run, const AlterDefaultPrivileges& statement);
void perform(Execution& run, const Refresh& statement);
void perform(Execution& run, const Cluster& statement);
void perform(Execution& run, const Transaction& statement);
void perform(Execution& run, const SetVariable& statement);
void perform(Execution& run, const DataStatement& statement);
void perform(Execution& run, const DoBlock& statement);
void perform(Execution& run, const OtherStatement& statement);

}  // namespace schemagate
