// SPDX-License-Identifier: MIT
// Columns that hold whole rows of another table: the server changes no column's type as long as
// its row type is stored somewhere. They are text for the moment.
#include "schema/plan_sql.h"

namespace schemagate::planning {
namespace {

/// Of tables that stay, with the same type on both sides.
std::vector<std::pair<QualifiedName, const Column*>> holders(const Context& context,
                                                             const QualifiedName& table) {
  std::vector<std::pair<QualifiedName, const Column*>> found;
  for (const auto& [holder, column] : context.before.columns_of_type(table)) {
    const auto now = context.after.tables.find(holder->name);
    const Column* kept = now == context.after.tables.end() || !is_live(context, holder->name)
                             ? nullptr
                             : now->second.column(column->name);
    if (kept != nullptr && column->type.name == table && kept->type == column->type)
      found.emplace_back(holder->name, column);
  }
  return found;
}

}  // namespace

void around_stored_rows(const Context& context, const QualifiedName& table, Action& made) {
  std::vector<PlannedStatement> before, after;
  for (const auto& [holder, column] : holders(context, table)) {
    const std::string name = quote_identifier(column->name);
    const std::string alter = alter_column(holder, column->name) + "TYPE ";
    before.push_back({alter + "text USING " + name + "::text"});
    after.push_back(
        {alter + to_sql(column->type) + " USING " + name + "::" + to_sql(column->type)});
    made.takes.push_back(column_type_thing(holder, column->name));
    made.makes.push_back(column_type_thing(holder, column->name));
  }
  append(before, std::move(made.statements));
  append(before, std::move(after));
  made.statements = std::move(before);
}

}  // namespace schemagate::planning
