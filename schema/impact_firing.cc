// SPDX-License-Identifier: MIT
#include "schema/impact_firing.h"

#include <algorithm>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/impact_defaults.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;

/// The part of CREATE TRIGGER between the name and ON: BEFORE INSERT OR UPDATE OF a, b.
std::string_view events_of(const Trigger& trigger) {
  const std::string_view sql = trigger.definition;
  for (const std::string_view when : {" BEFORE ", " AFTER ", " INSTEAD OF "}) {
    const auto begin = sql.find(when);
    if (begin == std::string_view::npos) continue;
    return sql.substr(begin, sql.find(" ON ", begin) - begin);
  }
  return {};
}

bool is_fired_by(const Trigger& trigger, std::string_view event,
                 const std::vector<std::string>& columns) {
  const std::string_view events = events_of(trigger);
  const auto at = events.find(event);
  if (trigger.enabled == 'D' || trigger.enabled == 'R' || at == std::string_view::npos) {
    return false;
  }
  const std::string_view rest = events.substr(at + event.size());
  if (!rest.starts_with(" OF ")) return true;
  std::string_view listed = rest.substr(std::string_view(" OF ").size());
  listed = listed.substr(0, listed.find(" OR "));
  return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
    for (const std::string_view one : split(listed, ',')) {
      if (trim(one) == quote_identifier(column)) return true;
    }
    return false;
  });
}

/// A BEFORE trigger that the UPDATE fires too may give the column another value.
bool others_write(const ImpactBuilder& b, const Table& table,
                  const std::vector<std::string>& changed, const std::string& column) {
  for (const Trigger& other : table.triggers) {
    const bool first = other.definition.find(" BEFORE ") != std::string::npos &&
                       other.definition.find("FOR EACH ROW") != std::string::npos;
    if (!first || !is_fired_by(other, "UPDATE", changed)) continue;
    for (FunctionUse use : other.references.functions) {
      use.arguments = 0;
      const auto functions = functions_called(b, use);
      if (functions.empty()) return true;
      for (const Function* function : functions) {
        const std::string body = to_lower(function->definition.body);
        const bool whole = body.find("new :=") != std::string::npos ||
                           body.find("new =") != std::string::npos ||
                           body.find("into new") != std::string::npos;
        if (whole || body.find("new." + column) != std::string::npos) return true;
      }
    }
  }
  return false;
}

/// WHEN (old.a IS DISTINCT FROM new.a …): no row fulfils it when nothing changes the column.
bool demands_change(const ImpactBuilder& b, const Trigger& trigger, const Table& table,
                    const std::vector<std::string>& changed) {
  const std::string& sql = trigger.definition;
  const auto when = sql.find(" WHEN (");
  const auto end = sql.rfind(" EXECUTE ");
  if (when == std::string::npos || end == std::string::npos || end < when) return false;
  const std::size_t from = when + std::string_view(" WHEN ").size();
  const Node condition = canonical::parse_expression(sql.substr(from, end - from));
  const auto is_unchanged = [&](const Node& node) {
    if (node.kind != NodeKind::operation || node.children.size() != 2) return false;
    const Node &a = node.children[0], &c = node.children[1];
    const bool pair = a.kind == NodeKind::name && c.kind == NodeKind::name && a.names.size() == 2 &&
                      c.names.size() == 2 && a.names[0] != c.names[0] && a.names[1] == c.names[1];
    const bool differ = node.text == "IS DISTINCT FROM" || node.text == "<>";
    const Column* column = pair ? table.column(a.names[1]) : nullptr;
    return pair && differ && column && column->generation.empty() &&
           !contains(changed, a.names[1]) && !others_write(b, table, changed, a.names[1]);
  };
  if (condition.kind != NodeKind::all_of) return is_unchanged(condition);
  return std::any_of(condition.children.begin(), condition.children.end(), is_unchanged);
}

/// The arguments that CREATE TRIGGER writes are not those of the function.
void run(ImpactBuilder& b, const Trigger& trigger, const QualifiedName& on,
         std::string_view event) {
  const FlowRow variables{{"tg_op", value_of(std::string(event))},
                          {"tg_name", value_of(trigger.name)},
                          {"tg_table_name", value_of(on.name)},
                          {"tg_table_schema", value_of(on.schema)}};
  References calls;
  for (FunctionUse use : trigger.references.functions) {
    use.arguments = 0;
    calls.functions.push_back(use);
  }
  b.run_functions(calls, variables);
}

/// The statements of a rule's action.
std::string_view actions_of(const TableObject& rule) {
  const std::string_view sql = rule.definition;
  for (const std::string_view word : {" DO ALSO ", " DO INSTEAD ", " DO "}) {
    const auto at = sql.find(word);
    if (at == std::string_view::npos) continue;
    std::string_view actions = trim(sql.substr(at + word.size()));
    if (actions.starts_with('(') && actions.ends_with(')')) {
      actions = actions.substr(1, actions.size() - 2);
    }
    return actions;
  }
  return {};
}

}  // namespace

void fire_triggers(ImpactBuilder& b, const Table& table, std::string_view event,
                   const std::vector<std::string>& columns) {
  for (const Table* owner = &table; owner; owner = b.table(owner->partition_of)) {
    for (const Trigger& trigger : owner->triggers) {
      const bool here =
          owner == &table || trigger.definition.find("FOR EACH ROW") != std::string::npos;
      const bool in_vain = event == "UPDATE" && demands_change(b, trigger, table, columns);
      if (here && !in_vain && is_fired_by(trigger, event, columns))
        run(b, trigger, table.name, event);
    }
  }
}

bool fire_instead(ImpactBuilder& b, const View& view, std::string_view event) {
  bool any = false;
  for (const Trigger& trigger : view.triggers) {
    const bool instead = trigger.definition.find(" INSTEAD OF ") != std::string::npos;
    if (!instead || !is_fired_by(trigger, event, {})) continue;
    run(b, trigger, view.name, event);
    any = true;
  }
  return any;
}

bool apply_rules(ImpactBuilder& b, const std::vector<TableObject>& rules, std::string_view event) {
  bool instead = false;
  const std::string on = " ON " + std::string(event) + " TO ";
  for (const TableObject& rule : rules) {
    if (rule.enabled == 'D' || rule.definition.find(on) == std::string::npos) continue;
    const std::string actions(actions_of(rule));
    for (const Statement& statement : parse_text(actions).statements) b.run(statement);
    const auto condition = rule.definition.find(" WHERE ");
    const auto instead_at = rule.definition.find(" DO INSTEAD ");
    instead = instead || (instead_at != std::string::npos && condition > instead_at);
  }
  return instead;
}

}  // namespace schemagate
