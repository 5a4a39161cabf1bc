// SPDX-License-Identifier: MIT
// Views and functions.
#include <algorithm>

#include "schema/default_privileges.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

ObjectKind kind_of(const View& view) {
  return view.materialized ? ObjectKind::materialized_view : ObjectKind::view;
}
std::string words(const View& view) {
  return std::string(to_sql(kind_of(view))) + " " + to_sql(view.name);
}

class ViewPlanner {
 public:
  ViewPlanner(Context& context, int index, const QualifiedName& name)
      : context_(context), index_(index), name_(name) {}

  Action& create() {
    const View& now = context_.after.views.at(name_);
    Action& made = context_.add(Rank::view, index_, to_sql(name_),
                                create_sql(with_declared_columns(context_, now)));
    attributes(made, now);
    made.needs = uses_of(now, context_.after);
    made.makes.push_back(relation_thing(name_));
    return made;
  }

  Action& drop() {
    const View& was = context_.before.views.at(name_);
    Action& made = context_.add(Rank::drop_view, index_, to_sql(name_), "DROP " + words(was));
    made.takes.push_back(relation_thing(name_));
    made.releases = uses_of(was, context_.before);
    return made;
  }

  void replace() {
    const View& now = context_.after.views.at(name_);
    Action& made = context_.add(Rank::view, index_, to_sql(name_),
                                create_sql(with_declared_columns(context_, now), true));
    made.needs = uses_of(now, context_.after);
    made.releases = uses_of(context_.before.views.at(name_), context_.before);
    made.makes.push_back(relation_thing(name_));
  }

  void recreate() {
    drop().atomic = true;
    Action& made = create();
    made.atomic = true;
    const View& now = context_.after.views.at(name_);
    const auto more = [&](std::vector<PlannedStatement> steps) {
      std::move(steps.begin(), steps.end(), std::back_inserter(made.statements));
    };
    more(kept_privileges(context_, ObjectKind::table, name_.schema, to_sql(name_)));
    for (const Index* index : context_.after.indexes_of(name_)) {
      more({{create_sql(*index)}});
      for (std::string& sql : column_statements(*index)) more({{std::move(sql)}});
      if (!index->comment.empty())
        more({{comment_on(ObjectKind::index, to_sql(index->name), index->comment)}});
    }
    for (const Trigger& trigger : now.triggers) part(made, "TRIGGER", ObjectKind::trigger, trigger);
    for (const TableObject& rule : now.rules) part(made, "RULE", ObjectKind::rule, rule);
  }

  void alter(const std::string& detail) {
    const View &was = context_.before.views.at(name_), &now = context_.after.views.at(name_);
    const std::string alter = "ALTER " + words(now) + " ";
    Action& made = context_.add(Rank::view, index_, to_sql(name_) + " " + detail);
    made.needs.push_back(relation_thing(name_));
    if (detail == "defaults") {
      for (const auto& [column, value] : was.column_defaults) {
        if (now.column_defaults.count(column) == 0)
          made.statements.push_back(
              {alter + "ALTER COLUMN " + quote_identifier(column) + " DROP DEFAULT"});
      }
      for (std::string& sql : column_statements(now)) made.statements.push_back({std::move(sql)});
    } else if (detail == "options") {
      for (const std::string& step : option_steps(was.options, now.options))
        made.statements.push_back({alter + step});
    } else if (detail == "access method") {
      made.statements.push_back(
          {alter + "SET ACCESS METHOD " +
           (now.access_method.empty() ? "heap" : quote_identifier(now.access_method))});
    } else if (detail == "tablespace") {
      made.statements.push_back(
          {alter + "SET TABLESPACE " +
           (now.tablespace.empty() ? "pg_default" : quote_identifier(now.tablespace))});
    }
  }

 private:
  static void attributes(Action& made, const View& now) {
    const auto more = [&](std::string sql) { made.statements.push_back({std::move(sql)}); };
    if (!now.comment.empty()) more(comment_on(kind_of(now), to_sql(now.name), now.comment));
    for (const auto& [column, comment] : now.column_comments) {
      more(comment_on(ObjectKind::column, to_sql(now.name) + "." + quote_identifier(column),
                      comment));
    }
    for (std::string& sql : column_statements(now)) more(std::move(sql));
    if (!now.owner.empty())
      more("ALTER " + words(now) + " OWNER TO " + quote_identifier(now.owner));
  }

  /// What hangs on the view and is the same on both sides; the rest has changes of its own.
  template <class Object>
  void part(Action& made, const char* word, ObjectKind kind, const Object& object) const {
    const bool own =
        std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
          const bool about_it =
              change.object_kind == kind && change.relation == name_ && change.part == object.name;
          return about_it && change.kind != ChangeKind::comment && change.detail != "enabled";
        });
    if (own) return;
    made.statements.push_back({object.definition});
    append(made.needs, uses_of(object.references, context_.after, nullptr));
    const std::string name = quote_identifier(object.name);
    if (!object.comment.empty())
      made.statements.push_back({comment_on(kind, name + " ON " + to_sql(name_), object.comment)});
    if (object.enabled == 'D')
      made.statements.push_back({alter_table(name_) + "DISABLE " + word + " " + name});
  }

  Context& context_;
  int index_;
  const QualifiedName& name_;
};

