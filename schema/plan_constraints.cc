// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/generated_names.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

bool is_key(const Constraint& constraint) {
  const ConstraintKind kind = constraint.definition.kind;
  return kind == ConstraintKind::unique || kind == ConstraintKind::primary_key ||
         kind == ConstraintKind::exclusion;
}

class ConstraintPlanner {
 public:
  ConstraintPlanner(Context& context, int index, const QualifiedName& table,
                    const std::string& name)
      : context_(context), index_(index), table_(table), name_(name) {}

  void add() {
    const Table& table = context_.after.tables.at(table_);
    const Constraint& now = *table.constraint(name_);
    const Constraint* replaced = replaced_online();
    const bool foreign_key = now.definition.kind == ConstraintKind::foreign_key;
    Action& made =
        context_.add(foreign_key ? Rank::foreign_key : Rank::constraint, index_, named());
    made.statements = constraint_steps(context_, table, now, replaced);
    append(made.statements, constraint_comment(table, now));
    made.needs = uses_of(now, context_.after, table);
    made.needs.push_back(relation_thing(table_));
    if (now.definition.kind == ConstraintKind::primary_key) {
      for (const std::string& column : now.definition.columns) {
        const Table* was = old_table();
        const Column* old = was == nullptr ? nullptr : was->column(column);
        if (old != nullptr && old->not_null_not_valid)
          made.needs.push_back(not_null_thing(table_, column));
      }
    }
    made.makes.push_back(constraint_thing(table_, name_));
    if (is_key(now)) made.makes.push_back(relation_thing({table_.schema, name_}));
    // The server takes the oldest key that fits: those that go must be gone.
    for (const std::string& key : rests_on(now)) made.needs.push_back("dropped:" + key);
    if (replaced != nullptr) releases(made, *replaced);
  }

  void drop() {
    if (merged_into_add()) return;
    const Table& table = context_.before.tables.at(table_);
    const Constraint& was = *table.constraint(name_);
    const bool foreign_key = was.definition.kind == ConstraintKind::foreign_key;
    Action& made =
        context_.add(foreign_key ? Rank::drop_foreign_key : Rank::drop_constraint, index_, named(),
                     // The parent's drop may have reached it.
                     alter_table(table_) + "DROP CONSTRAINT " +
                         (was.inherited ? "IF EXISTS " : "") + quote_identifier(name_));
    releases(made, was);
    if (was.inherited) made.needs.push_back("dropped:bound " + to_sql(table_));
  }

  void validate() {
    Action& made = context_.add(Rank::validate, index_, named());
    made.statements.push_back(
        {alter_table(table_) + "VALIDATE CONSTRAINT " + quote_identifier(name_), Mode::own});
    made.needs = {constraint_thing(table_, name_), relation_thing(table_)};
  }

  void alter() {
    if (context_.recreated_constraints.count({table_, name_}) != 0) return;
    const Constraint& now = *context_.after.tables.at(table_).constraint(name_);
    std::string sql = alter_table(table_) + "ALTER CONSTRAINT " + quote_identifier(name_);
    sql += now.definition.deferrable ? " DEFERRABLE" : " NOT DEFERRABLE";
    if (now.definition.initially_deferred) sql += " INITIALLY DEFERRED";
    context_.add(Rank::constraint, index_, named(), std::move(sql));
  }

 private:
  std::string named() const { return to_sql(table_) + "." + name_; }

