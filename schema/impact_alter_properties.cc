// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/text.h"
#include "schema/impact_alter_parts.h"
#include "schema/impact_expressions.h"
#include "schema/storage_parameters.h"

namespace schemagate {

using Action = AlterTableAction;

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

namespace {

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
void refuse_persistence(ImpactBuilder& b, const Table& table, bool unlogged) {
  const std::string begin = "could not change table " + quoted(table.name.name);
  if (unlogged && is_published(b, table)) {
    b.fail("55000", "cannot change table " + quoted(table.name.name) +
                        " to unlogged because it is part of a publication");
    return;
  }
  if (unlogged) {
    for (const auto& [child, key] : incoming_keys(b.catalog(), table)) {
      if (child->persistence == Persistence::unlogged) continue;
      b.fail("42P16",
             begin + " to unlogged because it references logged table " + quoted(child->name.name));
      return;
    }
    return;
  }
  for (const Constraint& constraint : table.constraints) {
    if (constraint.definition.kind != ConstraintKind::foreign_key) continue;
    const Table* parent = b.table(constraint.definition.referenced);
    if (!parent || parent == &table || parent->persistence != Persistence::unlogged) continue;
    b.fail("42P16",
           begin + " to logged because it references unlogged table " + quoted(parent->name.name));
    return;
  }
}

}  // namespace

void prepare_persistence(ImpactBuilder& b, const Table& table, bool unlogged) {
  if (is_partitioned(table) && b.major() >= 18) {
    b.fail("42809", std::string("ALTER action ") + (unlogged ? "SET UNLOGGED" : "SET LOGGED") +
                        " cannot be performed on relation " + quoted(table.name.name));
  } else if ((table.persistence == Persistence::unlogged) != unlogged) {
    refuse_persistence(b, table, unlogged);
  }
}

void alter_persistence(AlterTableWork& work, bool unlogged) {
  ImpactBuilder& b = work.b;
  const Table& table = work.root;
  if ((table.persistence == Persistence::unlogged) == unlogged || is_partitioned(table)) return;
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

namespace {

/// ATExecAddInherit: what can't be a parent.
void refuse_parent(ImpactBuilder& b, const Table& child, const Table& parent) {
  if (is_partitioned(parent)) {
    b.fail("42809", "cannot inherit from partitioned table " + quoted(parent.name.name));
  } else if (!parent.partition_of.empty()) {
    b.fail("42809", "cannot inherit from a partition");
  } else {
    const auto below = b.catalog().tree_of(child.name);
    if (std::find(below.begin(), below.end(), &parent) != below.end()) {
      b.fail("42P07", "circular inheritance not allowed");
    }
  }
}

}  // namespace

void prepare_inheritance(ImpactBuilder& b, const Table& child) {
  if (!child.of_type.empty()) {
    b.fail("42809", "cannot change inheritance of typed table");
  } else if (!child.partition_of.empty()) {
    b.fail("42809", "cannot change inheritance of a partition");
  } else if (is_partitioned(child)) {
    b.fail("42809", "cannot change inheritance of partitioned table");
  }
}

void alter_inheritance(AlterTableWork& work, const AlterTableCommand& c) {
  ImpactBuilder& b = work.b;
  if (c.action == Action::no_inherit && !work.root.partition_of.empty())
    b.fail("42809", "cannot change inheritance of a partition");
  const QualifiedName parent = b.require(c.relation);
  if (const Table* table = b.table(parent); table && c.action == Action::inherit)
    refuse_parent(b, work.root, *table);
  if (b.failed()) return;
  b.lock(parent,
         c.action == Action::inherit ? LockMode::share_update_exclusive : LockMode::access_share);
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

namespace {

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

}  // namespace

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

}  // namespace schemagate
