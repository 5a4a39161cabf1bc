// SPDX-License-Identifier: MIT
// What the catalog keeps as text: operators, casts, aggregates, collations, servers, publications,
// default privileges, …
#include <algorithm>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/generated_names.h"
#include "schema/object_options.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

/// When an object of that kind can be made, and when it can be dropped.
struct Ranks {
  Rank make, drop;
};
Ranks ranks_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::language:
    case ObjectKind::access_method:
    case ObjectKind::foreign_data_wrapper:
    case ObjectKind::text_search_parser:
    case ObjectKind::text_search_template:
    case ObjectKind::text_search_dictionary:
      return {Rank::extension, Rank::drop_sequence};
    case ObjectKind::collation:
    case ObjectKind::conversion:
    case ObjectKind::server:
    case ObjectKind::user_mapping:
    case ObjectKind::text_search_configuration:
      return {Rank::rebuild_type, Rank::drop_type};
    case ObjectKind::aggregate:
      return {Rank::function, Rank::drop_view};
    // What uses an operator or a cast does not say so: it goes before.
    case ObjectKind::operator_:
    case ObjectKind::operator_class:
    case ObjectKind::operator_family:
    case ObjectKind::cast:
    case ObjectKind::transform:
      return {Rank::function, Rank::opaque};
    case ObjectKind::event_trigger:
      return {Rank::opaque, Rank::session};
    default:
      return {Rank::object, Rank::drop_object};
  }
}

/// "FOR TABLE a, TABLE b" is the grammar of 15 and later.
std::string for_server(const OpaqueObject& of, int postgres) {
  const bool lists_tables = of.object.kind == ObjectKind::publication && postgres < 15;
  return lists_tables ? replace_all(of.definition, ", TABLE ", ", ") : of.definition;
}

/// What takes a default privilege back.
std::string undone(const std::string& sql) {
  const bool grants = sql.find(" GRANT ") < sql.find(" REVOKE ");
  std::string text = sql;
  const std::string_view option = " WITH GRANT OPTION";
  if (text.ends_with(option)) text.erase(text.size() - option.size());
  const auto word = text.find(grants ? " GRANT " : " REVOKE ");
  text.replace(word, grants ? 7 : 8, grants ? " REVOKE " : " GRANT ");
  const auto link = text.rfind(grants ? " TO " : " FROM ");
  return text.replace(link, grants ? 4 : 6, grants ? " FROM " : " TO ");
}

/// What a server or a user mapping is made on.
Things made_on(const OpaqueObject& of) {
  Things things;
  for (const char* words : {" FOREIGN DATA WRAPPER ", " SERVER "}) {
    const auto at = of.definition.find(words);
    const bool on =
        at != std::string::npos && at != std::string_view("CREATE").size();  // it is not one itself
    if (!on) continue;
    const auto end = of.definition.find(' ', at + std::string_view(words).size());
    things.push_back(object_thing(std::string(trim(of.definition.substr(at, end - at)))));
  }
  return things;
}

std::set<std::string> words_of(const std::string& definition) {
  std::set<std::string> words;
  for (const canonical::Token& token : canonical::tokenize(definition)) {
    if (token.kind == canonical::TokenKind::word || token.kind == canonical::TokenKind::quoted_word)
      words.insert(token.text);
  }
  return words;
}

/// Those that a text search configuration names.
Things dictionaries(const OpaqueObject& configuration, const Catalog& catalog) {
  const std::set<std::string> words = words_of(configuration.definition);
  Things things;
  for (const auto& [key, object] : catalog.objects) {
    if (object.object.kind == ObjectKind::text_search_dictionary &&
        words.count(object.object.name.name) != 0)
      things.push_back(object_thing(key));
  }
  return things;
}

/// The functions and types whose names stand in the definition of an operator, a cast or an
/// aggregate.
Things mentioned(const OpaqueObject& of, const Catalog& catalog) {
  const ObjectKind kind = of.object.kind;
  Things things;
  if (kind == ObjectKind::text_search_configuration) return dictionaries(of, catalog);
  if (kind != ObjectKind::operator_ && kind != ObjectKind::operator_class &&
      kind != ObjectKind::cast && kind != ObjectKind::aggregate)
    return things;
  const std::set<std::string> words = words_of(of.definition);
  for (const auto& [key, function] : catalog.functions) {
    if (words.count(function.definition.name.name) != 0)
      things.push_back(function_thing(function.definition.name));
  }
  for (const auto& [name, type] : catalog.types) {
    if (words.count(name.name) != 0) things.push_back(relation_thing(name));
  }
  return things;
}

