// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

class IndexPlanner {
 public:
  IndexPlanner(Context& context, int index, const QualifiedName& name)
      : context_(context), index_(index), name_(name) {}

  void add() {
    const Index& now = context_.after.indexes.at(name_);
    if (context_.recreated_views.count(now.table) != 0) return;  // comes with the view
    const bool replaces = swaps();
    Action& made =
        context_.add(context_.after.views.count(now.table) != 0 ? Rank::view_index : Rank::index,
                     index_, to_sql(name_));
    made.statements = index_steps(context_, now, replaces);
    for (std::string& sql : column_statements(now)) made.statements.push_back({std::move(sql)});
    if (joins(now))
      made.statements.push_back(
          {"ALTER INDEX " + to_sql(now.parent) + " ATTACH PARTITION " + to_sql(name_)});
    if (!now.comment.empty())
      made.statements.push_back({comment_on(ObjectKind::index, to_sql(name_), now.comment)});
    made.needs = uses_of(now, context_.after);
    made.makes.push_back(relation_thing(name_));
    // On a partitioned table it is built partition by partition.
    if (made.statements.size() > 1) {
      for (const Table* part : context_.after.tree_of(now.table))
        made.needs.push_back(relation_thing(part->name));
    }
    if (replaces) release(made, context_.before.indexes.at(name_));
    for (const Table* child : context_.after.children_of(now.table)) {
      for (const Index* of_child : context_.after.indexes_of(child->name)) {
        if (of_child->parent == name_) attach(made, now, *of_child);
      }
    }
  }

  void drop() {
    if (swaps()) return;
    const Index& was = context_.before.indexes.at(name_);
    if (context_.recreated_views.count(was.table) != 0) return;
    Action& made = context_.add(Rank::drop_index, index_, to_sql(name_));
    const auto table = context_.before.tables.find(was.table);
    const bool partitioned = table != context_.before.tables.end() &&
                             table->second.kind == RelationKind::partitioned_table;
    const bool concurrently = context_.online() && !partitioned && is_live(context_, was.table);
    made.statements.push_back(
        {std::string("DROP INDEX ") + (concurrently ? "CONCURRENTLY " : "") + to_sql(name_),
         concurrently ? Mode::outside : Mode::together});
    release(made, was);
    if (!was.parent.empty()) made.needs.push_back("dropped:bound " + to_sql(was.table));
    made.makes.push_back("dropped:" + relation_thing(name_));
  }

  void alter(const std::string& detail) {
    const Index &was = context_.before.indexes.at(name_), &now = context_.after.indexes.at(name_);
    Action& made = context_.add(Rank::index, index_, to_sql(name_) + detail);
    const std::string alter = "ALTER INDEX " + to_sql(name_) + " ";
    made.needs.push_back(relation_thing(name_));
    if (detail == "statistics") {
      for (const auto& [column, target] : was.statistics) {
        if (now.statistics.count(column) == 0)
          made.statements.push_back({alter + "ALTER COLUMN " + column + " SET STATISTICS -1"});
      }
      for (std::string& sql : column_statements(now)) made.statements.push_back({std::move(sql)});
    } else if (detail == "options") {
      for (const std::string& step : option_steps(was.options, now.options))
        made.statements.push_back({alter + step});
    } else if (detail == "tablespace") {
      made.statements.push_back(
          {alter + "SET TABLESPACE " +
           (now.tablespace.empty() ? "pg_default" : quote_identifier(now.tablespace))});
    } else if (detail == "parent") {
      made.statements.push_back(
          {"ALTER INDEX " + to_sql(now.parent) + " ATTACH PARTITION " + to_sql(name_)});
      made.needs.push_back(relation_thing(now.parent));
      made.needs.push_back("attached:" + to_sql(now.table));
    }
  }

 private:
  /// Of a partition that stays, under an index that stays: nothing else attaches it.
  bool joins(const Index& now) const {
    const auto was = context_.before.tables.find(now.table),
               is = context_.after.tables.find(now.table);
    const bool stays = was != context_.before.tables.end() && is != context_.after.tables.end() &&
                       !is->second.partition_of.empty() &&
                       was->second.partition_of == is->second.partition_of;
    return stays && !now.parent.empty() && context_.before.indexes.count(now.parent) != 0 &&
           context_.recreated_indexes.count(now.parent) == 0 &&
           !changes(ChangeKind::add_index, now.parent);
  }

  /// An index of a partition that is there already is attached, not built again; one that is made
  /// ON ONLY the partitioned table has to be told.
  void attach(Action& made, const Index& now, const Index& of_child) const {
    if (!now.valid)
      made.statements.push_back(
          {"ALTER INDEX " + to_sql(name_) + " ATTACH PARTITION " + to_sql(of_child.name)});
    if (!now.valid || !of_child.generated_name) made.needs.push_back(relation_thing(of_child.name));
  }

  /// Online, the index that changes serves until its successor is built.
  bool swaps() const {
    const auto was = context_.before.indexes.find(name_), now = context_.after.indexes.find(name_);
    if (!context_.online() || was == context_.before.indexes.end() ||
        now == context_.after.indexes.end())
      return false;
    if (touches_changed_column(context_, was->second.table,
                               uses_of(was->second, context_.before)) ||
        context_.early_indexes.count(name_) != 0)
      return false;
    const bool in_the_way = context_.recreated_indexes.count(name_) != 0 ||
                            !was->second.constraint.empty() || !now->second.constraint.empty();
    const auto table = context_.after.tables.find(now->second.table);
    const bool plain =
        table != context_.after.tables.end() && table->second.kind == RelationKind::table;
    return !in_the_way && was->second.table == now->second.table && plain &&
           is_live(context_, now->second.table) && both_changes();
  }
  bool both_changes() const {
    return changes(ChangeKind::add_index, name_) && changes(ChangeKind::drop_index, name_);
  }
  bool changes(ChangeKind kind, const QualifiedName& index) const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      return change.kind == kind && change.relation == index;
    });
  }
  void release(Action& made, const Index& was) const {
    made.takes.push_back(relation_thing(name_));
    append(made.releases, uses_of(was, context_.before));
  }

  Context& context_;
  int index_;
  const QualifiedName& name_;
};

}  // namespace

void plan_indexes(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    IndexPlanner planner(context, static_cast<int>(i), change.relation);
    if (change.kind == ChangeKind::add_index) planner.add();
    if (change.kind == ChangeKind::drop_index) planner.drop();
    if (change.kind == ChangeKind::alter_index) planner.alter(change.detail);
  }
  for (const auto& [name, change] : context.recreated_indexes) {
    IndexPlanner planner(context, change, name);
    planner.drop();
    planner.add();
  }
}

}  // namespace schemagate::planning
