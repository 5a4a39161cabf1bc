// SPDX-License-Identifier: MIT
// What a statement writes into a table, as far as its text tells: which columns get which values,
// and what the server looks at for the rows' sake. Internal to the impact files.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/impact_builder.h"

namespace schemagate {

struct WrittenRows {
  /// Expressions by column.
  using Row = std::vector<std::pair<std::string, canonical::Node>>;

  std::vector<std::string> columns;  ///< that get a value
  std::vector<Row> rows;             ///< of VALUES; one, for all rows, of UPDATE
  bool listed = false;               ///< they are all there
  Row selected;                      ///< what an INSERT … SELECT has for each of its rows
};

/// Reads the text of an INSERT or UPDATE; no rows where it tells none.
WrittenRows read_written_rows(const DataStatement& s, const Table& table);

/// A trigger of the table, or of one above it, may change the row: `event` is INSERT or UPDATE.
bool fires_before(const ImpactBuilder& b, const Table& table, std::string_view event);
/// Fails (23502) at a column that must not be NULL and gets no value, or NULL.
void check_required(ImpactBuilder& b, const Table& table, const WrittenRows& written);
/// The same for an UPDATE of all rows that sets a column to NULL.
void check_set_null(ImpactBuilder& b, const Table& table, const WrittenRows& written);
bool has_foreign_key(const Table& table);
/// Looks the rows up in the tables that their foreign keys refer to.
void check_parents(ImpactBuilder& b, const Table& table, const DataStatement& s,
                   const WrittenRows& written);
/// Rows that refer to deleted or changed ones are looked up, changed or deleted.
void check_children(ImpactBuilder& b, const QualifiedName& name, bool deleted,
                    const DataStatement* update, std::set<QualifiedName>& seen);
/// Locks the sequences behind columns that get their default: by the word, or left out by INSERT.
void draw_defaults(ImpactBuilder& b, const Table& table, const WrittenRows& written,
                   bool of_update);

}  // namespace schemagate