  const Table* old_table() const {
    const auto table = context_.before.tables.find(table_);
    return table == context_.before.tables.end() ? nullptr : &table->second;
  }
  const Constraint* before() const {
    const Table* table = old_table();
    return table == nullptr ? nullptr : table->constraint(name_);
  }
  bool dropped_by_change() const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      return change.kind == ChangeKind::drop_constraint && change.relation == table_ &&
             change.part == name_;
    });
  }

  /// The keys and unique indexes of the old schema that a foreign key may rest on.
  Things rests_on(const Constraint& constraint) const {
    const auto table = context_.before.tables.find(table_);
    if (constraint.definition.kind != ConstraintKind::foreign_key ||
        table == context_.before.tables.end())
      return {};
    Things things = uses_of(constraint, context_.before, table->second);
    std::erase_if(things, [](const std::string& thing) {
      return thing.rfind("k:", 0) != 0 && thing.rfind("r:", 0) != 0;
    });
    return things;
  }
  bool loses_its_key(const Constraint& constraint) const {
    const Things keys = rests_on(constraint);
    const auto holds = [&](const std::string& thing) {
      return std::find(keys.begin(), keys.end(), thing) != keys.end();
    };
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      if (change.kind == ChangeKind::drop_constraint)
        return holds(constraint_thing(change.relation, change.part));
      return change.kind == ChangeKind::drop_index && holds(relation_thing(change.relation));
    });
  }
  bool added_by_change() const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      return change.kind == ChangeKind::add_constraint && change.relation == table_ &&
             change.part == name_;
    });
  }
  /// Online, a constraint that changes is never missing: the old one goes in the moment the new one
  /// comes.
  bool swaps() const {
    const Constraint* was = before();
    const auto now = context_.after.tables.find(table_);
    if (!context_.online() || was == nullptr || now == context_.after.tables.end() ||
        !is_live(context_, table_) || context_.early_constraints.count({table_, name_}) != 0)
      return false;
    const Constraint* next = now->second.constraint(name_);
    const bool referenced = is_key(*was) && !context_.before.references_to(table_).empty();
    if (touches_changed_column(context_, table_,
                               uses_of(*was, context_.before, context_.before.tables.at(table_))))
      return false;
    return next != nullptr && dropped_by_change() && added_by_change() && !referenced &&
           !loses_its_key(*was) && was->definition.kind == next->definition.kind;
  }
  const Constraint* replaced_online() const { return swaps() ? before() : nullptr; }
  bool merged_into_add() const { return swaps(); }

  void releases(Action& made, const Constraint& was) const {
    const Table& table = context_.before.tables.at(table_);
    made.takes.push_back(constraint_thing(table_, name_));
    if (is_key(was)) made.takes.push_back(relation_thing({table_.schema, name_}));
    append(made.releases, uses_of(was, context_.before, table));
    made.makes.push_back("dropped:" + constraint_thing(table_, name_));
  }

  Context& context_;
  int index_;
  const QualifiedName& table_;
  const std::string& name_;
};

