// SPDX-License-Identifier: MIT
// Small pieces of SQL that several parts of the plan write; private to the plan* files.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/plan_parts.h"

namespace schemagate::planning {

/// "ALTER TABLE public.users ".
std::string alter_table(const QualifiedName& table);
/// "ALTER TABLE public.users ALTER COLUMN email ".
std::string alter_column(const QualifiedName& table, const std::string& column);
/// "SET (a=1)" and "RESET (b)": what makes `now` of `was`; at most two parts.
std::vector<std::string> option_steps(const Options& was, const Options& now);

/// "ADD a '1', SET b '2', DROP c": the same for a foreign table and its columns.
std::string foreign_options(const Options& was, const Options& now);

/// The column as it is best declared: serial where the server would make the very same column of
/// it.
Column declared(const Column& column, const Table& table, const Catalog& catalog);
/// What ADD COLUMN and CREATE TABLE can't say: storage, statistics, options, comment.
std::vector<PlannedStatement> column_attributes(const Table& table, const Column& column);
/// COMMENT ON CONSTRAINT, if there is one.
std::vector<PlannedStatement> constraint_comment(const Table& table, const Constraint& constraint);
/// The same for a column's NOT NULL.
std::vector<PlannedStatement> not_null_comment(const Catalog& catalog, const Table& table,
                                               const Column& column);
std::string comment_on(ObjectKind kind, const std::string& object, const std::string& text);
/// A value of an existing table's new sequence must not have been used yet.
std::string set_sequence(const QualifiedName& table, const std::string& column,
                         const SequenceOptions& options);

/// A role as GRANT and OWNER TO name it.
std::string grantee(const std::string& role);
/// What was created and then altered has both in its definition.
std::vector<PlannedStatement> one_by_one(const std::string& definition);

/// The view with columns by name where a star would give them in another order than the file's.
View with_declared_columns(const Context& context, const View& view);

/// True when `table` exists on both sides: then what is done to it is felt.
bool is_live(const Context& context, const QualifiedName& table);

/// Puts steps around those of `made`, a change of a column's type, that turn what other tables hold
/// of the table's rows into text and back.
void around_stored_rows(const Context& context, const QualifiedName& table, Action& made);

/// Says that tables with values of the domain can't be written to while `what` is looked at.
void note_values_of(Context& context, const QualifiedName& domain, const std::string& what);

// ---- the safe ways
// -------------------------------------------------------------------------------

/// Puts `more` after `steps`.
void append(std::vector<PlannedStatement>& steps, std::vector<PlannedStatement> more);

/// A name that no relation of the schema and no constraint of the table has on either side.
std::string free_name(const Context& context, const Table& table, const std::string& wanted);
/// ATTACH PARTITION behind a CHECK that proves the bounds.
std::vector<PlannedStatement> attach_steps(Context& context, const Table& partition,
                                           std::string sql);
/// What makes a partition, behind a CHECK that proves that the default partition has none of its
/// rows.
std::vector<PlannedStatement> beside_default(Context& context, const Table& partition,
                                             std::string sql);
/// SET NOT NULL without reading the table under a strong lock.
std::vector<PlannedStatement> not_null_steps(const Context& context, const Table& table,
                                             const std::string& column);
/// True when a CHECK of both sides proves it already.
bool proved_not_null(const Context& context, const Table& table, const std::string& column);
/// ADD CONSTRAINT in the steps that the strategy wants; `replaces` is dropped in the same
/// transaction.
std::vector<PlannedStatement> constraint_steps(Context& context, const Table& table,
                                               const Constraint& constraint,
                                               const Constraint* replaces);
/// CREATE INDEX in the steps that the strategy wants; `replaces`: an index of the same name goes.
std::vector<PlannedStatement> index_steps(Context& context, const Index& index, bool replaces);
/// ADD COLUMN whose default would rewrite the table.
std::vector<PlannedStatement> volatile_column_steps(Context& context, const Table& table,
                                                    const Column& column);
/// The value of the new column differs from row to row, so that ADD COLUMN writes the table anew.
bool fills_row_by_row(const Context& context, const Table& table, const Column& column);

}  // namespace schemagate::planning
