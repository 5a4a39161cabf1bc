// SPDX-License-Identifier: MIT
// Schemas, extensions, privileges, comments and owners.
#include <algorithm>

#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

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
    // It moves between what names its old place, to drop something, and what names its new one.
    Action& made = context.add(version ? Rank::extension : Rank::rebuild_type, index, name,
                               "ALTER EXTENSION " + name +
                                   (version ? " UPDATE TO " + quote_literal(change.after)
                                            : " SET SCHEMA " + quote_identifier(change.after)));
    if (!version) made.needs.push_back(schema_thing(change.after));
  }
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
  if (context.after.objects.count(change.object) != 0) return change.object;  // its name in SQL
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
    if (rank != Rank::comment) return;
    made.needs.push_back(object_thing(change.object));
    if (change.object_kind == ObjectKind::sequence)
      made.needs.push_back(relation_thing(change.relation));
  }

  Context& context_;
  std::set<std::string> said_;
};

/// Made anew with all its privileges.
bool is_recreated(const Context& context, const std::string& object) {
  const std::string aggregate = "AGGREGATE " + object;
  const bool altered =
      std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
        return change.kind == ChangeKind::alter_object && change.object == aggregate;
      });
  return altered || context.recreated_objects.count(aggregate) != 0 ||
         context.recreated_functions.count(object) != 0 ||
         std::any_of(context.recreated_views.begin(), context.recreated_views.end(),
                     [&](const auto& view) { return to_sql(view.first) == object; });
}

void plan_privilege(Context& context, int index, const Change& change) {
  if (is_recreated(context, change.object)) return;
  // What was granted to the new owner would be its own afterwards.
  const bool revoke = change.kind == ChangeKind::revoke && !change.before.empty();
  Action& made =
      context.add(revoke ? Rank::comment : Rank::privilege, index,
                  change.object + (change.kind == ChangeKind::revoke ? " 0" : " 1"), change.after);
  made.needs.push_back(object_thing(change.object));
  if (change.object_kind != ObjectKind::sequence) return;
  for (const auto& [name, sequence] : context.after.sequences) {
    if (to_sql(name) == change.object) made.needs.push_back(relation_thing(name));
  }
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

void plan_attributes(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    if (change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke)
      plan_privilege(context, static_cast<int>(i), change);
  }
  AttributePlanner attributes(context);
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    if (change.kind == ChangeKind::comment) attributes.comment(static_cast<int>(i), change);
    if (change.kind == ChangeKind::change_owner) attributes.owner(static_cast<int>(i), change);
  }
}

}  // namespace schemagate::planning
