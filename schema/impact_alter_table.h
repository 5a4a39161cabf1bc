// SPDX-License-Identifier: MIT
// ALTER TABLE as the server works: commands in passes, over a table and what inherits from it, then
// one pass over the rows of each table for everything that asked for it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/expression_analysis.h"
#include "schema/impact_builder.h"

namespace schemagate {

/// Why the rows of a table are read or written anew.
struct Reason {
  Cause cause = Cause::other;
  std::string detail;
  int command = -1;
};

/// What the rows hold in the columns of a new foreign key.
enum class KeyRows {
  values,  ///< they are looked up in the table referred to
  nulls,   ///< NULL in every row: the rows are read, the other table is not
  unread,  ///< known without reading a row
};

/// A foreign key to check at the end, and the command that asks for it.
struct KeyCheck {
  ConstraintDefinition key;
  int command = -1;
  KeyRows rows = KeyRows::values;
};

/// What one ALTER TABLE does to one table (the server's AlteredTableInfo).
struct AlteredTable {
  const Table* table = nullptr;
  std::vector<Reason> rewrites, scans;
  std::map<QualifiedName, Reason> rebuilt;  ///< existing indexes built anew though rows stay
  std::vector<std::pair<QualifiedName, Reason>> new_indexes;
  std::vector<KeyCheck> keys_to_check;
  std::set<QualifiedName> dropped_indexes;
  std::set<std::string> dropped_constraints, dropped_columns, dropped_defaults;
  std::map<std::string, ColumnDefinition> added_columns;
  std::set<std::string> made_not_null;
  std::map<std::string, ConstraintDefinition> added_constraints;  ///< NOT VALID, by name
};

/// One ALTER TABLE on the way: commands note here what they need.
class AlterTableWork {
 public:
  AlterTableWork(ImpactBuilder& builder, const AlterTable& statement, const Table& table,
                 LockMode mode)
      : b(builder), s(statement), root(table), lock_mode(mode) {}

  ImpactBuilder& b;
  const AlterTable& s;
  const Table& root;
  const LockMode lock_mode;

  AlteredTable& at(const Table& table);
  void rewrite(const Table& table, Cause cause, std::string detail = {});
  void scan(const Table& table, Cause cause, std::string detail = {});
  void new_index(const Table& table, const QualifiedName& index, Cause cause,
                 std::string detail = {});
  /// Locks and returns the table and, unless ONLY is said, all below it.
  std::vector<const Table*> tree();
  /// The columns that an expression of this statement may name.
  ExpressionColumns columns();
  bool has_children() const { return !b.catalog().children_of(root.name).empty(); }
  /// The row pass: emits locks and work of everything that was noted.
  void finish();

 private:
  std::map<QualifiedName, AlteredTable> tables_;
};

// The commands, by subject. Each looks at b.command() for its own number.
void alter_add_column(AlterTableWork& work, const AlterTableCommand& c);
void alter_drop_column(AlterTableWork& work, const AlterTableCommand& c);
void prepare_column_type(AlterTableWork& work, const AlterTableCommand& c);
void alter_column_type(AlterTableWork& work, const AlterTableCommand& c);
/// Fails (42703) where the statement has no such column at this point.
void check_column_exists(AlterTableWork& work, const std::string& column);
void alter_set_not_null(AlterTableWork& work, const std::string& column);
void alter_drop_not_null(AlterTableWork& work, const AlterTableCommand& c);
void alter_expression(AlterTableWork& work, const AlterTableCommand& c);
void alter_identity(AlterTableWork& work, const AlterTableCommand& c);
void alter_add_constraint(AlterTableWork& work, const ConstraintDefinition& c, bool column_is_new,
                          KeyRows rows = KeyRows::values);
void alter_drop_constraint(AlterTableWork& work, const AlterTableCommand& c);
void alter_alter_constraint(AlterTableWork& work, const AlterTableCommand& c);
void alter_validate_constraint(AlterTableWork& work, const AlterTableCommand& c);
void alter_attach_partition(AlterTableWork& work, const AlterTableCommand& c);
void alter_detach_partition(AlterTableWork& work, const AlterTableCommand& c);

/// A CHECK of the table that is valid and holds for every row proves that `column` has no NULL.
bool check_proves_not_null(const Table& table, const AlteredTable* altered,
                           std::string_view column);
/// Does the text of a CHECK prove it? `a IS NOT NULL AND b IS NOT NULL` proves both.
bool expression_proves_not_null(std::string_view sql, std::string_view column);

/// The name that the server gives to an index without one (ChooseIndexName); what `altered` has
/// dropped is free again.
QualifiedName choose_index_name(const ImpactBuilder& b, const QualifiedName& table,
                                const std::vector<std::string>& columns, std::string_view label,
                                const AlteredTable* altered = nullptr);

}  // namespace schemagate
