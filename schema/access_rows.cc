// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/access_row_behind.h"
#include "schema/access_row_catalog.h"
#include "schema/access_row_reader.h"
#include "schema/access_row_write.h"
#include "schema/data_text.h"

namespace schemagate {
namespace rows {
namespace {

bool is_action(const std::string& action, std::string_view wanted) { return action == wanted; }
bool changes_child(const std::string& action) {
  return !action.empty() && action != "NO ACTION" && action != "RESTRICT";
}

}  // namespace

void RowReader::statement(const StatementUse& use) {
  if (use.restarts) restart(use);
  if (use.work == RowWork::none) return;
  runner_.is_set = runner_.is_set || use.other_role;
  access_.reads.insert(any_work);
  look_into_catalog(use.body.empty() ? use.text : use.body, access_);
  if (!use.body.empty()) return block(use);
  if (use.refreshes) return refresh(use);
  read(use);
  for (const RelationUse& relation : use.references.relations) see(use, relation);
  for (const RelationUse& relation : use.references.relations)
    if (relation.mode == 3) write(use, relation);
  sequences(use);
  if (!use.truncates) calls_of(use.text, use.references);
}

void RowReader::write_all(const Table& table) {
  if (!written_.insert(to_sql(table.name)).second) return;
  read_all(table);
  for (const Column& column : table.columns) {
    access_.writes.insert(tables_.key(values, table, column.name));
    for (const std::string_view what : {given, empty})
      access_.signals.insert(tables_.key(what, table, column.name));
    for (const std::string_view what : {defaulted, identity})
      access_.reads.insert(tables_.key(what, table, column.name));
    types(column);
  }
  for (const std::string_view what : {added, removed})
    access_.writes.insert(tables_.key(what, table));
  access_.signals.insert(tables_.key(truncated, table));
  for (const std::string_view what : {unique, shape})
    access_.reads.insert(tables_.key(what, table));
  for_each_key(table, [&](const Table& part, const Index& index) {
    access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
  });
  runs(table, {}, true);
  for (const char* event : {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}) fire(table, event);
}

// ---- reads

void RowReader::read(const StatementUse& use) {
  References read = use.references;
  read.relations = {};
  for (const RelationUse& one : use.references.relations)
    if (!one.inserted) read.relations.push_back(one);
  const auto is_target = [&](const RelationUse& one) { return one.mode == 3; };
  const auto targets = std::count_if(read.relations.begin(), read.relations.end(), is_target);
  std::set<AccessKey> reads;
  access::Reader reader(catalog_, reads);
  reader.add(planning::uses_of(read, catalog_, nullptr));
  reader.whole_rows(read);
  // UPDATE and DELETE look at their own rows only: others that go are none of their business.
  const bool alone = targets == 1 && read.relations.size() == 1 && use.work != RowWork::everything;
  take(tables_, reads, alone, access_);
  calls_of_views(reads);
  if (!looks_at_system_columns(read)) return;
  for (const RelationUse& one : read.relations)
    if (const Table* table = tables_.named(one.name)) read_all(*table);
}

void RowReader::read_values(const Table& table) {
  for (const Column& column : table.columns) access_.reads.insert(of(values, table, column.name));
}

void RowReader::read_all(const Table& table) {
  for (const std::string_view what : {added, removed, members})
    access_.reads.insert(of(what, table));
  read_values(table);
}

void RowReader::see(const StatementUse& use, const RelationUse& relation) {
  const Table* table = tables_.named(relation.name);
  if (table == nullptr) return see_below(relation.name);
  if (is_under_policies(*table)) see(*table, relation.inserted && !use.looks_for_conflicts);
}

bool RowReader::is_under_policies(const Table& table) const {
  return table.force_row_security || runner_.is_other_than(table.owner);
}

void RowReader::see_below(const QualifiedName& relation) {
  const View* found = find(catalog_.views, planning::resolved(relation, catalog_));
  if (found == nullptr || found->materialized) return;
  const auto is_of_caller = [](const auto& option) {
    return option.first == "security_invoker" && option.second != "false";
  };
  const bool as_caller = std::any_of(found->options.begin(), found->options.end(), is_of_caller);
  const Runner caller = runner_;
  if (!as_caller) runner_ = {false, found->owner};
  for (const RelationUse& one : found->query.references.relations) {
    const Table* table = tables_.named(one.name);
    if (table == nullptr)
      see_below(one.name);
    else if (is_under_policies(*table))
      see(*table, false);
  }
  runner_ = caller;
}

void RowReader::see(const Table& table, bool only_makes) {
  access_.reads.insert(of(policies, table));
  for (const TableObject& policy : table.policies) {
    const References read = conditions_of(policy, table);
    std::set<AccessKey> things;
    access::Reader reader(catalog_, things);
    reader.add(planning::uses_of(read, catalog_, only_makes ? nullptr : &table));
    reader.whole_rows(read);
    take(tables_, things, false, access_);
    calls_of(policy.definition, read);
  }
}

References RowReader::conditions_of(const TableObject& policy, const Table& on) {
  References read = policy.references;
  std::vector<RelationUse> relations = read.relations;
  const auto own = std::find_if(relations.rbegin(), relations.rend(), [&](const RelationUse& one) {
    return tables_.named(one.name) == &on;
  });
  if (own != relations.rend()) relations.erase(std::next(own).base());
  read.relations = std::move(relations);
  return read;
}

void RowReader::refresh(const StatementUse& use) {
  for (const RelationUse& relation : use.references.relations) {
    const AccessKey thing = planning::relation_thing(planning::resolved(relation.name, catalog_));
    std::set<AccessKey> below;
    access::Reader(catalog_, below).add(thing);
    below.erase(thing);
    if (!use.with_no_data) take(tables_, below, false, access_);
    access_.signals.insert(std::string(view) + thing.substr(2));
    const View* found = find(catalog_.views, planning::resolved(relation.name, catalog_));
    if (found == nullptr || use.with_no_data) continue;
    calls_of(found->query.sql, found->query.references);
    calls_of_views(below);
  }
}

// ---- writes

void RowReader::write(const StatementUse& use, const RelationUse& relation) {
  const Table* table = tables_.named(relation.name);
  if (table == nullptr) return write_below(relation.name, use.work);
  const auto& all = use.references.relations;
  const auto writes = std::count_if(all.begin(), all.end(), [&](const RelationUse& one) {
    return one.mode == 3 && tables_.named(one.name) == table;
  });
  const bool is_target = !use.target.empty() && tables_.named(use.target) == table && writes == 1;
  const RowWork work = is_target || use.target.empty() ? use.work : RowWork::everything;
  write_rows(*table, work, use);
}

void RowReader::write_below(const QualifiedName& name, RowWork work) {
  std::set<AccessKey> below;
  access::Reader(catalog_, below).add(planning::relation_thing(planning::resolved(name, catalog_)));
  take(tables_, below, false, access_);
  for (const AccessKey& thing : below)
    if (thing.starts_with("r:"))
      if (const Table* table = tables_.by_thing(thing)) write_all(*table);
  for (const auto& [above, one] : catalog_.views)
    if ((!one.triggers.empty() || !one.rules.empty()) &&
        below.count(planning::relation_thing(above)) != 0)
      fire(one, work);
}

void RowReader::write_rows(const Table& table, RowWork work, const StatementUse& use) {
  access_.reads.insert(of(members, table));
  switch (work) {
    case RowWork::inserts:
      return insert(table, use);
    case RowWork::updates:
      return update(table, use);
    case RowWork::removes:
      return remove(table, use.truncates, use.cascades);
    default:
      return write_all(table);
  }
}

void RowReader::insert(const Table& table, const StatementUse& use) {
  access_.signals.insert(of(added, table));
  const Catalog& home = tables_.home_of(table);
  const WrittenValues written(home, use, table, changed_by_triggers(table, "INSERT"));
  std::vector<std::string> by_default, with_value;
  for (const Column& column : table.columns) {
    const Filled filled = written.of(column);
    signal(table, column, filled);
    access_.reads.insert(of(identity, table, column.name));
    if (filled.by_default) take_default(table, column);
    if (filled.by_default) by_default.push_back(column.name);
    if (filled.value) with_value.push_back(column.name);
    types(column);
  }
  for_each_key(table, [&](const Table& part, const Index& index) {
    insert_key(part, index, table, written);
    if (use.looks_for_conflicts) look_for_conflicts(part, index);
  });
  if (changes_making(tables_, table)) take_any_key(table);
  refer(table, with_value);
  const bool changes_rows = use.looks_for_conflicts && (!use.data || use.data->updates_on_conflict);
  if (changes_rows) update_on_conflict(table, use);
  if (use.looks_for_conflicts) access_.reads.insert(of(unique, table));
  runs(table, by_default, true);
  fire(table, "INSERT");
}

/// The rows that are there already get what its SET says.
void RowReader::update_on_conflict(const Table& table, const StatementUse& use) {
  const bool is_told = use.data && !use.data->sql.empty();
  const auto set = is_told ? read_data_text(*use.data).assignments : std::vector<DataAssignment>();
  std::vector<std::string> columns;
  for (const DataAssignment& one : set) {
    const Column* column =
        one.columns.size() == 1 && !one.part ? table.column(one.columns.front()) : nullptr;
    if (column == nullptr) return write_all(table);
    columns.push_back(column->name);
    signal(table, *column, Filled{});
    for (const std::string_view what : {identity, values})
      access_.reads.insert(of(what, table, column->name));
    take_default(table, *column);
  }
  if (columns.empty()) return write_all(table);
  change_columns(table, columns, columns);
  fire(table, "UPDATE");
}
void RowReader::signal(const Table& table, const Column& column, const Filled& filled) {
  if (filled.value) access_.signals.insert(of(given, table, column.name));
  if (filled.empty) access_.signals.insert(of(empty, table, column.name));
}

void RowReader::take_default(const Table& table, const Column& column) {
  access_.reads.insert(of(defaulted, table, column.name));
  for (const Sequence* owned : tables_.home_of(table).sequences_owned_by(table.name, column.name))
    access_.reads.insert(std::string(sequence) + to_sql(owned->name));
  if (!column.default_value) return;
  for (const QualifiedName& name : column.default_value->references.sequences)
    access_.reads.insert(std::string(sequence) + to_sql(planning::resolved(name, catalog_)));
}

void RowReader::types(const Column& column) {
  std::set<AccessKey> things;
  access::Reader(catalog_, things).add(planning::uses_of(column.type));
  take(tables_, things, true, access_);
}

template <class Do>
void RowReader::for_each_key(const Table& table, const Do& what) {
  for (const Table* part : tables_.tree_of(table))
    for (const Index* index : tables_.home_of(*part).indexes_of(part->name))
      if (index->unique || is_exclusion(*part, *index)) what(*part, *index);
}

bool RowReader::is_exclusion(const Table& table, const Index& index) {
  const Constraint* owner = index.constraint.empty() ? nullptr : table.constraint(index.constraint);
  return owner != nullptr && owner->definition.kind == ConstraintKind::exclusion;
}

std::vector<KeyColumn> RowReader::unknown_columns(const Index& index) {
  return std::vector<KeyColumn>(index.elements.size());
}

void RowReader::take_any_key(const Table& table) {
  const auto take_it = [&](const Table& part, const Index& index) {
    access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
  };
  for_each_key(table, take_it);
  for (const Table* part : tables_.tree_of(table))
    for (const Index* index : tables_.ancestor().indexes_of(part->name))
      if (const Table* was = find(tables_.ancestor().tables, part->name); was != nullptr)
        if (index->unique || is_exclusion(*was, *index)) take_it(*part, *index);
}

void RowReader::insert_key(const Table& part, const Index& index, const Table& table,
                           const WrittenValues& written) {
  KeyedRows rows{tables_.unique_key(part, index), unknown_columns(index)};
  for (std::size_t i = 0; i < index.elements.size() && index.unique; ++i) {
    const Column* column = table.column(index.elements[i].column);
    const bool plain = column != nullptr && index.elements[i].collation.empty() &&
                       index.elements[i].operator_class.empty();
    if (plain) rows.columns[i] = written.key_of(*column, !index.nulls_not_distinct);
  }
  access_.keys.push_back(std::move(rows));
}

void RowReader::look_for_conflicts(const Table& part, const Index& index) {
  access_.reads.insert(of(removed, part));
  for (const std::string& column : columns_of(index))
    access_.reads.insert(of(values, part, column));
}

void RowReader::refer(const Table& table, const std::vector<std::string>& columns) {
  for (const Table* part : tables_.tree_of(table)) {
    for (const Constraint& constraint : part->constraints) {
      const ConstraintDefinition& foreign = constraint.definition;
      if (foreign.kind != ConstraintKind::foreign_key || !have_common(foreign.columns, columns))
        continue;
      const Table* parent = tables_.named(foreign.referenced);
      if (parent == nullptr) continue;
      access_.reads.insert(of(removed, *parent));
      access_.reads.insert(of(members, *parent));
      for (const std::string& column : referenced_columns_of(foreign, *parent))
        access_.reads.insert(of(values, *parent, column));
    }
  }
}

std::vector<std::string> RowReader::referenced_columns_of(const ConstraintDefinition& foreign,
                                                          const Table& parent) {
  const Constraint* primary = parent.primary_key();
  if (!foreign.referenced_columns.empty() || primary == nullptr) return foreign.referenced_columns;
  return primary->definition.columns;
}

void RowReader::update(const Table& table, const StatementUse& use) {
  if (use.columns.empty()) return write_all(table);
  const std::set<std::string> by_triggers = changed_by_triggers(table, "UPDATE");
  const WrittenValues written(tables_.home_of(table), use, table, by_triggers);
  std::vector<std::string> by_default;
  for (const std::string& name : use.columns) {
    const Column* column = table.column(name);
    if (column == nullptr) continue;
    const Filled filled = written.of(*column);
    signal(table, *column, filled);
    access_.reads.insert(of(identity, table, name));
    access_.reads.insert(of(values, table, name));
    if (filled.by_default) take_default(table, *column);
    if (filled.by_default) by_default.push_back(name);
  }
  change_columns(table, use.columns, by_default);
  fire(table, "UPDATE");
}

void RowReader::change_columns(const Table& table, const std::vector<std::string>& set,
                               const std::vector<std::string>& by_default) {
  const std::vector<std::string> columns = with_generated(table, set);
  for (const std::string& name : columns) {
    access_.writes.insert(of(values, table, name));
    if (const Column* column = table.column(name)) {
      types(*column);
      if (column->generated != Generated::no) signal(table, *column, Filled{});
    }
  }
  check_together(table, columns);
  refer(table, columns);
  change_children(table, columns);
  runs(table, by_default, false);
}

void RowReader::check_together(const Table& table, const std::vector<std::string>& columns) {
  const auto together = [&](const Table& part, const std::vector<std::string>& checked) {
    if (!have_common(checked, columns)) return;
    for (const std::string& name : checked) access_.reads.insert(of(values, part, name));
  };
  for (const Table* part : tables_.tree_of(table)) {
    for (const Constraint& constraint : part->constraints) {
      const ConstraintKind kind = constraint.definition.kind;
      if (kind == ConstraintKind::check) together(*part, columns_of(constraint.definition));
      if (kind == ConstraintKind::foreign_key) together(*part, constraint.definition.columns);
    }
    for (const Index* index : tables_.home_of(*part).indexes_of(part->name))
      if (!is_harmless(*index)) together(*part, columns_of(*index));
    if (part->partition_by) together(*part, columns_of(*part->partition_by));
  }
  for_each_key(table, [&](const Table& part, const Index& index) {
    if (have_common(columns_of(index), columns))
      access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
  });
}

void RowReader::remove(const Table& table, bool truncates, bool cascades) {
  if (!removed_.insert(to_sql(table.name)).second) return;
  access_.reads.insert(of(added, table));
  access_.reads.insert(of(members, table));
  access_.signals.insert(of(removed, table));
  if (truncates) access_.signals.insert(of(truncated, table));
  for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
    access_.reads.insert(of(added, child));
    access_.reads.insert(of(members, child));
    for (const std::string& column : foreign.columns)
      access_.reads.insert(of(values, child, column));
    if (truncates ? cascades : is_action(foreign.on_delete, "CASCADE"))
      remove(child, truncates, cascades);
    else if (!truncates && changes_child(foreign.on_delete))
      change_child(child, foreign.set_columns.empty() ? foreign.columns : foreign.set_columns,
                   foreign.on_delete);
  });
  fire(table, truncates ? "TRUNCATE" : "DELETE");
}

