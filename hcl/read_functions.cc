// SPDX-License-Identifier: MIT
// Functions, procedures, aggregates, triggers, policies and privileges.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hcl/read_table.h"

namespace schemagate::hcl {
namespace {

void write_argument(Reader& reader, const Block& argument, SqlText& sql) {
  Fields fields(reader, argument);
  const auto type = fields.value("type");
  if (!type) throw CantRead{argument.header, "the argument has no type"};
  sql.open(argument.span);
  if (const auto mode = fields.word("mode")) sql.add(*mode + " ");
  if (!argument.labels.empty() || argument.attribute("name"))
    sql.name(reader.name_of(argument)).add(" ");
  reader.type(sql, *type, fields.where("type"));
  write_column_default(fields, *type, sql);
  sql.close();
  fields.ignore({"name"});
  fields.finish();
}

void write_arguments(Reader& reader, Fields& fields, SqlText& sql) {
  sql.add("(");
  bool first = true;
  for (const Block* argument : fields.children("arg")) {
    if (!first) sql.add(", ");
    first = false;
    write_argument(reader, *argument, sql);
  }
  sql.add(")");
}

void write_result(Reader& reader, Fields& fields, SqlText& sql) {
  if (const auto type = fields.value("return")) {
    sql.add(" RETURNS ");
    reader.type(sql, *type, fields.where("return"));
  }
  if (const auto type = fields.value("return_set")) {
    sql.add(" RETURNS SETOF ");
    reader.type(sql, *type, fields.where("return_set"));
  }
  const Block* table = fields.child("return_table");
  if (!table) return;
  Fields parts(reader, *table);
  sql.add(" RETURNS TABLE (");
  bool first = true;
  for (const Block* column : parts.children("column")) {
    Fields of_column(reader, *column);
    const auto type = of_column.value("type");
    if (!type) throw CantRead{column->header, "the column has no type"};
    if (!first) sql.add(", ");
    first = false;
    sql.name(reader.name_of(*column)).add(" ");
    reader.type(sql, *type, of_column.where("type"));
    of_column.ignore({"name", "null"});
    of_column.finish();
  }
  sql.add(")");
  parts.finish();
}

/// BEGIN ATOMIC … END and RETURN … are no strings.
bool is_sql_body(const std::string& language, std::string_view body) {
  if (language != "sql") return false;
  const std::string text = to_lower(trim(body));
  const auto follows = [&](std::string_view word) {
    return text.starts_with(word) && text.size() > word.size() &&
           std::string_view(" \t\r\n(").find(text[word.size()]) != std::string_view::npos;
  };
  if (follows("return")) return true;
  return follows("begin") && to_lower(trim(std::string_view(text).substr(5))).starts_with("atomic");
}

void write_properties(Fields& fields, SqlText& sql) {
  if (const auto volatility = fields.word("volatility")) sql.add(" " + *volatility);
  if (const auto leakproof = fields.boolean("leakproof"))
    sql.add(*leakproof ? " LEAKPROOF" : " NOT LEAKPROOF");
  if (const auto strict = fields.boolean("strict"))
    sql.add(*strict ? " STRICT" : " CALLED ON NULL INPUT");
  if (const auto security = fields.word("security")) sql.add(" SECURITY " + *security);
  if (const auto parallel = fields.word("parallel")) sql.add(" PARALLEL " + *parallel);
  if (const auto cost = fields.number("cost")) sql.add(" COST " + *cost);
  if (const auto rows = fields.number("rows")) sql.add(" ROWS " + *rows);
}

}  // namespace

void write_signature(Reader& reader, const Block& function, SqlText& sql) {
  Fields fields(reader, function);
  sql.add("(");
  bool first = true;
  for (const Block* argument : fields.children("arg")) {
    Fields parts(reader, *argument);
    const std::string mode = to_lower(parts.word("mode").value_or("in"));
    if (mode == "out" && function.type != "procedure") continue;
    if (!first) sql.add(", ");
    first = false;
    reader.type(sql, parts.value("type").value_or(Value()), argument->span);
  }
  sql.add(")");
}

/// function and procedure.
void read_function(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  const bool procedure = reader.block.type == "procedure";
  const std::string language = to_lower(fields.word("lang").value_or("SQL"));
  SqlText sql(reader.block.span);
  sql.add(procedure ? "CREATE PROCEDURE " : "CREATE FUNCTION ");
  reader.qualified(sql, name);
  write_arguments(reader, fields, sql);
  if (!procedure) write_result(reader, fields, sql);
  sql.add(" LANGUAGE ").name(language);
  write_properties(fields, sql);
  const auto body = fields.sql("as");
  if (!body) throw CantRead{reader.block.header, "it has no body"};
  if (is_sql_body(language, body->text))
    sql.add(" ").raw(*body, fields.where("as"));
  else
    sql.add(" AS ").body(*body, fields.where("as"));
  fields.ignore({"schema", "name", "comment", "depends_on", "for_each"});
  fields.finish();
  reader.emit(sql);
  if (!reader.block.attribute("comment")) return;
  SqlText signature(reader.block.span);
  signature.add(procedure ? "PROCEDURE " : "FUNCTION ");
  reader.qualified(signature, name);
  write_signature(reader, reader.block, signature);
  reader.comment(reader.block, signature.text());
}

void read_aggregate(Reader& reader) {
  Fields fields(reader, reader.block);
  const ObjectName name = reader.own_name();
  SqlText sql(reader.block.span);
  sql.add("CREATE AGGREGATE ");
  reader.qualified(sql, name);
  if (fields.children("arg").empty())
    sql.add("(*)");
  else
    write_arguments(reader, fields, sql);
  const auto function = fields.value("state_func");
  const auto type = fields.value("state_type");
  if (!function || !type)
    throw CantRead{reader.block.header, "the aggregate has no state_func or no state_type"};
  sql.add(" (SFUNC = ");
  if (function->is(ValueKind::reference) && function->keys.size() > 1)
    reader.qualified(sql, reader.object(*function, fields.where("state_func")));
  else
    sql.name(word_of(*function).value_or(function->text));
  sql.add(", STYPE = ");
  reader.type(sql, *type, fields.where("state_type"));
  if (const auto initial = fields.value("initial_value")) {
    const auto text = as_text(*initial);
    if (!text) throw CantRead{fields.where("initial_value"), "expected a value"};
    sql.add(", INITCOND = ").literal(*text);
  }
  if (const auto parallel = fields.word("parallel")) sql.add(", PARALLEL = " + to_lower(*parallel));
  sql.add(")");
  fields.ignore({"schema", "name", "depends_on", "for_each"});
  fields.finish();
  reader.emit(sql);
}

// ---- triggers ----

namespace {

void add_event(std::string& events, const std::string& event) {
  events += (events.empty() ? "" : " OR ") + event;
}

/// INSERT OR UPDATE OF a, b: what the block of a trigger's moment asks for.
std::string events_of(Reader& reader, const Block& moment) {
  Fields fields(reader, moment);
  std::string events;
  for (const char* event : {"insert", "update", "delete", "truncate"}) {
    if (!fields.boolean(event).value_or(false)) continue;
    std::string word = event;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    add_event(events, word);
  }
  const auto columns = fields.list("update_of");
  if (!columns.empty()) {
    SqlText names(moment.span);
    for (std::size_t i = 0; i < columns.size(); ++i)
      (i == 0 ? names : names.add(", ")).name(reader.column(columns[i], fields.where("update_of")));
    add_event(events, "UPDATE OF " + names.text());
  }
  fields.finish();
  if (events.empty()) throw CantRead{moment.header, "the trigger has no events"};
  return events;
}

void write_execute(Reader& reader, const Block& execute, SqlText& sql) {
  Fields parts(reader, execute);
  const auto function = parts.value("function");
  if (!function) throw CantRead{execute.header, "there is no function"};
  sql.open(execute.span);
  sql.add(" EXECUTE FUNCTION ");
  reader.qualified(sql, reader.object(*function, parts.where("function")));
  sql.add("(");
  const auto arguments = parts.list("args");
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto text = as_text(arguments[i]);
    if (!text) throw CantRead{parts.where("args"), "the arguments of a trigger are strings"};
    (i == 0 ? sql : sql.add(", ")).literal(*text);
  }
  sql.add(")");
  sql.close();
  parts.finish();
}

void write_moment(Reader& reader, Fields& fields, SqlText& sql) {
  const Block* moment = nullptr;
  std::string words;
  for (const auto& [type, sql_words] : {std::pair{"before", "BEFORE"}, std::pair{"after", "AFTER"},
                                        std::pair{"instead_of", "INSTEAD OF"}})
    if (const Block* found = fields.child(type)) {
      if (moment) throw CantRead{found->header, "the trigger has two moments"};
      moment = found;
      words = sql_words;
    }
  if (!moment)
    throw CantRead{reader.block.header, "the trigger has no before, after or instead_of"};
  sql.open(moment->span);
  sql.add(" " + words + " " + events_of(reader, *moment));
  sql.close();
}

}  // namespace

