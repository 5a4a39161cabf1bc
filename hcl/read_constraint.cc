// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "hcl/read_table.h"

namespace schemagate::hcl {
namespace {

/// CONSTRAINT name, when the block has one.
void write_name(Reader& reader, const Block& block, SqlText& sql) {
  if (block.labels.empty() && !block.attribute("name")) return;
  sql.add("CONSTRAINT ").name(reader.name_of(block)).add(" ");
}

void write_deferrable(Fields& fields, SqlText& sql) {
  const auto value = fields.value("deferrable");
  if (!value) return;
  if (const auto boolean = as_boolean(*value)) {
    if (*boolean) sql.add(" DEFERRABLE");
    return;
  }
  const std::string word = to_lower(fields.word("deferrable").value_or(""));
  if (word == "initially deferred")
    sql.add(" DEFERRABLE INITIALLY DEFERRED");
  else if (word == "initially immediate" || word == "deferrable")
    sql.add(" DEFERRABLE");
  else if (word != "not deferrable")
    throw CantRead{fields.where("deferrable"), fmt::format("\"{}\" is not known here", word)};
}

/// (a, b PERIOD c) and the like: the last column may be told apart.
void write_columns(Reader& reader, SqlText& sql, const std::vector<Value>& columns, Span where,
                   std::string_view before_last, std::string_view behind_last) {
  if (columns.empty()) throw CantRead{where, "there are no columns"};
  sql.add("(");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool last = i + 1 == columns.size();
    if (i > 0) sql.add(", ");
    if (last) sql.add(before_last);
    sql.name(reader.column(columns[i], where));
    if (last) sql.add(behind_last);
  }
  sql.add(")");
}

std::string_view overlaps(Fields& fields) {
  return fields.boolean("without_overlaps").value_or(false) ? " WITHOUT OVERLAPS" : "";
}

/// The table that all the columns are of.
ObjectName referenced_table(Reader& reader, const std::vector<Value>& columns, Span where) {
  std::optional<ObjectName> found;
  for (const Value& column : columns) {
    reader.column(column, where);  // says what is wrong with it
    const ObjectName table =
        column.keys[0] == "column" ? reader.own_name() : reader.object(column, where);
    if (found && (found->name != table.name || found->schema != table.schema))
      throw CantRead{where, "the columns are of different tables"};
    found = table;
  }
  if (!found) throw CantRead{where, "there are no columns"};
  return *found;
}

void write_action(Fields& fields, SqlText& sql, std::string_view attribute,
                  std::string_view words) {
  const auto action = fields.word(attribute);
  if (action) sql.add(fmt::format(" {} {}", words, *action));
}

}  // namespace

void write_columns(Reader& reader, SqlText& sql, const std::vector<Value>& columns, Span where) {
  write_columns(reader, sql, columns, where, "", "");
}

namespace {

/// PRIMARY KEY or UNIQUE: which differ in their words only.
void write_key(Reader& reader, const Block& key, Fields& fields, std::string_view words,
               SqlText& sql) {
  sql.open(key.span);
  write_name(reader, key, sql);
  sql.add(words);
  write_columns(reader, sql, fields.list("columns"), fields.where("columns"), "", overlaps(fields));
  write_include(reader, fields, sql);
  write_storage(reader, fields, sql);
  write_deferrable(fields, sql);
  sql.close();
  fields.ignore({"name", "comment"});
  fields.finish();
}

}  // namespace

void write_primary_key(Reader& reader, const Block& key, SqlText& sql) {
  Fields fields(reader, key);
  write_key(reader, key, fields, "PRIMARY KEY ", sql);
}

void write_unique(Reader& reader, const Block& unique, SqlText& sql) {
  Fields fields(reader, unique);
  const bool distinct = fields.boolean("nulls_distinct").value_or(true);
  write_key(reader, unique, fields, distinct ? "UNIQUE " : "UNIQUE NULLS NOT DISTINCT ", sql);
}

void write_foreign_key(Reader& reader, const Block& key, SqlText& sql) {
  Fields fields(reader, key);
  sql.open(key.span);
  write_name(reader, key, sql);
  sql.add("FOREIGN KEY ");
  const std::string_view period = fields.boolean("period").value_or(false) ? "PERIOD " : "";
  write_columns(reader, sql, fields.list("columns"), fields.where("columns"), period, "");
  const std::vector<Value> referenced = fields.list("ref_columns");
  const Span where = fields.where("ref_columns");
  sql.add(" REFERENCES ");
  reader.qualified(sql, referenced_table(reader, referenced, where));
  sql.add(" ");
  write_columns(reader, sql, referenced, where, period, "");
  write_action(fields, sql, "match", "MATCH");
  write_action(fields, sql, "on_update", "ON UPDATE");
  write_action(fields, sql, "on_delete", "ON DELETE");
  write_deferrable(fields, sql);
  sql.close();
  fields.ignore({"name", "comment"});
  fields.finish();
}

void write_check(Reader& reader, const Block& check, SqlText& sql) {
  Fields fields(reader, check);
  const auto expression = fields.sql("expr");
  if (!expression) throw CantRead{check.header, "the check has no expr"};
  sql.open(check.span);
  write_name(reader, check, sql);
  sql.add("CHECK (").raw(*expression, fields.where("expr")).add(")");
  if (fields.boolean("no_inherit").value_or(false)) sql.add(" NO INHERIT");
  sql.close();
  fields.ignore({"name", "comment"});
  fields.finish();
}

void write_exclude(Reader& reader, const Block& exclude, SqlText& sql) {
  Fields fields(reader, exclude);
  sql.open(exclude.span);
  write_name(reader, exclude, sql);
  sql.add("EXCLUDE ");
  if (const auto method = fields.word("type")) sql.add("USING " + to_lower(*method) + " ");
  write_key(reader, fields, sql);
  write_include(reader, fields, sql);
  write_storage(reader, fields, sql);
  write_where(fields, sql);
  write_deferrable(fields, sql);
  sql.close();
  fields.ignore({"name", "comment"});
  fields.finish();
}

}  // namespace schemagate::hcl
