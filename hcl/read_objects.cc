// SPDX-License-Identifier: MIT
// Schemas, extensions, domains, sequences, views.
#include <fmt/format.h>

#include "base/text.h"
#include "hcl/read_table.h"

namespace schemagate::hcl {
namespace {

/// A query without the semicolons and blanks at its end.
Value without_semicolon(Value query) {
  std::size_t size = query.text.size();
  while (size > 0 && (query.text[size - 1] == ';' || query.text[size - 1] == ' ' ||
                      query.text[size - 1] == '\n' || query.text[size - 1] == '\t' ||
                      query.text[size - 1] == '\r'))
    --size;
  query.text.resize(size);
  for (Origin& origin : query.origins) {
    if (origin.end <= size) continue;
    const std::uint32_t cut = origin.end - static_cast<std::uint32_t>(size);
    const bool exact = origin.end - origin.begin == origin.source.end - origin.source.begin;
    if (exact && origin.begin <= size) origin.source.end -= cut;
    origin.end = static_cast<std::uint32_t>(size);
    origin.begin = std::min(origin.begin, origin.end);
  }
  return query;
}

}  // namespace

void read_schema(Reader& reader) {
  Fields fields(reader, reader.block);
  const std::string name = reader.name_of(reader.block);
  fields.ignore({"name", "comment", "for_each", "renamed_from"});
  fields.finish();
  SqlText sql(reader.block.span);
  sql.add("CREATE SCHEMA ").name(name);
  reader.add_rename(reader.block);
  if (name != "public") reader.emit(sql);
  const auto text = fields.text("comment");
  // The server's own; Atlas writes it down when it inspects a database.
  if (name == "public" && text == "standard public schema") return;
  reader.comment(reader.block, "SCHEMA " + reader.quoted({"", name}));
}

void read_extension(Reader& reader) {
  Fields fields(reader, reader.block);
  SqlText sql(reader.block.span);
  sql.add("CREATE EXTENSION ").name(reader.name_of(reader.block));
  if (const auto schema = fields.value("schema"))
    sql.add(" SCHEMA ").name(reader.object(*schema, fields.where("schema")).name);
  if (const auto version = fields.text("version")) sql.add(" VERSION ").literal(*version);
  fields.ignore({"name", "comment", "for_each"});  // the comment is the extension's own
  fields.finish();
  reader.emit(sql);
}

void read_domain(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  const auto type = fields.value("type");
  if (!type) throw CantRead{reader.block.header, "the domain has no type"};
  SqlText sql(reader.block.span);
  sql.add("CREATE DOMAIN ");
  reader.qualified(sql, name);
  sql.add(" AS ");
  reader.type(sql, *type, fields.where("type"));
  write_collate(reader, fields, sql);
  write_column_default(fields, *type, sql);
  if (!fields.boolean("null").value_or(false)) sql.add(" NOT NULL");
  for (const Block* check : fields.children("check")) {
    sql.add(" ");
    write_check(reader, *check, sql);
  }
  reader.emit_object(fields, sql, "DOMAIN", name);
}

void read_sequence(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE SEQUENCE ");
  reader.qualified(sql, name);
  if (const auto type = fields.value("type")) {
    sql.add(" AS ");
    reader.type(sql, *type, fields.where("type"));
  }
  for (const auto& [attribute, words] :
       {std::pair{"start", "START WITH"}, std::pair{"increment", "INCREMENT BY"},
        std::pair{"min_value", "MINVALUE"}, std::pair{"max_value", "MAXVALUE"},
        std::pair{"cache", "CACHE"}})
    if (const auto number = fields.number(attribute))
      sql.add(fmt::format(" {} {}", words, *number));
  if (fields.boolean("cycle").value_or(false)) sql.add(" CYCLE");
  if (const auto owner = fields.value("owner")) {
    const Span where = fields.where("owner");
    const std::string column = reader.column(*owner, where);
    sql.add(" OWNED BY ");
    reader.qualified(sql, reader.object(*owner, where));
    sql.add(".").name(column);
  }
  reader.emit_object(fields, sql, "SEQUENCE", name);
}

/// view and materialized.
void read_view(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  const bool materialized = reader.block.type == "materialized";
  const std::string relation = reader.quoted(name);
  const auto query = fields.sql("as");
  if (!query) throw CantRead{reader.block.header, "the view has no query"};
  SqlText sql(reader.block.span);
  sql.add(materialized ? "CREATE MATERIALIZED VIEW " : "CREATE VIEW ").add(relation);
  const auto columns = fields.children("column");
  for (std::size_t i = 0; i < columns.size(); ++i)
    sql.add(i == 0 ? " (" : ", ").name(reader.name_of(*columns[i]));
  if (!columns.empty()) sql.add(")");
  if (materialized) write_storage(reader, fields, sql);
  sql.add(" AS ").raw(without_semicolon(*query), fields.where("as"));
  if (const auto option = fields.word("check_option"))
    if (to_lower(*option) != "none") sql.add(" WITH " + *option + " CHECK OPTION");
  const auto indexes = fields.children("index");
  fields.ignore({"schema", "name", "comment", "depends_on", "for_each", "renamed_from"});
  fields.finish();
  reader.add_rename(reader.block);
  reader.emit(sql);
  for (const Block* index : indexes)
    reader.attempt("index " + index->name(), [&] {
      read_index(reader, *index, relation);
      reader.comment(*index, "INDEX " + reader.quoted({name.schema, reader.name_of(*index)}));
    });
  reader.comment(reader.block, (materialized ? "MATERIALIZED VIEW " : "VIEW ") + relation);
  for (const Block* column : columns)
    reader.comment(*column,
                   "COLUMN " + relation + "." + reader.quoted({"", reader.name_of(*column)}));
}

}  // namespace schemagate::hcl
