// SPDX-License-Identifier: MIT
// ALTER TABLE … ADD COLUMN, ALTER COLUMN.
#include <algorithm>

#include "schema/apply_alter.h"
#include "schema/builtin_types.h"
#include "schema/generated_names.h"
#include "schema/options.h"

namespace schemagate {
namespace {

std::string column_of(const Table& table, const std::string& column) {
  return "column \"" + column + "\" of relation \"" + table.name.name + "\"";
}

/// Does `step` to the table and, unless ONLY, to everything below it.
template <class Step>
void for_tree(Execution& run, Table& table, bool only, const Step& step) {
  step(table);
  if (only || run.refused()) return;
  for (const auto* child : run.catalog.children_of(table.name)) {
    for_tree(run, *run.change(&Catalog::tables, child->name), false, step);
    if (run.refused()) return;
  }
}

// ---- ADD COLUMN --------------------------------------------------------------------------------

void add_to_children(Execution& run, const Table& table, const Column& column) {
  for (const auto* child : run.catalog.children_of(table.name)) {
    Table& below = *run.change(&Catalog::tables, child->name);
    if (Column* existing = below.column(column.name); existing != nullptr) {
      if (existing->type != column.type) {
        return run.refuse("42804", "child table \"" + below.name.name +
                                       "\" has different type for column \"" + column.name + "\"");
      }
      existing->inherited = true;
    } else {
      Column copy = column;
      copy.inherited = true;
      copy.local = false;
      const bool shares = !below.partition_of.empty() && run.session.postgres >= 17;
      if (!shares) copy.identity = Identity::no;
      copy.identity_options = {};
      run.link(below.name, copy);
      below.columns.push_back(std::move(copy));
    }
    add_to_children(run, below, column);
  }
}

}  // namespace

void add_column(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  const auto& definition = *command.column;
  if (!table.partition_of.empty())
    return run.refuse("42809", "cannot add column to a partition", definition.span);
  if (!table.of_type.empty())
    return run.refuse("42809", "cannot add column to typed table", definition.span);
  if (const auto* existing = table.column(definition.name); existing != nullptr) {
    if (command.if_not_exists) return;
    return run.refuse_duplicate("42701", column_of(table, definition.name) + " already exists",
                                definition.span, existing->where);
  }
  if (is_system_column(definition.name))
    return run.refuse("42701",
                      "column name \"" + definition.name + "\" conflicts with a system column name",
                      definition.span);
  if (only && !run.catalog.children_of(table.name).empty()) {
    return run.refuse("42P16", "column must be added to child tables too", definition.span);
  }
  Column column = make_column(run, table.name, definition);
  if (run.refused()) return;
  run.link(table.name, column);
  if (run.declared != nullptr) run.made.push_back(column.name);
  table.columns.push_back(std::move(column));
  if (table.persistence == Persistence::unlogged) sequences_follow(run, table);
  add_to_children(run, table, table.columns.back());
  std::vector<ConstraintDefinition> constraints;
  for (const auto& constraint : definition.constraints) {
    if (constraint.kind != ConstraintKind::not_null) constraints.push_back(constraint);
  }
  if (!run.refused() && !constraints.empty())
    add_constraints(run, table, std::move(constraints), {});
}

// ---- ALTER COLUMN ------------------------------------------------------------------------------

namespace {

Column* existing_column(Execution& run, Table& table, const std::string& name) {
  Column* column = table.column(name);
  if (column == nullptr && !table.incomplete) {
    run.refuse_missing("42703", column_of(table, name) + " does not exist", name);
  }
  return column;
}

void change_default(Execution& run, Table& table, Column& column,
                    const AlterTableCommand& command) {
  if (column.identity != Identity::no) {
    return run.refuse("42601", column_of(table, column.name) + " is an identity column");
  }
  if (column.generated != Generated::no) {
    return run.refuse("42601", column_of(table, column.name) + " is a generated column");
  }
  const bool sets = command.action == AlterTableAction::set_default;
  set_default(run, column, sets ? command.expression : Expression());
  run.link(table.name, column);
}

const Column* column_above(const Execution& run, const QualifiedName& parent,
                           const std::string& column) {
  const auto table = run.catalog.tables.find(parent);
  const auto* above = table == run.catalog.tables.end() ? nullptr : table->second.column(column);
  return above != nullptr && above->not_null && !above->not_null_no_inherit ? above : nullptr;
}

/// A partition keeps its parent's NOT NULL, from 18 on every child does.
bool is_from_parent(Execution& run, const Table& table, const std::string& column) {
  if (column_above(run, table.partition_of, column) != nullptr) {
    run.refuse("42P16", "column \"" + column + "\" is marked NOT NULL in parent table");
    return true;
  }
  if (run.session.postgres < 18) return false;
  for (const auto& name : table.inherits) {
    const auto* above = column_above(run, name, column);
    if (above == nullptr) continue;
    const std::string constraint = above->not_null_name.empty()
                                       ? make_object_name(name.name, column, "not_null")
                                       : above->not_null_name;
    run.refuse("42P16", "cannot drop inherited constraint \"" + constraint + "\" of relation \"" +
                            table.name.name + "\"");
    return true;
  }
  return false;
}

void drop_not_null(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  Column* column = existing_column(run, table, command.name);
  if (column == nullptr) return;
  if (column->identity != Identity::no) {
    return run.refuse("42601", column_of(table, column->name) + " is an identity column");
  }
  const auto* key = table.primary_key();
  if (key != nullptr) {
    const auto& names = key->definition.columns;
    if (std::find(names.begin(), names.end(), column->name) != names.end()) {
      return run.refuse("42P16", "column \"" + column->name + "\" is in a primary key");
    }
  }
  if (is_from_parent(run, table, column->name)) return;
  for_tree(run, table, only, [&](Table& one) {
    Column* below = one.column(command.name);
    const bool has_own_key = one.primary_key() != nullptr && &one != &table;
    if (below == nullptr || has_own_key) return;
    below->not_null = below->not_null_not_valid = below->not_null_no_inherit = false;
    below->not_null_name.clear();
  });
}

bool type_is_free_to_change(Execution& run, const Table& table, const Column& column) {
  const auto refuse = [&](const char* user) {
    run.refuse("0A000", std::string("cannot alter type of a column used ") + user);
    return false;
  };
  const auto mentions = [&](const References& references) {
    return std::any_of(references.columns.begin(), references.columns.end(),
                       [&](const ColumnUse& use) { return use.name == column.name; });
  };
  if (column.inherited) {
    run.refuse("42P16", "cannot alter inherited column \"" + column.name + "\"");
    return false;
  }
  if (table.partition_by) {
    for (const auto& element : table.partition_by->elements) {
      if (element.column != column.name && !mentions(element.expression.references)) continue;
      run.refuse("42P16", "cannot alter column \"" + column.name +
                              "\" because it is part of the partition key of " + "relation \"" +
                              table.name.name + "\"");
      return false;
    }
  }
  if (!run.catalog.views_on(table.name, column.name).empty()) return refuse("by a view or rule");
  for (const auto& one : table.columns) {
    if (one.generated != Generated::no && mentions(one.generation.references)) {
      return refuse("by a generated column");
    }
  }
  for (const auto& trigger : table.triggers) {
    if (mentions(trigger.references)) return refuse("in a trigger definition");
  }
  for (const auto& policy : table.policies) {
    if (mentions(policy.references)) return refuse("in a policy definition");
  }
  return true;
}

void set_type(Execution& run, Table& table, Column& column, const AlterTableCommand& command,
              bool only) {
  if (!type_is_free_to_change(run, table, column)) return;
  const auto& definition = *command.column;
  const TypeName type = run.resolved(definition.type, definition.span);
  if (run.refused()) return;
  for_tree(run, table, only, [&](Table& one) {
    Column* below = one.column(command.name);
    if (below == nullptr) return;
    below->type = type;
    below->collation = run.resolved_collation(definition.collation);
    below->storage.clear();
    run.link(one.name, *below);
    if (below->identity == Identity::no) return;
    for (const auto* sequence : run.catalog.sequences_owned_by(one.name, below->name)) {
      if (!sequence->identity) continue;
      Sequence& own = *run.change(&Catalog::sequences, sequence->name);
      own.options.type = type.name.name == "int8" ? Box<TypeName>() : Box<TypeName>(type);
    }
  });
}

/// From 17 on, partitions are what the partitioned table is: identity column or not.
void partitions_share(Execution& run, Table& table, const Column& column) {
  if (table.kind != RelationKind::partitioned_table || run.session.postgres < 17) return;
  const std::string name = column.name;
  const Identity identity = column.identity;
  for_tree(run, table, false, [&](Table& one) {
    if (Column* below = one.column(name)) below->identity = identity;
  });
}

void add_identity(Execution& run, Table& table, Column& column, const AlterTableCommand& command) {
  const std::string name = column_of(table, column.name);
  if (!column.not_null) {
    return run.refuse("55000", name + " must be declared NOT NULL before identity can be added");
  }
  if (column.identity != Identity::no)
    return run.refuse("55000", name + " is already an identity column");
  if (column.default_value) return run.refuse("55000", name + " already has a default value");
  make_identity(run, table.name, column, command.identity, command.sequence_options);
  partitions_share(run, table, column);
}

void update(std::optional<std::int64_t>& value, const std::optional<std::int64_t>& written) {
  if (written) value = written;
}

void set_identity(Execution& run, Table& table, Column& column, const AlterTableCommand& command) {
  if (column.identity == Identity::no) {
    return run.refuse("55000", column_of(table, column.name) + " is not an identity column");
  }
  if (command.identity != Identity::no) column.identity = command.identity;
  column.identity_options =
      merged_options(column.identity_options, command.sequence_options, column.type);
  for (const auto* sequence : run.catalog.sequences_owned_by(table.name, column.name)) {
    if (!sequence->identity) continue;
    Sequence& own = *run.change(&Catalog::sequences, sequence->name);
    own.options = merged_options(own.options, command.sequence_options, column.type);
  }
  partitions_share(run, table, column);
}

void drop_identity(Execution& run, Table& table, Column& column, const AlterTableCommand& command) {
  if (column.identity == Identity::no) {
    if (!command.if_exists)
      run.refuse("55000", column_of(table, column.name) + " is not an identity column");
    return;
  }
  column.identity = Identity::no;
  column.identity_options = {};
  for (const auto* sequence : run.catalog.sequences_owned_by(table.name, column.name)) {
    if (sequence->identity) run.erase(&Catalog::sequences, QualifiedName(sequence->name));
  }
  partitions_share(run, table, column);
}

void set_expression(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  const bool drops = command.action == AlterTableAction::drop_expression;
  for_tree(run, table, only, [&](Table& one) {
    Column* column = one.column(command.name);
    if (column == nullptr) return;
    if (column->generated == Generated::no) {
      if (!command.if_exists) {
        run.refuse("55000", column_of(one, column->name) + " is not a " + (drops ? "stored " : "") +
                                "generated column");
      }
      return;
    }
    column->generation = drops ? Expression() : command.expression;
    if (drops) {
      column->generated = Generated::no;
    } else {
      run.resolve(column->generation);
    }
  });
}

}  // namespace

SequenceOptions merged_options(SequenceOptions options, const SequenceOptions& written,
                               const TypeName& type) {
  if (written.type) options.type = written.type;
  update(options.start, written.start);
  update(options.increment, written.increment);
  update(options.minimum, written.minimum);
  update(options.maximum, written.maximum);
  update(options.cache, written.cache);
  if (written.no_minimum) options.minimum.reset();
  if (written.no_maximum) options.maximum.reset();
  if (written.cycle) options.cycle = written.cycle;
  auto sequence_name = options.sequence_name;
  options = canonical_options(std::move(options), type);
  options.sequence_name = std::move(sequence_name);
  return options;
}

void alter_column(Execution& run, Table& table, const AlterTableCommand& command, bool only) {
  using Action = AlterTableAction;
  if (command.action == Action::drop_not_null) return drop_not_null(run, table, command, only);
  Column* column = existing_column(run, table, command.name);
  if (column == nullptr) return;
  switch (command.action) {
    case Action::set_default:
    case Action::drop_default:
      return for_tree(run, table, only, [&](Table& one) {
        if (Column* below = one.column(command.name); below != nullptr)
          change_default(run, one, *below, command);
      });
    case Action::set_not_null:
      return for_tree(run, table, only, [&](Table& one) {
        if (Column* below = one.column(command.name); below != nullptr) {
          below->not_null = true;
          below->not_null_not_valid = false;
        }
      });
    case Action::set_type:
      return set_type(run, table, *column, command, only);
    case Action::set_expression:
    case Action::drop_expression:
      return set_expression(run, table, command, only);
    case Action::add_identity:
      return add_identity(run, table, *column, command);
    case Action::set_identity:
      return set_identity(run, table, *column, command);
    case Action::drop_identity:
      return drop_identity(run, table, *column, command);
    case Action::set_statistics:
      column->statistics = command.value == "-1" ? "" : command.value;
      return;
    case Action::set_storage:
      return for_tree(run, table, only, [&](Table& one) {
        if (Column* below = one.column(command.name); below != nullptr) {
          below->storage = canonical_storage(below->type, command.value);
        }
      });
    case Action::set_compression:
      column->compression = command.value == "default" ? "" : command.value;
      return;
    case Action::set_column_options:
      column->options = table.kind == RelationKind::foreign_table
                            ? altered_foreign_options(column->options, command.options)
                            : set_options(column->options, command.options);
      return;
    case Action::reset_column_options:
      column->options = without_options(column->options, command.options);
      return;
    default:
      return;
  }
}

}  // namespace schemagate
