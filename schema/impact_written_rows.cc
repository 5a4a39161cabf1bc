// SPDX-License-Identifier: MIT
#include "schema/impact_written_rows.h"

#include <algorithm>

#include "schema/canonical_tree.h"
#include "schema/impact_access.h"
#include "schema/impact_firing.h"
#include "schema/partition_pruning.h"

namespace schemagate {
namespace {

bool is_constant(const canonical::Node& value) {
  const canonical::Node* inner = &value;
  while (inner->kind == canonical::NodeKind::cast && !inner->children.empty())
    inner = &inner->children.front();
  return inner->kind == canonical::NodeKind::string || inner->kind == canonical::NodeKind::number ||
         inner->kind == canonical::NodeKind::constant;
}

/// NULL or DEFAULT, as it stands there.
bool is_word(const canonical::Node& node, std::string_view word) {
  return node.kind == canonical::NodeKind::constant && node.text == word;
}

/// The same in the column of any row.
bool writes_word(const WrittenRows& written, const std::string& column, std::string_view word) {
  return std::any_of(written.rows.begin(), written.rows.end(), [&](const auto& row) {
    return std::any_of(row.begin(), row.end(), [&](const auto& one) {
      return one.first == column && is_word(one.second, word);
    });
  });
}

/// The server gives the column a value where the statement gives none.
bool is_made(const Column& column) {
  const bool has_default =
      column.default_value && column.default_value->kind != ExpressionKind::null_constant;
  return has_default || column.identity != Identity::no || column.generated != Generated::no;
}

/// The constant that the only row has in the column, else null.
const canonical::Node* constant_of(const WrittenRows& written, const std::string& column) {
  if (written.rows.size() != 1) return nullptr;
  for (const auto& [name, value] : written.rows.front())
    if (name == column) return is_constant(value) ? &value : nullptr;
  return nullptr;
}

/// The check of a row against the table its foreign key refers to (RI_FKey_check). A key with a
/// NULL refers to nothing; constants lead to one partition.
void check_parent(ImpactBuilder& b, const Table& child, const ConstraintDefinition& key,
                  const WrittenRows& written) {
  const auto parent = b.resolve(key.referenced);
  const Table* table = parent ? b.table(*parent) : nullptr;
  if (!parent) return;
  const auto columns = referenced_columns(b.catalog(), key);
  std::vector<canonical::Node> conditions;
  for (std::size_t i = 0; i < key.columns.size() && i < columns.size(); ++i) {
    const canonical::Node* value = constant_of(written, key.columns[i]);
    if (!value) continue;
    const bool by_default = is_word(*value, "DEFAULT");
    const Column* column = by_default ? child.column(key.columns[i]) : nullptr;
    if (is_word(*value, "NULL") || (column && !is_made(*column))) return;
    if (by_default) continue;
    conditions.push_back(canonical::make(
        canonical::NodeKind::operation, "=",
        {canonical::Node{canonical::NodeKind::name, {}, {columns[i]}, {}}, *value}));
  }
  const bool partitioned = table && is_partitioned(*table);
  if (partitioned && !conditions.empty()) {
    const auto all = canonical::make(canonical::NodeKind::all_of, {}, std::move(conditions));
    for (const QualifiedName& partition : pruned_partitions(b, *table, {""}, all))
      b.leave_out(partition);
  }
  b.plan_relation(*parent, LockMode::row_share, !partitioned);
}

}  // namespace

bool fires_before(const ImpactBuilder& b, const Table& table, std::string_view event) {
  for (const Table* owner = &table; owner; owner = b.table(owner->partition_of)) {
    for (const Trigger& trigger : owner->triggers) {
      const bool before = trigger.definition.find(" BEFORE ") != std::string::npos &&
                          trigger.definition.find(event) < trigger.definition.find(" ON ");
      if (before) return true;
    }
  }
  return false;
}

void check_required(ImpactBuilder& b, const Table& table, const WrittenRows& written) {
  if (table.incomplete || fires_before(b, table, "INSERT")) return;
  for (const Column& column : table.columns) {
    if (!column.not_null || column.generated != Generated::no) continue;
    const auto type = resolve_type(b.catalog(), b.session(), column.type.name);
    const auto known = type ? b.catalog().types.find(*type) : b.catalog().types.end();
    const bool domain = known != b.catalog().types.end() && known->second.kind == TypeKind::domain;
    if (domain) continue;
    const canonical::Node* value = constant_of(written, column.name);
    const bool given = contains(written.columns, column.name);
    const bool null = writes_word(written, column.name, "NULL");
    const bool by_default = !given || (value && is_word(*value, "DEFAULT"));
    if (!null && (!by_default || is_made(column))) continue;
    b.fail("23502", "null value in column " + quoted(column.name) + " of relation " +
                        quoted(table.name.name) + " violates not-null constraint");
    return;
  }
}

void check_set_null(ImpactBuilder& b, const Table& table, const WrittenRows& written) {
  if (table.incomplete || b.is_empty(table) || fires_before(b, table, "UPDATE")) return;
  for (const Column& column : table.columns) {
    const bool null = writes_word(written, column.name, "NULL") ||
                      (!is_made(column) && writes_word(written, column.name, "DEFAULT"));
    if (!column.not_null || !null) continue;
    b.fail("23502", "null value in column " + quoted(column.name) + " of relation " +
                        quoted(table.name.name) + " violates not-null constraint");
  }
}

bool has_foreign_key(const Table& table) {
  return std::any_of(table.constraints.begin(), table.constraints.end(), [](const Constraint& c) {
    return c.definition.kind == ConstraintKind::foreign_key;
  });
}

void check_parents(ImpactBuilder& b, const Table& table, const DataStatement& s,
                   const WrittenRows& written) {
  const bool all = s.kind == DataKind::copy_from && s.columns.empty();
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& key = constraint.definition;
    if (key.kind != ConstraintKind::foreign_key || key.not_enforced) continue;
    const bool touched =
        all || std::any_of(key.columns.begin(), key.columns.end(), [&](const std::string& column) {
          if (contains(written.columns, column)) return true;
          const Column* c = table.column(column);
          return s.kind == DataKind::insert && c && c->default_value &&
                 c->default_value->kind != ExpressionKind::null_constant;
        });
    if (touched) check_parent(b, table, key, written);
  }
}

