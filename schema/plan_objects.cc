// SPDX-License-Identifier: MIT
// Schemas, extensions, triggers, policies, rules, privileges, comments, owners and what is kept as
// text.
#include <algorithm>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/generated_names.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

std::string grantee(const std::string& role) {
  const bool keyword = role == "CURRENT_USER" || role == "SESSION_USER" || role == "CURRENT_ROLE";
  return keyword ? role : quote_identifier(role);
}

/// What was created and then altered has both in its definition.
std::vector<PlannedStatement> one_by_one(const std::string& definition) {
  std::vector<PlannedStatement> steps;
  const std::string_view next = ";\nALTER ";
  std::size_t begin = 0;
  for (auto at = definition.find(next); at != std::string::npos;
       at = definition.find(next, begin)) {
    steps.push_back({definition.substr(begin, at - begin)});
    begin = at + 2;
  }
  steps.push_back({definition.substr(begin)});
  return steps;
}

void plan_schema(Context& context, int index, const Change& change) {
  const std::string& name = change.relation.name;
  const std::string sql_name = quote_identifier(name);
  if (change.kind == ChangeKind::add_schema) {
    const Schema& schema = context.after.schemas.at(name);
    Action& made = context.add(Rank::schema, index, name);
    // Objects of the old side stood in it though no file created it.
    const bool known = context.before.schemas.count(name) != 0;
    std::string sql = create_sql(schema);
    if (known)
      sql.replace(0, std::string_view("CREATE SCHEMA").size(), "CREATE SCHEMA IF NOT EXISTS");
    made.statements.push_back({std::move(sql)});
    if (!schema.comment.empty())
      made.statements.push_back({comment_on(ObjectKind::schema, sql_name, schema.comment)});
    made.makes.push_back(schema_thing(name));
  } else if (change.kind == ChangeKind::drop_schema) {
    Action& made = context.add(Rank::drop_schema, index, name, "DROP SCHEMA " + sql_name);
    made.takes.push_back(schema_thing(name));
  }
}

void plan_extension(Context& context, int index, const Change& change) {
  const std::string name = quote_identifier(change.relation.name);
  if (change.kind == ChangeKind::add_extension) {
    const Extension& extension = context.after.extensions.at(change.relation.name);
    Action& made = context.add(Rank::extension, index, name, create_sql(extension));
    if (!extension.comment.empty())
      made.statements.push_back({comment_on(ObjectKind::extension, name, extension.comment)});
    if (!extension.schema.empty()) made.needs.push_back(schema_thing(extension.schema));
  } else if (change.kind == ChangeKind::drop_extension) {
    context.add(Rank::drop_extension, index, name, "DROP EXTENSION " + name);
  } else {
    const bool version = change.detail == "version";
    context.add(Rank::extension, index, name,
                "ALTER EXTENSION " + name +
                    (version ? " UPDATE TO " + quote_literal(change.after)
                             : " SET SCHEMA " + quote_identifier(change.after)));
  }
}

// ---- triggers, policies, rules
// -------------------------------------------------------------------

std::string enabling(const QualifiedName& table, const std::string& what, const std::string& name,
                     char state) {
  const std::string word = state == 'D'   ? "DISABLE "
                           : state == 'R' ? "ENABLE REPLICA "
                           : state == 'A' ? "ENABLE ALWAYS "
                                          : "ENABLE ";
  return alter_table(table) + word + what + " " + quote_identifier(name);
}

/// Whatever of a relation has a name, a definition and a state.
struct Part {
  const char* word;
  std::string definition;
  References references;
  std::string comment;
  char enabled = 'O';
  ObjectKind kind;
  Rank drop, create;
};

template <class Object>
Part part_of(const char* word, const Object& object, ObjectKind kind, Rank drop, Rank create) {
  return {word,  object.definition, object.references, object.comment, object.enabled, kind, drop,
          create};
}

std::optional<Part> find_part(const Catalog& catalog, const QualifiedName& relation,
                              ObjectKind kind, const std::string& name) {
  const auto table = catalog.tables.find(relation);
  const auto view = catalog.views.find(relation);
  const bool is_table = table != catalog.tables.end();
  if (!is_table && view == catalog.views.end()) return std::nullopt;
  if (kind == ObjectKind::trigger) {
    for (const Trigger& trigger : is_table ? table->second.triggers : view->second.triggers) {
      if (trigger.name == name)
        return part_of("TRIGGER", trigger, kind, Rank::drop_trigger, Rank::trigger);
    }
  } else if (kind == ObjectKind::rule) {
    for (const TableObject& rule : is_table ? table->second.rules : view->second.rules) {
      if (rule.name == name) return part_of("RULE", rule, kind, Rank::drop_rule, Rank::rule);
    }
  } else if (is_table) {
    for (const TableObject& policy : table->second.policies) {
      if (policy.name == name)
        return part_of("POLICY", policy, kind, Rank::drop_policy, Rank::policy);
    }
  }
  return std::nullopt;
}