/// A constraint on a domain, or the name and validity of a NOT NULL.
void plan_other(Context& context, int index, const Change& change) {
  if (change.object_kind == ObjectKind::domain_constraint) {
    const std::string domain = "ALTER DOMAIN " + to_sql(change.relation) + " ";
    const std::string name = quote_identifier(change.part);
    const auto find = [&](const Catalog& catalog) -> const Constraint* {
      for (const Constraint& constraint : catalog.types.at(change.relation).constraints) {
        if (constraint.definition.name == change.part) return &constraint;
      }
      return nullptr;
    };
    if (context.rebuilt_types.count(change.relation) != 0) return;
    if (change.kind == ChangeKind::drop_constraint) {
      Action& made = context.add(Rank::drop_constraint, index, change.object,
                                 domain + "DROP CONSTRAINT " + name);
      made.releases =
          uses_of(find(context.before)->definition.expression.references, context.before, nullptr);
      made.takes.push_back("k:" + change.object);
    } else if (change.kind == ChangeKind::add_constraint) {
      const Constraint* now = find(context.after);
      Action& made = context.add(Rank::constraint, index, change.object);
      Constraint unchecked = *now;
      unchecked.validated = now->validated && !context.online();
      made.statements.push_back({domain + "ADD " + definition_sql(unchecked)});
      if (now->validated) note_values_of(context, change.relation, name);
      if (now->validated && context.online())
        made.statements.push_back({domain + "VALIDATE CONSTRAINT " + name, Mode::own});
      const std::string of = name + " ON DOMAIN " + to_sql(change.relation);
      if (!now->comment.empty())
        made.statements.push_back({comment_on(ObjectKind::constraint, of, now->comment)});
      made.needs = uses_of(now->definition.expression.references, context.after, nullptr);
      made.makes.push_back("k:" + change.object);
    } else if (change.kind == ChangeKind::validate_constraint) {
      note_values_of(context, change.relation, name);
      context.add(Rank::validate, index, change.object)
          .statements.push_back({domain + "VALIDATE CONSTRAINT " + name, Mode::own});
    }
    return;
  }
  if (change.object_kind != ObjectKind::column || context.postgres < 18) return;
  const Column& now = *context.after.tables.at(change.relation).column(change.part);
  const std::string was_name =
      context.before.tables.at(change.relation).column(change.part)->not_null_name;
  const std::string generated = make_object_name(change.relation.name, change.part, "not_null");
  const std::string name =
      quote_identifier(now.not_null_name.empty() ? generated : now.not_null_name);
  if (change.kind == ChangeKind::validate_constraint) {
    Action& made = context.add(Rank::validate, index, change.object);
    made.statements.push_back(
        {alter_table(change.relation) + "VALIDATE CONSTRAINT " + name, Mode::own});
    made.makes.push_back(not_null_thing(change.relation, change.part));
    // Under its new name.
    made.needs.push_back("freed:" + to_sql(change.relation) + "." +
                         quote_identifier(was_name.empty() ? generated : was_name));
  } else if (change.detail == "not null not valid") {
    const std::string alter = alter_table(change.relation);
    Action& made =
        context.add(Rank::alter_column, index, change.object,
                    alter + "ALTER COLUMN " + quote_identifier(change.part) + " DROP NOT NULL");
    made.statements.push_back({alter + "ADD CONSTRAINT " + name + " NOT NULL " +
                               quote_identifier(change.part) +
                               (now.not_null_no_inherit ? " NO INHERIT" : "") + " NOT VALID"});
    // A primary key holds its columns NOT NULL.
    const Constraint* key = context.before.tables.at(change.relation).primary_key();
    if (key != nullptr)
      made.needs.push_back("dropped:" + constraint_thing(change.relation, key->definition.name));
  } else if (change.detail == "not null name") {
    const std::string old_name = quote_identifier(was_name.empty() ? generated : was_name);
    Action& made =
        context.add(Rank::alter_column, index, change.object,
                    alter_table(change.relation) + "RENAME CONSTRAINT " + old_name + " TO " + name);
    // Whatever has the name gives it away before.
    const std::string freed = "freed:" + to_sql(change.relation) + ".";
    made.makes.push_back(freed + old_name);
    made.needs.push_back(freed + name);
  } else if (change.detail == "not null inherit") {
    context.add(Rank::alter_column, index, change.object,
                alter_table(change.relation) + "ALTER CONSTRAINT " +
                    quote_identifier(was_name.empty() ? generated : was_name) +
                    (now.not_null_no_inherit ? " NO INHERIT" : " INHERIT"));
  }
}

}  // namespace

void plan_constraints(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const int index = static_cast<int>(i);
    if (change.object_kind != ObjectKind::constraint) {
      const bool of_constraint = change.kind == ChangeKind::add_constraint ||
                                 change.kind == ChangeKind::drop_constraint ||
                                 change.kind == ChangeKind::alter_constraint ||
                                 change.kind == ChangeKind::validate_constraint;
      if (of_constraint) plan_other(context, index, change);
      continue;
    }
    ConstraintPlanner planner(context, index, change.relation, change.part);
    if (change.kind == ChangeKind::add_constraint) planner.add();
    if (change.kind == ChangeKind::drop_constraint) planner.drop();
    if (change.kind == ChangeKind::validate_constraint) planner.validate();
    if (change.kind == ChangeKind::alter_constraint) planner.alter();
  }
  for (const auto& [constraint, change] : context.recreated_constraints) {
    ConstraintPlanner planner(context, change, constraint.first, constraint.second);
    planner.drop();
    planner.add();
  }
}

}  // namespace schemagate::planning