namespace {

/// An index finds rows by one of the columns.
bool is_indexed(const ImpactBuilder& b, const Table& table,
                const std::vector<std::string>& columns) {
  DataStatement lookup;
  for (const std::string& column : columns) {
    lookup.compared.push_back({{"", column}, {}, "=", {}, 0});
  }
  return index_serves(b, table.name, {table.name, table.name.name}, lookup);
}

}  // namespace

void check_children(ImpactBuilder& b, const QualifiedName& name, bool deleted,
                    const DataStatement* update, std::set<QualifiedName>& seen) {
  if (!seen.insert(name).second) return;
  const Table* table = b.table(name);
  if (!table) return;
  for (const auto& [child, key] : incoming_keys(b.catalog(), *table)) {
    const ConstraintDefinition& d = key->definition;
    if (d.not_enforced) continue;
    if (update) {
      const auto columns = referenced_columns(b.catalog(), d);
      const bool touched = std::any_of(columns.begin(), columns.end(), [&](const std::string& c) {
        return contains(update->columns, c);
      });
      if (!touched) continue;
    }
    const std::string& action = deleted ? d.on_delete : d.on_update;
    const bool writes = !action.empty() && action != "NO ACTION" && action != "RESTRICT";
    b.plan_relation(child->name, writes ? LockMode::row_exclusive : LockMode::row_share);
    for (const Table* part : b.catalog().tree_of(child->name)) {
      if (has_storage(*part) && !is_indexed(b, *part, d.columns)) {
        b.scan(Cause::query, part->name, d.name);
      }
    }
    const bool goes = action == "CASCADE" && deleted;
    if (goes) check_children(b, child->name, true, nullptr, seen);
    if (writes) fire_triggers(b, *child, goes ? "DELETE" : "UPDATE", d.columns);
  }
}

void draw_defaults(ImpactBuilder& b, const Table& table, const WrittenRows& written,
                   bool of_update) {
  const auto lock_sequences = [&](const References& references) {
    for (const QualifiedName& sequence : references.sequences) {
      if (const auto name = b.resolve(sequence)) b.lock(*name, LockMode::row_exclusive);
    }
  };
  for (const Column& column : table.columns) {
    const bool left_out = !of_update && !contains(written.columns, column.name);
    if (!left_out && !writes_word(written, column.name, "DEFAULT")) continue;
    if (column.default_value) lock_sequences(column.default_value->references);
    if (column.identity == Identity::no) continue;
    for (const Sequence* sequence : b.catalog().sequences_owned_by(table.name, column.name)) {
      if (sequence->identity) b.lock(sequence->name, LockMode::row_exclusive);
    }
  }
}

}  // namespace schemagate
