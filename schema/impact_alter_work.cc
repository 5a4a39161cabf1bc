// SPDX-License-Identifier: MIT
// The pass over the rows at the end of ALTER TABLE.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "schema/impact_alter_table.h"
#include "schema/impact_expressions.h"

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

}  // namespace schemagate