template <class Do>
void RowReader::for_each_child(const Table& table, const Do& what) {
  const AccessKey mine = of(members, table);
  for (const auto& [name, child] : catalog_.tables)
    for (const Constraint& constraint : child.constraints) {
      if (constraint.definition.kind != ConstraintKind::foreign_key) continue;
      const Table* parent = tables_.named(constraint.definition.referenced);
      if (parent != nullptr && of(members, *parent) == mine) what(child, constraint.definition);
    }
}

void RowReader::change_children(const Table& table, const std::vector<std::string>& columns) {
  for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
    const Table* parent = tables_.named(foreign.referenced);
    if (!have_common(referenced_columns_of(foreign, *parent), columns)) return;
    access_.reads.insert(of(added, child));
    access_.reads.insert(of(members, child));
    for (const std::string& column : foreign.columns)
      access_.reads.insert(of(values, child, column));
    if (changes_child(foreign.on_update)) change_child(child, foreign.columns, foreign.on_update);
  });
}

void RowReader::change_child(const Table& child, const std::vector<std::string>& columns,
                             const std::string& action) {
  if (!changed_.insert(to_sql(child.name) + " " + join(columns, ",")).second) return;
  for (const std::string& name : columns) {
    const Column* column = child.column(name);
    if (column == nullptr) continue;
    signal(child, *column, Filled{});
    if (is_action(action, "SET DEFAULT")) take_default(child, *column);
  }
  change_columns(child, columns, columns);
  fire(child, "UPDATE");
}

void write_all_rows(const Catalog& catalog, const Catalog& ancestor, const Table& table,
                    RowAccess& access) {
  RowReader(catalog, ancestor, access).write_all(table);
}

}  // namespace rows

RowAccess row_access_of(const Catalog& catalog, const Catalog& ancestor,
                        const std::vector<StatementUse>& statements) {
  RowAccess access;
  const bool by_words = std::any_of(statements.begin(), statements.end(),
                                    [](const StatementUse& use) { return use.other_path; });
  for (const StatementUse& use : statements)
    rows::RowReader(catalog, ancestor, access, by_words).statement(use);
  return access;
}

}  // namespace schemagate