/// The text before the options and the options of a server, wrapper or user mapping; nothing when
/// it is more than one statement.
std::optional<ObjectOptions> with_options(const OpaqueObject& of) {
  if (!has_object_options(of.object.kind) || of.definition.find(";\n") != std::string::npos)
    return std::nullopt;
  return object_options(of.definition);
}

/// " VERSION '2'" of a server, taken out of the text before the options.
std::string take_version(std::string& head) {
  const auto begin = head.find(" VERSION '");
  if (begin == std::string::npos) return {};
  const auto end = head.find('\'', head.find('\'', begin) + 1);
  std::string version = head.substr(begin, end + 1 - begin);
  head.erase(begin, version.size());
  return version;
}

/// "OPTIONS (SET host 'b', DROP port)" behind ALTER SERVER s, where nothing else changes but the
/// version, which can't be taken away.
std::optional<std::string> altered_options(const OpaqueObject& was, const OpaqueObject& now) {
  auto from = with_options(was), to = with_options(now);
  if (!from || !to) return std::nullopt;
  const std::string old_version = take_version(from->head), version = take_version(to->head);
  if (from->head != to->head || (version.empty() && !old_version.empty())) return std::nullopt;
  const std::string options = foreign_options(from->options, to->options);
  std::string sql = version == old_version ? "" : version.substr(1);
  if (!options.empty()) sql += (sql.empty() ? "" : " ") + ("OPTIONS (" + options + ")");
  return sql;
}

/// A collation in use: the new one takes the name, the columns change over, the old one goes.
void replace_collation(Context& context, int index, const Change& change) {
  const std::string name = change.object.substr(std::string_view("COLLATION ").size());
  const OpaqueObject& now = context.after.objects.at(change.object);
  const QualifiedName& of = now.object.name;
  const QualifiedName old{of.schema, make_object_name(of.name, "", "old")};
  Action& made = context.add(Rank::rebuild_type, index, change.object);
  made.statements = {{"ALTER COLLATION " + name + " RENAME TO " + quote_identifier(old.name)},
                     {now.definition}};
  if (!now.comment.empty())
    made.statements.push_back(
        {"COMMENT ON " + change.object + " IS " + quote_literal(now.comment)});
  if (!now.owner.empty())
    made.statements.push_back({"ALTER " + change.object + " OWNER TO " + grantee(now.owner)});
  made.makes.push_back(object_thing(change.object));
  for (const auto& [table_name, table] : context.before.tables) {
    const auto after_table = context.after.tables.find(table_name);
    if (after_table == context.after.tables.end()) continue;
    for (const Column& column : table.columns) {
      const Column* after = after_table->second.column(column.name);
      const bool stays = column.collation == name && !column.inherited && after != nullptr &&
                         after->collation == name &&
                         context.retyped_columns.count({table_name, column.name}) == 0 &&
                         context.recreated_columns.count({table_name, column.name}) == 0;
      if (!stays) continue;
      made.statements.push_back({alter_column(table_name, column.name) + "TYPE " +
                                 to_sql(column.type) + " COLLATE " + name});
      made.takes.push_back(column_type_thing(table_name, column.name));
      made.makes.push_back(column_type_thing(table_name, column.name));
    }
  }
  Action& gone =
      context.add(Rank::drop_type, index, change.object, "DROP COLLATION " + to_sql(old));
  gone.needs.push_back(object_thing(change.object));
}

/// An operator or cast goes before the views are made that shall not find it any more.
bool stays_in_views(const Context& context, const OpaqueObject& was) {
  const ObjectKind kind = was.object.kind;
  if (kind != ObjectKind::operator_ && kind != ObjectKind::cast) return false;
  const auto& views = context.recreated_views;
  return std::any_of(views.begin(), views.end(), [&](const auto& view) {
    return shows(was, context.before.views.at(view.first).query.sql);
  });
}

