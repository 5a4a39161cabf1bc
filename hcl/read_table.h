// SPDX-License-Identifier: MIT
// The parts of a table. Internal to the readers.
#pragma once

#include <string>

#include "hcl/reader.h"

namespace schemagate::hcl {

/// Name, type and everything behind it, as in CREATE TABLE. Throws CantRead.
void write_column(Reader& reader, const Block& column, SqlText& sql);
/// DEFAULT and the block's `default`, written as its type wants it.
void write_column_default(Fields& fields, const Value& type, SqlText& sql);

/// (a, b): the columns of a list of references.
void write_columns(Reader& reader, SqlText& sql, const std::vector<Value>& columns, Span where);
/// The key of an index: `columns`, or `on` blocks with operator classes; with `op` for EXCLUDE.
void write_key(Reader& reader, Fields& fields, SqlText& sql);
/// " INCLUDE (…)", " WHERE (…)"
void write_include(Reader& reader, Fields& fields, SqlText& sql);
void write_where(Fields& fields, SqlText& sql);
/// " WITH (…)" of `storage_params` and of `more`; nothing when there are none.
void write_storage(Reader& reader, Fields& fields, SqlText& sql, std::string more = "");

/// Constraints of a table, as in CREATE TABLE.
void write_primary_key(Reader& reader, const Block& key, SqlText& sql);
void write_foreign_key(Reader& reader, const Block& key, SqlText& sql);
void write_unique(Reader& reader, const Block& unique, SqlText& sql);
void write_check(Reader& reader, const Block& check, SqlText& sql);
void write_exclude(Reader& reader, const Block& exclude, SqlText& sql);

/// COLLATE with what `collate` names: collation.NAME, or a name of the server's.
void write_collate(Reader& reader, Fields& fields, SqlText& sql);
/// "(integer, text)": the types by which PostgreSQL knows the function of a block.
void write_signature(Reader& reader, const Block& function, SqlText& sql);

}  // namespace schemagate::hcl
