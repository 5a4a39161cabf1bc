// SPDX-License-Identifier: MIT
// Builders of remedies: complete SQL that reaches the same schema without the long lock. What more
// than one rule proposes is made here, so that it is proposed in the same words.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzers/subject.h"

namespace schemagate {

using Sql = std::vector<std::string>;  ///< statements without semicolon, in order

/// What stands between the top-level commas of an ALTER TABLE: "ALTER TABLE users", "ADD …", "DROP
/// …". Empty when `text` can't be cut into `commands` pieces.
struct AlterTableText {
  std::string head;
  Sql commands;
  bool empty() const { return commands.empty(); }
};
AlterTableText cut_alter_table(const std::string& written, std::size_t commands);

/// The subject's ALTER TABLE with some commands replaced by statements of their own; the others are
/// kept as they are written, in their order. Empty when its text can't be cut.
Sql replace_commands(const Subject& subject, const std::map<int, Sql>& replacements);

/// Puts a lock_timeout in front of the statements when none is in force. Not around CONCURRENTLY: a
/// timeout there leaves an invalid index behind.
Sql with_lock_timeout(const Subject& subject, Sql statements);

/// The statements outside of the transaction that a BEGIN in the file opened: it is committed
/// before, and the file's own COMMIT gets a BEGIN again, with what SET LOCAL had set. Empty where
/// the transaction is the tool's, or where what follows needs more of it than that.
Sql outside_of_transaction(const Subject& subject, Sql statements);
/// The same for a remedy whose statements can't stand in a transaction, where it is the file's own.
void take_out_of_transaction(const Subject& subject, Remedy& remedy);

/// The tables that the statement touches as it will leave them, with the names that the server will
/// choose; a small catalog, and only of what an ALTER TABLE or CREATE INDEX needs.
Catalog outcome(const Subject& subject);
Catalog outcome(const Subject& subject, const Statement& statement);
/// The constraint that `definition` becomes: by its name, or the new one that looks like it.
const Constraint* constraint_made(const Catalog& outcome, const Subject& subject,
                                  const ConstraintDefinition& definition);

/// A name for a constraint of `table` that is not taken: "orders_note_not_null".
std::string constraint_name(const Table& table, const std::string& column, const char* suffix);

/// NOT NULL without a scan under ACCESS EXCLUSIVE: by a CHECK up to 17, by NOT NULL NOT VALID
/// from 18.
Sql not_null_steps(const Table& table, const std::vector<std::string>& columns, int postgres);
/// Adds the constraint, which has a name, NOT VALID, then validates it.
Sql not_valid_steps(const ConstraintDefinition& definition, const QualifiedName& table);
/// A unique index built concurrently, then the constraint on top of it.
Sql unique_steps(const Catalog& outcome, const Constraint& constraint, const QualifiedName& table);

/// Indexes of a partitioned table can't be built concurrently: made for ONLY the table, built on
/// each partition concurrently, attached. `index` is the index of the topmost table.
Sql partitioned_index_steps(const Catalog& outcome, const QualifiedName& index);
/// The same for the unique or primary key constraint of that name and its indexes.
Sql partitioned_unique_steps(const Catalog& outcome, const Constraint& constraint,
                             const QualifiedName& table);

/// What a partition's bounds demand of a row, as SQL: "at IS NOT NULL AND at >= '2026-01-01' AND
/// …". Empty for keys of several columns or expressions, for hash and for the default partition.
std::string bound_condition(const PartitionKey& key, const PartitionBound& bound);
/// Proves `condition` on `table` by a CHECK that is validated, runs `statement`, drops the CHECK.
Sql proven_steps(const Table& table, const std::string& condition, const std::string& statement);

}  // namespace schemagate
