// SPDX-License-Identifier: MIT
// ALTER TABLE, or ALTER INDEX …, of what is no table.
#include <cstdlib>

#include "base/text.h"
#include "schema/impact_alter_parts.h"
#include "schema/impact_expressions.h"
#include "schema/storage_parameters.h"

namespace schemagate {

using Action = AlterTableAction;

namespace {

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

}  // namespace

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

}  // namespace schemagate
