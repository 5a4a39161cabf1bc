// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "hcl/read_table.h"

namespace schemagate::hcl {
namespace {

/// A class of operators: a word, a string or sql() with parameters.
void write_operator_class(Fields& fields, SqlText& sql) {
  const auto value = fields.value("ops");
  if (!value) return;
  sql.add(" ");
  if (value->is(ValueKind::sql)) {
    sql.raw(*value, fields.where("ops"));
    return;
  }
  const std::string name = word_of(*value).value_or(value->text);
  if (name.empty()) throw CantRead{fields.where("ops"), "expected the name of an operator class"};
  sql.open(fields.where("ops"));
  for (std::size_t i = 0; const std::string_view part : split(name, '.'))
    (i++ == 0 ? sql : sql.add(".")).name(part);
  sql.close();
}

void write_part(Reader& reader, const Block& part, SqlText& sql) {
  Fields fields(reader, part);
  sql.open(part.span);
  const auto column = fields.value("column");
  const auto expression = fields.sql("expr");
  if (column.has_value() == expression.has_value())
    throw CantRead{part.header, "expected one of column and expr"};
  if (column)
    sql.name(reader.column(*column, fields.where("column")));
  else
    sql.add("(").raw(*expression, fields.where("expr")).add(")");
  if (const auto collation = fields.text("collate")) sql.add(" COLLATE ").name(*collation);
  write_operator_class(fields, sql);
  if (fields.boolean("desc").value_or(false)) sql.add(" DESC");
  if (fields.boolean("nulls_first").value_or(false)) sql.add(" NULLS FIRST");
  if (fields.boolean("nulls_last").value_or(false)) sql.add(" NULLS LAST");
  if (const auto sign = fields.text("op")) {
    if (sign->find_first_not_of("+-*/<>=~!@#%^&|`?") != std::string::npos || sign->empty())
      throw CantRead{fields.where("op"), fmt::format("\"{}\" is no operator", *sign)};
    sql.add(" WITH " + *sign);
  }
  sql.close();
  fields.finish();
}

/// The name and value of a storage parameter.
std::string storage_parameter(Reader& reader, const Attribute& attribute) {
  const Value value = reader.evaluator.evaluate(attribute.value, reader.scope);
  const auto text =
      value.is(ValueKind::keyword) ? std::optional(to_lower(value.text)) : as_text(value);
  if (value.is_unknown()) throw CantRead{attribute.span, value.text};
  if (!text) throw CantRead{attribute.span, "expected the value of a storage parameter"};
  SqlText sql(attribute.span);
  sql.add(attribute.name).add(" = ").literal(*text);
  return sql.text();
}

}  // namespace

void write_key(Reader& reader, Fields& fields, SqlText& sql) {
  const auto parts = fields.children("on");
  const auto columns = fields.list("columns");
  if (parts.empty()) {
    write_columns(reader, sql, columns, fields.where("columns"));
    return;
  }
  if (!columns.empty()) throw CantRead{fields.where("columns"), "expected one of columns and on"};
  sql.add("(");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) sql.add(", ");
    write_part(reader, *parts[i], sql);
  }
  sql.add(")");
}

void write_include(Reader& reader, Fields& fields, SqlText& sql) {
  const auto columns = fields.list("include");
  if (columns.empty()) return;
  sql.add(" INCLUDE ");
  write_columns(reader, sql, columns, fields.where("include"));
}

void write_where(Fields& fields, SqlText& sql) {
  if (const auto condition = fields.sql("where"))
    sql.add(" WHERE (").raw(*condition, fields.where("where")).add(")");
}

void write_storage(Reader& reader, Fields& fields, SqlText& sql, std::string more) {
  for (const Block* block : fields.children("storage_params"))
    for (const Attribute& attribute : block->attributes)
      more += (more.empty() ? "" : ", ") + storage_parameter(reader, attribute);
  if (!more.empty()) sql.add(" WITH (" + more + ")");
}

void read_index(Reader& reader, const Block& index, const std::string& relation) {
  Fields fields(reader, index);
  SqlText sql(index.span);
  sql.add("CREATE ");
  if (fields.boolean("unique").value_or(false)) sql.add("UNIQUE ");
  sql.add("INDEX ");
  if (!index.labels.empty() || index.attribute("name")) sql.name(reader.name_of(index));
  sql.add(" ON " + relation + " ");
  if (const auto method = fields.word("type")) sql.add("USING " + to_lower(*method) + " ");
  write_key(reader, fields, sql);
  write_include(reader, fields, sql);
  if (!fields.boolean("nulls_distinct").value_or(true)) sql.add(" NULLS NOT DISTINCT");
  std::string more;
  for (const char* spelling : {"page_per_range", "pages_per_range"})
    if (const auto pages = fields.number(spelling)) more = "pages_per_range = " + *pages;
  write_storage(reader, fields, sql, more);
  write_where(fields, sql);
  fields.ignore({"name", "comment", "renamed_from"});
  fields.finish();
  reader.add_rename(index);
  reader.emit(sql);
}

}  // namespace schemagate::hcl
