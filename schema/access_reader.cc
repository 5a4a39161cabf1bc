// SPDX-License-Identifier: MIT
#include "schema/access_reader.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "schema/builtins.h"

namespace schemagate::access {
namespace {

using planning::Things;
using planning::uses_of;

constexpr int newest_major = 18;

/// What the body of a function may need when it runs: whatever it names. The server does not look
/// before. A "users.age%TYPE" is the type that the column has at that moment.
Things late_uses(const Function& function, const Catalog& catalog) {
  Things things;
  const CreateFunction& definition = function.definition;
  const bool copies_types = to_lower(definition.definition).find("%type") != std::string::npos;
  const std::set<std::string> words =
      lower_case_words(copies_types ? definition.definition : definition.body);
  for (const auto& [name, table] : catalog.tables) {
    if (words.count(to_lower(name.name)) == 0) continue;
    things.push_back(planning::relation_thing(name));
    for (const Column& column : table.columns)
      if (words.count(to_lower(column.name)) != 0) {
        things.push_back(planning::column_thing(name, column.name));
        if (copies_types) things.push_back(planning::column_type_thing(name, column.name));
      }
  }
  const auto relations = [&](const auto& all) {
    for (const auto& [name, one] : all)
      if (words.count(to_lower(name.name)) != 0) things.push_back(planning::relation_thing(name));
  };
  relations(catalog.views);
  relations(catalog.sequences);
  relations(catalog.types);
  for (const auto& [key, other] : catalog.functions)
    if (words.count(to_lower(other.definition.name.name)) != 0)
      things.push_back(planning::function_thing(other.definition.name));
  return things;
}

/// "insert into users (…", with or without its schema, in a body in lower case.
bool inserts_into(const std::string& body, const QualifiedName& table) {
  const std::string verb = "insert into ", name = to_lower(table.name);
  for (std::size_t at = body.find(verb); at != std::string::npos; at = body.find(verb, at + 1)) {
    std::string_view rest = trim(std::string_view(body).substr(at + verb.size()));
    const std::string schema = to_lower(table.schema) + ".";
    if (rest.starts_with(schema)) rest.remove_prefix(schema.size());
    if (!rest.starts_with(name)) continue;
    const std::string_view behind = rest.substr(name.size());
    const bool goes_on =
        !behind.empty() &&
        (std::isalnum(static_cast<unsigned char>(behind.front())) != 0 || behind.front() == '_');
    if (!goes_on) return true;
  }
  return false;
}

/// Objects without a word of their own in References: they are found by their names.
bool is_found_by_name(ObjectKind kind) {
  constexpr std::array kinds{ObjectKind::collation,
                             ObjectKind::operator_,
                             ObjectKind::operator_class,
                             ObjectKind::operator_family,
                             ObjectKind::text_search_configuration,
                             ObjectKind::text_search_dictionary,
                             ObjectKind::text_search_parser,
                             ObjectKind::text_search_template,
                             ObjectKind::foreign_data_wrapper,
                             ObjectKind::server,
                             ObjectKind::language,
                             ObjectKind::access_method};
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

AccessKey columns_of(const QualifiedName& relation) { return "columns:" + to_sql(relation); }
AccessKey new_required_columns(const QualifiedName& relation) {
  return "required:" + to_sql(relation);
}
AccessKey requirement(const QualifiedName& relation, const std::string& column) {
  return planning::column_thing(relation, column) + "#required";
}
AccessKey default_of(const QualifiedName& relation, const std::string& column) {
  return planning::column_thing(relation, column) + "#default";
}
AccessKey demands_of(const QualifiedName& parent) { return "demands:" + to_sql(parent); }
AccessKey fired_by(const QualifiedName& relation) { return "fires:" + to_sql(relation); }
AccessKey bare_name(const QualifiedName& relation) { return "name:" + to_lower(relation.name); }
AccessKey restriction(const QualifiedName& relation, const std::string& column) {
  return planning::column_thing(relation, column) + "#restriction";
}

void Reader::text(const std::string& definition) {
  if (definition.empty()) return;
  const std::set<std::string> words = lower_case_words(definition);
  for (const auto& [key, object] : catalog_.objects) {
    if (!is_found_by_name(object.object.kind)) continue;
    const std::string& name = object.object.name.name;
    const bool is_named = object.object.kind == ObjectKind::operator_
                              ? definition.find(name) != std::string::npos
                              : words.count(to_lower(name)) != 0;
    if (is_named) add(planning::object_thing(key));
  }
}

void Reader::add(const AccessKey& thing) {
  if (!reads_.insert(thing).second) return;
  if (thing.starts_with("r:")) return through_relation(thing);
  if (thing.starts_with("f:")) return through_function(thing);
  if (thing.starts_with("c:") || thing.starts_with("ct:")) return through_column(thing);
}

void Reader::column(const Column& of, const Table& on) {
  add(uses_of(of, catalog_, on));
  row_type(of.type);
}

void Reader::row_type(const TypeName& type) {
  const Table* rows = find(catalog_.tables, planning::resolved(type.name, catalog_));
  if (rows == nullptr || type.empty()) return;
  // The server refuses to write these rows anew while they are somebody's values.
  reads_.insert(columns_of(rows->name));
  reads_.insert(planning::relation_thing(rows->name) + "#persistence");
  for (const Column& column : rows->columns)
    reads_.insert(planning::column_type_thing(rows->name, column.name));
}

void Reader::table(const Table& of) {
  schema(of.name);
  for (const Column& column : of.columns) this->column(column, of);
  for (const Constraint& constraint : of.constraints) add(uses_of(constraint, catalog_, of));
  for (const QualifiedName& parent : of.inherits) add(planning::relation_thing(parent));
  if (!of.partition_of.empty()) add(planning::relation_thing(of.partition_of));
  if (!of.of_type.empty()) add(planning::relation_thing(of.of_type));
}

void Reader::view(const View& of) {
  add(uses_of(of, catalog_));
  for (const auto& [column, expression] : of.column_defaults)
    add(uses_of(expression.references, catalog_, nullptr));
  const References& references = of.query.references;
  // It joins by the columns that both sides happen to have.
  if (of.query.sql.find(" NATURAL ") != std::string::npos) {
    for (const RelationUse& use : references.relations)
      reads_.insert(columns_of(planning::resolved(use.name, catalog_)));
  }
  whole_rows(references);
}

void Reader::whole_rows(const References& of, std::string_view filled) {
  for (const TypeName& type : of.types) row_type(type);
  for (const ColumnUse& column : of.columns) {
    if (!filled.empty() && column.qualifier == filled) continue;
    for (const RelationUse& use : of.relations) {
      const bool star =
          column.name == "*" && (column.qualifier.empty() || column.qualifier == use.alias);
      const bool whole = column.qualifier.empty() && column.name == use.alias;
      if (!star && !whole) continue;
      const QualifiedName relation = planning::resolved(use.name, catalog_);
      reads_.insert(columns_of(relation));
      if (const Table* rows = find(catalog_.tables, relation))
        for (const Column& of_row : rows->columns)
          reads_.insert(planning::column_type_thing(relation, of_row.name));
    }
  }
}

void Reader::trigger(const Trigger& of, const Table& on) {
  for (const FunctionUse& use : of.references.functions) {
    for (const auto& [key, function] : catalog_.functions) {
      if (function.definition.name.name != use.name.name) continue;
      const std::string body = to_lower(function.definition.body);
      const std::set<std::string> words = lower_case_words(body);
      if (words.count("new") == 0 && words.count("old") == 0) continue;
      for (const Column& column : on.columns)
        if (words.count(to_lower(column.name)) != 0)
          add(planning::column_thing(on.name, column.name));
      if (body.find("new.*") != std::string::npos || body.find("old.*") != std::string::npos)
        reads_.insert(columns_of(on.name));
    }
  }
}

void Reader::function(const Function& of) {
  add(uses_of(of, catalog_));
  add(late_uses(of, catalog_));
  row_type(of.definition.returns);
  for (const FunctionArgument& argument : of.definition.arguments)
    if (argument.mode == 'o' || argument.mode == 'b' || argument.mode == 't')
      row_type(argument.type);
  const std::string body = to_lower(of.definition.body);
  const std::set<std::string> words = lower_case_words(body);
  for (const auto& [name, table] : catalog_.tables)
    if (words.count(to_lower(name.name)) != 0) reads_.insert(bare_name(name));
  for (const auto& [name, view] : catalog_.views)
    if (words.count(to_lower(name.name)) != 0) reads_.insert(bare_name(name));
  if (body.find("insert into ") == std::string::npos) return;
  const bool copies = body.find("select *") != std::string::npos;
  for (const auto& [name, table] : catalog_.tables) {
    if (inserts_into(body, name)) rows(table, words, words.count("conflict") != 0);
    if (copies && words.count(to_lower(name.name)) != 0) reads_.insert(columns_of(name));
  }
}

void Reader::rule(const std::string& definition, const References& of, const QualifiedName& on) {
  Function body;
  body.definition.body = definition;
  function(body);
  for (const ColumnUse& column : of.columns)
    if (column.name == "*" && (column.qualifier == "new" || column.qualifier == "old"))
      reads_.insert(columns_of(on));
}

void Reader::rows(const Table& into, const std::set<std::string>& listed,
                  bool looks_for_conflicts) {
  reads_.insert(new_required_columns(into.name));
  for (const Column& column : into.columns)
    if (listed.count(to_lower(column.name)) == 0)
      reads_.insert(requirement(into.name, column.name));
  if (!looks_for_conflicts) return;
  for (const Index* index : catalog_.indexes_of(into.name)) {
    if (!index->unique) continue;
    reads_.insert(index->constraint.empty()
                      ? planning::relation_thing(index->name)
                      : planning::constraint_thing(into.name, index->constraint));
  }
}

void Reader::type(const Type& of) {
  schema(of.name);
  add(uses_of(of.base));
  for (const Column& field : of.attributes) {
    add(uses_of(field.type));
    row_type(field.type);
  }
  for (const Constraint& constraint : of.constraints)
    add(uses_of(constraint.definition.expression.references, catalog_, nullptr));
}

void Reader::through_relation(const AccessKey& thing) {
  const std::size_t dot = thing.find('.');
  const QualifiedName name{thing.substr(2, dot - 2), thing.substr(dot + 1)};
  if (const View* view = find(catalog_.views, name)) this->view(*view);
  if (const Type* found = find(catalog_.types, name)) type(*found);
}

void Reader::through_function(const AccessKey& thing) {
  const std::string tail = "." + quote_identifier(thing.substr(2)) + "(";
  bool is_declared = false;
  for (const auto& [key, found] : catalog_.functions) {
    if (key.find(tail) == std::string::npos) continue;
    is_declared = true;
    function(found);
  }
  for (const auto& [key, object] : catalog_.objects)
    if (object.object.kind == ObjectKind::aggregate && object.object.name.name == thing.substr(2)) {
      is_declared = true;
      reads_.insert(planning::object_thing(key));
    }
  if (!is_declared && !builtins::is_function(thing.substr(2), newest_major))
    reads_.insert(of_extensions);
}

void Reader::through_column(const AccessKey& thing) {
  const std::size_t colon = thing.find(':') + 1, dot = thing.find('.'), last = thing.rfind('.');
  if (last <= dot) return;
  const std::string name = thing.substr(last + 1);
  const Table* of = find(catalog_.tables, QualifiedName{thing.substr(colon, dot - colon),
                                                        thing.substr(dot + 1, last - dot - 1)});
  const Column* column = of == nullptr ? nullptr : of->column(name);
  if (column == nullptr) return;
  const bool is_type = thing.starts_with("ct:");
  if (!is_type) add(uses_of(*column, catalog_, *of));
  for (const QualifiedName& parent : of->inherits)
    add(is_type ? planning::column_type_thing(parent, name) : planning::column_thing(parent, name));
  if (!of->partition_of.empty())
    add(is_type ? planning::column_type_thing(of->partition_of, name)
                : planning::column_thing(of->partition_of, name));
}

}  // namespace schemagate::access
