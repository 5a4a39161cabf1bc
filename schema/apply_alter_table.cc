// SPDX-License-Identifier: MIT
// ALTER TABLE and its relatives for indexes, views, sequences and composite types: which command
// goes where, and what is about the relation as a whole.
#include <algorithm>

#include "schema/apply_alter.h"
#include "schema/options.h"

namespace schemagate {
namespace {

using Action = AlterTableAction;

/// The order in which the server works off the commands of one statement (AlterTablePass).
int pass(const AlterTableCommand& command) {
  switch (command.action) {
    case Action::drop_column:
    case Action::drop_constraint:
    case Action::drop_not_null:
    case Action::drop_default:
    case Action::drop_identity:
    case Action::drop_expression:
    case Action::drop_attribute:
      return 0;
    case Action::set_type:
    case Action::set_attribute_type:
      return 1;
    case Action::add_column:
    case Action::add_attribute:
      return 2;
    case Action::set_expression:
      return 3;
    case Action::set_not_null:
    case Action::add_identity:
    case Action::set_identity:
      return 5;
    case Action::add_constraint: {
      const auto kind = command.constraint ? command.constraint->kind : ConstraintKind::check;
      if (kind == ConstraintKind::foreign_key) return 7;
      return kind == ConstraintKind::check || kind == ConstraintKind::not_null ? 4 : 6;
    }
    case Action::set_default:
      return 7;
    default:
      return 8;
  }
}

/// A partition has copies of the row triggers of the tables above it; they are not kept here.
bool is_copied_trigger(const Catalog& catalog, const Table& table, const std::string& name) {
  const auto above = catalog.tables.find(table.partition_of);
  if (above == catalog.tables.end()) return false;
  const auto& triggers = above->second.triggers;
  return std::any_of(triggers.begin(), triggers.end(),
                     [&](const Trigger& trigger) {
                       return trigger.name == name &&
                              trigger.definition.find("FOR EACH ROW") != std::string::npos;
                     }) ||
         is_copied_trigger(catalog, above->second, name);
}

void enable_triggers(Execution& run, Table& table, const AlterTableCommand& command, char state) {
  if (command.all || command.value == "user") {
    for (auto& trigger : table.triggers) trigger.enabled = state;
    return;
  }
  const auto found =
      std::find_if(table.triggers.begin(), table.triggers.end(),
                   [&](const Trigger& trigger) { return trigger.name == command.name; });
  if (found == table.triggers.end()) {
    if (is_copied_trigger(run.catalog, table, command.name)) return;
    return run.refuse_missing(
        "42704",
        "trigger \"" + command.name + "\" for table \"" + table.name.name + "\" does not exist",
        command.name);
  }
  found->enabled = state;
}

void enable_rule(Execution& run, Table& table, const AlterTableCommand& command, char state) {
  const auto found =
      std::find_if(table.rules.begin(), table.rules.end(),
                   [&](const TableObject& rule) { return rule.name == command.name; });
  if (found == table.rules.end()) {
    return run.refuse_missing(
        "42704",
        "rule \"" + command.name + "\" for relation \"" + table.name.name + "\" does not exist",
        command.name);
  }
  found->enabled = state;
}

void drop_column(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  const auto* column = table.column(command.name);
  if (column == nullptr) {
    if (command.if_exists || table.incomplete) return;
    return run.refuse_missing(
        "42703",
        "column \"" + command.name + "\" of relation \"" + table.name.name + "\" does not exist",
        command.name);
  }
  if (column->inherited)
    return run.refuse("42P16", "cannot drop inherited column \"" + command.name + "\"");
  for (const auto* one : run.catalog.tree_of(table.name)) {
    if (!one->partition_by) continue;
    for (const auto& element : one->partition_by->elements) {
      if (element.column != command.name) continue;
      return run.refuse("42P16", "cannot drop column \"" + command.name +
                                     "\" because it is part of the partition key of relation \"" +
                                     one->name.name + "\"");
    }
  }
  if (only) {
    for (const auto* child : run.catalog.children_of(table.name)) {
      if (table.partition_by) {
        return run.refuse(
            "42P16", "cannot drop column from only the partitioned table when partitions exist");
      }
      Column* below = run.change(&Catalog::tables, child->name)->column(command.name);
      if (below == nullptr) continue;
      below->inherited = false;
      below->local = true;
    }
  }
  drop_objects(run, {{ObjectRef::Kind::column, table.name, command.name}}, command.cascade);
}

void cluster_on(Execution& run, const Table& table, const std::string& name) {
  bool found = name.empty();
  for (const auto* index : run.catalog.indexes_of(table.name)) {
    const bool chosen = index->name.name == name;
    found = found || chosen;
    if (index->clustered != chosen) run.change(&Catalog::indexes, index->name)->clustered = chosen;
  }
  if (!found) {
    run.refuse_missing(
        "42704", "index \"" + name + "\" for table \"" + table.name.name + "\" does not exist",
        name);
  }
}

void replica_identity(Execution& run, Table& table, const AlterTableCommand& command) {
  const std::string& index_name = command.relation.name;
  const QualifiedName name{table.name.schema, index_name};
  if (command.value == "i" && run.catalog.indexes.count(name) == 0) {
    return run.refuse_missing(
        "42704",
        "index \"" + index_name + "\" for table \"" + table.name.name + "\" does not exist",
        index_name);
  }
  table.replica_identity = command.value.empty() ? 'd' : command.value.front();
  table.replica_identity_index = command.value == "i" ? index_name : "";
  for (const auto* index : run.catalog.indexes_of(table.name)) {
    const bool chosen = command.value == "i" && index->name == name;
    if (index->replica_identity != chosen)
      run.change(&Catalog::indexes, index->name)->replica_identity = chosen;
  }
}

void set_persistence(Execution& run, Table& table, Persistence persistence) {
  table.persistence = persistence;
  sequences_follow(run, table);
}

void of_type(Execution& run, Table& table, const AlterTableCommand& command) {
  const auto type = run.type(command.relation);
  if (!type) {
    return run.refuse_missing("42704", "type \"" + command.relation.name + "\" does not exist",
                              command.relation.name);
  }
  table.of_type = *type;
  run.catalog.links.type_users[*type].insert(table.name);
}

void alter(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  switch (command.action) {
    case Action::add_column:
      return add_column(run, table, command, only);
    case Action::drop_column:
      return drop_column(run, table, command, only);
    case Action::set_default:
    case Action::drop_default:
    case Action::set_not_null:
    case Action::drop_not_null:
    case Action::set_type:
    case Action::set_expression:
    case Action::drop_expression:
    case Action::add_identity:
    case Action::set_identity:
    case Action::drop_identity:
    case Action::set_statistics:
    case Action::set_storage:
    case Action::set_compression:
    case Action::set_column_options:
    case Action::reset_column_options:
      return alter_column(run, table, command, only);
    case Action::add_constraint:
    case Action::alter_constraint:
    case Action::validate_constraint:
    case Action::drop_constraint:
      return alter_constraints(run, table, command, only);
    case Action::attach_partition:
    case Action::detach_partition:
    case Action::detach_partition_finalize:
    case Action::inherit:
    case Action::no_inherit:
      return alter_inheritance(run, table, command);
    case Action::set_options:
      table.options = table.kind == RelationKind::foreign_table
                          ? altered_foreign_options(table.options, command.options)
                          : set_options(table.options, command.options);
      return;
    case Action::reset_options:
      table.options = without_options(table.options, command.options);
      return;
    case Action::set_logged:
      return set_persistence(run, table, Persistence::permanent);
    case Action::set_unlogged:
      return set_persistence(run, table, Persistence::unlogged);
    case Action::set_tablespace:
      table.tablespace = command.name;
      return;
    case Action::set_access_method:
      table.access_method = command.name;
      return;
    case Action::cluster_on:
    case Action::set_without_cluster:
      return cluster_on(run, table, command.action == Action::cluster_on ? command.name : "");
    case Action::replica_identity:
      return replica_identity(run, table, command);
    case Action::owner:
      change_owner(run, ObjectKind::table, to_sql(table.name), table.owner, command.name);
      return;
    case Action::of_type:
      return of_type(run, table, command);
    case Action::not_of_type:
      table.of_type = {};
      return;
    case Action::enable_trigger:
      return enable_triggers(run, table, command, 'O');
    case Action::disable_trigger:
      return enable_triggers(run, table, command, 'D');
    case Action::enable_always_trigger:
      return enable_triggers(run, table, command, 'A');
    case Action::enable_replica_trigger:
      return enable_triggers(run, table, command, 'R');
    case Action::enable_rule:
      return enable_rule(
          run, table, command,
          command.value == "always" ? 'A' : (command.value == "replica" ? 'R' : 'O'));
    case Action::disable_rule:
      return enable_rule(run, table, command, 'D');
    case Action::enable_row_security:
    case Action::disable_row_security:
      table.row_security = command.action == Action::enable_row_security;
      return;
    case Action::force_row_security:
    case Action::no_force_row_security:
      table.force_row_security = command.action == Action::force_row_security;
      return;
    case Action::add_attribute:
    case Action::drop_attribute:
    case Action::set_attribute_type:
    case Action::other:
      return;
  }
}

// ---- the other relations -----------------------------------------------------------------------

/// The parent's index is valid once every partition has its own attached.
void update_validity(Execution& run, const QualifiedName& name) {
  Index& parent = *run.change(&Catalog::indexes, name);
  if (parent.valid) return;
  for (const auto* child : run.catalog.children_of(parent.table)) {
    const auto indexes = run.catalog.indexes_of(child->name);
    const bool attached = std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
      return index->parent == name && index->valid;
    });
    if (!attached) return;
  }
  parent.valid = true;
  if (!parent.parent.empty()) update_validity(run, QualifiedName(parent.parent));
}

