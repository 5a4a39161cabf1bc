// SPDX-License-Identifier: MIT
// Triggers, policies and rules: whatever of a relation has a name, a definition and a state.
#include <algorithm>

#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

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

bool is_recreated(const Context& context, const Change& change) {
  const auto defined = [&](const Change& other) {
    return other.object_kind == change.object_kind && other.relation == change.relation &&
           other.part == change.part && other.kind == change.kind && other.detail != "enabled";
  };
  const auto& recreated = change.object_kind == ObjectKind::trigger ? context.recreated_triggers
                                                                    : context.recreated_rules;
  return recreated.count({change.relation, change.part}) != 0 ||
         std::any_of(context.changes.begin(), context.changes.end(), defined);
}

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
      if (change.detail == "enabled") {
        // What is made anew brings its state along.
        if (!is_recreated(context, change)) planner.enable();
        return;
      }
      planner.drop();
      return planner.create();
  }
}

}  // namespace

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

}  // namespace schemagate::planning
