// SPDX-License-Identifier: MIT
// What stands on a view, function, key, operator, cast, aggregate or text search configuration.
#include <algorithm>

#include "schema/canonical_tree.h"
#include "schema/plan_recreate.h"

namespace schemagate::planning {

bool mentions(const std::string& definition, const std::string& name) {
  const auto tokens = canonical::tokenize(definition);
  return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
    const bool word =
        token.kind == canonical::TokenKind::word || token.kind == canonical::TokenKind::quoted_word;
    return word && token.text == name;
  });
}

bool shows(const OpaqueObject& of, const std::string& sql) {
  const std::string symbol = of.object.kind == ObjectKind::cast ? "::" : of.object.name.name;
  const auto tokens = canonical::tokenize(sql);
  return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
    return token.kind == canonical::TokenKind::symbol && token.text == symbol;
  });
}

void Recreations::objects_over(const std::string& name, int cause) {
  for (const auto& [key, object] : context_.before.objects) {
    const ObjectKind kind = object.object.kind;
    const bool stands_on = kind == ObjectKind::operator_ || kind == ObjectKind::operator_class ||
                           kind == ObjectKind::cast || kind == ObjectKind::aggregate ||
                           kind == ObjectKind::conversion || kind == ObjectKind::event_trigger ||
                           kind == ObjectKind::text_search_configuration;
    const auto now = context_.after.objects.find(key);
    if (!stands_on || now == context_.after.objects.end() || !mentions(object.definition, name) ||
        !context_.recreated_objects.emplace(key, cause).second)
      continue;
    if (kind == ObjectKind::operator_ || kind == ObjectKind::cast) operator_goes(key, cause);
    if (kind == ObjectKind::aggregate) aggregate_goes(key, cause);
    if (kind == ObjectKind::text_search_configuration) configuration_goes(key, cause);
  }
}

void Recreations::configuration_goes(const std::string& key, int cause) {
  const QualifiedName& name = context_.before.objects.at(key).object.name;
  const auto has = [&](const std::string& sql) {
    const auto tokens = canonical::tokenize(sql);
    return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
      return token.kind == canonical::TokenKind::string &&
             (token.text == name.name || token.text == to_sql(name));
    });
  };
  for (const auto& [view_name, reader] : context_.before.views) {
    if (has(reader.query.sql)) view(view_name, cause);
  }
  for (const auto& [table_name, table] : context_.before.tables) {
    if (context_.after.tables.count(table_name) != 0)
      operator_leaves(table_name, table, has, "", cause);
  }
}

void Recreations::aggregate_goes(const std::string& key, int cause) {
  const std::string& name = context_.before.objects.at(key).object.name.name;
  const auto calls = [&](const References& references) {
    return std::any_of(references.functions.begin(), references.functions.end(),
                       [&](const FunctionUse& use) { return use.name.name == name; });
  };
  users(calls, cause);
  for (const auto& [other, caller] : context_.before.functions) {
    if (calls(caller.definition.references)) function(other, cause);
  }
}

void Recreations::operator_goes(const std::string& key, int cause) {
  const OpaqueObject& of = context_.before.objects.at(key);
  const std::string symbol = of.object.kind == ObjectKind::cast ? "::" : of.object.name.name;
  const auto has = [&](const std::string& sql) { return shows(of, sql); };
  for (const auto& [name, reader] : context_.before.views) {
    const auto& relations = reader.query.references.relations;
    const bool at_hand =
        std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
          const Table* table = old_table(resolved(use.name, context_.before));
          return table == nullptr || has_operand(of, *table);
        });
    if (at_hand && has(reader.query.sql)) view(name, cause);
  }
  for (const auto& [name, table] : context_.before.tables) {
    if (context_.after.tables.count(name) != 0 && has_operand(of, table))
      operator_leaves(name, table, has, symbol, cause);
  }
}

bool Recreations::has_operand(const OpaqueObject& of, const Table& table) const {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    const std::string text = to_sql(column.type);
    return mentions(of.definition, column.type.name.name) || mentions(of.definition, text);
  });
}