void attach_index(Execution& run, const Index& parent, const QualifiedName& written) {
  const auto name = run.relation(written);
  Index* child = name ? run.change(&Catalog::indexes, *name) : nullptr;
  if (child == nullptr) return run.missing_relation(written);
  if (!child->parent.empty() && child->parent != parent.name) {
    return run.refuse("55000", "cannot attach index \"" + name->name +
                                   "\" as a partition of index \"" + parent.name.name + "\"");
  }
  child->parent = parent.name;
  if (!child->constraint.empty() && !parent.constraint.empty()) {
    Table& table = *run.change(&Catalog::tables, child->table);
    for (auto& constraint : table.constraints) {
      if (constraint.definition.name == child->constraint) constraint.inherited = true;
    }
  }
  update_validity(run, QualifiedName(parent.name));
}

void alter(Execution& run, Index& index, const AlterTableCommand& command) {
  switch (command.action) {
    case Action::set_options:
      index.options = set_options(index.options, command.options);
      return;
    case Action::reset_options:
      index.options = without_options(index.options, command.options);
      return;
    case Action::set_tablespace:
      index.tablespace = command.name;
      return;
    case Action::attach_partition:
      return attach_index(run, index, command.relation);
    case Action::set_statistics:
      index.statistics.erase(command.name);
      if (command.value != "-1") index.statistics.emplace(command.name, command.value);
      return;
    default:
      return;
  }
}

