// SPDX-License-Identifier: MIT
#include "schema/plan_membership.h"

#include <algorithm>
#include <set>

#include "schema/generated_names.h"
#include "schema/plan_sql.h"

namespace schemagate::planning {

void rename_not_nulls(const Context& context, Action& made, const Table& was, const Table& now) {
  if (context.postgres < 18) return;
  for (const Column& column : now.columns) {
    const Column* old = was.column(column.name);
    if (old == nullptr || !old->not_null || !column.not_null) continue;
    const std::string from = not_null_name(context.before, was, *old),
                      to = not_null_name(context.after, now, column);
    if (from != to)
      made.statements.push_back({alter_table(now.name) + "RENAME CONSTRAINT " +
                                 quote_identifier(from) + " TO " + quote_identifier(to)});
  }
}

namespace {

const Table* parent_of(const Context& context, const Table& table) {
  const auto parent = context.before.tables.find(table.partition_of);
  return parent == context.before.tables.end() ? nullptr : &parent->second;
}

/// A table above it is detached as well, and has no bounds any more when its turn comes.
bool above_is_detached(const Context& context, const Table& partition) {
  for (const Table* above = parent_of(context, partition); above != nullptr;
       above = parent_of(context, *above)) {
    const auto detached = [&](const Change& change) {
      return change.kind == ChangeKind::detach_partition && change.relation == above->name;
    };
    if (std::any_of(context.changes.begin(), context.changes.end(), detached)) return true;
  }
  return false;
}

/// DETACH … CONCURRENTLY leaves the bounds behind as a CHECK whose name the server chooses.
std::string bound_check(const Context& context, const Table& partition) {
  // It holds the bounds of all the tables above.
  std::set<std::string> columns;
  for (const Table* above = parent_of(context, partition); above != nullptr;
       above = parent_of(context, *above)) {
    if (!above->partition_by) continue;
    for (const IndexElement& element : above->partition_by->elements) {
      if (!element.column.empty()) columns.insert(element.column);
      for (const ColumnUse& use : element.expression.references.columns) columns.insert(use.name);
    }
  }
  const std::string column = columns.size() == 1 ? *columns.begin() : "";
  return choose_name(partition.name.name, column, "check", [&](const std::string& name) {
    return partition.constraint(name) != nullptr;
  });
}

Action& detach_action(Context& context, int index, const Table& was) {
  Action& made = context.add(Rank::detach, index, to_sql(was.name));
  PlannedStatement statement{alter_table(was.partition_of) + "DETACH PARTITION " +
                             to_sql(was.name)};
  const bool concurrently = context.online() && !above_is_detached(context, was) &&
                            context.before.default_partition_of(was.partition_of) == nullptr;
  if (!concurrently) {
    made.statements.push_back(std::move(statement));
    return made;
  }
  statement.sql += " CONCURRENTLY";
  statement.mode = Mode::outside;
  made.statements.push_back(std::move(statement));
  made.statements.push_back({alter_table(was.name) + "DROP CONSTRAINT IF EXISTS " +
                             quote_identifier(bound_check(context, was))});
  return made;
}

}  // namespace

void detach_partition(Context& context, int index) {
  const Table& was =
      context.before.tables.at(context.changes[static_cast<std::size_t>(index)].relation);
  Action& made = detach_action(context, index, was);
  const Table& now = context.after.tables.at(was.name);
  const bool leaves = now.partition_of != was.partition_of;
  if (leaves) rename_not_nulls(context, made, was, now);
  for (const Index* of_table : context.before.indexes_of(was.name)) {
    // One that leaves keeps its indexes when their parents go; one that comes back does not.
    if (leaves && !of_table->parent.empty())
      made.releases.push_back(relation_thing(of_table->parent));
    for (QualifiedName above = of_table->parent; !leaves && !above.empty();) {
      made.needs.push_back("dropped:" + relation_thing(above));
      const auto found = context.before.indexes.find(above);
      above = found == context.before.indexes.end() ? QualifiedName{} : found->second.parent;
    }
  }
  made.releases.push_back(relation_thing(was.partition_of));
  made.makes.push_back("dropped:bound " + to_sql(was.name));
}

void change_parents(Context& context, int index) {
  const Change& change = context.changes[static_cast<std::size_t>(index)];
  const Table& was = context.before.tables.at(change.relation);
  const Table& now = context.after.tables.at(change.relation);
  const auto holds = [&](const std::vector<QualifiedName>& list, const QualifiedName& name) {
    return change.detail != "anew" && std::find(list.begin(), list.end(), name) != list.end() &&
           !(context.dropped_tables.count(name) != 0 && context.new_tables.count(name) != 0);
  };
  Action& gone = context.add(Rank::detach, index, to_sql(now.name));
  for (const QualifiedName& parent : was.inherits) {
    if (holds(now.inherits, parent)) continue;
    gone.statements.push_back({alter_table(now.name) + "NO INHERIT " + to_sql(parent)});
    if (now.inherits.empty()) rename_not_nulls(context, gone, was, now);
    gone.releases.push_back(relation_thing(parent));
    gone.makes.push_back("dropped:bound " + to_sql(now.name));
  }
  Action& added = context.add(Rank::attach, index, to_sql(now.name));
  if (was.inherits.empty()) rename_not_nulls(context, added, was, now);
  for (const QualifiedName& parent : now.inherits) {
    if (holds(was.inherits, parent)) continue;
    added.statements.push_back({alter_table(now.name) + "INHERIT " + to_sql(parent)});
    added.needs.push_back(relation_thing(parent));
    for (const Constraint& constraint : now.constraints)
      added.needs.push_back(constraint_thing(now.name, constraint.definition.name));
    const auto found = context.after.tables.find(parent);
    if (found == context.after.tables.end()) continue;
    for (const Column& column : found->second.columns) {
      added.needs.push_back(column_thing(now.name, column.name));
      added.needs.push_back(column_type_thing(now.name, column.name));
    }
  }
}

}  // namespace schemagate::planning