void read_trigger(Reader& reader) {
  Fields fields(reader, reader.block);
  const std::string name = reader.name_of(reader.block);
  const auto relation = fields.value("on");
  if (!relation) throw CantRead{reader.block.header, "the trigger is on no table"};
  const ObjectName table = reader.object(*relation, fields.where("on"));
  std::string deferred;
  if (const auto word = fields.word("deferrable"))
    deferred = to_lower(*word) == "initially deferred" ? " DEFERRABLE INITIALLY DEFERRED"
               : to_lower(*word) == "false"            ? ""
                                                       : " DEFERRABLE";
  const bool constraint = fields.boolean("constraint").value_or(!deferred.empty());
  SqlText sql(reader.block.span);
  sql.add(constraint ? "CREATE CONSTRAINT TRIGGER " : "CREATE TRIGGER ").name(name);
  write_moment(reader, fields, sql);
  sql.add(" ON ");
  reader.qualified(sql, table);
  sql.add(deferred);
  for (const char* spelling : {"foreach", "for"})
    if (const auto level = fields.word(spelling)) sql.add(" FOR EACH " + *level);
  if (const auto condition = fields.sql("when"))
    sql.add(" WHEN (").raw(*condition, fields.where("when")).add(")");
  const Block* execute = fields.child("execute");
  if (!execute) throw CantRead{reader.block.header, "the trigger executes nothing"};
  write_execute(reader, *execute, sql);
  fields.ignore({"schema", "name", "comment", "depends_on", "for_each"});
  fields.finish();
  reader.emit(sql);
  reader.comment(reader.block,
                 "TRIGGER " + reader.quoted({"", name}) + " ON " + reader.quoted(table));
}