void alter(Execution& run, View& view, const AlterTableCommand& command) {
  switch (command.action) {
    case Action::set_default: {
      Expression value = command.expression;
      run.resolve(value);
      run.link(view.name, value.references);
      view.column_defaults[command.name] = std::move(value);
      return;
    }
    case Action::drop_default:
      view.column_defaults.erase(command.name);
      return;
    case Action::set_options:
      view.options = set_options(view.options, command.options);
      return;
    case Action::reset_options:
      view.options = without_options(view.options, command.options);
      return;
    case Action::set_tablespace:
      view.tablespace = command.name;
      return;
    case Action::set_access_method:
      view.access_method = command.name;
      return;
    case Action::owner:
      change_owner(run, ObjectKind::table, to_sql(view.name), view.owner, command.name);
      return;
    default:
      return;
  }
}

void alter(Execution& run, Sequence& sequence, const AlterTableCommand& command) {
  if (command.action == Action::owner)
    change_owner(run, ObjectKind::sequence, to_sql(sequence.name), sequence.owner, command.name);
  if (command.action == Action::set_logged) sequence.persistence = Persistence::permanent;
  if (command.action == Action::set_unlogged) sequence.persistence = Persistence::unlogged;
}

void alter(Execution& run, Type& type, const AlterTableCommand& command) {
  const auto attribute = std::find_if(type.attributes.begin(), type.attributes.end(),
                                      [&](const Column& one) { return one.name == command.name; });
  const bool exists = attribute != type.attributes.end();
  const std::string described =
      "column \"" + command.name + "\" of relation \"" + type.name.name + "\"";
  switch (command.action) {
    case Action::add_attribute: {
      if (exists) return run.refuse("42701", described + " already exists");
      Column made = make_column(run, type.name, *command.column);
      if (!made.type.name.schema.empty())
        run.catalog.links.type_users[made.type.name].insert(type.name);
      type.attributes.push_back(std::move(made));
      return;
    }
    case Action::drop_attribute:
      if (exists) {
        type.attributes.erase(attribute);
      } else if (!command.if_exists) {
        run.refuse_missing("42703", described + " does not exist", command.name);
      }
      return;
    case Action::set_attribute_type:
      if (!exists) return run.refuse_missing("42703", described + " does not exist", command.name);
      attribute->type = run.resolved(command.column->type, command.column->span);
      attribute->collation = run.resolved_collation(command.column->collation);
      if (!attribute->type.name.schema.empty()) {
        run.catalog.links.type_users[attribute->type.name].insert(type.name);
      }
      return;
    case Action::owner:
      change_owner(run, ObjectKind::type, to_sql(type.name), type.owner, command.name);
      return;
    default:
      return;
  }
}