class PartPlanner {
 public:
  PartPlanner(Context& context, int index, const QualifiedName& relation, ObjectKind kind,
              const std::string& name)
      : context_(context), index_(index), relation_(relation), kind_(kind), name_(name) {}

  void drop() {
    const auto was = find_part(context_.before, relation_, kind_, name_);
    if (!was || context_.recreated_views.count(relation_) != 0) return;
    Action& made = context_.add(was->drop, index_, named(),
                                std::string("DROP ") + was->word + " " + quote_identifier(name_) +
                                    " ON " + to_sql(relation_));
    made.releases = uses(*was, context_.before);
    made.takes.push_back(thing());
  }
  void create() {
    const auto now = find_part(context_.after, relation_, kind_, name_);
    if (!now) return;
    Action& made = context_.add(now->create, index_, named());
    made.statements = one_by_one(now->definition);
    if (now->enabled != 'O')
      made.statements.push_back({enabling(relation_, now->word, name_, now->enabled)});
    if (!now->comment.empty())
      made.statements.push_back({comment_on(kind_, object(), now->comment)});
    made.needs = uses(*now, context_.after);
    made.makes.push_back(thing());
  }
  void enable() {
    const auto now = find_part(context_.after, relation_, kind_, name_);
    context_.add(now->create, index_, named(), enabling(relation_, now->word, name_, now->enabled));
  }

 private:
  std::string named() const { return to_sql(relation_) + "." + name_; }
  std::string object() const { return quote_identifier(name_) + " ON " + to_sql(relation_); }
  std::string thing() const { return "p:" + named(); }

  Things uses(const Part& part, const Catalog& catalog) const {
    const auto table = catalog.tables.find(relation_);
    Things things =
        uses_of(part.references, catalog, table == catalog.tables.end() ? nullptr : &table->second);
    things.push_back(relation_thing(relation_));
    if (table != catalog.tables.end() && kind_ != ObjectKind::policy) {
      // A trigger may name columns (UPDATE OF, WHEN) and a rule may read any.
      for (const Column& column : table->second.columns) {
        const bool named_here = part.definition.find(column.name) != std::string::npos;
        if (named_here)
          things.push_back(column_type_thing(relation_, column.name)),
              things.push_back(column_thing(relation_, column.name));
      }
    }
    return things;
  }

  Context& context_;
  int index_;
  const QualifiedName& relation_;
  ObjectKind kind_;
  const std::string& name_;
};

void plan_part(Context& context, int index, const Change& change) {
  PartPlanner planner(context, index, change.relation, change.object_kind, change.part);
  switch (change.kind) {
    case ChangeKind::drop_trigger:
    case ChangeKind::drop_policy:
    case ChangeKind::drop_rule:
      return planner.drop();
    case ChangeKind::add_trigger:
    case ChangeKind::add_policy:
    case ChangeKind::add_rule:
      return planner.create();
    default:
      if (change.detail == "enabled") return planner.enable();
      planner.drop();
      return planner.create();
  }
}

// ---- what is kept as text
// ------------------------------------------------------------------------

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

/// "AGGREGATE public.total(integer)": the key of Catalog::objects is its name in SQL.
const std::string& object_name(const Change& change) { return change.object; }

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

/// The functions and types whose names stand in the definition of an operator, a cast or an
/// aggregate.
Things mentioned(const OpaqueObject& of, const Catalog& catalog) {
  const ObjectKind kind = of.object.kind;
  Things things;
  if (kind != ObjectKind::operator_ && kind != ObjectKind::operator_class &&
      kind != ObjectKind::cast && kind != ObjectKind::aggregate)
    return things;
  std::set<std::string> words;
  for (const canonical::Token& token : canonical::tokenize(of.definition)) {
    if (token.kind == canonical::TokenKind::word || token.kind == canonical::TokenKind::quoted_word)
      words.insert(token.text);
  }
  for (const auto& [key, function] : catalog.functions) {
    if (words.count(function.definition.name.name) != 0)
      things.push_back(function_thing(function.definition.name));
  }
  for (const auto& [name, type] : catalog.types) {
    if (words.count(name.name) != 0) things.push_back(relation_thing(name));
  }
  return things;
}

