// SPDX-License-Identifier: MIT
#include "schema/plan_sql.h"

#include <algorithm>

#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/options.h"
#include "schema/render.h"

namespace schemagate::planning {

std::string alter_table(const QualifiedName& table) { return "ALTER TABLE " + to_sql(table) + " "; }

std::string alter_column(const QualifiedName& table, const std::string& column) {
  return alter_table(table) + "ALTER COLUMN " + quote_identifier(column) + " ";
}

std::vector<std::string> option_steps(const Options& was, const Options& now) {
  Options reset = without_options(was, now);
  const Options stays = without_options(was, reset);
  for (auto& option : reset) option.second.clear();
  // What is set goes to the end: the last ones of `now`, as few as give its order.
  auto first = now.end();
  while (first != now.begin() &&
         without_options(stays, Options(first, now.end())) != Options(now.begin(), first))
    --first;
  const Options set(first, now.end());
  std::vector<std::string> steps;
  if (!set.empty()) steps.push_back("SET (" + options_sql(set) + ")");
  if (!reset.empty()) steps.push_back("RESET (" + options_sql(reset) + ")");
  return steps;
}

Column declared(const Column& column, const Table& table, const Catalog& catalog) {
  if (!diffing::is_serial(catalog, table, column)) return column;
  Column serial = column;
  serial.type.name.name = column.type.name.name == "int2"   ? "smallserial"
                          : column.type.name.name == "int8" ? "bigserial"
                                                            : "serial";
  serial.default_value.reset();
  return serial;
}

std::string comment_on(ObjectKind kind, const std::string& object, const std::string& text) {
  return comment_sql(kind, object, text);
}

std::vector<PlannedStatement> column_attributes(const Table& table, const Column& column) {
  std::vector<PlannedStatement> steps;
  const std::string alter = alter_column(table.name, column.name);
  if (!column.storage.empty()) steps.push_back({alter + "SET STORAGE " + column.storage});
  if (!column.statistics.empty()) steps.push_back({alter + "SET STATISTICS " + column.statistics});
  if (!column.options.empty() && table.kind == RelationKind::foreign_table)
    steps.push_back({alter + "OPTIONS (" + foreign_options({}, column.options) + ")"});
  else if (!column.options.empty())
    steps.push_back({alter + "SET (" + options_sql(column.options) + ")"});
  if (!column.comment.empty()) {
    steps.push_back(
        {comment_on(ObjectKind::column, to_sql(table.name) + "." + quote_identifier(column.name),
                    column.comment)});
  }
  return steps;
}

std::vector<PlannedStatement> constraint_comment(const Table& table, const Constraint& constraint) {
  if (constraint.comment.empty()) return {};
  const std::string object =
      quote_identifier(constraint.definition.name) + " ON " + to_sql(table.name);
  return {{comment_on(ObjectKind::constraint, object, constraint.comment)}};
}

std::vector<PlannedStatement> not_null_comment(const Catalog& catalog, const Table& table,
                                               const Column& column) {
  if (!column.not_null || column.not_null_comment.empty()) return {};
  const std::string object =
      quote_identifier(not_null_name(catalog, table, column)) + " ON " + to_sql(table.name);
  return {{comment_on(ObjectKind::constraint, object, column.not_null_comment)}};
}

std::string set_sequence(const QualifiedName& table, const std::string& column,
                         const SequenceOptions& options) {
  const bool down = options.increment.value_or(1) < 0;
  const auto first = options.start ? *options.start
                     : down        ? options.maximum.value_or(-1)
                                   : options.minimum.value_or(1);
  const std::string name = quote_identifier(column);
  std::string next =
      down ? "coalesce(min(" + name + "), 0) - 1" : "coalesce(max(" + name + "), 0) + 1";
  if (first != (down ? -1 : 1))
    next = (down ? "least(" : "greatest(") + next + ", " + std::to_string(first) + ")";
  return "SELECT setval(pg_get_serial_sequence(" + quote_literal(to_sql(table)) + ", " +
         quote_literal(column) + "), " + next + ", false) FROM " + to_sql(table);
}

void append(std::vector<PlannedStatement>& steps, std::vector<PlannedStatement> more) {
  std::move(more.begin(), more.end(), std::back_inserter(steps));
}

std::string grantee(const std::string& role) {
  const bool keyword = role == "CURRENT_USER" || role == "SESSION_USER" || role == "CURRENT_ROLE";
  return keyword ? role : quote_identifier(role);
}

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

bool is_live(const Context& context, const QualifiedName& table) {
  return context.before.tables.count(table) != 0 && context.new_tables.count(table) == 0;
}

void note_values_of(Context& context, const QualifiedName& domain, const std::string& what) {
  const auto holds = [&](const auto& table) {
    return is_live(context, table.first) &&
           std::any_of(table.second.columns.begin(), table.second.columns.end(),
                       [&](const Column& column) { return column.type.name == domain; });
  };
  const auto& tables = context.after.tables;
  if (context.online() && std::any_of(tables.begin(), tables.end(), holds))
    context.notes.push_back(to_sql(domain) + ": there is no way to check " + what +
                            " without blocking writes to the tables that use it");
}

std::string foreign_options(const Options& was, const Options& now) {
  std::string list;
  const auto add = [&](const std::string& text) { list += (list.empty() ? "" : ", ") + text; };
  const auto find = [](const Options& in, const std::string& name) {
    return std::find_if(in.begin(), in.end(), [&](const auto& o) { return o.first == name; });
  };
  for (const auto& [name, value] : now) {
    const auto old = find(was, name);
    if (old != was.end() && old->second == value) continue;
    add((old == was.end() ? "ADD " : "SET ") + quote_identifier(name) + " " + quote_literal(value));
  }
  for (const auto& [name, value] : was) {
    if (find(now, name) == now.end()) add("DROP " + quote_identifier(name));
  }
  return list;
}

}  // namespace schemagate::planning