void Recreations::operator_leaves(const QualifiedName& name, const Table& table, const Has& has,
                                  const std::string& symbol, int cause) {
  const auto excludes = [&](const IndexElement& element) {
    return element.exclusion_operator == symbol || has(element.expression.sql);
  };
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& of = constraint.definition;
    if (has(of.expression.sql) || has(of.where.sql) ||
        std::any_of(of.exclusion.begin(), of.exclusion.end(), excludes))
      recreate_constraint(name, of.name, cause);
  }
  for (const Index* index : context_.before.indexes_of(name)) {
    if (has(index->where.sql) ||
        std::any_of(index->elements.begin(), index->elements.end(), excludes))
      recreate_index(*index, cause);
  }
  for (const Column& column : table.columns) {
    if (!on_both_sides(name, column.name)) continue;
    const bool own = !(column.inherited && !column.local);
    if (column.generated != Generated::no && has(column.generation.sql) && own)
      column_recreated(name, column.name, cause);
    if (column.default_value && has(column.default_value->sql))
      mark(context_.recreated_defaults, {name, column.name}, cause);
  }
  for (const Trigger& trigger : table.triggers) {
    if (has(trigger.definition)) mark(context_.recreated_triggers, {name, trigger.name}, cause);
  }
  for (const TableObject& policy : table.policies) {
    if (has(policy.definition)) mark(context_.recreated_policies, {name, policy.name}, cause);
  }
  for (const TableObject& rule : table.rules) {
    if (has(rule.definition)) mark(context_.recreated_rules, {name, rule.name}, cause);
  }
}

void Recreations::recreate_constraint(const QualifiedName& table, const std::string& name,
                                      int cause) {
  const Table *was = old_table(table), *now = new_table(table);
  if (was == nullptr || now == nullptr || was->constraint(name) == nullptr ||
      now->constraint(name) == nullptr)
    return;
  if (was->constraint(name)->inherited || changed(ChangeKind::drop_constraint, table, name) ||
      changed(ChangeKind::add_constraint, table, name)) {
    context_.early_constraints.insert({table, name});
    return;
  }
  if (!context_.recreated_constraints.emplace(Key{table, name}, cause).second) return;
  key_dropped(table, name, cause);
}

void Recreations::recreate_index(const Index& index, int cause) {
  const bool both = context_.after.indexes.count(index.name) != 0 &&
                    context_.after.indexes.at(index.name).table == index.table;
  if (!both || !index.constraint.empty() || !index.parent.empty()) return;
  if (changed(ChangeKind::drop_index, index.name, "") ||
      changed(ChangeKind::add_index, index.name, ""))
    context_.early_indexes.insert(index.name);
  else
    context_.recreated_indexes.emplace(index.name, cause);
}

bool Recreations::changed(ChangeKind kind, const QualifiedName& relation,
                          const std::string& part) const {
  return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
    return change.kind == kind && change.relation == relation && change.part == part;
  });
}

void Recreations::view(const QualifiedName& name, int cause) {
  const auto was = context_.before.views.find(name), now = context_.after.views.find(name);
  const bool both = was != context_.before.views.end() && now != context_.after.views.end() &&
                    was->second.materialized == now->second.materialized;
  if (!both || !context_.recreated_views.emplace(name, cause).second) return;
  relation_dropped(name, cause);
}

void Recreations::relation_dropped(const QualifiedName& name, int cause) {
  for (const View* reader : context_.before.views_on(name)) view(reader->name, cause);
  table_objects_reading(name, "", cause);
  for (const auto& [from, key] : context_.before.references_to(name)) {
    if (from->name != name) recreate_constraint(from->name, key->definition.name, cause);
  }
  functions_over(name, cause);
}

void Recreations::functions_over(const QualifiedName& name, int cause) {
  for (const auto& [key, of] : context_.before.functions) {
    const auto is = [&](const QualifiedName& written) {
      return !written.empty() && resolved(written, context_.before) == name;
    };
    const CreateFunction& definition = of.definition;
    const bool uses =
        is(definition.returns.name) ||
        std::any_of(definition.arguments.begin(), definition.arguments.end(),
                    [&](const FunctionArgument& a) { return is(a.type.name); }) ||
        std::any_of(definition.references.relations.begin(), definition.references.relations.end(),
                    [&](const RelationUse& use) { return is(use.name); });
    if (uses) function(key, cause);
  }
}

void Recreations::key_dropped(const QualifiedName& table, const std::string& name, int cause) {
  const Table* was = old_table(table);
  const Constraint* key = was == nullptr ? nullptr : was->constraint(name);
  if (key == nullptr) return;
  const bool primary = key->definition.kind == ConstraintKind::primary_key;
  if (!primary && key->definition.kind != ConstraintKind::unique) return;
  for (const View* reader : context_.before.views_on(table)) {
    if (primary && groups(*reader)) view(reader->name, cause);
  }
  for (const auto& [from, reference] : context_.before.references_to(table)) {
    const auto& columns = reference->definition.referenced_columns;
    const bool rests = columns.empty() ? primary
                                       : std::is_permutation(columns.begin(), columns.end(),
                                                             key->definition.columns.begin(),
                                                             key->definition.columns.end());
    if (rests) recreate_constraint(from->name, reference->definition.name, cause);
  }
}