/// "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'a', port '1')": the text before and the
/// options. Nothing when it is more than one statement.
struct WithOptions {
  std::string head;
  Options options;
};
std::optional<WithOptions> with_options(const OpaqueObject& of) {
  const ObjectKind kind = of.object.kind;
  if (kind != ObjectKind::server && kind != ObjectKind::foreign_data_wrapper &&
      kind != ObjectKind::user_mapping)
    return std::nullopt;
  const std::string& sql = of.definition;
  const std::string_view word = " OPTIONS (";
  const auto at = sql.find(word);
  if (sql.find(";\n") != std::string::npos) return std::nullopt;
  if (at == std::string::npos) return WithOptions{sql, {}};
  WithOptions result{sql.substr(0, at), {}};
  const auto tokens = canonical::tokenize(sql.substr(at + word.size()));
  for (std::size_t i = 0; i + 1 < tokens.size(); i += 3)
    result.options.emplace_back(tokens[i].text, tokens[i + 1].text);
  return result;
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

/// An operator or cast goes while views that stay may use it: they are made anew behind it.
bool stays_in_views(const Context& context, const OpaqueObject& was) {
  const ObjectKind kind = was.object.kind;
  if (kind != ObjectKind::operator_ && kind != ObjectKind::cast) return false;
  const std::string symbol = kind == ObjectKind::cast ? "::" : was.object.name.name;
  return std::any_of(context.before.views.begin(), context.before.views.end(),
                     [&](const auto& view) {
                       return context.after.views.contains(view.first) &&
                              view.second.query.sql.find(symbol) != std::string::npos;
                     });
}

void drop_object(Context& context, int index, const OpaqueObject& was, const std::string& key,
                 bool comes_back) {
  const ObjectKind kind = was.object.kind;
  // The last moment before views are made.
  const Rank last = stays_in_views(context, was) ? Rank::sequence_owner : ranks_of(kind).drop;
  Action& made =
      context.add(comes_back ? Rank::drop_object : last, index, key,
                  kind == ObjectKind::default_privileges ? undone(was.definition) : "DROP " + key);
  made.releases = uses_of(was.references, context.before, nullptr);
  append(made.releases, made_on(was));
  append(made.releases, mentioned(was, context.before));
  made.takes.push_back(object_thing(key));
  if (kind == ObjectKind::aggregate) made.takes.push_back(function_thing(was.object.name));
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
  if (now.object.kind == ObjectKind::aggregate)
    made.makes.push_back(function_thing(now.object.name));
}

void plan_object(Context& context, int index, const Change& change) {
  const auto before = context.before.objects.find(change.object);
  const auto after = context.after.objects.find(change.object);
  const Ranks ranks = ranks_of(change.object_kind);
  if (change.kind == ChangeKind::alter_object) {
    if (change.object_kind == ObjectKind::collation)
      return replace_collation(context, index, change);
    if (const auto options = altered_options(before->second, after->second)) {
      context.add(ranks.make, index, change.object,
                  "ALTER " + object_name(change) + " " + *options);
      return;
    }
  }
  if (change.kind != ChangeKind::add_object)
    drop_object(context, index, before->second, change.object,
                change.kind != ChangeKind::drop_object);
  if (change.kind != ChangeKind::drop_object)
    create_object(context, index, after->second, change.object);
}

// ---- comments and owners
// -------------------------------------------------------------------------

/// What stands between COMMENT ON or ALTER and the rest: "TABLE public.users".
std::string target(const Context& context, const Change& change) {
  const std::string relation = to_sql(change.relation);
  switch (change.object_kind) {
    case ObjectKind::column:
      return "COLUMN " + relation + "." + quote_identifier(change.part);
    case ObjectKind::constraint:
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      return std::string(to_sql(change.object_kind)) + " " + quote_identifier(change.part) +
             " ON " + relation;
    case ObjectKind::domain_constraint:
      return "CONSTRAINT " + quote_identifier(change.part) + " ON DOMAIN " + relation;
    case ObjectKind::function:
    case ObjectKind::procedure:
      return std::string(to_sql(change.object_kind)) + " " + change.object;
    default:
      break;
  }
  if (context.after.objects.count(change.object) != 0) return object_name(change);
  return std::string(to_sql(change.object_kind)) + " " + relation;
}

/// What stays under its name but is made anew loses its comment by that.
bool loses_comment(const Context& context, const Change& change) {
  const std::pair key{change.relation, change.part};
  switch (change.object_kind) {
    case ObjectKind::constraint:
      return context.recreated_constraints.count(key) != 0;
    case ObjectKind::policy:
      return context.recreated_policies.count(key) != 0;
    case ObjectKind::trigger:
    case ObjectKind::rule:
      return context.recreated_triggers.count(key) != 0 ||
             context.recreated_rules.count(key) != 0 ||
             context.recreated_views.count(change.relation) != 0;
    case ObjectKind::index: {
      const auto index = context.before.indexes.find(change.relation);
      return context.recreated_indexes.count(change.relation) != 0 ||
             (index != context.before.indexes.end() &&
              context.recreated_views.count(index->second.table) != 0);
    }
    case ObjectKind::column:
      return context.recreated_columns.count(key) != 0 ||
             context.recreated_views.count(change.relation) != 0 ||
             context.rebuilt_types.count(change.relation) != 0;
    default:
      return context.recreated_views.count(change.relation) != 0 ||
             context.rebuilt_types.count(change.relation) != 0 ||
             context.recreated_functions.count(change.object) != 0 ||
             context.recreated_objects.count(change.object) != 0;
  }
}

/// Comments and owners that no other action has set yet.
class AttributePlanner {
 public:
  explicit AttributePlanner(Context& context) : context_(context) {
    for (const Action& action : context.actions) {
      for (const PlannedStatement& statement : action.statements) said_.insert(statement.sql);
    }
  }

  void comment(int index, const Change& change) {
    if (change.after.empty() && loses_comment(context_, change)) return;
    add(Rank::comment, index, change,
        "COMMENT ON " + target(context_, change) + " IS " +
            (change.after.empty() ? "NULL" : quote_literal(change.after)));
  }
  void owner(int index, const Change& change) {
    add(Rank::owner, index, change,
        "ALTER " + target(context_, change) + " OWNER TO " + grantee(change.after));
  }

 private:
  void add(Rank rank, int index, const Change& change, std::string sql) {
    if (!said_.insert(sql).second) return;
    Action& made = context_.add(rank, index, change.object, std::move(sql));
    if (rank == Rank::comment) made.needs.push_back(object_thing(change.object));
  }

  Context& context_;
  std::set<std::string> said_;
};

/// Made anew with all its privileges.
bool is_recreated(const Context& context, const std::string& object) {
  return context.recreated_functions.count(object) != 0 ||
         std::any_of(context.recreated_views.begin(), context.recreated_views.end(),
                     [&](const auto& view) { return to_sql(view.first) == object; });
}

void plan_privileges(Context& context, int index, const Change& change) {
  if (is_recreated(context, change.object)) return;
  // What was granted to the new owner would be its own afterwards.
  const bool revoke = change.kind == ChangeKind::revoke && !change.before.empty();
  Action& made =
      context.add(revoke ? Rank::comment : Rank::privilege, index,
                  change.object + (change.kind == ChangeKind::revoke ? " 0" : " 1"), change.after);
  made.needs.push_back(object_thing(change.object));
}

}  // namespace