void alter_other(Execution& run, const QualifiedName& name, const AlterTableCommand& command) {
  if (Index* index = run.change(&Catalog::indexes, name)) return alter(run, *index, command);
  if (View* view = run.change(&Catalog::views, name)) {
    if (command.action == Action::cluster_on || command.action == Action::set_without_cluster) {
      Table indexed;
      indexed.name = name;
      return cluster_on(run, indexed, command.action == Action::cluster_on ? command.name : "");
    }
    return alter(run, *view, command);
  }
  if (Sequence* sequence = run.change(&Catalog::sequences, name))
    return alter(run, *sequence, command);
  if (Type* type = run.change(&Catalog::types, name)) alter(run, *type, command);
}

/// A single command that changes nothing before it is sure to succeed needs no copy of the table.
bool is_simple(const AlterTableCommand& command) {
  switch (command.action) {
    case Action::add_column:
      return command.column->identity == Identity::no &&
             !command.column->type.name.name.ends_with("serial") &&
             std::all_of(command.column->constraints.begin(), command.column->constraints.end(),
                         [](const ConstraintDefinition& one) {
                           return one.kind == ConstraintKind::not_null;
                         });
    case Action::drop_column:
    case Action::set_type:
    case Action::drop_not_null:
    case Action::set_default:
    case Action::drop_default:
    case Action::set_not_null:
    case Action::set_options:
    case Action::reset_options:
    case Action::owner:
    case Action::replica_identity:
    case Action::enable_row_security:
    case Action::disable_row_security:
    case Action::force_row_security:
    case Action::no_force_row_security:
    case Action::enable_trigger:
    case Action::disable_trigger:
    case Action::set_statistics:
    case Action::set_storage:
    case Action::set_compression:
      return true;
    case Action::add_constraint:
      return command.constraint->kind == ConstraintKind::foreign_key ||
             command.constraint->kind == ConstraintKind::check;
    default:
      return false;
  }
}

}  // namespace

void perform(Execution& run, const AlterTable& statement) {
  const auto name = run.relation(statement.name);
  if (!name) {
    if (!statement.if_exists) run.missing_relation(statement.name);
    return;
  }
  std::vector<const AlterTableCommand*> commands;
  for (const auto& command : statement.commands) commands.push_back(&command);
  const auto before = [](const auto* a, const auto* b) { return pass(*a) < pass(*b); };
  // Sorting asks for memory, also where there is one command.
  if (commands.size() > 1) std::stable_sort(commands.begin(), commands.end(), before);
  const auto& children = run.catalog.links.children;
  const bool simple =
      commands.size() == 1 && is_simple(*commands.front()) && children.count(*name) == 0;
  if (!simple) run.save_everything();
  Table* table = run.change(&Catalog::tables, *name);
  for (const auto* command : commands) {
    if (table != nullptr) {
      alter(run, *table, *command, statement.only);
    } else {
      alter_other(run, *name, *command);
    }
    if (run.refused()) return;
  }
}

}  // namespace schemagate