class FunctionPlanner {
 public:
  FunctionPlanner(Context& context, int index, const std::string& key)
      : context_(context), index_(index), key_(key) {}

  Action& create(bool anew) {
    const Function& now = context_.after.functions.at(key_);
    Action& made = context_.add(Rank::function, index_, key_, now.definition.definition);
    if (anew) {
      if (!now.comment.empty())
        made.statements.push_back({comment_on(kind(now), key_, now.comment)});
      if (!now.owner.empty())
        made.statements.push_back(
            {"ALTER " + words(now) + " OWNER TO " + quote_identifier(now.owner)});
    }
    made.needs = uses_of(now, context_.after);
    made.makes = {function_thing(now.definition.name), "fk:" + key_};
    return made;
  }

  Action& drop() {
    const Function& was = context_.before.functions.at(key_);
    // Two functions of one name can make the calls of either ambiguous: the old one goes first.
    const bool comes_back = context_.recreated_functions.count(key_) != 0 ||
                            context_.overtaken_functions.count(key_) != 0 ||
                            another_comes(context_, was.definition.name);
    Action& made = context_.add(comes_back ? Rank::drop_object : Rank::drop_function, index_, key_,
                                "DROP " + words(was));
    made.takes = {function_thing(was.definition.name), "fk:" + key_};
    made.releases = held_by(was, context_.before);
    return made;
  }

  void replace() {
    Action& made = create(false);
    made.releases = held_by(context_.before.functions.at(key_), context_.before);
  }

  void recreate() {
    drop().atomic = true;
    Action& made = create(true);
    made.atomic = true;
    const std::string& schema = context_.after.functions.at(key_).definition.name.schema;
    append(made.statements, kept_privileges(context_, ObjectKind::function, schema, key_));
  }

 private:
  static ObjectKind kind(const Function& function) {
    return function.definition.procedure ? ObjectKind::procedure : ObjectKind::function;
  }
  std::string words(const Function& function) const {
    return std::string(to_sql(kind(function))) + " " + key_;
  }

  Context& context_;
  int index_;
  const std::string& key_;
};

}  // namespace

namespace {

/// CREATE OR REPLACE VIEW sets the options as well.
bool is_replaced(const Context& context, const QualifiedName& view) {
  return std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
    return change.kind == ChangeKind::replace_view && change.relation == view;
  });
}

}  // namespace

std::vector<PlannedStatement> kept_privileges(const Context& context, ObjectKind kind,
                                              const std::string& schema,
                                              const std::string& object) {
  std::vector<PlannedStatement> steps;
  const auto entries = shared_default_privileges(context.before, context.after);
  for (const Privilege& privilege :
       undone_defaults(entries, context.after.privileges, kind, schema, object))
    steps.push_back({grant_sql(privilege, context.after)});
  for (const auto& [privilege, where] : context.after.privileges) {
    if (privilege.object == object) steps.push_back({grant_sql(privilege, context.after)});
  }
  return steps;
}

bool another_comes(const Context& context, const QualifiedName& function) {
  return std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& other) {
    if (other.kind == ChangeKind::add_function) return other.relation == function;
    return other.kind == ChangeKind::add_object && other.object_kind == ObjectKind::aggregate &&
           context.after.objects.at(other.object).object.name == function;
  });
}

void plan_views(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    ViewPlanner planner(context, static_cast<int>(i), change.relation);
    const bool recreated = context.recreated_views.count(change.relation) != 0;
    if (change.kind == ChangeKind::add_view) planner.create();
    if (change.kind == ChangeKind::drop_view) planner.drop();
    if (change.kind == ChangeKind::replace_view && !recreated) planner.replace();
    if (change.kind == ChangeKind::alter_view && !recreated &&
        !(change.detail == "options" && is_replaced(context, change.relation)))
      planner.alter(change.detail);
  }
  for (const auto& [name, change] : context.recreated_views)
    ViewPlanner(context, change, name).recreate();
}

void plan_functions(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    FunctionPlanner planner(context, static_cast<int>(i), change.object);
    if (change.kind == ChangeKind::add_function) planner.create(true);
    if (change.kind == ChangeKind::drop_function) planner.drop();
    if (change.kind == ChangeKind::replace_function &&
        context.recreated_functions.count(change.object) == 0)
      planner.replace();
  }
  for (const auto& [key, change] : context.recreated_functions)
    FunctionPlanner(context, change, key).recreate();
}

}  // namespace schemagate::planning
