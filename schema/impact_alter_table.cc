// SPDX-License-Identifier: MIT
#include "schema/impact_alter_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/column_types.h"
#include "schema/impact_expressions.h"
#include "schema/storage_parameters.h"

namespace schemagate {

AlteredTable& AlterTableWork::at(const Table& table) {
  AlteredTable& altered = tables_[table.name];
  altered.table = &table;
  return altered;
}
void AlterTableWork::rewrite(const Table& table, Cause cause, std::string detail) {
  if (has_storage(table)) {
    at(table).rewrites.push_back({cause, std::move(detail), b.command()});
  }
}
void AlterTableWork::scan(const Table& table, Cause cause, std::string detail) {
  if (has_storage(table)) at(table).scans.push_back({cause, std::move(detail), b.command()});
}
void AlterTableWork::new_index(const Table& table, const QualifiedName& index, Cause cause,
                               std::string detail) {
  if (has_storage(table)) {
    at(table).new_indexes.push_back({index, {cause, std::move(detail), b.command()}});
  }
}

ExpressionColumns AlterTableWork::columns() {
  ExpressionColumns columns;
  columns.table = &root;
  for (const auto& [name, column] : at(root).added_columns) columns.more[name] = column.type;
  // Not all is done in the order in which it is written.
  const auto adds = std::count_if(s.commands.begin(), s.commands.end(), [](const auto& c) {
    return c.action == AlterTableAction::add_column;
  });
  columns.complete = adds <= 1;
  return columns;
}

std::vector<const Table*> AlterTableWork::tree() {
  if (s.only) return {&root};
  auto tables = b.catalog().tree_of(root.name);
  for (const Table* table : tables) b.lock_table(*table, lock_mode);
  return tables;
}

namespace {

void finish_rewrite(ImpactBuilder& b, const AlteredTable& altered) {
  const QualifiedName& name = altered.table->name;
  for (const Reason& reason : altered.rewrites) {
    b.at_command(reason.command);
    b.rewrite(reason.cause, name, reason.detail);
  }
  const Reason& first = altered.rewrites.front();
  b.at_command(first.command);
  // Only the table moves to the other tablespace: its indexes have tablespaces of their own.
  const bool copied =
      std::all_of(altered.rewrites.begin(), altered.rewrites.end(),
                  [](const Reason& reason) { return reason.cause == Cause::tablespace; });
  if (copied) return;
  for (const Index* index : b.catalog().indexes_of(name)) {
    if (altered.dropped_indexes.contains(index->name)) continue;
    b.lock(index->name, LockMode::access_exclusive);
    b.build(first.cause, name, index->name, first.detail);
  }
}

void finish_table(ImpactBuilder& b, const AlteredTable& altered) {
  const QualifiedName& name = altered.table->name;
  if (!altered.rewrites.empty()) finish_rewrite(b, altered);
  for (const Reason& reason : altered.scans) {
    b.at_command(reason.command);
    b.scan(reason.cause, name, reason.detail);
  }
  for (const auto& [index, reason] : altered.rebuilt) {
    b.lock(index, LockMode::access_exclusive);
    if (!altered.rewrites.empty()) continue;
    b.at_command(reason.command);
    b.build(reason.cause, name, index, reason.detail);
  }
  for (const auto& [index, reason] : altered.new_indexes) {
    b.at_command(reason.command);
    b.build(reason.cause, name, index, reason.detail);
  }
}

}  // namespace

void AlterTableWork::finish() {
  for (const auto& [name, altered] : tables_) finish_table(b, altered);
  for (const auto& [name, altered] : tables_) {
    for (const KeyCheck& check : altered.keys_to_check) {
      b.at_command(check.command);
      validate_foreign_key(b, *altered.table, check.key, check.rows == KeyRows::values);
    }
  }
  b.at_command(-1);
}

namespace {

using Action = AlterTableAction;

/// Storage parameters whose change needs ACCESS EXCLUSIVE (reloptions.c); all others take SHARE
/// UPDATE EXCLUSIVE.
constexpr auto exclusive_options = std::to_array<std::string_view>(
    {"user_catalog_table", "fastupdate", "gin_pending_list_limit", "buffering", "pages_per_range",
     "autosummarize", "security_barrier", "security_invoker", "check_option"});

LockMode mode_of_options(const Options& options) {
  const bool exclusive = std::any_of(options.begin(), options.end(), [](const auto& option) {
    return std::find(exclusive_options.begin(), exclusive_options.end(), option.first) !=
           exclusive_options.end();
  });
  return exclusive ? LockMode::access_exclusive : LockMode::share_update_exclusive;
}

/// AlterTableGetLockLevel.
LockMode mode_of(const AlterTableCommand& c) {
  switch (c.action) {
    case Action::set_statistics:
    case Action::set_column_options:
    case Action::reset_column_options:
    case Action::cluster_on:
    case Action::set_without_cluster:
    case Action::validate_constraint:
    case Action::attach_partition:
    case Action::detach_partition_finalize:
      return LockMode::share_update_exclusive;
    case Action::set_options:
    case Action::reset_options:
      return mode_of_options(c.options);
    case Action::detach_partition:
      return c.concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive;
    case Action::enable_trigger:
    case Action::disable_trigger:
    case Action::enable_always_trigger:
    case Action::enable_replica_trigger:
      return LockMode::share_row_exclusive;
    case Action::add_constraint:
      return c.constraint && c.constraint->kind == ConstraintKind::foreign_key
                 ? LockMode::share_row_exclusive
                 : LockMode::access_exclusive;
    default:
      return LockMode::access_exclusive;
  }
}

LockMode mode_of(const AlterTable& s) {
  LockMode mode = LockMode::access_share;
  for (const AlterTableCommand& c : s.commands) mode = std::max(mode, mode_of(c));
  return mode;
}

/// The order in which the server works: drops, types, new columns, column properties, constraints,
/// rest.
int pass_of(const AlterTableCommand& c) {
  switch (c.action) {
    case Action::drop_column:
    case Action::drop_constraint:
    case Action::drop_not_null:
    case Action::drop_default:
    case Action::drop_expression:
    case Action::drop_identity:
      return 0;
    case Action::set_type:
      return 1;
    case Action::add_column:
      return 2;
    case Action::set_expression:
      return 3;
    case Action::set_not_null:
      return 4;
    case Action::add_constraint:
      return c.constraint && c.constraint->kind == ConstraintKind::foreign_key ? 7 : 5;
    case Action::set_default:
    case Action::add_identity:
      return 6;
    default:
      return 8;
  }
}

void alter_owner(ImpactBuilder& b, const QualifiedName& relation, const std::string& old_owner,
                 const std::string& new_owner) {
  const bool own =
      old_owner.empty() &&
      (new_owner == "CURRENT_USER" || new_owner == "SESSION_USER" || new_owner == "CURRENT_ROLE");
  if (own || (!old_owner.empty() && old_owner == new_owner)) return;
  b.lock_indexes(relation, LockMode::access_exclusive);
  for (const Sequence* sequence : b.catalog().sequences_owned_by(relation)) {
    b.lock(sequence->name, LockMode::access_exclusive);
  }
}

/// Named by a publication, not only covered by FOR ALL TABLES or a schema's.
bool is_published(const ImpactBuilder& b, const Table& table) {
  const auto& objects = b.catalog().objects;
  return std::any_of(objects.begin(), objects.end(), [&](const auto& entry) {
    const OpaqueObject& object = entry.second;
    const auto& relations = object.references.relations;
    return object.object.kind == ObjectKind::publication &&
           std::any_of(relations.begin(), relations.end(),
                       [&](const RelationUse& use) { return b.resolve(use.name) == table.name; });
  });
}

/// A logged table and an unlogged one can't be bound by a foreign key; a publication holds logged
/// tables only (ATPrepChangePersistence).
bool persistence_refused(ImpactBuilder& b, const Table& table, bool unlogged) {
  const std::string begin = "could not change table " + quoted(table.name.name);
  if (unlogged && is_published(b, table)) {
    b.fail("55000", "cannot change table " + quoted(table.name.name) +
                        " to unlogged because it is part of a publication");
    return true;
  }
  if (unlogged) {
    for (const auto& [child, key] : incoming_keys(b.catalog(), table)) {
      if (child->persistence == Persistence::unlogged) continue;
      b.fail("42P16",
             begin + " to unlogged because it references logged table " + quoted(child->name.name));
      return true;
    }
    return false;
  }
  for (const Constraint& constraint : table.constraints) {
    if (constraint.definition.kind != ConstraintKind::foreign_key) continue;
    const Table* parent = b.table(constraint.definition.referenced);
    if (!parent || parent == &table || parent->persistence != Persistence::unlogged) continue;
    b.fail("42P16",
           begin + " to logged because it references unlogged table " + quoted(parent->name.name));
    return true;
  }
  return false;
}

void alter_persistence(AlterTableWork& work, bool unlogged) {
  ImpactBuilder& b = work.b;
  const Table& table = work.root;
  if (is_partitioned(table) && b.major() >= 18) {
    b.fail("42809", std::string("ALTER action ") + (unlogged ? "SET UNLOGGED" : "SET LOGGED") +
                        " cannot be performed on relation " + quoted(table.name.name));
    return;
  }
  if ((table.persistence == Persistence::unlogged) == unlogged) return;
  if (persistence_refused(b, table, unlogged) || is_partitioned(table)) return;
  work.rewrite(table, Cause::set_logged, unlogged ? "SET UNLOGGED" : "SET LOGGED");
  if (b.major() < 15) return;
  for (const Sequence* sequence : b.catalog().sequences_owned_by(table.name)) {
    b.lock(sequence->name, LockMode::access_exclusive);
  }
}

void alter_tablespace(AlterTableWork& work, const AlterTableCommand& c) {
  const std::string& old = work.root.tablespace;
  const bool same = c.name == old || (old.empty() && c.name == "pg_default");
  if (!same) work.rewrite(work.root, Cause::tablespace, c.name);
}

void alter_access_method(AlterTableWork& work, const AlterTableCommand& c) {
  if (is_partitioned(work.root) && work.b.major() < 17) {
    work.b.fail("42809", "cannot change access method of a partitioned table");
    return;
  }
  const auto& objects = work.b.catalog().objects;
  const bool known = c.name.empty() || c.name == "heap" || !work.b.catalog().extensions.empty() ||
                     std::any_of(objects.begin(), objects.end(), [&](const auto& entry) {
                       return entry.second.object.kind == ObjectKind::access_method &&
                              entry.second.object.name.name == c.name;
                     });
  if (!known && !work.b.session().partial) {
    work.b.fail("42704", "access method " + quoted(c.name) + " does not exist");
    return;
  }
  const std::string old = work.root.access_method.empty() ? "heap" : work.root.access_method;
  const std::string wanted = c.name.empty() ? "heap" : c.name;
  if (old != wanted && !is_partitioned(work.root))
    work.rewrite(work.root, Cause::access_method, c.name);
}

/// Partitions are visited for each row trigger of the table that the command means; since 15 a
/// partitioned table also holds those of its foreign keys, which ALL means too.
void alter_triggers(AlterTableWork& work, const AlterTableCommand& c) {
  const Table& root = work.root;
  if (work.s.only || !is_partitioned(root)) return;
  // A partition has its own copies of the row triggers of the tables above.
  bool own = has_row_trigger(root, c.name);
  for (const Table* above = work.b.table(root.partition_of); above && !own;
       above = work.b.table(above->partition_of)) {
    own = has_row_trigger(*above, c.name);
  }
  const bool has_key = std::any_of(root.constraints.begin(), root.constraints.end(), [](auto& k) {
    return k.definition.kind == ConstraintKind::foreign_key;
  });
  const bool of_keys = c.all && work.b.major() >= 15 &&
                       (has_key || !work.b.catalog().references_to(root.name).empty());
  if (own || of_keys) work.b.lock_tree(root.name, work.lock_mode);
}

/// ATPrepAddInherit, ATExecAddInherit: partitions and typed tables have their parent already.
bool inheritance_refused(ImpactBuilder& b, const Table& child, const QualifiedName& name,
                         bool inherit) {
  const Table* parent = b.table(name);
  if (!child.partition_of.empty() || is_partitioned(child)) {
    b.fail("42809", is_partitioned(child) ? "cannot change inheritance of partitioned table"
                                          : "cannot change inheritance of a partition");
  } else if (inherit && !child.of_type.empty()) {
    b.fail("42809", "cannot change inheritance of typed table");
  } else if (inherit && parent && is_partitioned(*parent)) {
    b.fail("42809", "cannot inherit from partitioned table " + quoted(name.name));
  } else if (inherit && parent && !parent->partition_of.empty()) {
    b.fail("42809", "cannot inherit from a partition");
  } else if (inherit && parent) {
    const auto below = b.catalog().tree_of(child.name);
    if (std::find(below.begin(), below.end(), parent) != below.end()) {
      b.fail("42P07", "circular inheritance not allowed");
    }
  }
  return b.failed();
}

void alter_inheritance(AlterTableWork& work, const AlterTableCommand& c) {
  const QualifiedName parent = work.b.require(c.relation);
  if (inheritance_refused(work.b, work.root, parent, c.action == Action::inherit)) return;
  work.b.lock(parent, c.action == Action::inherit ? LockMode::share_update_exclusive
                                                  : LockMode::access_share);
}

void alter_storage_parameters(AlterTableWork& work, const AlterTableCommand& c) {
  // The options of a foreign table are for its server's wrapper to judge.
  if (c.options.empty() || work.root.kind == RelationKind::foreign_table) return;
  if (!is_partitioned(work.root)) {
    check_storage_parameters(work.b, c.options, 't');
  } else if (work.b.major() >= 16) {
    work.b.fail("42809", "cannot specify storage parameters for a partitioned table");
  } else {
    work.b.fail("22023", "unrecognized parameter " + quoted(c.options.front().first));
  }
}

void refuse_cluster(ImpactBuilder& b) {
  b.fail("0A000", "cannot mark index clustered in partitioned table");
}

/// An index that can't tell rows apart (ATExecReplicaIdentity).
bool cannot_identify(ImpactBuilder& b, const Table& table, const Index& index) {
  const std::string with = "cannot use index " + quoted(index.name.name) + " as replica identity";
  if (!index.unique) {
    b.fail("42809",
           "cannot use non-unique index " + quoted(index.name.name) + " as replica identity");
    return true;
  }
  const Constraint* constraint = table.constraint(index.constraint);
  if (constraint && constraint->definition.deferrable) {
    b.fail("0A000",
           "cannot use non-immediate index " + quoted(index.name.name) + " as replica identity");
    return true;
  }
  for (const IndexElement& element : index.elements) {
    if (element.column.empty()) {
      b.fail("0A000",
             "cannot use expression index " + quoted(index.name.name) + " as replica identity");
      return true;
    }
  }
  if (!index.where.empty()) {
    b.fail("0A000", "cannot use partial index " + quoted(index.name.name) + " as replica identity");
    return true;
  }
  for (const IndexElement& element : index.elements) {
    const Column* column = table.column(element.column);
    if (!column || column->not_null) continue;
    b.fail("42809", with + " because column " + quoted(element.column) + " is nullable");
    return true;
  }
  return false;
}

/// CLUSTER ON, SET WITHOUT CLUSTER, REPLICA IDENTITY USING INDEX.
void alter_index_choice(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  const bool clusters = c.action != Action::replica_identity;
  const std::string& name = c.relation.empty() ? c.name : c.relation.name;
  if (name.empty()) {
    if (is_partitioned(work.root)) refuse_cluster(b);
    return;
  }
  const QualifiedName index{work.root.name.schema, name};
  const Index* found = b.index(index);
  if (!found) return;
  if (found->table != work.root.name) {
    b.fail("42809", quoted(name) + " is not an index for table " + quoted(work.root.name.name));
    return;
  }
  if (clusters && is_partitioned(work.root)) refuse_cluster(b);
  if (clusters && found->method != "btree" && letter_of_method(found->method) != 'g' &&
      letter_of_method(found->method) != ' ') {
    b.fail("0A000", "cannot cluster on index " + quoted(name) +
                        " because access method does not support clustering");
    return;
  }
  if (clusters && !found->where.empty()) {
    b.fail("0A000", "cannot cluster on partial index " + quoted(name));
    return;
  }
  if (!clusters && cannot_identify(b, work.root, *found)) return;
  b.lock(index, clusters ? LockMode::share_update_exclusive : LockMode::share);
}

}  // namespace

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
      if (const Column* column = work.root.column(c.name)) {
        check_default(work.b, c.name, column->type, c.expression);
      }
      work.tree();
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
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return pass_of(s.commands[x]) < pass_of(s.commands[y]);
  });
  std::set<std::string> altered;
  for (const AlterTableCommand& c : s.commands) {
    if (c.action != Action::set_type) continue;
    prepare_column_type(work, c);
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

/// An index of a partition, like the one that it is to be a part of.
bool attachable(ImpactBuilder& b, const Index& parent, const QualifiedName& name) {
  const Index* child = b.index(name);
  if (!child) return true;
  const Table* table = b.table(child->table);
  const std::string what = "cannot attach index " + quoted(name.name) +
                           " as a partition of index " + quoted(parent.name.name);
  if (!table || table->partition_of != parent.table) {
    b.fail("55000", what);
    return false;
  }
  const bool same =
      std::equal(parent.elements.begin(), parent.elements.end(), child->elements.begin(),
                 child->elements.end(), [](const IndexElement& x, const IndexElement& y) {
                   return x.column == y.column && x.expression == y.expression;
                 });
  if (!same || parent.unique != child->unique) b.fail("42P17", what);
  return !b.failed();
}

/// ALTER INDEX … ALTER COLUMN n SET STATISTICS: only expressions have any.
bool has_no_statistics(const Index& index, const AlterTableCommand& c) {
  const std::size_t number = c.name.empty() ? 0 : std::strtoul(c.name.c_str(), nullptr, 10);
  return c.action == Action::set_statistics && number >= 1 && number <= index.elements.size() &&
         !index.elements[number - 1].column.empty();
}

/// ALTER INDEX, also through ALTER TABLE.
void alter_index(ImpactBuilder& b, const AlterTable& s, const Index& index) {
  for (const AlterTableCommand& c : s.commands) {
    if (c.action == Action::attach_partition) {
      const QualifiedName child = b.require(c.relation);
      if (!attachable(b, index, child)) return;
      b.lock(index.name, LockMode::share_update_exclusive);
      b.lock(child, LockMode::access_exclusive);
      b.lock(index.table, LockMode::access_share);
      if (const Index* part = b.index(child)) b.lock(part->table, LockMode::access_share);
      continue;
    }
    const bool partitioned =
        b.catalog().relation_kind(index.name) == RelationKind::partitioned_index;
    if (partitioned && (c.action == Action::set_options || c.action == Action::reset_options)) {
      b.fail("42809",
             b.major() >= 15
                 ? "ALTER action SET cannot be performed on relation " + quoted(index.name.name)
                 : quoted(index.name.name) + " is not a table, view, materialized view, or index");
      return;
    }
    if (has_no_statistics(index, c)) {
      b.fail("0A000", "cannot alter statistics on non-expression column of index " +
                          quoted(index.name.name));
      return;
    }
    if (c.action == Action::set_options) {
      check_storage_parameters(b, c.options, letter_of_method(index.method));
    }
    b.lock(index.name, mode_of(c));
    const std::string old = index.tablespace.empty() ? "pg_default" : index.tablespace;
    if (c.action == Action::set_tablespace && c.name != old) {
      b.build(Cause::tablespace, index.table, index.name, c.name);
    }
  }
}

void alter_view(ImpactBuilder& b, const AlterTable& s, const View& view) {
  b.lock(view.name, mode_of(s));
  for (const AlterTableCommand& c : s.commands) {
    if (c.action == Action::owner) alter_owner(b, view.name, view.owner, c.name);
    if (c.action == Action::set_options) {
      check_storage_parameters(b, c.options, view.materialized ? 't' : 'v');
    }
    if (!view.materialized) continue;
    const std::string tablespace = view.tablespace.empty() ? "pg_default" : view.tablespace;
    if (c.action == Action::set_tablespace && c.name != tablespace) {
      b.rewrite(Cause::tablespace, view.name, c.name);
    }
    const std::string method = view.access_method.empty() ? "heap" : view.access_method;
    if (c.action == Action::set_access_method && c.name != method) {
      b.rewrite(Cause::access_method, view.name, c.name);
    }
    if (c.action == Action::cluster_on) {
      b.lock({view.name.schema, c.name}, LockMode::share_update_exclusive);
    }
  }
}

void alter_sequence(ImpactBuilder& b, const AlterTable& s, const Sequence& sequence) {
  for (const AlterTableCommand& c : s.commands) {
    const bool same =
        c.name == sequence.owner || (sequence.owner.empty() && c.name.starts_with("CURRENT_"));
    if (c.action == Action::owner && !sequence.owner_table.empty() && !same) {
      b.fail("0A000", "cannot change owner of sequence " + quoted(sequence.name.name));
    }
    const bool persistence = c.action == Action::set_logged || c.action == Action::set_unlogged;
    if (persistence && b.major() < 15) {
      b.fail("42809", quoted(sequence.name.name) + " is not a table");
    }
  }
  b.lock(sequence.name, LockMode::access_exclusive);
}

/// Tables made OF the type, and those with a column of it.
void alter_composite(ImpactBuilder& b, const AlterTable& s, const QualifiedName& type) {
  b.lock(type, LockMode::access_exclusive);
  const auto users = b.catalog().columns_of_type(type);
  for (const AlterTableCommand& c : s.commands) {
    if (c.action == Action::set_attribute_type && !users.empty()) {
      b.fail("0A000",
             "cannot alter type " + quoted(type.name) + " because column " +
                 quoted(users.front().first->name.name + "." + users.front().second->name) +
                 " uses it");
      return;
    }
    for (const auto& [name, table] : b.catalog().tables) {
      if (table.of_type.empty() || b.resolve(table.of_type) != type) continue;
      if (!c.cascade) {
        b.fail("2BP01", "cannot alter type " + quoted(type.name) +
                            " because it is the type of a typed table");
        return;
      }
      b.lock_tree(name, LockMode::access_exclusive);
    }
  }
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