void drop_object(Context& context, int index, const OpaqueObject& was, const std::string& key,
                 bool comes_back) {
  const ObjectKind kind = was.object.kind;
  if (kind == ObjectKind::aggregate)
    comes_back = comes_back || another_comes(context, was.object.name);
  // The last moment before views are made.
  const Rank last = stays_in_views(context, was) ? Rank::sequence_owner : ranks_of(kind).drop;
  // Columns that use it go before.
  const bool searches =
      kind == ObjectKind::text_search_configuration || kind == ObjectKind::text_search_dictionary;
  const Rank between = searches ? Rank::rebuild_type : Rank::drop_object;
  Action& made =
      context.add(comes_back ? between : last, index, key,
                  kind == ObjectKind::default_privileges ? undone(was.definition) : "DROP " + key);
  made.releases = uses_of(was.references, context.before, nullptr);
  append(made.releases, made_on(was));
  append(made.releases, mentioned(was, context.before));
  made.takes.push_back(object_thing(key));
  if (kind == ObjectKind::aggregate) made.takes.push_back(function_thing(was.object.name));
}

/// "public.total(integer)" of "AGGREGATE public.total(integer)", as GRANT … ON FUNCTION names it.
std::string aggregate_called(const std::string& key) {
  return key.substr(std::string_view("AGGREGATE ").size());
}

void create_object(Context& context, int index, const OpaqueObject& now, const std::string& key) {
  Action& made = context.add(ranks_of(now.object.kind).make, index, key);
  made.statements = one_by_one(for_server(now, context.postgres));
  if (!now.comment.empty())
    made.statements.push_back({"COMMENT ON " + key + " IS " + quote_literal(now.comment)});
  if (!now.owner.empty())
    made.statements.push_back({"ALTER " + key + " OWNER TO " + grantee(now.owner)});
  made.needs = uses_of(now.references, context.after, nullptr);
  append(made.needs, made_on(now));
  append(made.needs, mentioned(now, context.after));
  if (!now.object.name.schema.empty()) made.needs.push_back(schema_thing(now.object.name.schema));
  made.makes.push_back(object_thing(key));
  if (now.object.kind != ObjectKind::aggregate) return;
  made.makes.push_back(function_thing(now.object.name));
  if (context.before.objects.count(key) == 0) return;
  append(made.statements, kept_privileges(context, ObjectKind::function, now.object.name.schema,
                                          aggregate_called(key)));
}

void plan_object(Context& context, int index, const Change& change) {
  const auto before = context.before.objects.find(change.object);
  const auto after = context.after.objects.find(change.object);
  const Ranks ranks = ranks_of(change.object_kind);
  if (change.kind == ChangeKind::alter_object) {
    if (change.object_kind == ObjectKind::collation)
      return replace_collation(context, index, change);
    if (const auto options = altered_options(before->second, after->second)) {
      context.add(ranks.make, index, change.object, "ALTER " + change.object + " " + *options);
      return;
    }
  }
  if (change.kind != ChangeKind::add_object)
    drop_object(context, index, before->second, change.object,
                change.kind != ChangeKind::drop_object);
  if (change.kind != ChangeKind::drop_object)
    create_object(context, index, after->second, change.object);
}

}  // namespace

void plan_text_objects(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const int index = static_cast<int>(i);
    if (change.kind == ChangeKind::add_object || change.kind == ChangeKind::drop_object ||
        change.kind == ChangeKind::alter_object)
      plan_object(context, index, change);
    else if (change.kind == ChangeKind::opaque && !change.after.empty())
      context.add(Rank::opaque, index, change.object, change.after);
  }
  for (const auto& [key, change] : context.recreated_objects) {
    const bool own = std::any_of(
        context.changes.begin(), context.changes.end(), [&, &key = key](const Change& other) {
          return other.kind == ChangeKind::alter_object && other.object == key;
        });
    if (own) continue;
    drop_object(context, change, context.before.objects.at(key), key, true);
    create_object(context, change, context.after.objects.at(key), key);
  }
}

}  // namespace schemagate::planning