void read_event_trigger(Reader& reader) {
  Fields fields(reader, reader.block);
  SqlText sql(reader.block.span);
  const auto event = fields.value("on");
  if (!event || !word_of(*event)) throw CantRead{reader.block.header, "the trigger has no event"};
  sql.add("CREATE EVENT TRIGGER ").name(reader.name_of(reader.block));
  sql.add(" ON ").name(*word_of(*event));
  const auto tags = fields.list("tags");
  for (std::size_t i = 0; i < tags.size(); ++i)
    sql.add(i == 0 ? " WHEN TAG IN (" : ", ").literal(as_text(tags[i]).value_or(""));
  if (!tags.empty()) sql.add(")");
  const auto function = fields.value("execute");
  if (!function) throw CantRead{reader.block.header, "the trigger executes nothing"};
  sql.add(" EXECUTE FUNCTION ");
  reader.qualified(sql, reader.object(*function, fields.where("execute")));
  sql.add("()");
  fields.ignore({"name", "comment", "depends_on"});
  fields.finish();
  reader.emit(sql);
}

// ---- who may do what ----

namespace {

/// PUBLIC, a role's block, or a name.
void write_role(Reader& reader, const Value& role, Span where, SqlText& sql) {
  if (const auto word = word_of(role)) {
    const bool special = *word == "PUBLIC" || *word == "CURRENT_USER" || *word == "SESSION_USER" ||
                         *word == "CURRENT_ROLE";
    special ? sql.add(*word) : sql.name(*word);
  } else if (role.is(ValueKind::reference)) {
    const Target target = reader.evaluator.resolve(role.keys);
    sql.name(target.block ? reader.name_of(*target.block) : role.keys.back());
  } else if (const auto text = as_text(role); text && !text->empty()) {
    *text == "PUBLIC" ? sql.add(*text) : sql.name(*text);
  } else {
    throw CantRead{where, fmt::format("expected a role, found {}", kind_name(role))};
  }
}

/// "TABLE", "SCHEMA": the word before an object's name in GRANT.
std::string_view grant_word(const std::string& type) {
  if (type == "table" || type == "view" || type == "materialized") return "TABLE";
  if (type == "schema") return "SCHEMA";
  if (type == "sequence") return "SEQUENCE";
  if (type == "function") return "FUNCTION";
  if (type == "procedure") return "PROCEDURE";
  if (type == "enum" || type == "domain" || type == "composite" || type == "range") return "TYPE";
  return "";
}

}  // namespace

