// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/impact_alter_parts.h"
#include "schema/impact_expressions.h"
#include "schema/storage_parameters.h"

namespace schemagate {

using Action = AlterTableAction;

void check_column_exists(AlterTableWork& work, const std::string& column) {
  const AlteredTable& altered = work.at(work.root);
  const bool there = work.root.column(column) && !altered.dropped_columns.contains(column);
  if (there || altered.added_columns.contains(column) || work.root.incomplete ||
      is_system_column(column) || work.b.session().partial)
    return;
  work.b.fail("42703", "column " + quoted(column) + " of relation " + quoted(work.root.name.name) +
                           " does not exist");
}

namespace {

bool is_about_column(const AlterTableCommand& c) {
  switch (c.action) {
    case Action::set_default:
    case Action::drop_default:
    case Action::set_not_null:
    case Action::drop_not_null:
    case Action::set_expression:
    case Action::drop_expression:
    case Action::add_identity:
    case Action::set_identity:
    case Action::drop_identity:
    case Action::set_storage:
    case Action::set_compression:
    case Action::set_statistics:
    case Action::set_column_options:
      return true;
    case Action::drop_column:
      return !c.if_exists;
    default:
      return false;
  }
}

/// OF type: the table has the columns of the type, in order (ATExecAddOf).
void check_type_fits(AlterTableWork& work, const QualifiedName& name) {
  const auto found = work.b.catalog().types.find(name);
  const bool composite =
      found != work.b.catalog().types.end() && found->second.kind == TypeKind::composite;
  if (!composite || work.root.incomplete) return;
  const auto& wanted = found->second.attributes;
  const auto& columns = work.root.columns;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= columns.size()) {
      work.b.fail("42804", "table is missing column " + quoted(wanted[i].name));
    } else if (columns[i].name != wanted[i].name) {
      work.b.fail("42804", "table has column " + quoted(columns[i].name) + " where type requires " +
                               quoted(wanted[i].name));
    } else if (columns[i].type != wanted[i].type) {
      work.b.fail("42804", "table " + quoted(work.root.name.name) +
                               " has different type for column " + quoted(wanted[i].name));
    }
    if (work.b.failed()) return;
  }
  if (columns.size() > wanted.size())
    work.b.fail("42804", "table has extra column " + quoted(columns[wanted.size()].name));
}

/// The column's type when its default is set: the statement changes types first.
const TypeName* type_for_default(const AlterTableWork& work, const std::string& column) {
  for (const AlterTableCommand& c : work.s.commands) {
    if (c.action == Action::set_type && c.column && c.name == column) return &c.column->type;
  }
  const Column* existing = work.root.column(column);
  return existing ? &existing->type : nullptr;
}

/// ATExecColumnDefault().
void alter_default(AlterTableWork& work, const AlterTableCommand& c) {
  const Column* column = work.root.column(c.name);
  if (column && column->identity != Identity::no)
    work.b.fail("42601", "column " + quoted(c.name) + " of relation " +
                             quoted(work.root.name.name) + " is an identity column");
  if (column && column->generated != Generated::no)
    work.b.fail("42601", "column " + quoted(c.name) + " of relation " +
                             quoted(work.root.name.name) + " is a generated column");
  if (work.b.failed()) return;
  if (const TypeName* type = type_for_default(work, c.name))
    check_default(work.b, c.name, *type, c.expression);
  work.tree();
}

/// ATPrepCmd(): the first phase looks at all commands before anything is done.
void prepare_command(AlterTableWork& work, const AlterTableCommand& c) {
  if (c.action == Action::set_type) prepare_column_type(work, c);
  if (c.action == Action::set_logged || c.action == Action::set_unlogged)
    prepare_persistence(work.b, work.root, c.action == Action::set_unlogged);
  if (c.action == Action::inherit) prepare_inheritance(work.b, work.root);
}

