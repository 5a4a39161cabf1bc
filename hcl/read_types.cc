// SPDX-License-Identifier: MIT
// Types as HCL writes them: words, words with arguments, sql("…") and references.
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "hcl/read_table.h"

namespace schemagate::hcl {
namespace {

/// A word of HCL's that stands for several of SQL's: what comes before and behind its arguments.
struct Spelling {
  std::string_view word, before, behind;
};
constexpr std::array<Spelling, 22> spellings{{
    {"bit_varying", "bit varying", ""},
    {"character_varying", "character varying", ""},
    {"double_precision", "double precision", ""},
    {"time_with_time_zone", "time", " with time zone"},
    {"time_without_time_zone", "time", " without time zone"},
    {"timestamp_with_time_zone", "timestamp", " with time zone"},
    {"timestamp_without_time_zone", "timestamp", " without time zone"},
    {"second", "interval second", ""},
    {"day_to_second", "interval day to second", ""},
    {"hour_to_second", "interval hour to second", ""},
    {"minute_to_second", "interval minute to second", ""},
    {"year", "interval year", ""},
    {"month", "interval month", ""},
    {"day", "interval day", ""},
    {"hour", "interval hour", ""},
    {"minute", "interval minute", ""},
    {"year_to_month", "interval year to month", ""},
    {"day_to_hour", "interval day to hour", ""},
    {"day_to_minute", "interval day to minute", ""},
    {"hour_to_minute", "interval hour to minute", ""},
    {"any_array", "anyarray", ""},
    {"any_element", "anyelement", ""},
}};

/// Atlas takes the precision that is the default anyhow for none.
bool is_default_precision(const std::string& word, const std::vector<Value>& arguments) {
  const bool counts_seconds =
      word.starts_with("time") || word.starts_with("interval") || word.ends_with("second");
  return counts_seconds && arguments.size() == 1 && arguments[0].text == "6";
}

bool is_type_name(const std::string& word) {
  return !word.empty() &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

}  // namespace

void Reader::type(SqlText& sql, const Value& value, Span where) {
  if (value.is(ValueKind::sql)) {
    sql.raw(value, where);
    return;
  }
  if (value.is(ValueKind::reference) && value.keys.size() > 1) {
    sql.open(where);
    qualified(sql, object(value, where));
    sql.close();
    return;
  }
  const bool has_arguments = value.is(ValueKind::type);
  const std::string word = has_arguments ? value.text : word_of(value).value_or("");
  if (!is_type_name(word))
    throw CantRead{where, fmt::format("expected a type, found {}", kind_name(value))};
  Spelling spelling{word, word, ""};
  for (const Spelling& known : spellings)
    if (known.word == word) spelling = known;
  sql.open(where);
  sql.add(spelling.before);
  if (has_arguments && !is_default_precision(word, value.items)) {
    std::string arguments;
    for (const Value& argument : value.items) {
      if (!argument.integer) throw CantRead{where, "the arguments of a type are whole numbers"};
      arguments += (arguments.empty() ? "" : ", ") + argument.text;
    }
    if (!arguments.empty()) sql.add("(" + arguments + ")");
  }
  sql.add(spelling.behind);
  sql.close();
}

// ---- types that blocks make ----

void read_enum(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE TYPE ");
  reader.qualified(sql, name);
  sql.add(" AS ENUM (");
  bool first = true;
  for (const Value& value : fields.list("values")) {
    const auto text = as_text(value);
    if (!text) throw CantRead{fields.where("values"), "the values of an enum are strings"};
    if (!first) sql.add(", ");
    sql.literal(*text);
    first = false;
  }
  sql.add(")");
  fields.ignore({"schema", "name", "comment", "for_each", "renamed_from"});
  fields.finish();
  reader.add_rename(reader.block);
  reader.emit(sql);
  reader.comment(reader.block, "TYPE " + reader.quoted(name));
}

void read_composite(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE TYPE ");
  reader.qualified(sql, name);
  sql.add(" AS (");
  bool first = true;
  for (const Block* field : fields.children("field")) {
    Fields parts(reader, *field);
    const auto type = parts.value("type");
    if (!type) throw CantRead{field->header, "the field has no type"};
    if (!first) sql.add(", ");
    first = false;
    sql.open(field->span);
    sql.name(reader.name_of(*field)).add(" ");
    reader.type(sql, *type, parts.where("type"));
    write_collate(reader, parts, sql);
    sql.close();
    parts.ignore({"name"});
    parts.finish();
  }
  sql.add(")");
  reader.emit_object(fields, sql, "TYPE", name);
}

void read_range(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE TYPE ");
  reader.qualified(sql, name);
  const auto subtype = fields.value("subtype");
  if (!subtype) throw CantRead{reader.block.header, "the range has no subtype"};
  sql.add(" AS RANGE (subtype = ");
  reader.type(sql, *subtype, fields.where("subtype"));
  if (const auto difference = fields.value("subtype_diff")) {
    sql.add(", subtype_diff = ");
    if (const auto word = word_of(*difference); word && is_type_name(*word))
      sql.add(*word);
    else if (difference->is(ValueKind::text))
      sql.name(difference->text);
    else
      reader.qualified(sql, reader.object(*difference, fields.where("subtype_diff")));
  }
  if (const auto multirange = fields.text("multirange_name"))
    sql.add(", multirange_type_name = ").name(*multirange);
  sql.add(")");
  reader.emit_object(fields, sql, "TYPE", name);
}

void read_collation(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE COLLATION ");
  reader.qualified(sql, name);
  std::string_view separator = " (";
  for (const char* option : {"locale", "lc_collate", "lc_ctype", "rules", "version"})
    if (const auto text = fields.text(option)) {
      sql.add(fmt::format("{}{} = ", separator, option)).literal(*text);
      separator = ", ";
    }
  if (const auto provider = fields.word("provider")) {
    sql.add(fmt::format("{}provider = {}", separator, to_lower(*provider)));
    separator = ", ";
  }
  if (const auto deterministic = fields.boolean("deterministic")) {
    sql.add(fmt::format("{}deterministic = {}", separator, *deterministic));
    separator = ", ";
  }
  if (separator == " (") throw CantRead{reader.block.header, "the collation has no locale"};
  sql.add(")");
  reader.emit_object(fields, sql, "COLLATION", name);
}

void read_cast(Reader& reader) {
  Fields fields(reader, reader.block);
  const auto source = fields.value("source"), target = fields.value("target");
  if (!source || !target) throw CantRead{reader.block.header, "the cast has no source or target"};
  SqlText sql(reader.block.span);
  sql.add("CREATE CAST (");
  reader.type(sql, *source, fields.where("source"));
  sql.add(" AS ");
  reader.type(sql, *target, fields.where("target"));
  sql.add(")");
  const auto with = fields.value("with");
  if (with && with->is(ValueKind::reference) && with->keys.size() > 1) {
    const Span where = fields.where("with");
    sql.add(" WITH FUNCTION ");
    reader.qualified(sql, reader.object(*with, where));
    write_signature(reader, *reader.evaluator.resolve(with->keys).block, sql);
  } else if (!with) {
    sql.add(" WITHOUT FUNCTION");
  } else if (to_lower(fields.word("with").value_or("")) == "inout") {
    sql.add(" WITH INOUT");
  } else {
    throw CantRead{fields.where("with"), "expected INOUT or function.NAME"};
  }
  if (const auto context = fields.word("as")) sql.add(" AS " + *context);
  fields.ignore({"comment", "depends_on", "for_each"});
  fields.finish();
  reader.emit(sql);
}

}  // namespace schemagate::hcl