void plan_schemas(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const bool of_it =
        change.kind != ChangeKind::comment && change.kind != ChangeKind::change_owner;
    if (of_it && change.object_kind == ObjectKind::schema)
      plan_schema(context, static_cast<int>(i), change);
    if (of_it && change.object_kind == ObjectKind::extension)
      plan_extension(context, static_cast<int>(i), change);
  }
}

void plan_table_objects(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const bool part = change.object_kind == ObjectKind::trigger ||
                      change.object_kind == ObjectKind::policy ||
                      change.object_kind == ObjectKind::rule;
    if (part && change.kind != ChangeKind::comment) plan_part(context, static_cast<int>(i), change);
  }
  const auto again = [&](const auto& recreated, ObjectKind kind, ChangeKind drop,
                         ChangeKind alter) {
    for (const auto& [key, change] : recreated) {
      const bool own = std::any_of(
          context.changes.begin(), context.changes.end(), [&, &key = key](const Change& other) {
            return (other.kind == drop || (other.kind == alter && other.detail != "enabled")) &&
                   other.relation == key.first && other.part == key.second;
          });
      if (own) continue;
      PartPlanner planner(context, change, key.first, kind, key.second);
      planner.drop();
      planner.create();
    }
  };
  again(context.recreated_triggers, ObjectKind::trigger, ChangeKind::drop_trigger,
        ChangeKind::alter_trigger);
  again(context.recreated_policies, ObjectKind::policy, ChangeKind::drop_policy,
        ChangeKind::alter_policy);
  again(context.recreated_rules, ObjectKind::rule, ChangeKind::drop_rule, ChangeKind::alter_rule);
}

void plan_objects(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const int index = static_cast<int>(i);
    switch (change.kind) {
      case ChangeKind::add_object:
      case ChangeKind::drop_object:
      case ChangeKind::alter_object:
        plan_object(context, index, change);
        break;
      case ChangeKind::grant:
      case ChangeKind::revoke:
        plan_privileges(context, index, change);
        break;
      case ChangeKind::opaque:
        if (!change.after.empty()) context.add(Rank::opaque, index, change.object, change.after);
        break;
      default:
        break;
    }
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
  AttributePlanner attributes(context);
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    if (change.kind == ChangeKind::comment) attributes.comment(static_cast<int>(i), change);
    if (change.kind == ChangeKind::change_owner) attributes.owner(static_cast<int>(i), change);
  }
}

}  // namespace schemagate::planning