void alter_command(AlterTableWork& work, const AlterTableCommand& c) {
  if (is_about_column(c)) check_column_exists(work, c.name);
  if (work.b.failed()) return;
  switch (c.action) {
    case Action::add_column:
      alter_add_column(work, c);
      return;
    case Action::drop_column:
      alter_drop_column(work, c);
      return;
    case Action::set_type:
      alter_column_type(work, c);
      return;
    case Action::set_not_null:
      alter_set_not_null(work, c.name);
      return;
    case Action::drop_not_null:
      alter_drop_not_null(work, c);
      return;
    case Action::set_expression:
    case Action::drop_expression:
      alter_expression(work, c);
      return;
    case Action::add_identity:
    case Action::set_identity:
    case Action::drop_identity:
      alter_identity(work, c);
      return;
    case Action::set_default:
      alter_default(work, c);
      return;
    case Action::drop_default:
      for (const Table* table : work.tree()) work.at(*table).dropped_defaults.insert(c.name);
      return;
    case Action::set_storage:
    case Action::set_compression:
      if (const Column* column = work.root.column(c.name)) {
        if (c.action == Action::set_storage) check_storage(work.b, column->type, c.value);
        if (c.action == Action::set_compression) check_compression(work.b, column->type, c.value);
      }
      if (c.action == Action::set_storage) work.tree();
      return;
    case Action::set_statistics:
      work.tree();
      return;
    case Action::set_column_options:
      if (work.root.kind != RelationKind::foreign_table)
        check_storage_parameters(work.b, c.options, 'c');
      return;
    case Action::add_constraint:
      if (c.constraint) alter_add_constraint(work, *c.constraint, false);
      return;
    case Action::drop_constraint:
      alter_drop_constraint(work, c);
      return;
    case Action::alter_constraint:
      alter_alter_constraint(work, c);
      return;
    case Action::validate_constraint:
      alter_validate_constraint(work, c);
      return;
    case Action::set_options:
      alter_storage_parameters(work, c);
      return;
    case Action::set_logged:
      alter_persistence(work, false);
      return;
    case Action::set_unlogged:
      alter_persistence(work, true);
      return;
    case Action::set_tablespace:
      alter_tablespace(work, c);
      return;
    case Action::set_access_method:
      alter_access_method(work, c);
      return;
    case Action::cluster_on:
    case Action::set_without_cluster:
      alter_index_choice(work, c);
      return;
    case Action::replica_identity:
      if (c.value == "i") alter_index_choice(work, c);
      return;
    case Action::owner:
      alter_owner(work.b, work.root.name, work.root.owner, c.name);
      return;
    case Action::attach_partition:
      alter_attach_partition(work, c);
      return;
    case Action::detach_partition:
    case Action::detach_partition_finalize:
      alter_detach_partition(work, c);
      return;
    case Action::inherit:
    case Action::no_inherit:
      alter_inheritance(work, c);
      return;
    case Action::of_type:
      if (const auto type = resolve_type(work.b.catalog(), work.b.session(), c.relation)) {
        work.b.lock(*type, LockMode::access_share);
        check_type_fits(work, *type);
      }
      return;
    case Action::not_of_type:
      if (work.root.of_type.empty()) {
        work.b.fail("42809", quoted(work.root.name.name) + " is not a typed table");
      }
      return;
    case Action::enable_trigger:
    case Action::disable_trigger:
    case Action::enable_always_trigger:
    case Action::enable_replica_trigger:
      alter_triggers(work, c);
      return;
    default:
      return;  // the table's own lock is all
  }
}

void alter_table(ImpactBuilder& b, const AlterTable& s, const Table& table) {
  const LockMode mode = mode_of(s);
  b.lock(table.name, mode);
  AlterTableWork work(b, s, table, mode);
  std::vector<std::size_t> order(s.commands.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto before = [&](std::size_t x, std::size_t y) {
    return pass_of(s.commands[x]) < pass_of(s.commands[y]);
  };
  // Sorting asks for memory, also where there is one command.
  if (order.size() > 1) std::stable_sort(order.begin(), order.end(), before);
  std::set<std::string> altered;
  for (const AlterTableCommand& c : s.commands) {
    prepare_command(work, c);
    if (c.action != Action::set_type) continue;
    if (!altered.insert(c.name).second) {
      b.fail("0A000", "cannot alter type of column " + quoted(c.name) + " twice");
    }
  }
  if (b.failed()) return;
  for (const std::size_t i : order) {
    b.at_command(static_cast<int>(i));
    alter_command(work, s.commands[i]);
    if (b.failed()) return;
  }
  work.finish();
}

}  // namespace

void predict_statement(ImpactBuilder& b, const AlterTable& s) {
  for (const AlterTableCommand& c : s.commands) {
    if (c.action == Action::detach_partition && c.concurrently) {
      b.not_in_transaction("ALTER TABLE ... DETACH CONCURRENTLY");
    }
  }
  if (s.kind == ObjectKind::type) {
    if (const auto type = resolve_type(b.catalog(), b.session(), s.name)) {
      alter_composite(b, s, *type);
    }
    return;
  }
  const auto name = b.resolve(s.name);
  if (!name) {
    if (!s.if_exists) b.require(s.name);
    return;
  }
  if (const Table* table = b.table(*name)) {
    alter_table(b, s, *table);
  } else if (const Index* index = b.index(*name)) {
    alter_index(b, s, *index);
  } else if (const View* view = b.view(*name)) {
    alter_view(b, s, *view);
  } else if (b.catalog().sequences.contains(*name)) {
    alter_sequence(b, s, b.catalog().sequences.at(*name));
  }
}

}  // namespace schemagate