void read_policy(Reader& reader) {
  Fields fields(reader, reader.block);
  const std::string name = reader.name_of(reader.block);
  const auto relation = fields.value("on");
  if (!relation) throw CantRead{reader.block.header, "the policy is on no table"};
  const ObjectName table = reader.object(*relation, fields.where("on"));
  SqlText sql(reader.block.span);
  sql.add("CREATE POLICY ").name(name).add(" ON ");
  reader.qualified(sql, table);
  if (const auto kind = fields.word("as")) sql.add(" AS " + *kind);
  if (const auto command = fields.word("for")) sql.add(" FOR " + *command);
  const auto roles = fields.list("to");
  for (std::size_t i = 0; i < roles.size(); ++i) {
    sql.add(i == 0 ? " TO " : ", ");
    write_role(reader, roles[i], fields.where("to"), sql);
  }
  if (const auto condition = fields.sql("using"))
    sql.add(" USING (").raw(*condition, fields.where("using")).add(")");
  if (const auto condition = fields.sql("check"))
    sql.add(" WITH CHECK (").raw(*condition, fields.where("check")).add(")");
  fields.ignore({"name", "comment", "depends_on", "for_each"});
  fields.finish();
  reader.emit(sql);
  reader.comment(reader.block,
                 "POLICY " + reader.quoted({"", name}) + " ON " + reader.quoted(table));
}

void read_permission(Reader& reader) {
  Fields fields(reader, reader.block);
  const auto object = fields.value("for");
  const auto privileges = fields.list("privileges");
  const auto roles = fields.list("to");
  if (!object || privileges.empty() || roles.empty())
    throw CantRead{reader.block.header, "a permission needs to, for and privileges"};
  const Span where = fields.where("for");
  const ObjectName name = reader.object(*object, where);
  const std::string_view word = grant_word(object->keys[0]);
  if (word.empty()) throw CantRead{where, "privileges on this are not understood"};
  std::string column;
  if (const Target target = reader.evaluator.resolve(object->keys); target.child)
    column = " (" + reader.quoted({"", reader.column(*object, where)}) + ")";
  SqlText sql(reader.block.span);
  sql.add("GRANT ");
  for (std::size_t i = 0; i < privileges.size(); ++i) {
    const auto privilege = word_of(privileges[i]);
    const std::string text = privilege.value_or(privileges[i].text);
    if (text.empty() || text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_ ") != std::string::npos)
      throw CantRead{fields.where("privileges"), "expected privileges: SELECT, ALL"};
    (i == 0 ? sql : sql.add(", ")).add(text + column);
  }
  sql.add(fmt::format(" ON {} ", word));
  reader.qualified(sql, name);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    sql.add(i == 0 ? " TO " : ", ");
    write_role(reader, roles[i], fields.where("to"), sql);
  }
  if (fields.boolean("grantable").value_or(false)) sql.add(" WITH GRANT OPTION");
  fields.ignore({"for_each", "depends_on"});
  fields.finish();
  reader.emit(sql);
}

}  // namespace schemagate::hcl
