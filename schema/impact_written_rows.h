// SPDX-License-Identifier: MIT
// What a statement writes into a table, as far as its text tells: which columns get which values,
// and what the server looks at for the rows' sake. Internal to the impact files.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "schema/impact_builder.h"
#include "schema/written_rows.h"

namespace schemagate {

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
