// SPDX-License-Identifier: MIT
// Tables that are of a composite type, whose attributes change.
#include <set>

#include "schema/plan_membership.h"
#include "schema/plan_sql.h"

namespace schemagate::planning {
namespace {

/// The attributes of a typed table's type change: the table is tied to it again afterwards.
void tie_again(Context& context, int index, const QualifiedName& type) {
  for (const auto& [name, table] : context.before.tables) {
    const auto now = context.after.tables.find(name);
    const bool stays = table.of_type == type && now != context.after.tables.end() &&
                       now->second.of_type == type && context.dropped_tables.count(name) == 0;
    if (!stays) continue;
    Action& untied = context.add(Rank::detach, index, to_sql(name), alter_table(name) + "NOT OF");
    untied.releases.push_back(relation_thing(type));
    Action& tied = context.add(Rank::alter_column, index, to_sql(name),
                               alter_table(name) + "OF " + to_sql(type));
    tied.needs.push_back(relation_thing(type));
    for (const Catalog* side : {&context.before, &context.after}) {
      for (const Column& attribute : side->types.at(type).attributes)
        tied.needs.push_back(column_thing(type, attribute.name));
      for (const Column& column : side->tables.at(name).columns) {
        tied.needs.push_back(column_thing(name, column.name));
        tied.needs.push_back(column_type_thing(name, column.name));
      }
    }
  }
}

}  // namespace

void tie_typed_tables(Context& context) {
  std::set<QualifiedName> done;
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const bool attributes = change.kind == ChangeKind::alter_type &&
                            context.after.types.count(change.relation) != 0 &&
                            context.after.types.at(change.relation).kind == TypeKind::composite;
    if (attributes && done.insert(change.relation).second)
      tie_again(context, static_cast<int>(i), change.relation);
  }
  for (const auto& [type, cause] : context.rebuilt_types) {
    if (done.insert(type).second) tie_again(context, cause, type);
  }
}

}  // namespace schemagate::planning