void Recreations::function(const std::string& key, int cause) {
  const auto was = context_.before.functions.find(key);
  if (was == context_.before.functions.end() || context_.after.functions.count(key) == 0) return;
  if (!context_.recreated_functions.emplace(key, cause).second) return;
  callers(key, cause);
}

void Recreations::callers(const std::string& key, int cause) {
  const std::string& name = context_.before.functions.at(key).definition.name.name;
  const auto calls = [&](const References& references) {
    return std::any_of(references.functions.begin(), references.functions.end(),
                       [&](const FunctionUse& use) { return use.name.name == name; });
  };
  users(calls, cause);
  for (const auto& [other, caller] : context_.before.functions) {
    if (other != key && calls(caller.definition.references)) function(other, cause);
  }
  objects_over(name, cause);
}

void Recreations::calls_move_on(const std::string& key, int cause) {
  const Function& gone = context_.before.functions.at(key);
  const QualifiedName& name = gone.definition.name;
  const auto others_take = [&](const Catalog& catalog, int arguments) {
    return std::any_of(catalog.functions.begin(), catalog.functions.end(), [&](const auto& one) {
      return one.first != key && one.second.definition.name == name && one.second.takes(arguments);
    });
  };
  const auto moves = [&](const FunctionUse& use) {
    return use.name.name == name.name && gone.takes(use.arguments) &&
           others_take(context_.after, use.arguments) &&
           !others_take(context_.before, use.arguments);
  };
  const auto calls = [&](const References& references) {
    const bool any = std::any_of(references.functions.begin(), references.functions.end(), moves);
    if (any) context_.overtaken_functions.insert(key);
    return any;
  };
  users(calls, cause);
}

void Recreations::users(const Calls& calls, int cause, const QualifiedName& rebuilt) {
  for (const auto& [view_name, reader] : context_.before.views) {
    if (calls(reader.query.references)) view(view_name, cause);
  }
  for (const auto& [table_name, table] : context_.before.tables) {
    if (context_.after.tables.count(table_name) != 0) table_calls(table, calls, cause, rebuilt);
  }
  for (const auto& [index_name, index] : context_.before.indexes) {
    const bool used =
        calls(index.where.references) ||
        std::any_of(index.elements.begin(), index.elements.end(),
                    [&](const IndexElement& e) { return calls(e.expression.references); });
    if (used) recreate_index(index, cause);
  }
}

void Recreations::table_calls(const Table& table, const Calls& calls, int cause,
                              const QualifiedName& rebuilt) {
  for (const Column& column : table.columns) {
    if (!on_both_sides(table.name, column.name)) continue;
    const bool own = !(column.inherited && !column.local);
    if (column.generated != Generated::no && calls(column.generation.references) && own)
      column_recreated(table.name, column.name, cause);
    const bool keeps = column.default_value && calls(column.default_value->references) &&
                       (rebuilt.empty() || column.type.name != rebuilt) &&
                       !changed(ChangeKind::set_default, table.name, column.name) &&
                       !changed(ChangeKind::drop_default, table.name, column.name);
    if (keeps) mark(context_.recreated_defaults, {table.name, column.name}, cause);
  }
  for (const Constraint& constraint : table.constraints) {
    const auto& excluded = constraint.definition.exclusion;
    if (calls(constraint.definition.expression.references) ||
        calls(constraint.definition.where.references) ||
        std::any_of(excluded.begin(), excluded.end(),
                    [&](const IndexElement& e) { return calls(e.expression.references); })) {
      recreate_constraint(table.name, constraint.definition.name, cause);
    }
  }
  for (const Trigger& trigger : table.triggers) {
    if (calls(trigger.references))
      mark(context_.recreated_triggers, {table.name, trigger.name}, cause);
  }
  for (const TableObject& policy : table.policies) {
    if (calls(policy.references))
      mark(context_.recreated_policies, {table.name, policy.name}, cause);
  }
  for (const TableObject& rule : table.rules) {
    if (calls(rule.references)) mark(context_.recreated_rules, {table.name, rule.name}, cause);
  }
}

}  // namespace schemagate::planning
